//! Numbers, texts and binary data, in the order they stand.

use super::Violation;

/// What is left of a packet's body.
pub(super) struct Fields<'body> {
    rest: &'body [u8],
}

impl<'body> Fields<'body> {
    pub(super) const fn new(body: &'body [u8]) -> Self {
        Self { rest: body }
    }

    pub(super) const fn len(&self) -> usize {
        self.rest.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Nothing may stand after the last field.
    pub(super) fn end(&self) -> Result<(), Violation> {
        self.is_empty().then_some(()).ok_or(Violation::Malformed)
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'body [u8], Violation> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(Violation::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Violation> {
        let (taken, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(Violation::Malformed)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Violation> {
        self.array::<1>().map(u8::from_be_bytes)
    }

    pub(super) fn two(&mut self) -> Result<u16, Violation> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn four(&mut self) -> Result<u32, Violation> {
        self.array().map(u32::from_be_bytes)
    }

    /// A packet identifier: never 0.
    pub(super) fn packet_id(&mut self) -> Result<u16, Violation> {
        match self.two()? {
            0 => Err(Violation::Protocol),
            id => Ok(id),
        }
    }

    pub(super) fn binary(&mut self) -> Result<&'body [u8], Violation> {
        let length = self.two()?;
        self.take(usize::from(length))
    }

    /// A text: UTF-8 without NUL.
    pub(super) fn text(&mut self) -> Result<&'body str, Violation> {
        let bytes = self.binary()?;
        if bytes.contains(&0) {
            return Err(Violation::Malformed);
        }
        std::str::from_utf8(bytes).map_err(|_| Violation::Malformed)
    }

    /// A variable byte integer, written as short as it can be.
    pub(super) fn variable(&mut self) -> Result<u32, Violation> {
        let (value, length) = variable(self.rest)?.ok_or(Violation::Malformed)?;
        self.take(length)?;
        Ok(value)
    }
}

/// The variable byte integer at the head of `bytes` and its length; none when
/// more bytes are needed.
pub(super) fn variable(bytes: &[u8]) -> Result<Option<(u32, usize)>, Violation> {
    let mut value = 0_u32;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        value |= u32::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let longer_than_needed = index > 0 && *byte == 0;
            let found = (value, index + 1);
            return if longer_than_needed {
                Err(Violation::Malformed)
            } else {
                Ok(Some(found))
            };
        }
    }
    if bytes.len() >= 4 {
        return Err(Violation::Malformed);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_byte_integer_has_one_to_four_bytes_and_no_idle_one() {
        assert_eq!(variable(&[0x00]), Ok(Some((0, 1))));
        assert_eq!(
            variable(&[0xff, 0xff, 0xff, 0x7f]),
            Ok(Some((268_435_455, 4)))
        );
        assert_eq!(variable(&[0x80]), Ok(None));
        assert_eq!(variable(&[0x80, 0x00]), Err(Violation::Malformed));
        assert_eq!(variable(&[0xff; 4]), Err(Violation::Malformed));
    }

    #[test]
    fn a_text_is_utf_8_without_nul() {
        assert_eq!(Fields::new(b"\0\x02ab").text(), Ok("ab"));
        assert_eq!(Fields::new(b"\0\x02a\0").text(), Err(Violation::Malformed));
        assert_eq!(Fields::new(b"\0\x01\xff").text(), Err(Violation::Malformed));
        assert_eq!(
            Fields::new(b"\0\x03\xed\xa0\x80").text(),
            Err(Violation::Malformed)
        );
        assert_eq!(Fields::new(b"\0\x03ab").text(), Err(Violation::Malformed));
    }

    #[test]
    fn a_byte_order_mark_is_a_character_of_the_text() {
        let marked = Fields::new(b"\0\x04\xef\xbb\xbfa").text();
        assert_eq!(marked, Ok("\u{feff}a"));
    }
}
