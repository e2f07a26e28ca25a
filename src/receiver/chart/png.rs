//! The PNG file format, as far as a picture without transparency needs it.
//!
//! Source: W3C, Portable Network Graphics (PNG) Specification.

use std::io::Write as _;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// How hard the pixels are packed, of 10: more takes longer and gains little.
const LEVEL: u32 = 6;
/// Rows are given as differences to the row above, which are mostly nothing.
const FILTER_UP: u8 = 2;

/// Returns a picture of so many pixels, three bytes each, as a file.
pub(super) fn encode(width: usize, height: usize, pixels: &[u8]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
    let mut head = [size(width), size(height)].concat();
    // Eight bits for each of three colours; the one packing, filtering and order.
    head.extend([8, 2, 0, 0, 0]);
    chunk(&mut file, *b"IHDR", &head);
    let row = width * 3;
    let mut filtered = Vec::with_capacity((row + 1) * height);
    let mut above = vec![0; row];
    for pixels in pixels.chunks_exact(row.max(1)) {
        filtered.push(FILTER_UP);
        filtered.extend(
            pixels
                .iter()
                .zip(&above)
                .map(|(now, up)| now.wrapping_sub(*up)),
        );
        above.copy_from_slice(pixels);
    }
    chunk(&mut file, *b"IDAT", &packed(&filtered));
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::new(LEVEL));
    let packed = packer.write_all(bytes).and_then(|()| packer.finish());
    packed.unwrap_or_else(|_| unreachable!("a vector takes every byte"))
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], body: &[u8]) {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    file.extend(length.to_be_bytes());
    file.extend(kind);
    file.extend(body);
    let mut crc = Crc::new();
    crc.update(&kind);
    crc.update(body);
    file.extend(crc.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_ends_as_the_specification_shows() {
        let end = b"\0\0\0\0IEND\xae\x42\x60\x82";
        assert!(encode(1, 1, &[1, 2, 3]).ends_with(end));
    }
}
