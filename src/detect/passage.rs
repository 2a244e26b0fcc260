//! The way of one reading: circumstances, gate, minute, limit rules.

use super::active::Stratum;
use super::clinical::RuleChanges;
use super::drift::Drift;
use super::epoch::{Minute, minute_of, series_of};
use super::fever_low::TemperatureMinute;
use super::gate::{Circumstances, Verdict, artefact};
use super::lane::Lane;
use super::minutes::Added;
use super::monitor::Monitor;
use super::news2::News2Parameter;
use super::overnight::Overnight;
use super::step::Step;
use super::{Source, deviation};
use crate::domain::{MeasuredTime, Quality, QualityReason, Reading, Vital};

/// The newest minute in which an input of NEWS2 changed.
#[derive(Clone, Copy, Default)]
pub(super) struct Changed {
    pub(super) minute: Option<u32>,
    pub(super) by_person: bool,
    /// What clinical rules read of.
    pub(super) of_rules: RuleChanges,
}

impl Changed {
    fn note(&mut self, minute: u32, by_person: bool) {
        self.minute = self.minute.max(Some(minute));
        self.by_person |= by_person;
    }
}

impl Monitor {
    /// Steps, wear and battery of a moment, before its other values.
    pub(super) fn note_circumstances(
        &mut self,
        step: &mut Step<'_>,
        reading: Reading,
        source: Source,
    ) {
        if source == Source::Staff {
            return;
        }
        match reading.vital {
            Vital::StepCount => {
                match self.minutes.add_steps(reading.at.epoch_ms(), reading.value) {
                    Added::Counted => self.activity.begin().steps(step, reading),
                    Added::Known => {}
                    Added::TooLate => self.activity.begin().lost(step, reading.at),
                }
            }
            Vital::Worn => {
                let worn = reading.value >= 0.5;
                self.minutes.set_worn(reading.at.epoch_ms(), worn);
                if worn {
                    self.activity
                        .begin()
                        .worn(step, minute_of(reading.at.epoch_ms()).0);
                }
                if self.device.worn(step, reading.at, worn) {
                    self.silence.due_ms = step.at.epoch_ms();
                }
            }
            Vital::BatteryLevel => self.device.battery(step, reading),
            _ => {}
        }
    }

    pub(super) fn judge(
        &mut self,
        step: &mut Step<'_>,
        reading: Reading,
        source: Source,
        changed: &mut Changed,
    ) -> Quality {
        let by_person = source == Source::Staff;
        if source != Source::Retrospective {
            self.silence.heard(step, reading.vital, !by_person);
        }
        if reading.vital == Vital::BeatIntervals && !by_person {
            self.rhythm.begin().gather(step, &self.minutes, reading);
        }
        let at = reading.at.epoch_ms();
        let gate_rules = &step.rules.gate;
        let limits = gate_rules.vitals.get(reading.vital);
        let circumstances = Circumstances {
            off: limits.needs_worn && self.minutes.is_off_at(at),
            in_motion: limits.motion
                && self.minutes.steps_in(minute_of(at).0) >= gate_rules.motion_steps_per_minute,
            by_person,
        };
        if let Some(reason) = artefact(limits, reading.value, circumstances) {
            return Quality::Artefact(reason);
        }
        if by_person {
            self.accept(step, reading, source, changed);
            return Quality::Good;
        }
        // Only vitals with minutes have a gate that remembers.
        let verdict = match self.lanes.begin(reading.vital) {
            Some(lane) => lane.gate.judge(limits, reading, circumstances.in_motion),
            None if circumstances.in_motion => Verdict::of(Quality::Suspect(QualityReason::Motion)),
            None => Verdict::of(Quality::Good),
        };
        self.follow(step, reading, source, verdict, changed);
        verdict.quality
    }

    /// Acts on the gate's verdict of a device's reading.
    fn follow(
        &mut self,
        step: &mut Step<'_>,
        reading: Reading,
        source: Source,
        verdict: Verdict,
        changed: &mut Changed,
    ) {
        if verdict.quality == Quality::Suspect(QualityReason::Conflict) {
            return;
        }
        if series_of(reading.vital).is_some() {
            let lane = self.lanes.of(reading.vital);
            let still = lane.filter(|_| verdict.stands_still);
            let since = still.map(|lane| lane.gate.still_since());
            self.device.still(step, reading, since);
        }
        self.add_to_minute(step, reading, changed);
        if let Some(lifted) = verdict.lifted {
            self.accept(step, lifted, source, changed);
        }
        if verdict.quality.is_good() {
            self.accept(step, reading, source, changed);
        } else if reading.vital == Vital::BodyTemperature {
            self.fever.observe(step, reading, false, source);
        }
    }

    /// A good reading: the newest value, fever, and what a person says for NEWS2.
    fn accept(
        &mut self,
        step: &mut Step<'_>,
        reading: Reading,
        source: Source,
        changed: &mut Changed,
    ) {
        self.keep_newest(reading);
        if reading.vital == Vital::BodyTemperature {
            self.fever.observe(step, reading, true, source);
        }
        // Consciousness and oxygen come from people even through an app.
        let by_person = source == Source::Staff
            || matches!(
                reading.vital,
                Vital::Consciousness | Vital::SupplementalOxygen
            );
        let at = reading.at.epoch_ms();
        if by_person {
            let (of_rules, minute) = (&mut changed.of_rules, minute_of(at).0);
            self.clinical
                .keep(of_rules, reading.vital, reading.value, minute, true);
        }
        if let (true, Some(parameter)) = (by_person, News2Parameter::of(reading.vital)) {
            self.early_warning.keep(parameter, reading.value, at, true);
            changed.note(minute_of(at).0, true);
        }
    }

    fn add_to_minute(&mut self, step: &mut Step<'_>, reading: Reading, changed: &mut Changed) {
        let Some(lane) = self.lanes.begin(reading.vital) else {
            return;
        };
        let grace = step.rules.epochs.grace_seconds;
        let (at, now) = (reading.at.epoch_ms(), step.at.epoch_ms());
        let made_room = lane.open.add(reading.vital, at, reading.value, now, grace);
        if let Some(minute) = made_room {
            self.close(step, reading.vital, &minute, changed);
        }
    }

    /// A minute is over: cadence, baseline and NEWS2 learn of it.
    pub(super) fn close(
        &mut self,
        step: &mut Step<'_>,
        vital: Vital,
        minute: &Minute,
        changed: &mut Changed,
    ) {
        let gate = &step.rules.gate;
        let limits = gate.vitals.get(vital);
        let sharing = self.lanes.sharing_the_budget(&step.rules.baseline);
        let Some(Lane {
            cadence, course, ..
        }) = self.lanes.of_mut(vital)
        else {
            return;
        };
        if cadence.note(minute, &step.rules.silence) {
            self.silence.due_ms = self.silence.due_ms.min(step.at.epoch_ms());
        }
        course.baseline.wait(minute);
        let off = limits.needs_worn && self.minutes.was_off_in(minute.minute);
        let moving =
            limits.motion && self.minutes.steps_in(minute.minute) >= gate.motion_steps_per_minute;
        let frozen = course.deviation.is_frozen(minute, limits.frozen_minutes);
        if vital == Vital::HeartRate && !off && !frozen {
            self.activity.begin().worn(step, minute.minute);
        }
        if off || moving || frozen {
            return;
        }
        let rules = &step.rules.baseline;
        let mut circumstances = deviation::Circumstances {
            time: self.today.time(step.context, minute.minute),
            stratum: Stratum::of(vital, minute.minute, &self.minutes, &rules.active),
            active: self.active.of_mut(vital),
            sharing,
        };
        let temperature = (vital == Vital::BodyTemperature).then(|| TemperatureMinute {
            began: MeasuredTime::from_epoch_ms(i64::from(minute.minute) * 60_000),
            value: minute.value,
            normal: course.baseline.view(
                rules.vitals.get(vital),
                &rules.learning,
                circumstances.time,
            ),
        });
        course.fold(step, vital, minute, &mut circumstances);
        if let Some(minute) = temperature {
            self.fever.observe_minute(step, &minute);
        }
        self.deterioration
            .note(step, vital, minute, Drift::inlet(&mut self.drift));
        if Overnight::reads(vital) {
            let steps = self.minutes.steps_in(minute.minute);
            self.overnight.begin().note(step, vital, minute, steps);
        }
        let of_rules = &mut changed.of_rules;
        self.clinical
            .keep(of_rules, vital, minute.value, minute.minute, false);
        if let Some(parameter) = News2Parameter::of(vital) {
            let at = i64::from(minute.minute) * 60_000;
            self.early_warning.keep(parameter, minute.value, at, false);
            changed.note(minute.minute, false);
        }
    }
}
