//! Who is who: patients, wards, devices, who wore what when, and who may ask.
//!
//! In: [`Command`]s with their author. Out: [`Change`]s to write, or a
//! [`CommandError`] that says what to do.
//!
//! Invariant: a device is assigned to at most one patient at any measured moment.
//! Invariant: nothing is deleted; periods end and assignments are closed.

mod access;
mod account;
mod apply;
mod command;
mod devices;
mod documents;
mod error;
mod lookup;
mod notes;
mod patients;
mod role;
#[cfg(test)]
mod tests;

pub use account::{Account, Session};
pub use apply::{Applied, Change};
pub use command::{Command, ObservedValue, ReplaySpan};
pub use documents::{
    AccessToken, Assignment, AssignmentId, Device, DeviceCredential, Endpoint, Patient, Ward,
};
pub use error::CommandError;
pub use lookup::{Documents, Registry};
pub use notes::{NOTE_CHARS_MAX, Note, NoteId, NoteMark, Withdrawal};
pub use patients::{patient_after, watched_after};
pub use role::{Permission, Role, WardScope};
