//! Judges the rules of one patient when a minute closes or a person's value arrives.

use super::environment::{Known, resolve};
use super::evidence::{evidence, evidence_of_late};
use super::inputs::{Inputs, RuleChanges};
use super::names::{INPUTS, MET};
use super::program::Slots;
use super::rule::ClinicalRule;
use super::set::RuleSet;
use super::slot::Slot;
use crate::detect::daily_wave::TimeOfDay;
use crate::detect::epoch::minute_of;
use crate::detect::lane::Lanes;
use crate::detect::on_demand::allocated;
use crate::detect::step::{Step, duration_words, minutes_ms};
use crate::detect::{BaselineView, Monitor, Source};
use crate::domain::{AlertKind, ClinicalTime, FindingState, MeasuredTime, Priority, RuleId, Vital};
use serde::{Deserialize, Serialize};

/// What rules remember of one patient.
#[derive(Debug, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::detect) struct Clinical {
    inputs: Inputs,
    /// One for each rule in force, once one was judged.
    slots: Box<[Slot]>,
}

impl Clone for Clinical {
    fn clone(&self) -> Self {
        Self {
            inputs: self.inputs,
            slots: self.slots.clone(),
        }
    }

    /// Keeps the allocation of `self`.
    fn clone_from(&mut self, source: &Self) {
        self.inputs = source.inputs;
        self.slots.clone_from(&source.slots);
    }
}

/// What one rule is judged on.
struct Case<'a> {
    rule: &'a ClinicalRule,
    slots: &'a mut Slots,
    missing: u16,
    inputs: &'a Inputs,
    changes: RuleChanges,
}

impl Clinical {
    /// Keeps a good value of a vital.
    pub(in crate::detect) fn keep(
        &mut self,
        changes: &mut RuleChanges,
        vital: Vital,
        value: f64,
        minute: u32,
        by_person: bool,
    ) {
        changes.note(&mut self.inputs, vital, value, minute, by_person);
    }

    /// Puts every rule's state at the rule's place. A rule that is gone is
    /// forgotten; its episode is ended by whoever keeps episodes.
    fn align(&mut self, set: &RuleSet) {
        let of_rules = set.rules().map(|rule| rule.tag);
        if self.slots.iter().map(|slot| slot.tag).eq(of_rules) {
            return;
        }
        let before = std::mem::take(&mut self.slots);
        let slots = set.rules().map(|rule| {
            let known = before.iter().find(|old| old.tag == rule.tag);
            known.copied().unwrap_or(Slot::of(rule.tag))
        });
        self.slots = slots.collect();
    }

    /// What it takes beside its own size.
    pub(in crate::detect) fn heap_bytes(&self) -> usize {
        allocated(size_of_val(&*self.slots))
    }

    /// Where it keeps that.
    #[cfg(test)]
    pub(in crate::detect) fn place(&self) -> usize {
        self.slots.as_ptr().addr()
    }

    /// Ends every condition that was raised.
    pub(in crate::detect) fn stop(&mut self, step: &mut Step<'_>, words: &str) {
        let set = &step.rules.clinical;
        self.align(set);
        for (slot, rule) in self.slots.iter_mut().zip(set.rules()) {
            end(slot, step, rule, words.to_owned());
        }
    }

    /// Forgets that a rule was told.
    pub(in crate::detect) fn let_go(&mut self, id: RuleId, set: &RuleSet) {
        self.align(set);
        for (slot, rule) in self.slots.iter_mut().zip(set.rules()) {
            if rule.id == id {
                slot.reset();
            }
        }
    }
}

impl Monitor {
    /// Judges every rule of which an input changed.
    pub(in crate::detect) fn judge_rules(&mut self, step: &mut Step<'_>, changes: RuleChanges) {
        let set = &step.rules.clinical;
        if changes.inputs & set.triggers() == 0 {
            return;
        }
        let Self {
            clinical,
            lanes,
            early_warning,
            ..
        } = self;
        clinical.align(set);
        let mut unused = Vec::new();
        let then = Step {
            context: step.context,
            rules: step.rules,
            at: judged_at(step, &clinical.inputs, changes),
            monitored: step.monitored,
            findings: &mut unused,
        };
        let known = Known {
            inputs: &clinical.inputs,
            baseline: &|vital| own_normal(lanes, &then, vital),
            news2: &|| early_warning.score(then.context, then.rules, then.at),
        };
        let mut slots = resolve(&then, set.uses(), &known);
        for (slot, rule) in clinical.slots.iter_mut().zip(set.rules()) {
            if rule.triggers & changes.inputs == 0 {
                continue;
            }
            let mut case = Case {
                rule,
                missing: rule.missing(&slots),
                slots: &mut slots,
                inputs: &clinical.inputs,
                changes,
            };
            case.judge(step, slot);
        }
    }
}

/// The moment for which ages and windows count: now, or where minutes were
/// stored and forwarded the end of the newest of them, as it was then.
fn judged_at(step: &Step<'_>, inputs: &Inputs, changes: RuleChanges) -> ClinicalTime {
    let newest = inputs.newest_minute().max(changes.minute);
    let ended = MeasuredTime::from_epoch_ms(i64::from(newest) * 60_000 + 60_000);
    match changes.by_person != 0 || step.is_fresh(ended, Source::Watch) {
        true => step.at,
        false => ClinicalTime::from_epoch_ms(ended.epoch_ms()),
    }
}

fn own_normal(lanes: &Lanes, step: &Step<'_>, vital: Vital) -> Option<BaselineView> {
    let own = step.rules.baseline.vitals.get(vital);
    let baseline = lanes.baseline(vital)?;
    let time = TimeOfDay::of(step.context, minute_of(step.at.epoch_ms()).0);
    Some(baseline.view(own, step.rules.learning(), time))
}

impl Case<'_> {
    fn judge(&mut self, step: &mut Step<'_>, slot: &mut Slot) {
        let rule = self.rule;
        rule.count(self.slots, self.missing);
        let holds = rule.when.holds(self.slots, self.missing) == Some(true);
        let urgent = rule.urgent.as_ref();
        let urgent = urgent.and_then(|urgent| urgent.when.holds(self.slots, self.missing));
        let passed = self.changes.minute.saturating_sub(slot.newest());
        let new = slot.move_to(self.changes.minute);
        let over = [holds, urgent == Some(true)];
        slot.note(rule, new, u16::try_from(passed).unwrap_or(u16::MAX), over);
        if urgent == Some(false) {
            self.ease(step, slot, new);
        }
        if holds {
            slot.disturb();
            let level = self.level(slot, over);
            if level > 0 && self.may_page(step) {
                self.say(step, slot, level);
            } else if level > 0 && step.monitored && !self.is_by_person() && !slot.is_raised() {
                slot.note_untold(level);
            }
        } else if slot.is_raised() {
            self.look_for_the_end(step, slot);
        } else if self.rule.when.holds(self.slots, self.missing) == Some(false) {
            self.list_what_is_over(step, slot);
        }
    }

    /// What came too late to page, and is over for as long as it takes to end,
    /// is listed.
    fn list_what_is_over(&self, step: &mut Step<'_>, slot: &mut Slot) {
        let (rule, level) = (self.rule, slot.untold_level());
        let enough = u8::try_from(rule.clear_after_minutes).unwrap_or(u8::MAX);
        let Some(calm) = slot.untold_minutes().filter(|calm| *calm >= enough) else {
            return;
        };
        let moment = |minute: u32| MeasuredTime::from_epoch_ms(i64::from(minute) * 60_000);
        let began = moment(slot.began());
        let last = moment(slot.newest().saturating_sub(u32::from(calm)));
        let priority = self.priority(step, level);
        slot.reset();
        if step.monitored {
            let evidence = evidence_of_late(step, rule, (began, last));
            step.found_late(AlertKind::Rule(rule.id), priority, began, evidence);
        }
    }

    fn is_by_person(&self) -> bool {
        self.changes.by_person & self.rule.triggers != 0
    }

    /// What a person measured acts at once; anything else has to persist.
    fn level(&self, slot: &Slot, over: [bool; 2]) -> u8 {
        let by_person = self.is_by_person();
        let [persists, urgent_persists] = slot.persists(self.rule);
        if over[1] && (by_person || urgent_persists) {
            2
        } else {
            u8::from(by_person || persists)
        }
    }

    /// Late is not past: a rule pages while its newest input is fresh.
    fn may_page(&self, step: &Step<'_>) -> bool {
        let read = (0..INPUTS).filter(|place| self.rule.triggers & (1 << place) != 0);
        let newest = read.filter_map(|place| Some((self.inputs.get(place)?.minute, place)));
        let Some((minute, place)) = newest.max() else {
            return false;
        };
        let by_person = self.inputs.is_by_person(place);
        let source = if by_person {
            Source::Staff
        } else {
            Source::Watch
        };
        // A minute is as fresh as its last second.
        let ended = i64::from(minute) * 60_000 + 60_000;
        step.monitored && step.is_fresh(MeasuredTime::from_epoch_ms(ended), source)
    }

    fn say(&mut self, step: &mut Step<'_>, slot: &mut Slot, level: u8) {
        let met = self.slots.get(MET).copied().unwrap_or(0.0);
        let met = if self.rule.criteria.is_empty() {
            0
        } else {
            met as u8
        };
        if !slot.is_news(level, met) {
            return;
        }
        let began = MeasuredTime::from_epoch_ms(i64::from(slot.began()) * 60_000);
        slot.tell(level, met);
        let rule = self.rule;
        let evidence = evidence(step, rule, level, self.slots, self.missing, self.inputs);
        let priority = self.priority(step, slot.level());
        step.raise(AlertKind::Rule(rule.id), priority, began, evidence);
    }

    /// Says that a rule that was urgent is not any more, and says it again
    /// every so often while values come.
    fn ease(&self, step: &mut Step<'_>, slot: &mut Slot, new: bool) {
        let again = new
            && slot
                .newest()
                .is_multiple_of(step.rules.epochs.eased_minutes);
        let falls = slot.level() == 2 && slot.is_urgent_over(self.rule);
        let says_again = slot.is_eased() && again;
        if !falls && !says_again {
            return;
        }
        slot.ease();
        let rule = self.rule;
        let priority = self.priority(step, slot.level());
        let evidence = evidence(step, rule, 1, self.slots, self.missing, self.inputs);
        step.ease(AlertKind::Rule(rule.id), priority, evidence);
    }

    fn priority(&self, step: &Step<'_>, level: u8) -> Priority {
        let rule = self.rule;
        let own = match (&rule.urgent, level) {
            (Some(urgent), 2) => urgent.priority,
            _ => rule.priority,
        };
        let now = MeasuredTime::from_epoch_ms(step.at.epoch_ms());
        match rule.neutropenia_priority {
            Some(priority) if step.context.in_neutropenia_window(now) => own.max(priority),
            _ => own,
        }
    }

    fn look_for_the_end(&self, step: &mut Step<'_>, slot: &mut Slot) {
        let rule = self.rule;
        match rule.clear_when.holds(self.slots, self.missing) {
            Some(true) => {
                let calm = slot.calm();
                if calm >= rule.clear_after_minutes {
                    let calm = duration_words(minutes_ms(calm.into()));
                    end(
                        slot,
                        step,
                        rule,
                        format!("{} has been calm for {calm}.", rule.title),
                    );
                }
            }
            Some(false) => slot.disturb(),
            None => {
                if slot.say_unknown() {
                    let level = slot.level();
                    let told = evidence(step, rule, level, self.slots, self.missing, self.inputs);
                    step.push(AlertKind::Rule(rule.id), FindingState::Unknown, told);
                }
            }
        }
    }
}

fn end(slot: &mut Slot, step: &mut Step<'_>, rule: &ClinicalRule, words: String) {
    if slot.is_raised() {
        slot.reset();
        let kind = AlertKind::Rule(rule.id);
        step.clear(kind, rule.id.as_str(), rule.version, words);
    }
}
