//! Compressed columns of one patient's readings, about one byte a reading.
//!
//! In: a [`Batch`] of moments in journal order. Out: one body, and back: all
//! of it for merging, or single columns for a query.
//!
//! ```text
//! version u8 | moments | sections | (code u8, length, checksum u32) a section
//!   | checksum u32 of all this | the sections
//! ```
//! Rows stand in the order of measured time (then of the journal), because
//! neighbours in time are alike. The columns of a moment (time, arrival,
//! device, flags) are stored once, however many vitals it has; a vital's
//! column holds which moments have it, its values and its qualities.
//!
//! Invariant: what comes back is what went in, bit for bit and in journal order.
//! Invariant: a section is decoded only after its checksum was found right, and
//! no bytes make decoding panic or take memory beyond the bound of moments.

mod batch;
mod body;
mod decode;
mod encode;
mod numbers;
mod runs;
mod times;
mod values;

pub use batch::{Batch, Cell, Moment};
pub use decode::{Chunk, VitalColumn};

use super::bytes::BytesError;

/// Moments of one chunk at most; more are refused when decoding.
pub const MOMENTS_MAX: usize = 1 << 17;

/// Why bytes are not a chunk.
#[derive(Debug, thiserror::Error)]
pub enum ChunkError {
    /// The bytes end early or hold an impossible integer.
    #[error("unreadable integer")]
    Bytes(#[from] BytesError),
    /// A version this program does not know.
    #[error("unknown version {version}")]
    Version {
        /// The version found.
        version: u8,
    },
    /// The bytes are not those that were written.
    #[error("the checksum of section {section} is wrong")]
    Checksum {
        /// The section's code, 255 for the table of sections.
        section: u8,
    },
    /// A section that every chunk has is not there.
    #[error("section {section} is missing")]
    Missing {
        /// The section's code.
        section: u8,
    },
    /// A count, code or index outside its range.
    #[error("section {section}: impossible {what}")]
    Impossible {
        /// The section's code.
        section: u8,
        /// What is wrong.
        what: &'static str,
    },
    /// The column codec refused.
    #[error("a column cannot be decompressed")]
    Column(#[from] pco::errors::PcoError),
}
