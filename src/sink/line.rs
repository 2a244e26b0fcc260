//! Line protocol that nothing typed by a person or a device can break.
//!
//! One line a reading: the vital's name as measurement; tags `device`,
//! `patient`, `quality` (sorted, as InfluxDB advises); fields `value` and
//! `arrival_ms`; time the measured milliseconds.

use super::SinkRow;
use crate::domain::{Quality, QualityReason};

/// Appends one line for each reading of `row`; returns how many.
///
/// Not finite values are left out: line protocol cannot say them.
pub fn encode(row: &SinkRow, out: &mut Vec<u8>) -> usize {
    let mut lines = 0;
    for (reading, quality) in &row.readings {
        if !reading.value.is_finite() {
            continue;
        }
        out.extend_from_slice(reading.vital.name().as_bytes());
        tag("device", row.device.as_str(), out);
        tag("patient", row.patient.as_str(), out);
        tag("quality", quality_name(*quality), out);
        out.extend_from_slice(b" value=");
        out.extend_from_slice(float(reading.value).as_bytes());
        out.extend_from_slice(b",arrival_ms=");
        out.extend_from_slice(row.stamp.epoch_ms().to_string().as_bytes());
        out.extend_from_slice(b"i ");
        out.extend_from_slice(reading.at.epoch_ms().to_string().as_bytes());
        out.push(b'\n');
        lines += 1;
    }
    lines
}

/// The shortest decimal that reads back as the same number; never an exponent
/// that a parser might not know.
fn float(value: f64) -> String {
    format!("{value}")
}

/// `good`, `good_lifts_previous`, `suspect.{reason}` or `artefact.{reason}`.
const fn quality_name(quality: Quality) -> &'static str {
    use QualityReason as R;
    match quality {
        Quality::Good => "good",
        Quality::GoodLiftsPrevious => "good_lifts_previous",
        Quality::Suspect(R::Implausible) => "suspect.implausible",
        Quality::Suspect(R::RateOfChange) => "suspect.rate_of_change",
        Quality::Suspect(R::Frozen) => "suspect.frozen",
        Quality::Suspect(R::ImpossiblySteady) => "suspect.impossibly_steady",
        Quality::Suspect(R::NotWorn) => "suspect.not_worn",
        Quality::Suspect(R::Motion) => "suspect.motion",
        Quality::Suspect(R::Conflict) => "suspect.conflict",
        Quality::Artefact(R::Implausible) => "artefact.implausible",
        Quality::Artefact(R::RateOfChange) => "artefact.rate_of_change",
        Quality::Artefact(R::Frozen) => "artefact.frozen",
        Quality::Artefact(R::ImpossiblySteady) => "artefact.impossibly_steady",
        Quality::Artefact(R::NotWorn) => "artefact.not_worn",
        Quality::Artefact(R::Motion) => "artefact.motion",
        Quality::Artefact(R::Conflict) => "artefact.conflict",
    }
}

/// Appends `,key=value`; an empty value makes no tag. Our identifiers hold
/// nothing that needs escaping today; the encoder does not rely on it.
pub(super) fn tag(key: &str, value: &str, out: &mut Vec<u8>) {
    if value.is_empty() {
        return;
    }
    out.push(b',');
    escape(key, out);
    out.push(b'=');
    escape(value, out);
}

/// Escapes what ends a tag. A backslash at the end would escape what follows
/// the tag, and line protocol has no escape for a newline: both, and other
/// control characters, become an underscore.
fn escape(text: &str, out: &mut Vec<u8>) {
    let last = text.len().saturating_sub(1);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b',' | b'=' | b' ' => out.extend_from_slice(&[b'\\', byte]),
            b'\\' if at == last => out.push(b'_'),
            // Before a character that gets its own backslash, a backslash
            // would be read as the escape of ours.
            b'\\'
                if matches!(
                    text.as_bytes().get(at + 1),
                    Some(b',' | b'=' | b' ' | b'\\')
                ) =>
            {
                out.push(b'_');
            }
            0..=31 | 127 => out.push(b'_'),
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ClinicalTime, DeviceId, MeasuredTime, PatientId, Reading, Vital};
    use proptest::prelude::*;

    fn escaped(text: &str) -> String {
        let mut out = Vec::new();
        escape(text, &mut out);
        String::from_utf8(out).expect("utf-8 stays utf-8")
    }

    #[test]
    fn a_row_becomes_one_line_for_each_finite_reading() {
        let reading = |vital, value| Reading {
            at: MeasuredTime::from_epoch_ms(1_763_787_600_000),
            vital,
            value,
        };
        let row = SinkRow {
            seq: 1,
            stamp: ClinicalTime::from_epoch_ms(1_763_787_600_500),
            patient: PatientId::new("p-1").expect("valid"),
            device: DeviceId::new("w_1.a").expect("valid"),
            readings: vec![
                (reading(Vital::HeartRate, 72.5), Quality::Good),
                (reading(Vital::BodyTemperature, f64::NAN), Quality::Good),
                (
                    reading(Vital::StepCount, 1e21),
                    Quality::Suspect(QualityReason::Motion),
                ),
            ],
        };
        let mut out = Vec::new();
        assert_eq!(encode(&row, &mut out), 2);
        assert_eq!(
            String::from_utf8(out).expect("text"),
            "heart_rate,device=w_1.a,patient=p-1,quality=good \
             value=72.5,arrival_ms=1763787600500i 1763787600000\n\
             step_count,device=w_1.a,patient=p-1,quality=suspect.motion \
             value=1000000000000000000000,arrival_ms=1763787600500i 1763787600000\n"
        );
    }

    #[test]
    fn what_would_end_a_tag_is_escaped_and_what_cannot_be_escaped_is_replaced() {
        assert_eq!(escaped("a b,c=d"), r"a\ b\,c\=d");
        assert_eq!(escaped("two\nlines\r\t"), "two_lines__");
        assert_eq!(escaped(r"ends\"), "ends_");
        assert_eq!(escaped(r"in\side"), r"in\side");
        assert_eq!(escaped(r"before\,"), r"before_\,");
        assert_eq!(escaped("Zoë"), "Zoë");
    }

    #[test]
    fn an_empty_value_makes_no_tag() {
        let mut out = Vec::new();
        tag("device", "", &mut out);
        assert!(out.is_empty());
    }

    proptest! {
        #[test]
        fn no_text_breaks_out_of_its_tag(text in r#"[\\,= \n\r\tax"é]{0,12}"#) {
            let text = escaped(&text);
            let mut escapes = false;
            for character in text.chars() {
                match character {
                    ',' | '=' | ' ' => prop_assert!(escapes),
                    '\n' | '\r' => prop_assert!(false),
                    _ => {}
                }
                escapes = character == '\\' && !escapes;
            }
            prop_assert!(!text.ends_with('\\'));
        }

        #[test]
        fn a_value_reads_back_as_the_same_number(value in proptest::num::f64::NORMAL) {
            prop_assert_eq!(float(value).parse::<f64>().ok(), Some(value));
        }
    }
}
