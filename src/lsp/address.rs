//! From the addresses of editors to paths, and back.

use gen_lsp_types::Uri;

const FILE: &str = "file://";

/// Returns the path that an address names; one that is no file's stands for itself.
pub(super) fn path_of(uri: &Uri) -> String {
    let Some(rest) = uri.0.strip_prefix(FILE) else {
        return uri.0.clone();
    };
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    let decoded = decoded(path).filter(|path| path.starts_with('/'));
    decoded.map_or_else(|| uri.0.clone(), |path| plain(&path))
}

/// Returns the address of a path.
pub(super) fn uri_of(path: &str) -> Uri {
    if !path.starts_with('/') {
        return Uri(path.to_owned());
    }
    let mut text = FILE.to_owned();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            for digit in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(digit), 16).unwrap_or('0');
                text.push(digit.to_ascii_uppercase());
            }
        }
    }
    Uri(text)
}

/// Returns an absolute path without `.`, `..` and doubled slashes; links are not looked at.
pub(super) fn plain(path: &str) -> String {
    if !path.starts_with('/') {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Returns the folder that a path is in, without a slash at its end; of the root nothing.
pub(super) fn folder_of(path: &str) -> Option<&str> {
    let slash = path.rfind('/').filter(|_| path.len() > 1)?;
    Some(&path[..slash])
}

fn decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    String::from_utf8(out)
        .ok()
        .filter(|path| !path.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_to_an_address_and_back() {
        for path in ["/a/rules.yaml", "/a b/é%ü#1?.yaml", "/"] {
            assert_eq!(path_of(&uri_of(path)), path);
        }
        let uri = |text: &str| Uri(text.to_owned());
        assert_eq!(uri_of("/a b").0, "file:///a%20b");
        assert_eq!(
            path_of(&uri("file://localhost/a/./b/../c%3a.yaml")),
            "/a/c:.yaml"
        );
        assert_eq!(path_of(&uri("untitled:Untitled-1")), "untitled:Untitled-1");
        for odd in [
            "file://",
            "file:///%ff",
            "file:///%",
            "file:///%00",
            "",
            "%",
        ] {
            let _ = path_of(&uri(odd));
        }
    }
}
