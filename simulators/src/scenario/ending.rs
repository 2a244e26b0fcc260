//! Ends what a scenario does before its time. Decides only.

use super::{Scenario, Truth};
use crate::device::{DeviceChange, DeviceEffect};
use crate::physiology::BodyEffect;

/// What ended is kept so long, ms: one looks back over the night.
const KEPT_MS: i64 = 24 * 3_600_000;

impl Scenario {
    /// Whether anything of it is the case at a time.
    #[must_use]
    pub fn runs_at(&self, time_ms: i64) -> bool {
        let is_over = |truth: &Truth| truth.ends_ms.is_some_and(|ends_ms| ends_ms <= time_ms);
        self.truths
            .iter()
            .any(|truth| truth.onset_ms <= time_ms && !is_over(truth))
    }

    /// Whether all of it is still to come.
    #[must_use]
    pub fn begins_after(&self, time_ms: i64) -> bool {
        self.truths.iter().all(|truth| truth.onset_ms > time_ms)
    }

    /// Whether it was over long ago, so that nothing asks for it any more.
    #[must_use]
    pub fn is_forgotten_at(&self, time_ms: i64) -> bool {
        let is_old = |truth: &Truth| truth.ends_ms.is_some_and(|ends| ends + KEPT_MS <= time_ms);
        self.truths.iter().all(is_old)
    }

    /// Whether two would do the same to a patient or a watch at once.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let touches = |trouble: fn(DeviceChange) -> bool| {
            let has = |of: &Self| of.device.iter().any(|effect| trouble(effect.change));
            has(self) && has(other)
        };
        self.kind == other.kind
            || touches(DeviceChange::is_off_wrist)
            || touches(DeviceChange::is_unheard)
    }

    /// The body gets well within some time from a moment on; what was to come does not.
    /// `None`: nothing is left of it.
    #[must_use]
    pub fn recovering(&self, time_ms: i64, within_ms: i64) -> Option<Self> {
        if self.body.is_empty() {
            return Some(self.clone());
        }
        let passing = |effect: &BodyEffect| effect.passing_from(time_ms, within_ms);
        let body: Vec<BodyEffect> = self.body.iter().filter_map(passing).collect();
        let last_ms = body
            .iter()
            .filter_map(|effect| effect.course.ends_ms())
            .max();
        self.left(body, self.device.clone(), time_ms, last_ms?)
    }

    /// Without what troubles the watch so, from a moment on. `None`: nothing is left of it.
    #[must_use]
    pub fn without(&self, trouble: fn(DeviceChange) -> bool, time_ms: i64) -> Option<Self> {
        if !self.device.iter().any(|effect| trouble(effect.change)) {
            return Some(self.clone());
        }
        let ended = |effect: &DeviceEffect| match effect.change {
            change if !trouble(change) => Some(*effect),
            _ if effect.from_ms >= time_ms => None,
            _ => Some(DeviceEffect {
                until_ms: Some(effect.until_ms.map_or(time_ms, |until| until.min(time_ms))),
                ..*effect
            }),
        };
        let device: Vec<DeviceEffect> = self.device.iter().filter_map(ended).collect();
        self.left(self.body.clone(), device, time_ms, time_ms)
    }

    fn left(
        &self,
        body: Vec<BodyEffect>,
        device: Vec<DeviceEffect>,
        time_ms: i64,
        last_ms: i64,
    ) -> Option<Self> {
        let begun = self.truths.iter().filter(|truth| truth.onset_ms < time_ms);
        let truths: Vec<Truth> = begun
            .map(|truth| Truth {
                ends_ms: Some(truth.ends_ms.map_or(last_ms, |ends| ends.min(last_ms))),
                ..truth.clone()
            })
            .collect();
        (!truths.is_empty()).then_some(Self {
            kind: self.kind,
            body,
            device,
            truths,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::device::DeviceChange;
    use crate::physiology::{HOUR_MS, MINUTE_MS, Patient, Profile};
    use crate::scenario::{Scenario, ScenarioKind, Timing};

    const ONSET_MS: i64 = 1_000 * HOUR_MS;

    fn scenario(kind: ScenarioKind) -> Scenario {
        Scenario::new(kind, Timing::at(ONSET_MS))
    }

    #[test]
    fn every_illness_passes_within_the_time_and_is_true_until_then() {
        let at = ONSET_MS + 150 * MINUTE_MS;
        let over = at + 20 * MINUTE_MS;
        let body = |effects| Patient::new(1, Profile::default(), effects);
        let well = body(Vec::new()).at(over);
        for kind in ScenarioKind::ALL {
            let ill = scenario(kind);
            let passing = ill.recovering(at, 20 * MINUTE_MS).expect("it had begun");
            if ill.body.is_empty() {
                assert_eq!(passing, ill, "{kind}: of a watch's trouble nobody recovers");
                continue;
            }
            let (was, is) = (body(ill.body).at(at), body(passing.body.clone()).at(at));
            assert!((was.heart_rate - is.heart_rate).abs() < 1e-9, "{kind}");
            assert!(
                (was.core_temperature - is.core_temperature).abs() < 1e-9,
                "{kind}"
            );
            assert_eq!(body(passing.body.clone()).at(over), well, "{kind}");
            assert!(
                passing.runs_at(over - 1) && !passing.runs_at(over),
                "{kind}"
            );
            assert!(passing.is_forgotten_at(over + 24 * HOUR_MS), "{kind}");
            assert_eq!(ill_before_it_began(kind), None, "{kind}");
        }
    }

    fn ill_before_it_began(kind: ScenarioKind) -> Option<Scenario> {
        let early = ONSET_MS - 6 * HOUR_MS;
        assert!(scenario(kind).begins_after(early));
        scenario(kind).recovering(early, MINUTE_MS)
    }

    #[test]
    fn a_watchs_trouble_ends_at_the_moment_and_what_was_to_come_does_not() {
        let off = scenario(ScenarioKind::OffWrist);
        let at = ONSET_MS + HOUR_MS;
        let on = off
            .without(DeviceChange::is_off_wrist, at)
            .expect("it was off");
        assert!(on.runs_at(at - 1) && !on.runs_at(at));
        assert_eq!(
            on.device.first().and_then(|effect| effect.until_ms),
            Some(at)
        );
        assert_eq!(off.without(DeviceChange::is_unheard, at), Some(off.clone()));
        assert_eq!(off.without(DeviceChange::is_off_wrist, ONSET_MS), None);
    }

    #[test]
    fn two_that_do_the_same_to_a_watch_are_alike() {
        let alike = |one, other| scenario(one).is_like(&scenario(other));
        assert!(alike(ScenarioKind::BackFill, ScenarioKind::SilentDevice));
        assert!(alike(ScenarioKind::Hypoxia, ScenarioKind::Hypoxia));
        assert!(!alike(ScenarioKind::OffWrist, ScenarioKind::SilentDevice));
        assert!(!alike(
            ScenarioKind::Hypoxia,
            ScenarioKind::NeutropenicSepsis
        ));
    }
}
