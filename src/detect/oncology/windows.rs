//! The arithmetic of cycles and windows.
//!
//! Days are calendar days where the patient lives, day 1 the one of the
//! administration, so a day has 23 or 25 hours when clocks change. Hours after
//! an infusion are hours that passed.

use super::OncologyRules;
use crate::detect::local::Calendar;
use crate::domain::{
    Administration, ClinicalTime, MeasuredTime, NadirDays, PatientContext, TreatmentWindow,
};

const DAY_MS: i64 = 86_400_000;

/// One patient's course of treatment by the record.
pub(in crate::detect) struct Course<'a> {
    pub(super) context: &'a PatientContext,
    rules: &'a OncologyRules,
    calendar: Calendar,
}

/// A day of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CycleDay {
    pub(super) cycle: u16,
    /// From 1.
    pub(super) day: u16,
    /// The calendar day of day 1.
    first: i32,
}

/// An expected nadir that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nadir {
    pub(super) days: NadirDays,
    /// The calendar day its days are counted from.
    pub(super) first: i32,
    /// Days since then.
    pub(super) days_ago: i32,
}

impl<'a> Course<'a> {
    pub(in crate::detect) fn of(context: &'a PatientContext, rules: &'a OncologyRules) -> Self {
        Self {
            context,
            rules,
            calendar: Calendar::of(context),
        }
    }

    /// The day of the cycle that runs, counted from the first administration
    /// with its number.
    pub(super) fn cycle_day(&self, at: MeasuredTime) -> Option<CycleDay> {
        let today = self.calendar.day(at.epoch_ms())?;
        let longest = i32::from(self.rules.cycle_days_max);
        let mut given = self.given_before(at).rev();
        let newest = given.next()?;
        let last = self.day_of(newest)?;
        let of_cycle = given
            .take_while(|earlier| earlier.cycle == newest.cycle)
            .map_while(|earlier| self.day_of(earlier))
            .take_while(|day| last - day < longest);
        let first = of_cycle.last().unwrap_or(last);
        let day = u16::try_from(today - first + 1).ok()?;
        (day <= self.rules.cycle_days_max).then_some(CycleDay {
            cycle: newest.cycle,
            day,
            first,
        })
    }

    /// The day of the cycle, for rules.
    pub(in crate::detect) fn treatment_day(&self, at: MeasuredTime) -> Option<u16> {
        self.cycle_day(at).map(|running| running.day)
    }

    /// Whether a nadir is expected at that moment.
    pub(in crate::detect) fn in_expected_nadir(&self, at: MeasuredTime) -> bool {
        self.nadir(at).is_some()
    }

    /// The nadir expected at that moment: of the newest administration that has one.
    pub(super) fn nadir(&self, at: MeasuredTime) -> Option<Nadir> {
        let today = self.calendar.day(at.epoch_ms())?;
        let holding = |given: &Administration| {
            let days = self.rules.nadir_days(given)?;
            // Calendar days are dear; most administrations are far from here.
            let passed = at.epoch_ms() - given.given_at.epoch_ms();
            if passed > (i64::from(days.last) + 1) * DAY_MS {
                return None;
            }
            let first = self.day_of(given)?;
            let day = today - first + 1;
            let holds = (i32::from(days.first)..=i32::from(days.last)).contains(&day);
            holds.then_some(Nadir {
                days,
                first,
                days_ago: today - first,
            })
        };
        self.given_before(at).rev().find_map(holding)
    }

    /// After so many hours of the newest infusion whose window holds, none when
    /// no administration opens one.
    pub(super) fn after_infusion_ms(&self, at: MeasuredTime) -> Option<i64> {
        let mut given = self.given_before(at).rev();
        given.find_map(|given| {
            let length = self.rules.post_infusion_ms(given);
            (at.epoch_ms() - given.given_at.epoch_ms() < length).then_some(length)
        })
    }

    /// Whether a reaction to an infusion is looked for, by the record or
    /// because of an administration.
    pub(in crate::detect) fn in_post_infusion_window(&self, at: MeasuredTime) -> bool {
        self.context.in_post_infusion_window(at) || self.after_infusion_ms(at).is_some()
    }

    /// All windows that hold.
    pub(super) fn windows(&self, at: MeasuredTime) -> Vec<TreatmentWindow> {
        let holds = [
            (TreatmentWindow::ExpectedNadir, self.in_expected_nadir(at)),
            (
                TreatmentWindow::Neutropenia,
                self.context.in_neutropenia_window(at),
            ),
            (
                TreatmentWindow::PostInfusion,
                self.in_post_infusion_window(at),
            ),
        ];
        let held = holds.into_iter().filter(|(_, holds)| *holds);
        held.map(|(window, _)| window).collect()
    }

    /// The first moment after `at` at which a window begins.
    pub(in crate::detect) fn next_start(&self, at: ClinicalTime) -> Option<ClinicalTime> {
        let recorded = self.context.neutropenia.iter();
        let recorded = recorded.chain(&self.context.post_infusion);
        let recorded = recorded.map(|period| period.start.epoch_ms());
        let derived = self.context.administrations.iter();
        let derived = derived.flat_map(|given| [self.nadir_start(given, at), self.infusion(given)]);
        let starts = recorded.chain(derived.flatten());
        let next = starts.filter(|start| *start > at.epoch_ms()).min();
        next.map(ClinicalTime::from_epoch_ms)
    }

    /// When the nadir after an administration begins: on day 1 no earlier than
    /// the administration itself.
    fn nadir_start(&self, given: &Administration, after: ClinicalTime) -> Option<i64> {
        let days = self.rules.nadir_days(given)?;
        // Every start of the service asks for every patient.
        let passed = after.ms_since(given.given_at);
        if passed > i64::from(days.first) * DAY_MS {
            return None;
        }
        let day = self.day_of(given)? + i32::from(days.first) - 1;
        let midnight = self.calendar.start_ms(day)?;
        Some(midnight.max(given.given_at.epoch_ms()))
    }

    fn infusion(&self, given: &Administration) -> Option<i64> {
        (self.rules.post_infusion_ms(given) > 0).then_some(given.given_at.epoch_ms())
    }

    fn day_of(&self, given: &Administration) -> Option<i32> {
        self.calendar.day(given.given_at.epoch_ms())
    }

    /// What was given by then, oldest first.
    fn given_before(
        &self,
        at: MeasuredTime,
    ) -> impl DoubleEndedIterator<Item = &'a Administration> + use<'a> {
        let at = at.epoch_ms();
        let given = self.context.administrations.iter();
        given.filter(move |given| given.given_at.epoch_ms() <= at)
    }
}

impl CycleDay {
    /// Which day of the cycle a calendar day is.
    pub(super) const fn day_of(self, day: i32) -> i32 {
        day - self.first + 1
    }
}
