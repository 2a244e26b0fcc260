//! The fixed header: where one packet ends and the next begins.

use super::Violation;
use super::fields::variable;
use bytes::{Buf, Bytes};

/// Kinds of packets that a client may send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Connect,
    Publish,
    PubRel,
    Subscribe,
    Unsubscribe,
    PingReq,
    Disconnect,
    Auth,
    /// Kinds that only a server sends, or that answer a server's PUBLISH.
    NotForServers,
}

/// One packet, its body not yet read.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    pub(crate) flags: u8,
    pub(crate) body: Bytes,
}

/// Takes the next packet from `bytes`, or says how many bytes it needs.
///
/// # Errors
/// A packet larger than `packet_bytes_max`, a kind of 0, a malformed length,
/// or flags that are not the kind's.
pub(crate) fn next_frame(bytes: &mut Bytes, packet_bytes_max: usize) -> Result<Next, Violation> {
    let Some((first, rest)) = bytes.split_first() else {
        return Ok(Next::Needs(2));
    };
    let (kind, flags) = kind(*first)?;
    let Some((body_length, length_length)) = variable(rest)? else {
        return Ok(Next::Needs(bytes.len() + 1));
    };
    let header_length = 1 + length_length;
    let body_length = usize::try_from(body_length).map_err(|_| Violation::TooLarge)?;
    let length = header_length + body_length;
    if length > packet_bytes_max {
        return Err(Violation::TooLarge);
    }
    if bytes.len() < length {
        return Ok(Next::Needs(length));
    }
    let mut body = bytes.split_to(length);
    body.advance(header_length);
    Ok(Next::Frame(Frame { kind, flags, body }))
}

/// What stands at the head of the bytes.
#[derive(Debug)]
pub(crate) enum Next {
    /// A whole packet, now taken.
    Frame(Frame),
    /// Part of one: at least so many bytes are needed from its first one on.
    Needs(usize),
}

fn kind(first: u8) -> Result<(Kind, u8), Violation> {
    let flags = first & 0x0f;
    let (kind, expected) = match first >> 4 {
        1 => (Kind::Connect, 0),
        3 => return Ok((Kind::Publish, flags)),
        6 => (Kind::PubRel, 2),
        8 => (Kind::Subscribe, 2),
        10 => (Kind::Unsubscribe, 2),
        12 => (Kind::PingReq, 0),
        14 => (Kind::Disconnect, 0),
        15 => (Kind::Auth, 0),
        0 => return Err(Violation::Malformed),
        _ => return Ok((Kind::NotForServers, flags)),
    };
    if flags == expected {
        Ok((kind, flags))
    } else {
        Err(Violation::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(bytes: &'static [u8]) -> Result<Next, Violation> {
        next_frame(&mut Bytes::from_static(bytes), 1000)
    }

    #[test]
    fn packets_are_cut_out_one_by_one() {
        let mut bytes = Bytes::from_static(b"\xc0\x00\x30\x03\0\x01a\xc0");
        assert!(
            matches!(next_frame(&mut bytes, 1000), Ok(Next::Frame(f)) if f.kind == Kind::PingReq)
        );
        assert!(
            matches!(next_frame(&mut bytes, 1000), Ok(Next::Frame(f)) if f.body == b"\0\x01a"[..])
        );
        assert!(matches!(next_frame(&mut bytes, 1000), Ok(Next::Needs(2))));
        assert_eq!(bytes.len(), 1);
    }

    #[test]
    fn a_part_says_how_many_bytes_the_whole_needs() {
        assert!(matches!(next(b""), Ok(Next::Needs(2))));
        assert!(matches!(next(b"\x30\x80"), Ok(Next::Needs(3))));
        assert!(matches!(next(b"\x30\x80\x01a"), Ok(Next::Needs(131))));
    }

    #[test]
    fn wrong_headers_are_refused_before_their_body_arrives() {
        let wrong: [&[u8]; 6] = [
            b"\x00\x00",
            b"\x11\x00",
            b"\x60\x02",
            b"\x80\x02",
            b"\xa1\x02",
            b"\xe1\x00",
        ];
        for bytes in wrong {
            let refused = next_frame(&mut Bytes::copy_from_slice(bytes), 1000);
            assert_eq!(
                refused.expect_err("wrong flags"),
                Violation::Malformed,
                "{bytes:x?}"
            );
        }
        assert_eq!(
            next(b"\x30\xe6\x07").expect_err("1,001 bytes"),
            Violation::TooLarge
        );
        assert!(matches!(next(b"\x30\xe5\x07"), Ok(Next::Needs(1000))));
        assert_eq!(
            next(b"\x30\xff\xff\xff\xff").expect_err("five bytes"),
            Violation::Malformed
        );
    }
}
