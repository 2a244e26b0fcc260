//! What the engine shows after a commit.

use crate::domain::WallTime;
use crate::registry::{AccessToken, Account, DeviceCredential};
use std::collections::HashMap;

/// Something that became true with the last commit. Receivers that fall behind
/// read what they missed from the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Alert events up to this sequence are stored.
    AlertEvents {
        /// The newest event's sequence.
        newest: u64,
    },
    /// Endpoints changed; shown before what is to be delivered to them.
    Endpoints,
    /// Deliveries were written or became due: the notifier should look.
    Deliveries,
    /// Journal entries up to this sequence are stored: sinks may read on.
    Journal {
        /// The newest entry's sequence.
        newest: u64,
    },
}

/// Who may ask: shared with the shells whenever it changes.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Tokens in force by their SHA-256.
    pub tokens: HashMap<String, AccessToken>,
    /// Accounts in force by name.
    pub accounts: HashMap<String, Account>,
    /// Who is signed in, and until when: the account's name by the SHA-256 of the
    /// session's cookie.
    pub sessions: HashMap<String, (String, WallTime)>,
    /// Device credentials in force by device.
    pub devices: HashMap<String, DeviceCredential>,
}
