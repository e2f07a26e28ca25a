//! A request as the API understands it: parameters from the query and the form, and headers.

use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::source::aliyun::sign::sha256_hex;

use super::refusal::Refusal;

/// The most parameters of a request: an operation has some twenty.
const PARAMS_MAX: usize = 200;

/// A request, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// `GET` or `POST`.
    pub(super) method: String,
    /// The path, which is `/`.
    pub(super) path: String,
    /// The parameters of the query.
    pub(super) query: Vec<(String, String)>,
    /// The parameters of the form body.
    pub(super) form: Vec<(String, String)>,
    /// The headers, names in lower case; of a name that stands twice the values are joined.
    pub(super) headers: Vec<(String, String)>,
    /// The SHA-256 of the body, in hexadecimal.
    pub(super) body_hash: String,
}

impl Call {
    /// Returns the call of a request with this body.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] for another method or path, for too many parameters and for what is not
    /// UTF-8.
    pub(super) fn read(parts: &Parts, body: &[u8]) -> Result<Self, Refusal> {
        let method = parts.method.as_str();
        if !matches!(method, "GET" | "POST") {
            return Err(Refusal::of("UnsupportedHTTPMethod"));
        }
        if parts.uri.path() != "/" {
            return Err(Refusal::of("InvalidAction.NotFound"));
        }
        let headers = headers(&parts.headers)?;
        let is_form = headers.iter().any(|(name, value)| {
            name == "content-type" && value.starts_with("application/x-www-form-urlencoded")
        });
        let form = if is_form { params(body)? } else { Vec::new() };
        Ok(Self {
            method: method.to_owned(),
            path: parts.uri.path().to_owned(),
            query: params(parts.uri.query().unwrap_or_default().as_bytes())?,
            form,
            headers,
            body_hash: sha256_hex(body),
        })
    }

    /// Returns the parameters of the query and of the form.
    pub(super) fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.query.iter().chain(&self.form);
        all.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns a parameter that is there and not empty.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params()
            .find(|(known, value)| *known == name && !value.is_empty())
            .map(|(_, value)| value)
    }

    /// Returns a header's value by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_str())
    }

    /// Returns the operation's name and version, wherever the scheme puts them.
    pub(super) fn action(&self) -> (Option<&str>, Option<&str>) {
        let either = |header, param| self.header(header).or_else(|| self.param(param));
        (
            either("x-acs-action", "Action"),
            either("x-acs-version", "Version"),
        )
    }
}

fn headers(map: &HeaderMap) -> Result<Vec<(String, String)>, Refusal> {
    let mut headers: Vec<(String, String)> = Vec::with_capacity(map.keys_len());
    for name in map.keys() {
        let mut values = Vec::new();
        for value in map.get_all(name) {
            let value = std::str::from_utf8(value.as_bytes());
            values.push(value.map_err(|_| not_utf8("header"))?.trim());
        }
        headers.push((name.as_str().to_owned(), values.join(",")));
    }
    Ok(headers)
}

/// Returns the parameters of a query or a form, decoded.
fn params(text: &[u8]) -> Result<Vec<(String, String)>, Refusal> {
    let mut params = Vec::new();
    for pair in text
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
    {
        if params.len() == PARAMS_MAX {
            let message = format!("A request has at most {PARAMS_MAX} parameters.");
            return Err(Refusal::new("InvalidParameter", message, 400));
        }
        let equals = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = match equals {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &pair[..0]),
        };
        params.push((decode(name)?, decode(value)?));
    }
    Ok(params)
}

/// Returns a text decoded as browsers encode forms: `%XX` is a byte and `+` a blank. A percent
/// sign that begins no byte stands for itself.
fn decode(text: &[u8]) -> Result<String, Refusal> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let escaped = text.get(at + 1..at + 3).and_then(hex_byte);
        match (byte, escaped) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                at += 3;
            }
            (b'+', _) => {
                bytes.push(b' ');
                at += 1;
            }
            (byte, _) => {
                bytes.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| not_utf8("parameter"))
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(*digits.first()?)? * 16 + digit(*digits.get(1)?)?;
    u8::try_from(value).ok()
}

fn not_utf8(what: &str) -> Refusal {
    Refusal::new("InvalidParameter", format!("A {what} is not UTF-8."), 400)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn call(uri: &str, body: &str) -> Result<Call, Refusal> {
        let request = Request::builder()
            .method("POST")
            .uri(uri)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("X-Twice", " a ")
            .header("X-Twice", "b")
            .body(())
            .unwrap();
        Call::read(&request.into_parts().0, body.as_bytes())
    }

    #[test]
    fn parameters_come_from_the_query_and_from_the_form() {
        let call = call("/?A=1&B=%E4%B8%AD&C=&D", "E=x+y%2B&F=%zz%").unwrap();
        assert_eq!(call.param("A"), Some("1"));
        assert_eq!(call.param("B"), Some("中"));
        assert_eq!((call.param("C"), call.param("D")), (None, None));
        assert_eq!(call.param("E"), Some("x y+"));
        assert_eq!(call.param("F"), Some("%zz%"));
        assert_eq!(call.header("x-twice"), Some("a,b"));
    }

    #[test]
    fn what_is_not_utf8_or_too_much_is_refused() {
        assert_eq!(call("/?A=%FF", "").unwrap_err().code, "InvalidParameter");
        let many = "A=1&".repeat(PARAMS_MAX + 1);
        assert_eq!(call("/", &many).unwrap_err().code, "InvalidParameter");
        let other = call("/other", "").unwrap_err();
        assert_eq!(other.code, "InvalidAction.NotFound");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0_u8.., 0..300)) {
            let _ = params(&bytes);
        }
    }
}
