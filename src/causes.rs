//! An error in words, with what caused it, as people are told it.
//!
//! The libraries that speak HTTP say much around a cause that tells nobody anything. What they say is
//! known here alone, by its text, for whoever asks a server and for whoever logs what came of it.

use std::error::Error;

/// What libraries say around a cause, and what tells nothing beside it.
const WRAPPINGS: [&str; 8] = [
    "error sending request",
    "error decoding response body",
    "request or response body error",
    "error reading a body from connection",
    "connection error",
    "tcp connect error",
    "dns error",
    "error resolving DNS",
];
/// What others of them begin with.
const WRAPPING: &str = "client error (";
/// What is said of an answer that is no TLS.
const NO_TLS: &str = "received corrupt message of type InvalidContentType";

/// What is said of a certificate that no authority of this machine has signed.
const UNTRUSTED: [&str; 2] = ["CaUsedAsEndEntity", "UnknownIssuer"];

/// Returns what to do about a certificate that is not trusted, if that is what was said.
pub fn mend_of_trust(said: &str) -> &'static str {
    if UNTRUSTED.iter().any(|word| said.contains(word)) {
        "; this machine trusts nobody who has signed the server's certificate: \
         have an authority sign it that is among the machine's own, or add its own to these"
    } else {
        ""
    }
}

/// Returns an error with what caused it, each after a colon, none twice, and without what libraries
/// say around it.
pub fn of(error: &dyn Error) -> String {
    let mut told: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let said = error.to_string();
        next = error.source();
        let is_wrapping = WRAPPINGS.contains(&said.as_str()) || said.starts_with(WRAPPING);
        let is_told = told.iter().any(|text| text.contains(&said));
        // The last one is the cause itself, whatever it says.
        if !is_told && (!is_wrapping || (next.is_none() && told.is_empty())) {
            told.push(said);
        }
    }
    let told = told.join(": ").replace(NO_TLS, "no TLS is spoken there");
    let mend = mend_of_trust(&told);
    told + mend
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Fault(&'static str, Option<Box<Self>>);

    impl std::fmt::Display for Fault {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Fault {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|fault| fault as _)
        }
    }

    fn told(texts: &[&'static str]) -> String {
        let texts = texts.iter().rev();
        let fault = texts.fold(None, |inner, text| Some(Box::new(Fault(text, inner))));
        of(fault.unwrap().as_ref())
    }

    #[test]
    fn what_libraries_say_around_a_cause_is_left_out() {
        let (sending, connect) = ("error sending request", "client error (Connect)");
        let refused = "Connection refused (os error 111)";
        assert_eq!(
            told(&[
                "no connection",
                sending,
                connect,
                "tcp connect error",
                refused
            ]),
            format!("no connection: {refused}")
        );
        assert_eq!(told(&[sending, connect, NO_TLS]), "no TLS is spoken there");
        assert_eq!(told(&[sending]), sending);
        let untrusted = told(&[sending, connect, "invalid peer certificate: UnknownIssuer"]);
        assert!(
            untrusted.contains("UnknownIssuer; this machine trusts nobody"),
            "{untrusted}"
        );
    }

    #[test]
    fn what_a_cause_says_again_is_told_once() {
        assert_eq!(
            told(&["read a.db: no such file", "no such file", "gone"]),
            "read a.db: no such file: gone"
        );
    }
}
