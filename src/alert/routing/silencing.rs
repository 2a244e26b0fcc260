//! Maintenance silences and rota overrides, as commands change them.

use super::facts::{Directory, Facts};
use super::notice::{Owed, Why};
use super::router::{Key, Router, Turn};
use super::row::RowKind;
use super::table::Table;
use super::target::Target;
use crate::domain::{AlertId, ClinicalTime, EndpointId, RotaOverride, Silence, SilenceScope};
use std::collections::BTreeMap;

/// Silences that may be in force or wait at once.
const SILENCES_MAX: usize = 1_000;
/// Silences that are kept, ended ones too.
const KEPT_MAX: usize = 4 * SILENCES_MAX;
/// Overrides of one rota.
const OVERRIDES_MAX: usize = 1_000;
/// For so long an ended silence is still shown.
const SHOWN_MS: i64 = 30 * 86_400_000;

/// Why a silence or an override was refused, in words for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoutingRefused {
    /// It would silence everything.
    #[error("must name a ward, a patient or a device")]
    Unbounded,
    /// It ends before it begins, or in the past.
    #[error("must end after it begins, and in the future")]
    Ended,
    /// It lasts too long.
    #[error("may last at most {hours_max} hours")]
    TooLong {
        /// The longest.
        hours_max: u32,
    },
    /// There are too many.
    #[error("there are too many of them; end some")]
    TooMany,
    /// It does not exist, or has ended.
    #[error("there is none of this name in force")]
    Unknown,
}

/// Whether a silence is about such an alert.
pub(super) fn covers(scope: &SilenceScope, facts: &Facts, directory: &dyn Directory) -> bool {
    let place = &facts.place;
    scope.ward.as_ref().is_none_or(|ward| *ward == place.ward)
        && scope
            .patient
            .as_ref()
            .is_none_or(|patient| *patient == place.patient)
        && scope
            .device
            .as_ref()
            .is_none_or(|d| directory.wears(facts.number, d))
        && scope.names(facts.kind, facts.one_vital)
}

impl Table {
    /// Whether an alert like `other` keeps one like `facts` back.
    pub(super) fn inhibits(&self, other: &Facts, facts: &Facts) -> bool {
        let holds = other.is_open() && other.condition == crate::domain::Condition::Active;
        holds
            && other.priority >= facts.priority
            && self.inhibitions.iter().any(|rule| {
                rule.by.matches(other.kind, other.one_vital)
                    && rule
                        .of
                        .iter()
                        .any(|of| of.matches(facts.kind, facts.one_vital))
            })
    }

    /// The endpoint that a channel means at `at`.
    pub(super) fn means(
        &self,
        overrides: &BTreeMap<String, Vec<RotaOverride>>,
        target: &Target,
        at: ClinicalTime,
    ) -> Result<EndpointId, String> {
        match target {
            Target::Endpoint(id) => Ok(id.clone()),
            Target::Rota(name) => {
                let rota = self
                    .rotas
                    .get(name)
                    .ok_or("there is no such rota any more")?;
                let instead = overrides.get(name).map_or(&[][..], Vec::as_slice);
                let on_call = rota.on_call(instead, at).cloned();
                on_call.ok_or_else(|| "nobody is on call".to_owned())
            }
        }
    }
}

impl Router {
    /// All silences, ended ones too.
    pub fn silences(&self) -> impl Iterator<Item = &Silence> {
        self.silences.values()
    }

    /// Takes a silence; its id is given here.
    ///
    /// # Errors
    /// [`RoutingRefused`] in words for the person.
    pub fn silence(
        &mut self,
        mut silence: Silence,
        now: ClinicalTime,
        turn: &mut Turn<'_>,
    ) -> Result<String, RoutingRefused> {
        let hours_max = self.table.silence_hours_max;
        if !silence.scope.is_bounded() {
            return Err(RoutingRefused::Unbounded);
        }
        if silence.until <= silence.from || silence.until <= now {
            return Err(RoutingRefused::Ended);
        }
        if silence.until.ms_since(silence.from) > i64::from(hours_max) * 3_600_000 {
            return Err(RoutingRefused::TooLong { hours_max });
        }
        self.drop_old_silences(now);
        let standing = self.silences.values().filter(|known| now < known.end());
        if standing.count() >= SILENCES_MAX {
            return Err(RoutingRefused::TooMany);
        }
        let mut number = now.epoch_ms();
        while self.silences.contains_key(&format!("sil_{number}")) {
            number = number.saturating_add(1);
        }
        silence.id = format!("sil_{number}");
        silence.created = now;
        let id = silence.id.clone();
        let ahead = (silence.from > now).then_some(silence.from);
        self.timers.arm(Key::Silence(id.clone()), ahead);
        self.silences.insert(id.clone(), silence);
        self.dirty.insert((RowKind::Silence, id.clone()));
        if ahead.is_none() {
            self.look_at_inhibited(now, turn);
        }
        Ok(id)
    }

    /// Ends a silence now; what it kept back and still asks is told.
    ///
    /// # Errors
    /// [`RoutingRefused::Unknown`] when none of this id is in force.
    pub fn end_silence(
        &mut self,
        id: &str,
        author: &str,
        now: ClinicalTime,
        turn: &mut Turn<'_>,
    ) -> Result<(), RoutingRefused> {
        let silence = self
            .silences
            .get_mut(id)
            .filter(|silence| now < silence.end());
        let silence = silence.ok_or(RoutingRefused::Unknown)?;
        silence.ended = Some((now, author.to_owned()));
        self.dirty.insert((RowKind::Silence, id.to_owned()));
        for alert in self.silenced_by(id) {
            self.settle(&alert, now, turn);
        }
        Ok(())
    }

    fn silenced_by(&self, id: &str) -> Vec<AlertId> {
        let by_it = |why: &Why| matches!(why, Why::Silenced { by } if by == id);
        let notices = self.notices.iter();
        notices
            .filter(|(_, notice)| {
                let owed = notice.owed.as_ref();
                owed.and_then(|owed| owed.why.as_ref()).is_some_and(by_it)
            })
            .map(|(alert, _)| alert.clone())
            .collect()
    }

    /// A silence begins: what it is about keeps nothing else back any more.
    pub(super) fn look_at_inhibited(&mut self, now: ClinicalTime, turn: &mut Turn<'_>) {
        let notices = self.notices.iter();
        let inhibited = notices.filter(|(_, notice)| {
            let owed = notice.owed.as_ref();
            owed.is_some_and(Owed::is_inhibited)
        });
        let inhibited: Vec<AlertId> = inhibited.map(|(alert, _)| alert.clone()).collect();
        for alert in inhibited {
            self.settle(&alert, now, turn);
        }
    }

    fn drop_old_silences(&mut self, now: ClinicalTime) {
        let ended = self.silences.values().filter(|s| s.end() <= now);
        let mut ended: Vec<(ClinicalTime, String)> =
            ended.map(|s| (s.end(), s.id.clone())).collect();
        ended.sort_unstable();
        let surplus = self.silences.len().saturating_sub(KEPT_MAX);
        let old = ended.partition_point(|(end, _)| now.ms_since(*end) > SHOWN_MS);
        let gone = ended.into_iter().take(old.max(surplus)).map(|(_, id)| id);
        for id in gone {
            self.silences.remove(&id);
            self.dirty.insert((RowKind::Silence, id));
        }
    }

    /// Overrides of every rota.
    pub fn overrides(&self) -> &BTreeMap<String, Vec<RotaOverride>> {
        &self.overrides
    }

    /// Puts other overrides in the place of a rota's; past ones are dropped.
    ///
    /// # Errors
    /// [`RoutingRefused`] in words for the person.
    pub fn set_overrides(
        &mut self,
        rota: &str,
        overrides: &[RotaOverride],
        now: ClinicalTime,
    ) -> Result<(), RoutingRefused> {
        if !self.table.has_rota(rota) {
            return Err(RoutingRefused::Unknown);
        }
        if overrides.len() > OVERRIDES_MAX {
            return Err(RoutingRefused::TooMany);
        }
        if overrides.iter().any(|one| one.until <= one.from) {
            return Err(RoutingRefused::Ended);
        }
        let ahead = overrides.iter().filter(|one| now < one.until);
        self.overrides
            .insert(rota.to_owned(), ahead.cloned().collect());
        self.dirty.insert((RowKind::Override, rota.to_owned()));
        Ok(())
    }
}
