//! Samples read into recordings, in pieces, on as many threads as somebody likes.
//!
//! Every reader is given all pieces, and takes the lines of its own domains: so each domain's
//! lines are taken in order, the last one for a minute holds, and no two readers write to one recording.

use std::collections::BTreeMap;

use super::gather::Gather;
use super::quick::{self, Quick};
use super::{
    DOMAIN_BYTES_MAX, FAULTS_MAX, LINE_BYTES_MAX, Samples, SamplesError, SamplesFault, line,
};
use crate::engine::{Recording, Sample};
use crate::unit::{DomainName, Minute};

/// Recordings by domain.
pub type Recordings = BTreeMap<DomainName, Recording>;

/// Takes in those lines that are its own.
#[derive(Debug)]
pub struct Reader {
    shard: usize,
    shards: usize,
    /// All domains so far.
    domains: Vec<Domain>,
    places: BTreeMap<DomainName, usize>,
    /// The place of the last line's domain.
    last: usize,
    quick: Quick,
    /// The number of the text, from 0.
    text: usize,
    /// How many of its lines have ended.
    lines: usize,
    faults: Vec<(usize, SamplesError)>,
}

#[derive(Debug)]
struct Domain {
    name: DomainName,
    /// How its lines begin, up to the minute; empty if that is not known.
    head: Box<[u8]>,
    /// The place of the domain that came after it when it came last: mostly it comes again.
    next: usize,
    /// What there is of it, if it is the reader's own.
    own: Option<Gather>,
}

impl Reader {
    /// Returns one of so many readers, numbered from 0.
    pub fn new(shard: usize, shards: usize) -> Self {
        Self {
            shard,
            shards: shards.max(1),
            domains: Vec::new(),
            places: BTreeMap::new(),
            last: 0,
            quick: Quick::default(),
            text: 0,
            lines: 0,
            faults: Vec::new(),
        }
    }

    /// Whether it has found as many faults as are told, so that there is no use in going on.
    pub fn is_full(&self) -> bool {
        FAULTS_MAX <= self.faults.len()
    }

    /// Begins another text: what it says holds, and its lines are counted from 1.
    pub fn begin_next(&mut self) {
        self.text += 1;
        self.lines = 0;
    }

    /// Takes in those of some samples that are its own.
    pub fn take_samples(&mut self, samples: &Samples) {
        for (domain, minutes) in samples {
            for (minute, sample) in minutes {
                self.keep(domain, *minute, sample);
            }
        }
    }

    /// Takes in a piece of whole lines. Blank lines are passed over.
    pub fn take(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while !rest.is_empty() && !self.is_full() {
            rest = self.take_one(rest);
        }
    }

    /// Takes in the first line, and returns what comes after it.
    fn take_one<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let mut is_mine = None;
        if let Some((place, head)) = self.domain(text) {
            let domain = &mut self.domains[place];
            let own = domain.own.as_mut();
            is_mine = Some(own.is_some());
            if let (Some(own), Some((minute, rest))) = (own, self.quick.read(&text[head..])) {
                let line = text.len() - rest.len();
                if line <= LINE_BYTES_MAX && domain.name.as_str().len() <= DOMAIN_BYTES_MAX {
                    own.add(minute, &self.quick.codes);
                    self.lines += 1;
                    return rest;
                }
            }
        }
        let end = memchr::memchr(b'\n', text);
        let (line, rest) = match end {
            Some(end) => {
                let line = &text[..end];
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                (line, &text[end + 1..])
            }
            None => (text, &text[text.len()..]),
        };
        if is_mine != Some(false)
            && let Err(kind) = self.take_any(line)
            // Of a line whose domain nobody can tell, one reader speaks.
            && (is_mine == Some(true) || self.shard == 0)
        {
            let line = self.lines + 1;
            self.faults.push((self.text, SamplesError { line, kind }));
        }
        self.lines += usize::from(end.is_some());
        rest
    }

    /// Takes in a line of any form.
    fn take_any(&mut self, line: &[u8]) -> Result<(), SamplesFault> {
        let text = String::from_utf8_lossy(line);
        // Some editors put a mark before a text.
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) if self.lines == 0 => rest,
            _ => &*text,
        };
        if text.trim().is_empty() {
            return Ok(());
        }
        if LINE_BYTES_MAX < text.len() {
            return Err(SamplesFault::LineTooLong);
        }
        let (domain, minute, sample) = line::parse(text)?;
        if domain.trim().is_empty() || DOMAIN_BYTES_MAX < domain.len() {
            return Err(SamplesFault::Domain);
        }
        self.keep(&DomainName::from(&*domain), minute, &sample);
        Ok(())
    }

    fn keep(&mut self, domain: &DomainName, minute: Minute, sample: &Sample) {
        let place = self.place(domain.as_str());
        if let Some(own) = &mut self.domains[place].own {
            own.insert(minute, sample);
        }
    }

    /// Returns the place of a line's domain, and how many bytes there are before its minute, if the line begins as
    /// lines mostly do.
    fn domain(&mut self, text: &[u8]) -> Option<(usize, usize)> {
        if let Some(last) = self.domains.get(self.last) {
            let (guess, head) = (last.next, &self.domains[last.next].head);
            if !head.is_empty() && text.starts_with(head) {
                let head = head.len();
                self.last = guess;
                return Some((guess, head));
            }
        }
        let (name, head) = quick::domain(text)?;
        let place = self.place(name);
        self.domains[place].head = text[..head].into();
        Some((place, head))
    }

    /// Returns the place of a domain by its name, in lower case.
    fn place(&mut self, name: &str) -> usize {
        let last = self.last;
        let place = self.places.get(name).copied().unwrap_or_else(|| {
            let place = self.domains.len();
            let is_mine = shard(name, self.shards) == self.shard;
            self.places.insert(DomainName::from(name), place);
            self.domains.push(Domain {
                name: DomainName::from(name),
                head: Box::default(),
                next: place,
                own: is_mine.then(Gather::default),
            });
            place
        });
        self.domains[last].next = place;
        self.last = place;
        place
    }

    /// Returns the recordings of the reader's own domains.
    ///
    /// # Errors
    ///
    /// The faults of their lines, at most [`FAULTS_MAX`], each with the number of its text.
    pub fn end(self) -> Result<Recordings, Vec<(usize, SamplesError)>> {
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        let domains = self.domains.into_iter();
        let own = domains.filter_map(|domain| Some((domain.name, domain.own?.end())));
        Ok(own.filter(|(_, recording)| !recording.is_empty()).collect())
    }
}

/// Returns which reader a domain belongs to, by a hash of its name (FNV-1a).
fn shard(name: &str, shards: usize) -> usize {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    usize::try_from(hash % shards as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::parse;

    fn read(text: &str, shards: usize) -> Result<Recordings, Vec<SamplesError>> {
        let mut all = Recordings::new();
        let mut faults = Vec::new();
        for shard in 0..shards {
            let mut reader = Reader::new(shard, shards);
            for piece in text.split_inclusive('\n') {
                reader.take(piece.as_bytes());
            }
            match reader.end() {
                Ok(recordings) => all.extend(recordings),
                Err(found) => faults.extend(found.into_iter().map(|(_, fault)| fault)),
            }
        }
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() {
            Ok(all)
        } else {
            Err(faults)
        }
    }

    /// Texts of codes and counts: those that are mostly written, those that are not, and those
    /// that are wrong.
    const RESTS: &[&str] = &[
        r#""codes":{"200":"95.5","502":"4.5"},"counts":{"200":955,"502":45}"#,
        r#""codes": {"200": 95.5, "502": 4.5}, "counts": {"200": "955", "502": "45"}"#,
        r#""codes":{"200":"99.999999999999999"}"#,
        r#""codes":{"200":33.333333333333336,"404":66.666666666666664}"#,
        r#""codes":{"200":0.1,"404":00.1}"#,
        r#""codes":{"200":100,"404":"000.5"}"#,
        r#""codes":{"200":1e1,"404":-0.0000001}"#,
        r#""codes":{"404":"1","200":"5"}"#,
        r#""codes":{"200":"1","200":"5"}"#,
        r#""codes":{"200":"5."}"#,
        r#""codes":{"200":".5"}"#,
        r#""codes":{"200":5.}"#,
        r#""codes":{"200":"101"}"#,
        r#""codes":{"200":"1","-":"5"}"#,
        r#""codes":{"200":"0.12345678901234567"}"#,
        r#""codes":{"200":"5"},"counts":{"200":1,"404":2}"#,
        r#""codes":{"200":"5","404":"5"},"counts":{"404":2}"#,
        r#""codes":{"200":"5"},"counts":{"404":2,"200":1}"#,
        r#""codes":{"200":"5"},"counts":{"200":007}"#,
        r#""codes":{"200":"5"},"counts":{"200":"007"}"#,
        r#""codes":{"200":"5"},"counts":{"200":1.5}"#,
        r#""codes":{"200":"5"},"counts":{"200":99999999999999999999}"#,
        r#""codes":{"200":"5"},"counts":{}"#,
        r#""codes":{"200":"5"},"counts":null"#,
        r#""codes":{}"#,
        r#""codes":{},"counts":{}"#,
        r#""codes":{"200":"5"},"more":1"#,
        r#""codes":{"099":"5","600":"7"}"#,
    ];

    #[test]
    fn every_line_is_read_as_the_general_reader_reads_it() {
        for rest in RESTS {
            for (minute, end) in [
                ("2026-11-22T10:00:00Z", "}\n"),
                ("2026-11-22T23:59:00Z", "}\r\n"),
                ("2026-11-22T24:00:00Z", "}"),
                ("2026-11-22T10:00:30Z", "} \n"),
                ("2026-02-30T10:00:00Z", "},\n"),
                ("2026-11-22T10:00:00+08:00", "}\n"),
            ] {
                let first = r#"{"domain":"a","minute":"2026-11-22T09:59:00Z","codes":{}}"#;
                let line = format!(r#"{{"domain":"b","minute":"{minute}",{rest}{end}"#);
                let text = format!("{first}\n{line}");
                let expected = parse(&text);
                for shards in 1..3 {
                    let found = read(&text, shards);
                    match (&expected, found) {
                        (Err(expected), Err(found)) => assert_eq!(&found, expected, "{text}"),
                        (Ok(expected), Ok(found)) => same(&found, expected, &text),
                        (_, found) => panic!("{text}: {expected:?}, {found:?}"),
                    }
                }
            }
        }
    }

    fn same(found: &Recordings, expected: &Samples, text: &str) {
        assert_eq!(found.len(), expected.len(), "{text}");
        for (domain, minutes) in expected {
            for (minute, sample) in minutes {
                let found = found[domain].sample(*minute).unwrap();
                assert_eq!(found.requests(), sample.requests(), "{text}");
                for code in [200, 404, 502] {
                    let only = crate::unit::StatusSet::range(code, code);
                    let of = |sample: &Sample| sample.proportion_of(&only);
                    assert_eq!(of(&found), of(sample), "{text}");
                }
            }
        }
    }

    #[test]
    fn lines_of_all_domains_are_taken_once_in_whatever_order() {
        let line = |domain: &str, at: usize, percent: usize| {
            format!(
                "{{\"domain\":\"{domain}\",\"minute\":\"2026-11-22T10:{at:02}:00Z\",\"codes\":{{\"502\":\"{percent}\"}}}}\n"
            )
        };
        let mut text = String::new();
        for round in 0..3 {
            for at in 0..60 {
                for domain in 0..7 {
                    let domain = (domain * (round + 1) + at) % 7;
                    text.push_str(&line(
                        &format!("d{domain}"),
                        at,
                        (at + domain + round) % 100,
                    ));
                }
            }
        }
        let expected = parse(&text).unwrap();
        for shards in [1, 2, 5] {
            same(&read(&text, shards).unwrap(), &expected, "all");
        }
    }

    #[test]
    fn letter_case_makes_no_other_domain() {
        let line = |domain: &str, at: usize| {
            format!(
                "{{\"domain\":\"{domain}\",\"minute\":\"2026-11-22T10:{at:02}:00Z\",\"codes\":{{\"502\":\"{at}\"}}}}\n"
            )
        };
        let domains = ["A.b", "A.b", "a.b", "a.B", "A.b", "c", "A.b"];
        let lines = domains.iter().enumerate();
        let text: String = lines.map(|(at, domain)| line(domain, at)).collect();
        for shards in 1..4 {
            let found = read(&text, shards).unwrap();
            same(&found, &parse(&text).unwrap(), "letter case");
        }
    }

    #[test]
    fn the_last_line_for_a_minute_holds_however_each_is_written() {
        let usual = r#"{"domain":"a","minute":"2026-11-22T10:00:00Z","codes":{"502":"10"}}"#;
        let odd = r#"{"minute":"2026-11-22T10:00:00Z","codes":{"502":"90"},"domain":"a"}"#;
        for lines in [[usual, odd], [odd, usual]] {
            let text = lines.join("\n");
            same(&read(&text, 1).unwrap(), &parse(&text).unwrap(), &text);
        }
    }

    #[test]
    fn faults_are_told_once_with_their_lines() {
        let text = "\n{}\nnonsense\n{\"domain\":\"a\",\"minute\":\"x\",\"codes\":{}}\n";
        for shards in [1, 2, 3] {
            let faults = read(text, shards).unwrap_err();
            let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
            assert_eq!(lines, [2, 3, 4]);
        }
        let mark = "\u{feff}\n\n\u{feff}\n";
        let lines = read(mark, 1).unwrap_err();
        assert_eq!(lines[0].line, 3, "an editor's mark stands before a text");
        assert_eq!(Some(lines), parse(mark).err());
        let many = "nonsense\n".repeat(100);
        assert_eq!(read(&many, 2).unwrap_err().len(), FAULTS_MAX);
    }
}
