//! What is known of a patient beside the vitals: treatment, monitoring, limits,
//! devices.

use crate::api::language::{Text, say, text};
use crate::api::pages::catalogue;
use crate::api::pages::fields::Times;
use crate::api::pages::words::spaced;
use crate::api::source::{AssignmentsOf, ReadError, ReadSource};
use crate::domain::{
    Administration, AdministrationKind, ClinicalTime, MeasuredTime, Pause, Period, Spo2Scale, Vital,
};
use crate::registry::Patient;

/// Entries of one list that are shown, the newest.
const SHOWN_MAX: usize = 20;

/// A row of a summary: what, and the lines about it.
pub(in crate::api::pages) type Row = (&'static str, Vec<String>);

/// Treatment and monitoring; `standing` says where in the treatment the patient is.
pub(in crate::api::pages) fn rows(patient: &Patient, standing: &str, times: &Times) -> Vec<Row> {
    told(
        patient,
        (say!("Now"), standing),
        text!("now: {time}"),
        times,
    )
}

/// The same as it stood at a moment that has passed.
pub(in crate::api::pages) fn rows_then(
    patient: &Patient,
    standing: &str,
    times: &Times,
) -> Vec<Row> {
    told(
        patient,
        (say!("Then"), standing),
        text!("then: {time}"),
        times,
    )
}

fn told(
    patient: &Patient,
    (when, standing): (&'static str, &str),
    lasts: Text,
    times: &Times,
) -> Vec<Row> {
    let context = &patient.context;
    let periods = |all: &[Period]| newest(all, |one| period(one, times));
    let mut rows = vec![
        (when, Some(standing.to_owned()).into_iter().collect()),
        (say!("On treatment"), periods(&context.treatment)),
        (
            say!("Given"),
            newest(&context.administrations, |one| given(one, times)),
        ),
        (say!("Neutropenia"), periods(&context.neutropenia)),
        (say!("After an infusion"), periods(&context.post_infusion)),
        (
            say!("Oxygen scale"),
            vec![scale(context.spo2_scale).to_owned()],
        ),
        (
            say!("Oxygen at home"),
            vec![oxygen(context.oxygen).to_owned()],
        ),
        (say!("Monitored"), periods(&context.monitoring)),
        (
            say!("Pauses"),
            newest(&context.pauses, |one| pause(one, lasts, times)),
        ),
    ];
    for (_, lines) in &mut rows {
        lines.retain(|line| !line.is_empty());
        if lines.is_empty() {
            lines.push(say!("none recorded").to_owned());
        }
    }
    rows
}

/// The newest entries in words, the newest first; what is left out is said.
fn newest<T>(all: &[T], words: impl Fn(&T) -> String) -> Vec<String> {
    let mut lines: Vec<_> = all.iter().rev().take(SHOWN_MAX).map(words).collect();
    if all.len() > SHOWN_MAX {
        lines.push(say!(
            "and {count} older ones",
            count = all.len() - SHOWN_MAX
        ));
    }
    lines
}

fn period(period: &Period, times: &Times) -> String {
    let start = times.zone.short(period.start);
    match period.end {
        Some(end) => say!(
            "{from} to {until}",
            from = start,
            until = times.zone.short(end)
        ),
        None => say!("since {since}", since = start),
    }
}

fn pause(pause: &Pause, lasts: Text, times: &Times) -> String {
    let (start, end) = (times.zone.short(pause.start), times.zone.short(pause.end));
    let is_now = (pause.start..pause.end).contains(&times.now);
    let span = say!("{from} to {until}", from = start, until = end);
    let span = match is_now {
        true => lasts.with("time", span).to_string(),
        false => span,
    };
    format!("{span}: {}", pause.reason)
}

fn given(one: &Administration, times: &Times) -> String {
    let at = times.zone.short(one.given_at);
    format!("{}: {at}", given_words(one))
}

/// What was given, without when.
pub(super) fn given_words(one: &Administration) -> String {
    let kind = match one.kind {
        AdministrationKind::SystemicAnticancer => say!("systemic anticancer treatment"),
        AdministrationKind::Bispecific => say!("bispecific antibody"),
        AdministrationKind::CarT => say!("CAR-T cells"),
    };
    let regimen = one.regimen.as_ref();
    let regimen = regimen.map_or_else(String::new, |regimen| format!(", {}", regimen.0));
    say!("cycle {number}, {what}", number = one.cycle, what = kind) + &regimen
}

fn scale(scale: Option<Spo2Scale>) -> &'static str {
    match scale {
        Some(Spo2Scale::One) => say!("SpO₂ scale 1"),
        Some(Spo2Scale::Two) => say!("SpO₂ scale 2 (target 88 to 92 %)"),
        None => say!("not set by a clinician, so oxygen saturation is not scored"),
    }
}

fn oxygen(oxygen: Option<bool>) -> &'static str {
    match oxygen {
        Some(true) => say!("yes"),
        Some(false) => say!("no"),
        None => say!("not recorded"),
    }
}

/// A limit of this patient.
pub(super) struct LimitRow {
    pub(super) rule: String,
    pub(super) value: String,
    pub(super) until: String,
    pub(super) author: String,
    pub(super) reason: String,
}

/// The patient's own limits, the newest first, expired ones too.
pub(super) fn limits(patient: &Patient, times: &Times) -> Vec<LimitRow> {
    let all = patient.context.limits.iter().rev().take(SHOWN_MAX);
    let row = |limit: &crate::domain::PatientLimit| {
        let until = times.zone.short(limit.expires);
        let vital = limit.vital.map(|vital| vital.name());
        let of = vital.map(|vital| format!(", {}", catalogue::vital(vital)));
        LimitRow {
            rule: format!(
                "{}{}",
                spaced(&limit.rule).replace('.', ": "),
                of.unwrap_or_default()
            ),
            value: limit.value.to_string(),
            until: match limit.expires > times.now {
                true => say!("in force until {until}", until = until),
                false => say!("ran out {until}", until = until),
            },
            author: limit.author.clone(),
            reason: limit.reason.clone(),
        }
    };
    all.map(row).collect()
}

/// A device with the time it was worn.
pub(super) struct DeviceRow {
    /// Its id; empty where it is not known.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) author: String,
    /// The newest value that it brought; empty where others brought newer ones of
    /// every vital.
    pub(super) heard: String,
    pub(super) battery: String,
}

/// Devices that the patient wore, the newest first.
pub(super) fn devices(
    source: &dyn ReadSource,
    patient: &Patient,
    times: &Times,
) -> Result<Vec<DeviceRow>, ReadError> {
    let worn = source.assignments(AssignmentsOf::Patient(patient.number))?;
    let at = |at: MeasuredTime| times.zone.short(ClinicalTime::from_epoch_ms(at.epoch_ms()));
    let latest = source.latest(patient.number)?;
    let mut rows = Vec::new();
    for one in worn.iter().rev().take(SHOWN_MAX) {
        let of = latest.iter().map(|value| value.point);
        let of = of.filter(|point| point.device == one.device);
        let heard = of.clone().map(|point| point.at).max();
        let battery = of.clone().find(|point| point.vital == Vital::BatteryLevel);
        let device = source.device_by_number(one.device)?;
        let ago = |at: MeasuredTime| times.ago(ClinicalTime::from_epoch_ms(at.epoch_ms()));
        rows.push(DeviceRow {
            id: device
                .as_ref()
                .map_or_else(String::new, |known| known.id.as_str().to_owned()),
            author: one.author.clone(),
            heard: heard.map_or_else(String::new, ago),
            battery: battery.map_or_else(String::new, |point| {
                format!("{:.0} %, {}", point.value, ago(point.at))
            }),
            name: device.map_or_else(
                || say!("a device no longer known").to_owned(),
                |device| format!("{} {}", device.id.as_str(), device.model),
            ),
            from: at(one.start),
            until: one.end.map_or_else(|| say!("worn now").to_owned(), at),
        });
    }
    Ok(rows)
}
