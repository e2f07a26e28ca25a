//! Reading files that may be packed with gzip or zstd, which their first bytes tell.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// How a gzip file begins: RFC 1952, section 2.3.1.
const GZIP: &[u8] = &[0x1f, 0x8b];
/// How a zstd frame begins: RFC 8878, section 3.1.1.
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// How a frame that is passed over ends its mark, the first byte of which varies: section 3.1.2.
const SKIPPED: &[u8] = &[0x2a, 0x4d, 0x18];
/// How much of a line is unpacked at once.
const UNPACKED_BYTES: usize = 1 << 16;

/// Returns what a file says, unpacked if it is packed.
///
/// Nothing is held but the packer's window, which zstd limits; what is unpacked is read line by
/// line, each with a limit of its own, so that a small file which unpacks to much takes time and
/// no memory.
///
/// # Errors
///
/// When the file's beginning cannot be read.
pub fn unpacked(mut packed: impl BufRead + 'static) -> io::Result<Box<dyn BufRead>> {
    let head = packed.fill_buf()?;
    if head.starts_with(GZIP) {
        let unpacked = MultiGzDecoder::new(packed);
        return Ok(Box::new(BufReader::with_capacity(UNPACKED_BYTES, unpacked)));
    }
    if head.starts_with(ZSTD) || head.get(1..4) == Some(SKIPPED) {
        let unpacked = Zstd::new(packed);
        return Ok(Box::new(BufReader::with_capacity(UNPACKED_BYTES, unpacked)));
    }
    Ok(Box::new(packed))
}

/// A file of zstd frames, one after the other.
struct Zstd<R> {
    packed: R,
    frame: FrameDecoder,
    place: Place,
}

/// Where the reading of a file of frames is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Between,
    Within,
}

impl<R: BufRead> Zstd<R> {
    fn new(packed: R) -> Self {
        Self {
            packed,
            frame: FrameDecoder::new(),
            place: Place::Between,
        }
    }

    /// Begins the next frame; whether there is one.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.packed.fill_buf()?.is_empty() {
            match self.frame.init(&mut self.packed) {
                Ok(()) => {
                    self.place = Place::Within;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut passed = (&mut self.packed).take(u64::from(length));
                    io::copy(&mut passed, &mut io::sink())?;
                }
                Err(fault) => return Err(told(&fault)),
            }
        }
        Ok(false)
    }

    /// Ends a frame, whose checksum must be right if it has one.
    fn end(&mut self) -> io::Result<()> {
        self.place = Place::Between;
        let stated = self.frame.get_checksum_from_data();
        if stated.is_some() && stated != self.frame.get_calculated_checksum() {
            return Err(io::Error::other("the zstd file is damaged"));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.place == Place::Between && !self.begin()? {
                return Ok(0);
            }
            if self.frame.can_collect() == 0 && self.frame.is_finished() {
                self.end()?;
                continue;
            }
            if self.frame.can_collect() == 0 {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                let decoded = self.frame.decode_blocks(&mut self.packed, one);
                decoded.map_err(|fault| told(&fault))?;
            }
            let read = self.frame.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
        }
    }
}

/// Returns a fault of a packed file in words that say what is wrong with it: those of the decoder are
/// about the decoder.
fn told(fault: &FrameDecoderError) -> io::Error {
    let mut cause: Option<&(dyn Error + 'static)> = Some(fault);
    let mut read = None;
    while let Some(of) = cause {
        read = read.or(of.downcast_ref::<io::Error>());
        cause = of.source();
    }
    match read {
        Some(read) if read.kind() == io::ErrorKind::UnexpectedEof => {
            io::Error::new(read.kind(), "the zstd file is cut off")
        }
        Some(read) => io::Error::new(read.kind(), read.to_string()),
        None => io::Error::other("the zstd file is damaged"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn read(packed: Vec<u8>) -> io::Result<String> {
        let mut text = String::new();
        unpacked(Cursor::new(packed))?.read_to_string(&mut text)?;
        Ok(text)
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    }

    fn zstd(text: &str) -> Vec<u8> {
        compress_to_vec(text.as_bytes(), CompressionLevel::Fastest)
    }

    #[test]
    fn what_is_packed_in_several_pieces_is_read_to_its_end() {
        let long = "a line\n".repeat(100_000);
        for pack in [gzip, zstd, |text: &str| text.as_bytes().to_vec()] {
            let whole = [pack(&long), pack(""), pack("the end")].concat();
            assert_eq!(read(whole).unwrap(), format!("{long}the end"));
        }
        // A frame to be passed over, of three bytes, as some packers write.
        let skipped = [&[0x50], SKIPPED, &[3, 0, 0, 0], b"xyz"].concat();
        let whole = [skipped.clone(), zstd("a"), skipped, zstd("b")].concat();
        assert_eq!(read(whole).unwrap(), "ab");
        assert_eq!(read(Vec::new()).unwrap(), "");
    }

    #[test]
    fn what_is_cut_or_damaged_is_a_fault() {
        let numbers: Vec<String> = (0..20_000).map(|n| n.to_string()).collect();
        let long = numbers.join(" ");
        for pack in [gzip, zstd] {
            let whole = pack(&long);
            let cut = whole[..whole.len() - 5].to_vec();
            let told = read(cut).unwrap_err().to_string();
            assert!(!told.contains("Error"), "no words of the decoder: {told}");
            let mut damaged = whole.clone();
            damaged[whole.len() / 2] ^= 0x55;
            assert_ne!(read(damaged).ok(), Some(long.clone()));
        }
        read([ZSTD, b"not a frame"].concat()).unwrap_err();
        let whole = zstd(&long);
        let told = read(whole[..whole.len() / 2].to_vec()).unwrap_err();
        assert_eq!(told.to_string(), "the zstd file is cut off");
    }
}
