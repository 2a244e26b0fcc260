//! What became of attempts to deliver a webhook.

use super::{DeliveryId, WallTime};

/// What became of one attempt to deliver a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// When the attempt began, wall time.
    pub at: WallTime,
    /// How long it took, ms.
    pub took_ms: u32,
    /// HTTP status, none when no answer came.
    pub status: Option<u16>,
    /// A stable code for what went wrong, none on success.
    pub error: Option<&'static str>,
    /// What follows.
    pub verdict: DeliveryVerdict,
    /// Whether it no longer holds back what comes after it: the receiver
    /// refuses it again and again while it takes others.
    pub aside: bool,
}

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryVerdict {
    /// 2xx: done.
    Delivered,
    /// Try again then.
    RetryAt(WallTime),
    /// The schedule is used up: stays listed, replayable, and other channels are told.
    GivenUp,
    /// 410: the endpoint wants no more.
    EndpointGone,
}
