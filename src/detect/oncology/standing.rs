//! What a window makes of a finding, and the sentence that says so.

use super::windows::{Course, CycleDay, Nadir};
use crate::detect::Rules;
use crate::domain::{
    AlertKind, ClinicalTime, MeasuredTime, PatientContext, Priority, TreatmentContext,
};

/// The priority of a finding about the body measured at `at`, and where in the
/// treatment that was; `priority` is what the detector asks for.
pub fn urgency_in_treatment(
    context: &PatientContext,
    rules: &Rules,
    kind: AlertKind,
    priority: Priority,
    at: MeasuredTime,
) -> (Priority, TreatmentContext) {
    let rules = &rules.oncology;
    let course = Course::of(context, rules);
    let windows = course.windows(at);
    let steps = windows.iter().map(|window| rules.steps(*window, kind));
    let raised = more_urgent(priority, steps.max().unwrap_or(0));
    let running = course.cycle_day(at);
    let told = TreatmentContext {
        summary: sentence(&course, at, running, (raised, priority)),
        at,
        cycle: running.map(|running| running.cycle),
        day: running.map(|running| running.day),
        windows,
        priority_without: priority,
    };
    (raised, told)
}

/// The first moment after `at` at which a window of the treatment begins.
pub fn next_window(
    context: &PatientContext,
    rules: &Rules,
    at: ClinicalTime,
) -> Option<ClinicalTime> {
    Course::of(context, &rules.oncology).next_start(at)
}

fn more_urgent(priority: Priority, steps: u8) -> Priority {
    let next = |priority, _| match priority {
        Priority::Low => Priority::Medium,
        Priority::Medium | Priority::High => Priority::High,
    };
    (0..steps).fold(priority, next)
}

fn sentence(
    course: &Course<'_>,
    at: MeasuredTime,
    running: Option<CycleDay>,
    (raised, without): (Priority, Priority),
) -> String {
    let mut parts = vec![match running {
        Some(CycleDay { cycle, day, .. }) => format!("Day {day} of cycle {cycle}"),
        None if course.context.administrations.is_empty() => {
            "No administration is recorded".to_owned()
        }
        None => "No cycle runs by the record".to_owned(),
    }];
    let before = parts.len();
    parts.extend(course.nadir(at).map(|nadir| nadir_words(nadir, running)));
    if course.context.in_neutropenia_window(at) {
        parts.push("neutropenia is recorded".to_owned());
    }
    match course.after_infusion_ms(at) {
        Some(length) => parts.push(format!("within {} h of an infusion", length / 3_600_000)),
        None if course.context.in_post_infusion_window(at) => {
            parts.push("a post-infusion window is recorded".to_owned());
        }
        None => {}
    }
    if parts.len() == before {
        parts.push("outside every window of higher risk".to_owned());
    }
    let change = if raised > without {
        format!(": {} instead of {}", words(raised), words(without))
    } else {
        String::new()
    };
    format!("{}{change}.", parts.join("; "))
}

fn nadir_words(nadir: Nadir, running: Option<CycleDay>) -> String {
    let (first, last) = (nadir.days.first, nadir.days.last);
    let counted = match running.map(|running| running.day_of(nadir.first)) {
        Some(1) => String::new(),
        Some(day) if day > 1 => format!(" counted from day {day}"),
        _ => format!(" counted from {} days ago", nadir.days_ago),
    };
    format!("inside the expected nadir, days {first} to {last}{counted}")
}

const fn words(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Medium => "medium",
        Priority::High => "high",
    }
}
