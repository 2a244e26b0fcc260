//! Times as the API shows and takes them: RFC 3339 out, that or epoch milliseconds in.

use crate::domain::{ClinicalTime, MeasuredTime};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};

/// A moment of any clock, on its way in or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(pub(super) i64);

impl Moment {
    /// Reads RFC 3339 or, as digits, epoch milliseconds.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.parse::<i64>() {
            Ok(epoch_ms) => Self::from_number(epoch_ms),
            Err(_) => text
                .parse::<Timestamp>()
                .ok()
                .map(|at| Self(at.as_millisecond())),
        }
    }

    /// Epoch milliseconds, if they are a time of the calendar.
    fn from_number(epoch_ms: i64) -> Option<Self> {
        Timestamp::from_millisecond(epoch_ms)
            .ok()
            .map(|_| Self(epoch_ms))
    }

    /// RFC 3339 in UTC with milliseconds where there are any.
    pub(super) fn text(self) -> String {
        Timestamp::from_millisecond(self.0).map_or_else(|_| self.0.to_string(), |at| at.to_string())
    }

    pub(super) fn clinical(self) -> ClinicalTime {
        ClinicalTime::from_epoch_ms(self.0)
    }

    pub(super) fn measured(self) -> MeasuredTime {
        MeasuredTime::from_epoch_ms(self.0)
    }
}

impl From<ClinicalTime> for Moment {
    fn from(at: ClinicalTime) -> Self {
        Self(at.epoch_ms())
    }
}

impl From<MeasuredTime> for Moment {
    fn from(at: MeasuredTime) -> Self {
        Self(at.epoch_ms())
    }
}

impl From<crate::domain::WallTime> for Moment {
    fn from(at: crate::domain::WallTime) -> Self {
        Self(at.epoch_ms())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form<'a> {
            Number(i64),
            #[serde(borrow)]
            Text(Cow<'a, str>),
        }
        let refused = serde::de::Error::custom;
        let moment = match Form::deserialize(deserializer) {
            Ok(Form::Number(epoch_ms)) => Self::from_number(epoch_ms),
            Ok(Form::Text(text)) => match Self::parse(&text) {
                // A form's encoding makes a space of a plus sign.
                None if Self::parse(&text.replace(' ', "+")).is_some() => {
                    return Err(refused(
                        "must have the plus sign before its offset written as %2B",
                    ));
                }
                moment => moment,
            },
            Err(_) => None,
        };
        moment.ok_or_else(|| refused("must be an RFC 3339 date-time or epoch milliseconds"))
    }
}

impl utoipa::PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl utoipa::ToSchema for Moment {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Moment")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_both_forms_and_writes_one() {
        for text in [
            "2026-03-04T09:16:02.5Z",
            "2026-03-04T10:16:02.5+01:00",
            "1772615762500",
        ] {
            let moment = Moment::parse(text).expect("a time");
            assert_eq!(moment.text(), "2026-03-04T09:16:02.5Z");
        }
        assert_eq!(Moment::parse("yesterday"), None);
        assert_eq!(Moment::parse(&i64::MAX.to_string()), None);
    }

    #[test]
    fn a_body_may_hold_text_or_a_number() {
        let both: Vec<Moment> =
            serde_json::from_str(r#"["2026-03-04T09:16:02.5Z", 1772615762500]"#).expect("times");
        assert_eq!(both.first(), both.get(1));
        assert!(serde_json::from_str::<Moment>("true").is_err());
    }
}
