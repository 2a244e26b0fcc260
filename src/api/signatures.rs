//! Who may answer an alert from outside, as those who sign messages say it.

use crate::domain::{LinkRefused, LinkedAction, WallTime};

/// A request with the three headers of Standard Webhooks.
#[derive(Clone, Copy)]
pub struct SignedRequest<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`.
    pub timestamp: &'a str,
    /// `webhook-signature`.
    pub signature: &'a str,
    /// The bytes that came.
    pub body: &'a [u8],
}

/// Checks what was signed.
pub trait Signatures: Send + Sync + 'static {
    /// What a link in a message stands for at `now`, epoch seconds.
    ///
    /// # Errors
    /// [`LinkRefused`] when it is not genuine or has expired.
    fn link(&self, token: &str, now: i64) -> Result<LinkedAction, LinkRefused>;

    /// Whether one of the shared `secrets` signed the request at about `now`.
    /// Private keys do not count: nobody else has them.
    fn is_signed(&self, secrets: &[String], request: &SignedRequest<'_>, now: WallTime) -> bool;
}
