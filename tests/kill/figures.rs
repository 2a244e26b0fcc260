//! The table of a run.

use std::fmt;

/// Where a kill was aimed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Aim {
    Raising,
    Acknowledging,
    Delivering,
    Committing,
    Load,
}

impl Aim {
    pub(crate) const ALL: [Self; 5] = [
        Self::Raising,
        Self::Acknowledging,
        Self::Delivering,
        Self::Committing,
        Self::Load,
    ];
}

impl Aim {
    /// How far apart kills with this aim are in what they are aimed at: an
    /// answer is over in a millisecond, a delivery waits for us.
    pub(crate) fn step_us(self) -> u64 {
        match self {
            Self::Acknowledging => 30,
            Self::Raising => 100,
            Self::Delivering | Self::Committing | Self::Load => 175,
        }
    }
}

/// What a kill found under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kill {
    pub(crate) aim: Aim,
    /// Messages that publishers had sent and nobody had acknowledged to them.
    pub(crate) publishers: u64,
    /// True episodes begun that the receiver had not heard of.
    pub(crate) raising: u64,
    /// API acknowledgements asked for and not answered.
    pub(crate) answers: u64,
    /// Webhooks handed to the receiver and not answered.
    pub(crate) webhooks: u64,
    /// Afterwards: messages that were sent to the service again and marked so,
    /// by the broker or the publishers: it had them and had not acknowledged them.
    pub(crate) redelivered: u64,
    /// Milliseconds until the API answered again.
    pub(crate) away_ms: u128,
}

impl Kill {
    /// Whether it hit unacknowledged deliveries and what it was aimed at.
    pub(crate) fn is_hit(&self) -> bool {
        let aimed = match self.aim {
            Aim::Raising => self.raising,
            Aim::Acknowledging => self.answers,
            Aim::Delivering => self.webhooks,
            Aim::Committing | Aim::Load => 1,
        };
        self.redelivered > 0 && aimed > 0
    }
}

/// Everything a run showed.
#[derive(Default, Debug)]
pub(crate) struct Figures {
    pub(crate) kills: Vec<Kill>,
    pub(crate) seconds: f64,
    pub(crate) published: u64,
    pub(crate) acknowledged: u64,
    pub(crate) sent_twice: u64,
    pub(crate) resent: u64,
    pub(crate) discarded: u64,
    pub(crate) stored: u64,
    pub(crate) missing: u64,
    pub(crate) duplicates: u64,
    pub(crate) wrong: u64,
    pub(crate) readings: u64,
    pub(crate) wearer_changes: u64,
    pub(crate) episodes: u64,
    pub(crate) raised: u64,
    pub(crate) raised_ids: u64,
    pub(crate) answered: u64,
    pub(crate) deliveries: u64,
    pub(crate) calls: u64,
    pub(crate) repeated_calls: u64,
    pub(crate) chunk_readings: u64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "kill  aimed at       publishers  raising  answers  webhooks  redelivered  away ms  hit"
        )?;
        for (number, kill) in (1..).zip(&self.kills) {
            writeln!(
                f,
                "{number:4}  {:13}  {:10}  {:7}  {:7}  {:8}  {:11}  {:7}  {}",
                format!("{:?}", kill.aim),
                kill.publishers,
                kill.raising,
                kill.answers,
                kill.webhooks,
                kill.redelivered,
                kill.away_ms,
                if kill.is_hit() { "yes" } else { "no" },
            )?;
        }
        let rows = [
            ("kills", self.kills.len() as u64),
            ("  that hit unacknowledged and their aim", self.hits()),
            ("messages published", self.published),
            ("  acknowledged to their publisher", self.acknowledged),
            ("  sent twice on purpose", self.sent_twice),
            ("  sent again after a reconnect", self.resent),
            ("  discarded by publishers", self.discarded),
            ("messages stored", self.stored),
            ("  acknowledged and missing", self.missing),
            ("  duplicates (readings)", self.duplicates),
            ("readings stored", self.readings),
            ("  not with the time and value sent", self.wrong),
            ("  of them in chunks", self.chunk_readings),
            ("changes of wearer", self.wearer_changes),
            ("true episodes", self.episodes),
            ("  raised", self.raised),
            ("  ids of alert.raised", self.raised_ids),
            ("  acknowledged through the API", self.answered),
            ("deliveries", self.deliveries),
            ("  requests at the receiver", self.calls),
            ("  of them repeats with the same id", self.repeated_calls),
        ];
        for (name, value) in rows {
            writeln!(f, "{name:42} {value:>9}")?;
        }
        write!(f, "{:42} {:>9.1}", "seconds", self.seconds)
    }
}

impl Figures {
    /// Kills that hit.
    pub(crate) fn hits(&self) -> u64 {
        self.kills.iter().filter(|kill| kill.is_hit()).count() as u64
    }
}
