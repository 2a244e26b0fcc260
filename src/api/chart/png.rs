//! Writes a picture of few colours as PNG (ISO/IEC 15948): a palette, one byte a
//! dot, no filters. The format is so small that a crate for it would be more.

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use std::io::Write as _;

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n'];

/// The picture: `rows` hold one index into `palette` a dot, each `width` long.
pub(super) fn encode(width: u32, palette: &[[u8; 3]], rows: &[Vec<u8>]) -> Vec<u8> {
    let height = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let mut out = SIGNATURE.to_vec();
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    // 8 bits, palette, deflate, no filter method but the only one, not interlaced.
    header.extend([8, 3, 0, 0, 0]);
    chunk(&mut out, *b"IHDR", &header);
    chunk(&mut out, *b"PLTE", &palette.concat());
    chunk(&mut out, *b"IDAT", &compressed(rows));
    chunk(&mut out, *b"IEND", &[]);
    out
}

fn compressed(rows: &[Vec<u8>]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    for row in rows {
        // Writing to a Vec cannot fail.
        let _ = encoder.write_all(&[0]);
        let _ = encoder.write_all(row);
    }
    encoder.finish().unwrap_or_default()
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut crc = Crc::new();
    crc.update(&kind);
    crc.update(data);
    out.extend(length.to_be_bytes());
    out.extend(kind);
    out.extend(data);
    out.extend(crc.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    /// The chunks of a picture, each with its checksum checked.
    fn chunks(mut png: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        png = png.strip_prefix(&SIGNATURE).unwrap();
        let mut found = Vec::new();
        while !png.is_empty() {
            let length = u32::from_be_bytes(png[..4].try_into().unwrap()) as usize;
            let (kind, data) = (&png[4..8], &png[8..8 + length]);
            let mut crc = Crc::new();
            crc.update(&png[4..8 + length]);
            assert_eq!(png[8 + length..12 + length], crc.sum().to_be_bytes());
            found.push((kind.to_vec(), data.to_vec()));
            png = &png[12 + length..];
        }
        found
    }

    #[test]
    fn a_picture_has_its_four_parts_and_every_dot() {
        let rows = vec![vec![0, 1, 0], vec![1, 0, 1]];
        let parts = chunks(&encode(3, &[[255; 3], [0; 3]], &rows));
        let kinds: Vec<_> = parts.iter().map(|(kind, _)| kind.as_slice()).collect();
        assert_eq!(kinds, [b"IHDR", b"PLTE", b"IDAT", b"IEND"]);
        assert_eq!(parts[0].1, [0, 0, 0, 3, 0, 0, 0, 2, 8, 3, 0, 0, 0]);
        let mut dots = Vec::new();
        let mut decoder = flate2::read::ZlibDecoder::new(parts[2].1.as_slice());
        decoder.read_to_end(&mut dots).unwrap();
        assert_eq!(dots, [0, 0, 1, 0, 0, 1, 0, 1]);
    }
}
