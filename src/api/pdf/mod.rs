//! Pages for the record as PDF: text, tables and small charts on A4.
//!
//! In: words and numbers, in the order in which they are to be read. Out: one file.
//!
//! Invariant: text is text: what people wrote is drawn letter by letter with an
//! embedded font, and can be searched and copied; a letter that the font does not have
//! is drawn as � and never left out.
//! Invariant: a document has a bounded number of pages, and says when it was cut.

mod document;
mod file;
mod font;
mod plot;

pub(super) use document::{Column, Document};
pub(super) use plot::{Plot, Point};
