//! Variable-length integers, shared by every binary format of the store.

/// Why bytes cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BytesError {
    /// They end inside a value.
    #[error("the bytes end inside a value")]
    Truncated,
    /// An integer has more than 64 bits.
    #[error("an integer has more than 64 bits")]
    Overlong,
}

/// Appends `value`, 7 bits a byte, low bits first.
#[inline]
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Small for numbers near zero of both signs.
#[inline]
pub(super) const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// The number that [`zigzag`] made.
#[inline]
pub(super) const fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Reads bytes from the front, never past the end.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.rest.len()
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, BytesError> {
        let (first, rest) = self.rest.split_first().ok_or(BytesError::Truncated)?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], BytesError> {
        let (first, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(BytesError::Truncated)?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn slice(&mut self, length: usize) -> Result<&'a [u8], BytesError> {
        let (first, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(BytesError::Truncated)?;
        self.rest = rest;
        Ok(first)
    }

    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, BytesError> {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return Err(BytesError::Overlong);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
        }
    }
}
