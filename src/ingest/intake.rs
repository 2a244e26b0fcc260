//! From topic and payload to an input of the engine, the same for every way in.

use crate::decode::{
    Format, Limits, Settings, Topic, TopicKind, decode_status, decode_vitals, parse_topic,
};
use crate::domain::{ClinicalTime, DeviceId, DeviceMessage, DeviceStatus, QuarantineReason};
use crate::engine::{DeviceInput, Input, OpenExchange, Whole};
use bytes::Bytes;

/// Bytes kept of a payload that is too large.
const HEAD_BYTES: usize = 1024;

/// Bytes kept of a topic.
const TOPIC_BYTES: usize = 256;

enum Decoded {
    Vitals(DeviceMessage, &'static str),
    Status(DeviceStatus),
}

/// Decodes a message into what the engine judges: a device's message, its
/// status, or something unreadable for the quarantine.
pub fn to_input(
    settings: &Settings,
    topic: &str,
    content_type: Option<&str>,
    payload: Bytes,
    arrival: ClinicalTime,
    open: Option<OpenExchange>,
) -> Input {
    let limits = settings.limits();
    let Topic { device, kind } = match parse_topic(&settings.topic_prefix, topic) {
        Ok(topic) => topic,
        Err(error) => {
            let reason = QuarantineReason::WrongTopic;
            return unreadable(error.device, topic, reason, payload, &limits, open);
        }
    };
    let outcome = match kind {
        TopicKind::Vitals(format) => {
            let format = format.unwrap_or_else(|| Format::from_content_type(content_type));
            decode_vitals(format, &payload, arrival, &limits)
                .map(|message| Decoded::Vitals(message, format.topic_part()))
        }
        TopicKind::Status => decode_status(&payload, &limits).map(Decoded::Status),
    };
    match outcome {
        Ok(Decoded::Vitals(message, format)) => Input::Device(DeviceInput {
            device,
            message,
            payload,
            format,
            open,
        }),
        Ok(Decoded::Status(status)) => Input::Status {
            device,
            status,
            open,
        },
        Err(error) => unreadable(Some(device), topic, error.reason(), payload, &limits, open),
    }
}

fn unreadable(
    device: Option<DeviceId>,
    topic: &str,
    reason: QuarantineReason,
    payload: Bytes,
    limits: &Limits,
    open: Option<OpenExchange>,
) -> Input {
    let whole = Whole::of(&payload);
    let too_large = whole.length > limits.payload_bytes_max;
    let payload = match payload.get(..HEAD_BYTES) {
        // A copy, so that the whole payload is not kept alive by its head.
        Some(head) if too_large => Bytes::copy_from_slice(head),
        _ => payload,
    };
    Input::Unreadable {
        device,
        topic: cut(topic),
        reason,
        payload,
        whole,
        open,
    }
}

fn cut(topic: &str) -> String {
    let end = topic.floor_char_boundary(TOPIC_BYTES);
    topic.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: ClinicalTime = ClinicalTime::from_epoch_ms(1_763_787_600_000);

    fn input(topic: &str, content_type: Option<&str>, payload: &'static [u8]) -> Input {
        let settings = Settings::default();
        let payload = Bytes::from_static(payload);
        to_input(&settings, topic, content_type, payload, NOW, None)
    }

    fn reason(input: Input) -> &'static str {
        match input {
            Input::Unreadable { reason, .. } => reason.code(),
            _ => "readable",
        }
    }

    #[test]
    fn vitals_and_status_become_the_inputs_of_their_device() {
        let Input::Device(vitals) = input("wardlight/v1/w/vitals", None, br#"{"hr": 70}"#) else {
            panic!("vitals are a device's message");
        };
        assert_eq!(vitals.device.as_str(), "w");
        assert_eq!(vitals.message.readings.len(), 1);
        assert_eq!(vitals.format, "vitals");
        let status = input("wardlight/v1/w/status", None, br#"{"online": false}"#);
        assert!(matches!(status, Input::Status { status, .. } if !status.online));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let vitals = "wardlight/v1/w/vitals";
        assert_eq!(reason(input(vitals, None, b"{")), "malformed");
        assert_eq!(reason(input(vitals, Some("fhir"), b"{}")), "unknown_format");
        assert_eq!(
            reason(input("wardlight/v1/w/vitals/x", None, b"{}")),
            "unknown_format"
        );
        assert_eq!(reason(input("elsewhere", None, b"{}")), "wrong_topic");
        assert_eq!(
            reason(input("wardlight/v1/w/status", None, b"{}")),
            "malformed"
        );
    }

    #[test]
    fn of_a_payload_that_is_too_large_the_head_the_length_and_the_hash_are_kept() {
        let payload = Bytes::from(vec![b'1'; 300 * 1024]);
        let settings = Settings::default();
        for (topic, code) in [("wardlight/v1/w/vitals", "too_large"), ("x", "wrong_topic")] {
            match to_input(&settings, topic, None, payload.clone(), NOW, None) {
                Input::Unreadable {
                    reason,
                    payload,
                    whole,
                    ..
                } => {
                    assert_eq!(reason.code(), code);
                    assert_eq!((payload.len(), whole.length), (HEAD_BYTES, 300 * 1024));
                    assert!(
                        whole == Whole::of(&vec![b'1'; 300 * 1024]),
                        "the hash of all of it"
                    );
                }
                _ => panic!("too large to be read"),
            }
        }
    }

    #[test]
    fn a_long_topic_is_cut_between_characters() {
        assert_eq!(cut(&"é".repeat(200)).len(), 256);
        assert_eq!(cut(&format!("a{}", "é".repeat(200))).len(), 255);
    }
}
