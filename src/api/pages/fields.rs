//! Reads stored documents: what is not there is empty, never a fault.

use super::catalogue;
use super::tile::age;
use super::words::Zone;
use crate::api::language::say;
use crate::api::moment::Moment;
use crate::domain::{ClinicalTime, Vital};
use serde_json::Value;

/// A part of a document.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a Value);

impl<'a> Fields<'a> {
    /// The text at a pointer; empty where there is none.
    pub(super) fn text(self, pointer: &str) -> &'a str {
        let found = self.0.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_default()
    }

    /// The same where an empty text counts as none.
    pub(super) fn some(self, pointer: &str) -> Option<&'a str> {
        Some(self.text(pointer)).filter(|text| !text.is_empty())
    }

    pub(super) fn number(self, pointer: &str) -> Option<f64> {
        self.0.pointer(pointer).and_then(Value::as_f64)
    }

    pub(super) fn moment(self, pointer: &str) -> Option<ClinicalTime> {
        Moment::parse(self.text(pointer)).map(Moment::clinical)
    }

    pub(super) fn is_set(self, pointer: &str) -> bool {
        self.0
            .pointer(pointer)
            .is_some_and(|found| !found.is_null())
    }

    /// The items of a list; none where there is no list.
    pub(super) fn items(self, pointer: &str) -> impl Iterator<Item = Fields<'a>> {
        let found = self.0.pointer(pointer).and_then(Value::as_array);
        found.into_iter().flatten().map(Fields)
    }
}

/// By what the page shows times: the zone, and when it is made.
#[derive(Clone)]
pub(super) struct Times {
    pub(super) zone: Zone,
    pub(super) now: ClinicalTime,
}

impl Times {
    /// `22 Nov 03:10 GMT (3 min ago)`.
    pub(super) fn ago(&self, at: ClinicalTime) -> String {
        let age = age(at.epoch_ms(), self.now).words;
        format!("{} ({age})", self.zone.short(at))
    }

    /// The same of a field; what is not known is said.
    pub(super) fn of(&self, fields: Fields<'_>, pointer: &str) -> String {
        let at = fields.moment(pointer);
        at.map_or_else(|| say!("at an unknown time").to_owned(), |at| self.ago(at))
    }
}

/// `3 min`.
pub(super) fn lasting(ms: f64) -> String {
    match (ms / 1000.0).max(0.0) as i64 {
        seconds @ ..60 => say!("{count} s", count = seconds),
        seconds @ 60..7200 => say!("{count} min", count = seconds / 60),
        seconds @ 7200..172_800 => say!("{count} h", count = seconds / 3600),
        seconds => say!("{count} days", count = seconds / 86_400),
    }
}

/// An input as people call it: rules write a vital's name or words of their own.
pub(super) fn input(name: &str) -> String {
    match Vital::from_name(name) {
        Some(vital) => catalogue::vital(vital.name()),
        None => catalogue::sentence(&catalogue::named(name)),
    }
}
