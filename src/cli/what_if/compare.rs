//! What would have been raised, beside what was.

use super::episode::Episode;
use crate::domain::ClinicalTime;
use serde::Serialize;

/// In which way an alert would be another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Change {
    /// It would be raised; nothing like it was open.
    Added,
    /// It was raised; nothing like it would be open.
    Removed,
    /// It would be raised at another time or with another priority.
    Changed,
}

/// What makes the difference.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cause {
    /// The rules that are tried out.
    Rules,
    /// The replay gives it by the rules in force too: what people answered,
    /// what the patient's record said then and what devices said of themselves
    /// is not replayed.
    Replay,
}

/// One alert that would be another.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Difference {
    pub(super) change: Change,
    pub(super) cause: Cause,
    pub(super) happened: Option<Episode>,
    pub(super) would_be: Option<Episode>,
}

/// The episodes of one patient.
pub(super) struct Sides {
    /// As stored.
    pub(super) happened: Vec<Episode>,
    /// Replayed by the rules in force.
    pub(super) replayed: Vec<Episode>,
    /// Replayed by the rules that are tried out.
    pub(super) tried: Vec<Episode>,
}

impl Sides {
    /// Every difference among alerts raised at or after `since`.
    pub(super) fn differences(&self, since: ClinicalTime) -> Vec<Difference> {
        let recent = |episode: &&Episode| episode.raised_at >= since;
        let happened = self.happened.iter().filter(recent);
        let mut all: Vec<_> = happened
            .filter_map(|one| self.removed_or_changed(one))
            .collect();
        let tried = self.tried.iter().filter(recent);
        all.extend(tried.filter_map(|one| self.added(one)));
        all
    }

    fn removed_or_changed(&self, one: &Episode) -> Option<Difference> {
        let replayed = meeting(&self.replayed, one);
        let Some(tried) = meeting(&self.tried, one) else {
            return Some(Difference {
                change: Change::Removed,
                cause: by_rules(replayed.is_some()),
                happened: Some(one.clone()),
                would_be: None,
            });
        };
        let same = replayed.is_some_and(|replayed| replayed.is_like(tried));
        (!tried.is_like(one)).then(|| Difference {
            change: Change::Changed,
            cause: by_rules(!same),
            happened: Some(one.clone()),
            would_be: Some(tried.clone()),
        })
    }

    fn added(&self, one: &Episode) -> Option<Difference> {
        meeting(&self.happened, one).is_none().then(|| Difference {
            change: Change::Added,
            cause: by_rules(meeting(&self.replayed, one).is_none()),
            happened: None,
            would_be: Some(one.clone()),
        })
    }
}

const fn by_rules(so: bool) -> Cause {
    if so { Cause::Rules } else { Cause::Replay }
}

fn meeting<'a>(among: &'a [Episode], one: &Episode) -> Option<&'a Episode> {
    among.iter().find(|other| other.meets(one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AlertKind, Priority, Vital};

    fn episode(kind: AlertKind, raised: i64, resolved: Option<i64>) -> Episode {
        Episode {
            alert: None,
            kind,
            priority: Priority::Medium,
            raised_at: ClinicalTime::from_epoch_ms(raised),
            resolved_at: resolved.map(ClinicalTime::from_epoch_ms),
        }
    }

    fn told(sides: &Sides, since: i64) -> Vec<(Change, Cause)> {
        let differences = sides.differences(ClinicalTime::from_epoch_ms(since));
        differences.iter().map(|d| (d.change, d.cause)).collect()
    }

    const NEWS2: AlertKind = AlertKind::News2;

    #[test]
    fn what_only_one_side_has_is_added_or_removed_by_the_rules() {
        let sides = Sides {
            happened: vec![episode(NEWS2, 10, Some(20))],
            replayed: vec![episode(NEWS2, 10, Some(15))],
            tried: vec![episode(AlertKind::FeverOnTreatment, 12, None)],
        };
        let expected = [
            (Change::Removed, Cause::Rules),
            (Change::Added, Cause::Rules),
        ];
        assert_eq!(told(&sides, 0), expected);
        assert_eq!(told(&sides, 11), expected[1..], "raised since then");
    }

    #[test]
    fn what_the_rules_in_force_give_too_is_laid_to_the_replay() {
        let sides = Sides {
            happened: vec![episode(NEWS2, 10, Some(20))],
            replayed: vec![episode(NEWS2, 30, Some(40))],
            tried: vec![episode(NEWS2, 30, Some(40))],
        };
        let expected = [
            (Change::Removed, Cause::Replay),
            (Change::Added, Cause::Replay),
        ];
        assert_eq!(told(&sides, 0), expected);
    }

    #[test]
    fn an_episode_that_was_open_at_the_time_is_the_same_or_changed() {
        let deviation = |raised, end| {
            let kind = AlertKind::BaselineDeviation(Vital::HeartRate);
            episode(kind, raised, end)
        };
        let mut sides = Sides {
            happened: vec![deviation(10, Some(90))],
            replayed: vec![deviation(10, Some(20))],
            tried: vec![deviation(10, Some(20)), deviation(50, Some(60))],
        };
        assert_eq!(told(&sides, 0), [], "one long episode holds both");
        sides.tried = vec![deviation(5, Some(20))];
        assert_eq!(told(&sides, 0), [(Change::Changed, Cause::Rules)]);
        sides.replayed = vec![deviation(5, Some(20))];
        assert_eq!(told(&sides, 0), [(Change::Changed, Cause::Replay)]);
    }
}
