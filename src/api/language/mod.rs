//! What the pages say: one file of words, `dashboards/words.toml`, in British English.
//! A translation is a copy of it with other right-hand sides.
//!
//! A text stands in the page as British English, `say!("Look again")` or in a template
//! `{{ "Look again"|say }}`, and is looked up by that. The language is the service's:
//! it lies around the work on each request, so that nobody hands it on.
//!
//! Invariant: a text that a page says is in the file, and the file has no other.

mod check;
mod file;
mod said;
mod spoken;

#[cfg(test)]
pub(super) use check::named as english_placeholders;
pub use file::TEXT as WORDS;
pub(super) use file::{Language, VitalWords};
pub(super) use said::{Said, Text, say, text};
pub(super) use spoken::{carried, current, speak};
