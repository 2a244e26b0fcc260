//! Numbers that no float can hold (`1e999`).
//!
//! The parser refuses the whole document for one of them; the protocol refuses
//! that value alone. So a document that failed is read once more with such
//! numbers replaced by one that a float holds and physics refuses.

const LARGEST: &[u8] = b"1e308";

/// The document with numbers in range, or none when all were.
pub(super) fn tame(json: &[u8]) -> Option<Vec<u8>> {
    let mut tamed = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => at = end_of_text(json, at + 1),
            b'-' | b'0'..=b'9' => {
                let end = end_of_number(json, at);
                let number = json.get(at..end).unwrap_or_default();
                if is_too_large(number) {
                    tamed.extend_from_slice(json.get(copied..at).unwrap_or_default());
                    tamed.extend_from_slice(number.strip_prefix(b"-").map_or(b"", |_| b"-"));
                    tamed.extend_from_slice(LARGEST);
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return None;
    }
    tamed.extend_from_slice(json.get(copied..).unwrap_or_default());
    Some(tamed)
}

fn end_of_text(json: &[u8], mut at: usize) -> usize {
    while let Some(byte) = json.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    json.len()
}

fn end_of_number(json: &[u8], from: usize) -> usize {
    let rest = json.get(from..).unwrap_or_default();
    let part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    from + rest
        .iter()
        .position(|byte| !part(byte))
        .unwrap_or(rest.len())
}

fn is_too_large(number: &[u8]) -> bool {
    std::str::from_utf8(number)
        .ok()
        .and_then(|text| text.parse::<f64>().ok())
        .is_some_and(f64::is_infinite)
}
