//! Messages as they come and go: a header with a length, and JSON.
//!
//! What is no message is told apart from the end of the stream: an editor with a bug is
//! answered, and the next message is read.

use std::io::{self, BufRead, Read, Write};

use serde::Serialize;
use serde_json::Value;

/// The largest message: a document of 16 MiB, each of whose bytes JSON may write as two.
const MESSAGE_BYTES_MAX: u64 = 40 << 20;
/// The longest line of a header: the two that there are have some forty bytes.
const HEADER_BYTES_MAX: u64 = 4096;

/// What came.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    /// A message.
    Message(Value),
    /// Something that is none, and why.
    Faulty(String),
}

/// Reads the next message; `None` at the end of the stream.
///
/// # Errors
///
/// What the stream itself says.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = header(input)? else {
        return Ok(None);
    };
    let mut body = input.take(length);
    if length > MESSAGE_BYTES_MAX {
        io::copy(&mut body, &mut io::sink())?;
        let why = format!("a message of {length} bytes is over {MESSAGE_BYTES_MAX}");
        return Ok(Some(Incoming::Faulty(why)));
    }
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length {
        return Ok(None);
    }
    Ok(Some(match serde_json::from_slice(&bytes) {
        Ok(message) => Incoming::Message(message),
        Err(error) => Incoming::Faulty(format!("the message is no JSON: {error}")),
    }))
}

/// Reads a header and returns the length that it gives. What is no header is passed over.
fn header(input: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(HEADER_BYTES_MAX);
        if { read }.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        match line.split_once(':') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok();
            }
            None if line.is_empty() && length.is_some() => return Ok(length),
            Some(_) | None => {}
        }
    }
}

/// Writes a message at once.
///
/// # Errors
///
/// What the stream says.
pub(super) fn write(output: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let body = serde_json::to_vec(message)?;
    write!(output, "Content-Length: {}\r\n\r\n", body.len())?;
    output.write_all(&body)?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn all(mut input: &[u8]) -> Vec<Incoming> {
        let mut found = Vec::new();
        while let Some(incoming) = read(&mut input).unwrap() {
            found.push(incoming);
        }
        found
    }

    #[test]
    fn messages_are_read_as_they_are_written() {
        let mut stream = Vec::new();
        let messages = [json!({"id": 1}), json!({"text": "警報\r\n\r\n"})];
        for message in &messages {
            write(&mut stream, message).unwrap();
        }
        assert_eq!(all(&stream), messages.map(Incoming::Message));
    }

    #[test]
    fn what_is_no_message_does_not_hide_the_next_one() {
        let good = b"content-length: 2\nContent-Type: x\n\n{}".as_slice();
        for bad in [
            b"Content-Length: 3\r\n\r\n{]}".as_slice(),
            b"Content-Length: 1\r\n\r\n\xff",
            b"Content-Length: x\r\n\r\nhello\n",
            b"\r\n\r\n\0\n",
        ] {
            let found = all(&[bad, good].concat());
            assert_eq!(found.last(), Some(&Incoming::Message(json!({}))));
        }
        let deep = "[".repeat(100_000);
        let deep = format!("Content-Length: {}\r\n\r\n{deep}", deep.len());
        assert!(matches!(&all(deep.as_bytes())[..], [Incoming::Faulty(_)]));
    }

    #[test]
    fn a_message_over_the_limit_is_passed_over_and_not_kept() {
        let length = MESSAGE_BYTES_MAX + 1;
        let head = format!("Content-Length: {length}\r\n\r\n");
        let next = b"Content-Length: 2\r\n\r\n{}".as_slice();
        let stream = head
            .as_bytes()
            .chain(io::repeat(b'x').take(length))
            .chain(next);
        let mut stream = io::BufReader::new(stream);
        assert!(matches!(
            read(&mut stream).unwrap(),
            Some(Incoming::Faulty(_))
        ));
        assert_eq!(
            read(&mut stream).unwrap(),
            Some(Incoming::Message(json!({})))
        );
        let endless = b"Content-Length: 99999999999999\r\n\r\n{}".as_slice();
        assert!(matches!(&all(endless)[..], [Incoming::Faulty(_)]));
    }
}
