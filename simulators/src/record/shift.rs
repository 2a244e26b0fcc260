//! Moves a recording in time: `t` and `sent` of native JSON move with the sending.

use super::line::RecordedMessage;
use serde_json::{Map, Value};

/// Moves a message by so many milliseconds. Payloads that are not native JSON keep their
/// bytes: their formats carry times we do not rewrite.
#[must_use]
pub fn shift_message(mut message: RecordedMessage, by_ms: i64) -> RecordedMessage {
    message.at_ms += by_ms;
    if by_ms != 0
        && let Some(payload) = shift_times(&message.payload, by_ms)
    {
        message.payload = payload;
    }
    message
}

/// The payload with every numeric `t` and `sent` moved; `None` when there is none to move.
/// RFC 3339 texts stay as they are. The order of keys is not kept, their values are.
#[must_use]
pub fn shift_times(payload: &[u8], by_ms: i64) -> Option<Vec<u8>> {
    let mut message: Map<String, Value> = serde_json::from_slice(payload).ok()?;
    let mut moved = shift_key(&mut message, "t", by_ms) | shift_key(&mut message, "sent", by_ms);
    if let Some(Value::Array(samples)) = message.get_mut("samples") {
        for sample in samples.iter_mut().filter_map(Value::as_object_mut) {
            moved |= shift_key(sample, "t", by_ms);
        }
    }
    moved.then(|| serde_json::to_vec(&message).ok()).flatten()
}

fn shift_key(object: &mut Map<String, Value>, key: &str, by_ms: i64) -> bool {
    match object.get_mut(key) {
        Some(value) => match value.as_i64() {
            Some(time_ms) => {
                *value = Value::from(time_ms + by_ms);
                true
            }
            None => false,
        },
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::shift_times;
    use serde_json::{Value, json};

    fn shifted(payload: &Value) -> Option<Value> {
        let bytes = shift_times(payload.to_string().as_bytes(), 1_000)?;
        serde_json::from_slice(&bytes).ok()
    }

    #[test]
    fn times_of_one_and_of_many_moments_move() {
        assert_eq!(
            shifted(&json!({"session": 7, "t": 5, "sent": 6, "hr": 72.5})),
            Some(json!({"session": 7, "t": 1005, "sent": 1006, "hr": 72.5}))
        );
        assert_eq!(
            shifted(&json!({"seq": 1, "samples": [{"t": 1, "hr": 70}, {"t": 2}]})),
            Some(json!({"seq": 1, "samples": [{"t": 1001, "hr": 70}, {"t": 1002}]}))
        );
    }

    #[test]
    fn what_has_no_time_stays_as_it_is() {
        assert_eq!(shifted(&json!({"online": true, "session": 7})), None);
        assert_eq!(shift_times(b"\x81\xff", 1_000), None);
    }
}
