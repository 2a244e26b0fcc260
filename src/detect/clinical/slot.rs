//! What is remembered of one rule for one patient: sixteen bytes.

use super::rule::{ClinicalRule, Persistence};
use serde::{Deserialize, Serialize};

/// No run of minutes is under way.
const NONE: u16 = u16::MAX;

/// The state of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Slot {
    /// Which rule's; 0 for nobody's.
    pub(super) tag: u32,
    /// The newest minute that was judged.
    newest: u32,
    /// Minutes before `newest` in which a run began: not yet raised, the run
    /// of the condition; raised, the calm.
    back: u16,
    /// Counted for the persistence of the condition …
    held: u16,
    /// … and of the urgent one.
    urgent: u16,
    /// 0 not raised, 1 raised, 2 urgent, 3 no longer urgent; not raised also
    /// [`UNTOLD`].
    raised: u8,
    /// Raised: criteria that were met when it was last told, and whether it was
    /// said that the end cannot be seen. Untold: minutes since it last held.
    told: u8,
}

const UNKNOWN_SAID: u8 = 0x80;
/// Not raised, but it held and came too late to page; how urgent it was is
/// added to it.
const UNTOLD: u8 = 0x10;
/// Raised, and urgent before.
const EASED: u8 = 3;

impl Default for Slot {
    fn default() -> Self {
        Self {
            tag: 0,
            newest: 0,
            back: NONE,
            held: 0,
            urgent: 0,
            raised: 0,
            told: 0,
        }
    }
}

impl Slot {
    pub(super) fn of(tag: u32) -> Self {
        Self {
            tag,
            ..Self::default()
        }
    }

    /// Forgets everything but whose it is.
    pub(super) fn reset(&mut self) {
        let newest = self.newest;
        *self = Self {
            newest,
            ..Self::of(self.tag)
        };
    }

    /// Moves on to `minute`; true when it is a new one.
    pub(super) fn move_to(&mut self, minute: u32) -> bool {
        let passed = minute.saturating_sub(self.newest);
        if passed == 0 {
            return false;
        }
        let passed_short = u16::try_from(passed).unwrap_or(NONE - 1);
        if self.back != NONE {
            self.back = self.back.saturating_add(passed_short).min(NONE - 1);
        }
        if self.untold_level() > 0 {
            let passed = u8::try_from(passed).unwrap_or(u8::MAX);
            self.told = self.told.saturating_add(passed);
        }
        self.newest = minute;
        true
    }

    /// Notes whether condition and urgent condition hold in the newest minute.
    pub(super) fn note(&mut self, rule: &ClinicalRule, new: bool, passed: u16, over: [bool; 2]) {
        for (held, over) in [&mut self.held, &mut self.urgent].into_iter().zip(over) {
            *held = match rule.persistence {
                Persistence::Epochs { .. } if new => (*held << 1) | u16::from(over),
                Persistence::Epochs { .. } => (*held & !1) | u16::from(over),
                // Counted from one, so that zero is no run.
                Persistence::Minutes(_) if over && (*held == 0 || passed > rule.gap_minutes) => 1,
                Persistence::Minutes(_) if over => held.saturating_add(passed),
                Persistence::Minutes(_) => 0,
            };
        }
        if self.is_raised() {
            return;
        }
        if over[0] && self.back == NONE {
            self.back = 0;
        } else if self.held == 0 && self.untold_level() == 0 {
            self.back = NONE;
        }
    }

    /// Whether the condition and the urgent one persist.
    pub(super) fn persists(&self, rule: &ClinicalRule) -> [bool; 2] {
        let enough = |held: u16| match rule.persistence {
            Persistence::Epochs { epochs, of } => {
                let window = u16::MAX >> (16 - u16::from(of.clamp(1, 16)));
                (held & window).count_ones() >= u32::from(epochs)
            }
            Persistence::Minutes(minutes) => held > minutes,
        };
        [enough(self.held), enough(self.urgent)]
    }

    pub(super) const fn newest(&self) -> u32 {
        self.newest
    }

    /// The minute in which the run of the condition began.
    pub(super) fn began(&self) -> u32 {
        match self.back {
            NONE => self.newest,
            back => self.newest.saturating_sub(u32::from(back)),
        }
    }

    /// Whether there is something new to tell at this level and count.
    pub(super) const fn is_news(&self, level: u8, met: u8) -> bool {
        level > self.level() || met > self.told & !UNKNOWN_SAID
    }

    pub(super) fn tell(&mut self, level: u8, met: u8) {
        if self.untold_level() > 0 {
            (self.raised, self.told) = (0, 0);
        }
        self.raised = match (self.raised, level) {
            (0, level) => level,
            (_, 2) => 2,
            (raised, _) => raised,
        };
        self.told = met.max(self.told & !UNKNOWN_SAID);
        self.back = NONE;
    }

    pub(super) const fn is_raised(&self) -> bool {
        matches!(self.raised, 1..=EASED)
    }

    /// 0 not raised, 1 raised, 2 urgent.
    pub(super) const fn level(&self) -> u8 {
        match self.raised {
            UNTOLD.. => 0,
            EASED => 1,
            raised => raised,
        }
    }

    /// It holds at this level in the newest minute, too late to page.
    pub(super) fn note_untold(&mut self, level: u8) {
        self.raised = UNTOLD + level.max(self.untold_level());
        self.told = 0;
    }

    /// 0 nothing is untold, 1 it held, 2 it was urgent.
    pub(super) const fn untold_level(&self) -> u8 {
        self.raised.saturating_sub(UNTOLD)
    }

    /// For how many minutes it has not held, when it held too late to page.
    pub(super) fn untold_minutes(&self) -> Option<u8> {
        (self.untold_level() > 0).then_some(self.told)
    }

    /// No longer urgent: the condition alone counts.
    pub(super) const fn ease(&mut self) {
        self.raised = EASED;
    }

    pub(super) const fn is_eased(&self) -> bool {
        self.raised == EASED
    }

    /// Whether the urgent condition held in no minute that counts.
    pub(super) fn is_urgent_over(&self, rule: &ClinicalRule) -> bool {
        match rule.persistence {
            Persistence::Epochs { of, .. } => {
                let window = u16::MAX >> (16 - u16::from(of.clamp(1, 16)));
                self.urgent & window == 0
            }
            Persistence::Minutes(_) => self.urgent == 0,
        }
    }

    /// There is no calm.
    pub(super) fn disturb(&mut self) {
        if self.is_raised() {
            self.back = NONE;
            self.told &= !UNKNOWN_SAID;
        }
    }

    /// True when it was not yet said that the end cannot be seen.
    pub(super) fn say_unknown(&mut self) -> bool {
        self.back = NONE;
        let said = self.told & UNKNOWN_SAID != 0;
        self.told |= UNKNOWN_SAID;
        !said
    }

    /// Minutes of calm, this one included in its run.
    pub(super) fn calm(&mut self) -> u16 {
        self.told &= !UNKNOWN_SAID;
        if self.back == NONE {
            self.back = 0;
        }
        self.back
    }
}
