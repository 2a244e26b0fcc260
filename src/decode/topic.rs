//! `{prefix}/{device}/vitals`, `…/vitals/{format}`, `…/status`.

use super::TopicError;
use crate::domain::DeviceId;

/// What a topic says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Topic {
    /// Whose it is.
    pub device: DeviceId,
    /// What its payload is.
    pub kind: TopicKind,
}

/// What the payload under a topic is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TopicKind {
    /// Vitals; none when the topic leaves the format to the content type.
    Vitals(Option<Format>),
    /// A status message, or a Last Will.
    Status,
}

/// How vitals are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// The native JSON.
    Native,
    /// Open mHealth data points.
    OpenMHealth,
    /// SenML in JSON (RFC 8428).
    SenmlJson,
    /// SenML in CBOR (RFC 8428).
    SenmlCbor,
    /// FHIR R4 observations.
    Fhir,
    /// A suffix that the protocol does not name.
    Unknown,
}

impl Format {
    /// The topic's last part, as the quarantine shows it.
    pub const fn topic_part(self) -> &'static str {
        match self {
            Self::Native => "vitals",
            Self::OpenMHealth => "vitals/openmhealth",
            Self::SenmlJson => "vitals/senml-json",
            Self::SenmlCbor => "vitals/senml-cbor",
            Self::Fhir => "vitals/fhir",
            Self::Unknown => "vitals/?",
        }
    }

    fn from_suffix(suffix: &str) -> Self {
        match suffix {
            "openmhealth" => Self::OpenMHealth,
            "senml-json" => Self::SenmlJson,
            "senml-cbor" => Self::SenmlCbor,
            "fhir" => Self::Fhir,
            _ => Self::Unknown,
        }
    }

    /// The format of an MQTT 5 content type: our own names, or the registered
    /// media types. Any other text (`text/plain` is what many clients send)
    /// means native JSON, which then shows for itself whether it is.
    pub fn from_content_type(content_type: Option<&str>) -> Self {
        let media_type = content_type.and_then(|text| text.split(';').next());
        match media_type.map(str::trim) {
            Some("openmhealth") => Self::OpenMHealth,
            Some("senml-json" | "application/senml+json") => Self::SenmlJson,
            Some("senml-cbor" | "application/senml+cbor") => Self::SenmlCbor,
            Some("fhir" | "application/fhir+json") => Self::Fhir,
            Some(_) | None => Self::Native,
        }
    }
}

/// The device's level of a topic below `prefix`, whatever follows it.
pub fn device_of<'topic>(prefix: &str, topic: &'topic str) -> Option<&'topic str> {
    below(prefix, topic).map(|(device, _)| device)
}

fn below<'topic>(prefix: &str, topic: &'topic str) -> Option<(&'topic str, &'topic str)> {
    topic
        .strip_prefix(prefix)?
        .strip_prefix('/')?
        .split_once('/')
}

/// Reads a topic.
///
/// # Errors
/// [`TopicError`] when it is not one of the protocol's.
pub fn parse_topic(prefix: &str, topic: &str) -> Result<Topic, TopicError> {
    let (device, rest) = below(prefix, topic).ok_or(TopicError { device: None })?;
    let device = DeviceId::new(device).map_err(|_| TopicError { device: None })?;
    let kind = match rest {
        "vitals" => TopicKind::Vitals(None),
        "status" => TopicKind::Status,
        _ => match rest.strip_prefix("vitals/") {
            Some(suffix) => TopicKind::Vitals(Some(Format::from_suffix(suffix))),
            None => {
                return Err(TopicError {
                    device: Some(device),
                });
            }
        },
    };
    Ok(Topic { device, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "wardlight/v1";

    #[test]
    fn the_topics_of_the_protocol_name_device_and_kind() {
        let topic = parse_topic(PREFIX, "wardlight/v1/watch-1/vitals").expect("ours");
        assert_eq!(topic.device.as_str(), "watch-1");
        assert_eq!(topic.kind, TopicKind::Vitals(None));
        let topic = parse_topic(PREFIX, "wardlight/v1/w/vitals/fhir").expect("ours");
        assert_eq!(topic.kind, TopicKind::Vitals(Some(Format::Fhir)));
        let topic = parse_topic(PREFIX, "wardlight/v1/w/vitals/xml").expect("ours");
        assert_eq!(topic.kind, TopicKind::Vitals(Some(Format::Unknown)));
        let topic = parse_topic("a", "a/w/status").expect("ours");
        assert_eq!(topic.kind, TopicKind::Status);
    }

    #[test]
    fn other_topics_are_refused_and_keep_a_device_that_stands_in_its_place() {
        for topic in [
            "",
            "wardlight/v1",
            "wardlight/v1/w",
            "wardlight/v1x/w/vitals",
        ] {
            assert_eq!(parse_topic(PREFIX, topic), Err(TopicError { device: None }));
        }
        let long = format!("wardlight/v1/{}/vitals", "x".repeat(65));
        for topic in [
            "wardlight/v1//vitals",
            "wardlight/v1/a b/vitals",
            long.as_str(),
        ] {
            assert_eq!(parse_topic(PREFIX, topic), Err(TopicError { device: None }));
        }
        let device = Some(DeviceId::new("w").expect("valid"));
        for topic in [
            "wardlight/v1/w/",
            "wardlight/v1/w/Vitals",
            "wardlight/v1/w/status/x",
        ] {
            let device = device.clone();
            assert_eq!(parse_topic(PREFIX, topic), Err(TopicError { device }));
        }
    }

    #[test]
    fn a_content_type_chooses_the_format_and_an_unknown_one_means_native() {
        let format = Format::from_content_type;
        assert_eq!(format(None), Format::Native);
        assert_eq!(format(Some("application/json")), Format::Native);
        assert_eq!(format(Some("text/plain")), Format::Native);
        assert_eq!(format(Some("senml-json")), Format::SenmlJson);
        assert_eq!(
            format(Some("application/fhir+json; fhirVersion=4.0")),
            Format::Fhir
        );
    }
}
