//! The native JSON, read in one pass without a tree.
//!
//! In: a payload, its arrival. Out: a [`DeviceMessage`](crate::domain::DeviceMessage).
//! `message` and `moment` follow the document, `builder` holds what was found,
//! `scalar`, `beats` and `key` read single values, `range` saves a message
//! from numbers that no float can hold.
//!
//! A key that comes twice in one object: the first stays, the repeat is
//! refused as `wrong_type`; a second `t` makes its moment `time_unreadable`.
//! `null` is a value of the wrong type: a watch leaves out what it has not.
//!
//! Invariant: one allocation a message of usual size, for its readings.

mod beats;
mod builder;
mod key;
mod message;
mod moment;
mod range;
mod scalar;

pub(super) use message::decode;
