//! The table of sections and their checksums.

use super::{ChunkError, MOMENTS_MAX};
use crate::store::bytes::{Cursor, put_varint};
use xxhash_rust::xxh3::xxh3_64;

const VERSION: u8 = 1;
/// Sections beside the vitals', whose codes are below 16.
pub(super) const TIMES: u8 = 240;
pub(super) const DELAYS: u8 = 241;
pub(super) const DEVICES: u8 = 242;
pub(super) const FLAGS: u8 = 243;
pub(super) const ORIGINALS: u8 = 244;
pub(super) const ORDER: u8 = 245;
pub(super) const MESSAGES: u8 = 246;
/// Names the table of sections in errors.
const TABLE: u8 = 255;

fn checksum(bytes: &[u8]) -> [u8; 4] {
    (xxh3_64(bytes) as u32).to_le_bytes()
}

/// Puts sections together; empty ones are left out.
pub(super) fn join(moments: usize, sections: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let sections = || sections.iter().filter(|(_, bytes)| !bytes.is_empty());
    let mut out = vec![VERSION];
    put_varint(&mut out, moments as u64);
    put_varint(&mut out, sections().count() as u64);
    for (code, bytes) in sections() {
        out.push(*code);
        put_varint(&mut out, bytes.len() as u64);
        out.extend_from_slice(&checksum(bytes));
    }
    out.extend_from_slice(&checksum(&out));
    for (_, bytes) in sections() {
        out.extend_from_slice(bytes);
    }
    out
}

/// A body's sections, found but not yet read.
pub(super) struct Sections<'a> {
    pub(super) moments: usize,
    found: Vec<Section<'a>>,
}

struct Section<'a> {
    code: u8,
    checksum: [u8; 4],
    bytes: &'a [u8],
}

impl<'a> Sections<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, ChunkError> {
        let impossible = |what| ChunkError::Impossible {
            section: TABLE,
            what,
        };
        let mut cursor = Cursor::new(body);
        let version = cursor.byte()?;
        if version != VERSION {
            return Err(ChunkError::Version { version });
        }
        let moments = usize::try_from(cursor.varint()?).unwrap_or(usize::MAX);
        let count = cursor.varint()?;
        if moments == 0 || moments > MOMENTS_MAX || count > 255 {
            return Err(impossible("count"));
        }
        let mut table = Vec::new();
        for _ in 0..count {
            let code = cursor.byte()?;
            let length = usize::try_from(cursor.varint()?).unwrap_or(usize::MAX);
            table.push((code, length, cursor.array::<4>()?));
        }
        let head = body.get(..body.len() - cursor.len()).unwrap_or_default();
        if cursor.array::<4>()? != checksum(head) {
            return Err(ChunkError::Checksum { section: TABLE });
        }
        let mut found = Vec::with_capacity(table.len());
        for (code, length, checksum) in table {
            let bytes = cursor.slice(length)?;
            found.push(Section {
                code,
                checksum,
                bytes,
            });
        }
        if !cursor.is_empty() {
            return Err(impossible("length"));
        }
        Ok(Self { moments, found })
    }

    /// The section's bytes after their checksum was found right, none if it was left out.
    pub(super) fn get(&self, code: u8) -> Result<Option<Cursor<'a>>, ChunkError> {
        let Some(section) = self.found.iter().find(|section| section.code == code) else {
            return Ok(None);
        };
        if checksum(section.bytes) != section.checksum {
            return Err(ChunkError::Checksum { section: code });
        }
        Ok(Some(Cursor::new(section.bytes)))
    }

    /// The same for a section that every chunk has.
    pub(super) fn need(&self, code: u8) -> Result<Cursor<'a>, ChunkError> {
        self.get(code)?.ok_or(ChunkError::Missing { section: code })
    }
}
