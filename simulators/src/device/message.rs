//! What a watch sends: the native JSON, written from the protocol page.

use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// One moment: what was measured at one time.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Moment {
    /// When it was measured by the device's clock, epoch ms.
    pub t: i64,
    /// Heart rate, /min.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "trimmed")]
    pub hr: Option<f64>,
    /// Respiratory rate, /min.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "trimmed")]
    pub rr: Option<f64>,
    /// Oxygen saturation, %.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "trimmed")]
    pub spo2: Option<f64>,
    /// Core temperature, Cel.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "trimmed")]
    pub temp: Option<f64>,
    /// Wrist skin temperature, Cel.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "trimmed")]
    pub skin: Option<f64>,
    /// Systolic pressure, mm\[Hg\].
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "trimmed")]
    pub sbp: Option<f64>,
    /// Diastolic pressure, mm\[Hg\].
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "trimmed")]
    pub dbp: Option<f64>,
    /// Beat-to-beat variability, ms.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "trimmed")]
    pub rmssd: Option<f64>,
    /// Resting heart rate, /min; one a night.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "trimmed")]
    pub rhr: Option<f64>,
    /// Beat intervals ending at `t`, ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ibi: Option<Vec<u16>>,
    /// Steps since the previous count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
    /// On the wrist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worn: Option<bool>,
    /// Battery, %.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "trimmed")]
    pub battery: Option<f64>,
}

impl Moment {
    /// Whether nothing was measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self
            == Self {
                t: self.t,
                ..Self::default()
            }
    }
}

/// A message of one or many moments.
#[derive(Debug, Clone, PartialEq)]
pub struct NativeMessage {
    /// Grows by one at each restart.
    pub session: u32,
    /// Grows by one a message within a session.
    pub sequence: u64,
    /// The device's clock at sending, epoch ms.
    pub sent: Option<i64>,
    /// What was measured, oldest first; never empty.
    pub moments: Vec<Moment>,
}

#[derive(Serialize)]
struct One<'a> {
    session: u32,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<i64>,
    #[serde(flatten)]
    moment: &'a Moment,
}

#[derive(Serialize)]
struct Many<'a> {
    session: u32,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<i64>,
    samples: &'a [Moment],
}

impl NativeMessage {
    /// The JSON as on the wire: flat for one moment, `samples` for many.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (session, seq, sent) = (self.session, self.sequence, self.sent);
        let json = match self.moments.as_slice() {
            [moment] => serde_json::to_vec(&One {
                session,
                seq,
                sent,
                moment,
            }),
            samples => serde_json::to_vec(&Many {
                session,
                seq,
                sent,
                samples,
            }),
        };
        json.expect("numbers, texts and lists always become JSON")
    }
}

/// The retained-never status message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// Whether the device is there; the Will says false.
    pub online: bool,
    /// The session it speaks of.
    pub session: u32,
    /// Model name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<&'static str>,
    /// Firmware version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firmware: Option<&'static str>,
    /// Expected seconds between readings by key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vitals: Option<BTreeMap<&'static str, u32>>,
}

impl Status {
    /// The Last Will of a session.
    #[must_use]
    pub fn will(session: u32) -> Self {
        Self {
            online: false,
            session,
            model: None,
            firmware: None,
            vitals: None,
        }
    }

    /// The JSON as on the wire.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("numbers, texts and lists always become JSON")
    }
}

/// What sort of message this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageKind {
    /// The connection breaks and the broker publishes the Will; a driver drops the socket.
    Will,
    /// The device says that it is there.
    Status,
    /// Readings.
    Vitals,
}

/// Alias for a quality-of-service level on the wire: 0, 1 or 2.
pub type Level = u8;

/// One MQTT message of a device.
#[derive(Debug, Clone, PartialEq)]
pub struct OutgoingMessage {
    /// The device's id.
    pub device: String,
    /// Session of the device.
    pub session: u32,
    /// Sequence within the session; 0 for status messages.
    pub sequence: u64,
    /// What it is.
    pub kind: MessageKind,
    /// When the device first had it ready, true simulated epoch ms.
    pub made_at_ms: i64,
    /// When it leaves, true simulated epoch ms.
    pub send_at_ms: i64,
    /// Where to.
    pub topic: String,
    /// The bytes.
    pub payload: Vec<u8>,
    /// Quality of service.
    pub qos: Level,
    /// Retain flag; watches never set it.
    pub retain: bool,
    /// What the bytes say, for vitals.
    pub native: Option<NativeMessage>,
}

/// The topic of a device: `wardlight/v1/{device}/vitals` or `/status`.
#[must_use]
pub fn topic(prefix: &str, device: &str, kind: MessageKind) -> String {
    match kind {
        MessageKind::Vitals => format!("{prefix}/{device}/vitals"),
        MessageKind::Status | MessageKind::Will => format!("{prefix}/{device}/status"),
    }
}

/// Whole numbers without a decimal point, as firmware writes them.
#[expect(
    clippy::ref_option,
    clippy::cast_possible_truncation,
    reason = "serde hands a reference; vitals are far below 2^53"
)]
fn trimmed<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) if value.fract() == 0.0 => serializer.serialize_i64(*value as i64),
        Some(value) => serializer.serialize_f64(*value),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Moment, NativeMessage, Status};

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }

    #[test]
    fn one_moment_is_written_flat_as_on_the_protocol_page() {
        let moment = Moment {
            t: 1_763_787_600_000,
            hr: Some(72.5),
            spo2: Some(97.0),
            steps: Some(12),
            worn: Some(true),
            battery: Some(81.0),
            ..Moment::default()
        };
        let message = NativeMessage {
            session: 7,
            sequence: 1042,
            sent: None,
            moments: vec![moment],
        };
        assert_eq!(
            text(message.encode()),
            r#"{"session":7,"seq":1042,"t":1763787600000,"hr":72.5,"spo2":97,"steps":12,"worn":true,"battery":81}"#
        );
    }

    #[test]
    fn many_moments_are_written_as_samples() {
        let moment = |t, hr| Moment {
            t,
            hr: Some(hr),
            ..Moment::default()
        };
        let message = NativeMessage {
            session: 7,
            sequence: 1043,
            sent: Some(9),
            moments: vec![moment(5, 73.0), moment(6, 74.0)],
        };
        assert_eq!(
            text(message.encode()),
            r#"{"session":7,"seq":1043,"sent":9,"samples":[{"t":5,"hr":73},{"t":6,"hr":74}]}"#
        );
    }

    #[test]
    fn the_will_says_offline_and_its_session() {
        assert_eq!(
            text(Status::will(7).encode()),
            r#"{"online":false,"session":7}"#
        );
    }
}
