//! NEWS2: the table, and what a score with gaps may claim.
//!
//! The table is that of the Royal College of Physicians, NEWS2, 2017. It is
//! defined on whole numbers and tenths of a degree: values are rounded to
//! that first, half away from zero, and compared as integers.
//!
//! Invariant: a missing parameter adds its largest possible points to the
//! upper bound and none to the lower; only a proven lower bound makes a claim.
//! Invariant: SpO2 is scored only when both the scale and the oxygen status
//! are recorded; skin temperature is never scored.

use crate::domain::{MeasuredTime, Spo2Scale, Vital};
use serde::Serialize;

/// The seven parameters, in the order of the chart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum News2Parameter {
    /// Respiration rate.
    RespiratoryRate,
    /// Oxygen saturation.
    OxygenSaturation,
    /// Air or oxygen.
    SupplementalOxygen,
    /// Systolic blood pressure.
    SystolicPressure,
    /// Pulse: the heart rate of the watch.
    Pulse,
    /// ACVPU.
    Consciousness,
    /// Temperature of the body.
    Temperature,
}

impl News2Parameter {
    /// All, in the order of the chart.
    pub const ALL: [Self; 7] = [
        Self::RespiratoryRate,
        Self::OxygenSaturation,
        Self::SupplementalOxygen,
        Self::SystolicPressure,
        Self::Pulse,
        Self::Consciousness,
        Self::Temperature,
    ];

    /// The vital it is taken from.
    pub const fn vital(self) -> Vital {
        match self {
            Self::RespiratoryRate => Vital::RespiratoryRate,
            Self::OxygenSaturation => Vital::OxygenSaturation,
            Self::SupplementalOxygen => Vital::SupplementalOxygen,
            Self::SystolicPressure => Vital::SystolicPressure,
            Self::Pulse => Vital::HeartRate,
            Self::Consciousness => Vital::Consciousness,
            Self::Temperature => Vital::BodyTemperature,
        }
    }

    /// The parameter a vital feeds, if any.
    pub const fn of(vital: Vital) -> Option<Self> {
        match vital {
            Vital::RespiratoryRate => Some(Self::RespiratoryRate),
            Vital::OxygenSaturation => Some(Self::OxygenSaturation),
            Vital::SupplementalOxygen => Some(Self::SupplementalOxygen),
            Vital::SystolicPressure => Some(Self::SystolicPressure),
            Vital::HeartRate => Some(Self::Pulse),
            Vital::Consciousness => Some(Self::Consciousness),
            Vital::BodyTemperature => Some(Self::Temperature),
            Vital::SkinTemperature
            | Vital::DiastolicPressure
            | Vital::HeartRateVariabilityRmssd
            | Vital::HeartRateVariabilitySdnn
            | Vital::BeatIntervals
            | Vital::StepCount
            | Vital::RestingHeartRate
            | Vital::Worn
            | Vital::BatteryLevel => None,
        }
    }

    /// The most points it can give.
    pub const fn most(self) -> u8 {
        match self {
            Self::SupplementalOxygen => 2,
            Self::RespiratoryRate
            | Self::OxygenSaturation
            | Self::SystolicPressure
            | Self::Pulse
            | Self::Consciousness
            | Self::Temperature => 3,
        }
    }

    /// Words for a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::RespiratoryRate => "respiration rate",
            Self::OxygenSaturation => "oxygen saturation",
            Self::SupplementalOxygen => "air or oxygen",
            Self::SystolicPressure => "systolic pressure",
            Self::Pulse => "pulse",
            Self::Consciousness => "consciousness",
            Self::Temperature => "body temperature",
        }
    }

    /// The value on the chart's scale: tenths of a degree, whole numbers else.
    pub fn chart_value(self, value: f64) -> i32 {
        let scale = if self == Self::Temperature { 10.0 } else { 1.0 };
        // The small addend keeps a decimal half (38.05) a half in binary.
        (value * scale + 1e-6).round() as i32
    }
}

/// An input as known: its value in the vital's unit, and when it was measured.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct News2Input {
    /// Value in the vital's unit (oxygen 1 or 0, consciousness 0 to 4).
    pub value: f64,
    /// When; none for what the registry says (oxygen at home).
    pub measured: Option<MeasuredTime>,
}

/// One parameter's part of a score.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct News2Part {
    /// Which.
    pub parameter: News2Parameter,
    /// Its points; none: cannot be scored now.
    pub points: Option<u8>,
    /// Its value, also when it may not be scored.
    pub value: Option<f64>,
    /// When the value was measured.
    pub measured: Option<MeasuredTime>,
    /// How old the value is, ms.
    pub age_ms: Option<i64>,
}

/// Clinical risk by the chart, from the lowest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum News2Band {
    /// 0.
    None,
    /// 1 to 4.
    Low,
    /// 3 in a single parameter, below 5 in total.
    LowMedium,
    /// 5 or 6.
    Medium,
    /// 7 or more.
    High,
}

/// A score with honest gaps.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct News2 {
    /// Sum of the known parameters: a lower bound, not "the NEWS2", unless complete.
    pub score_min: u8,
    /// The lower bound and the most that the missing parameters could add.
    pub score_max: u8,
    /// Whether a single parameter is proven to score 3, whatever the total.
    pub single_red: bool,
    /// Whether nothing is missing: only then it is the NEWS2.
    pub complete: bool,
    /// The band, when complete; otherwise the band that is proven ("this or
    /// higher"), from low-medium up. A low partial sum claims nothing.
    pub band: Option<News2Band>,
    /// Age of the oldest input that was scored, ms.
    pub oldest_age_ms: Option<i64>,
    /// The seven parts, in the order of the chart.
    pub parts: [News2Part; 7],
}

impl News2 {
    /// Parameters without points.
    pub fn missing(&self) -> impl Iterator<Item = News2Parameter> + '_ {
        self.parts
            .iter()
            .filter(|part| part.points.is_none())
            .map(|part| part.parameter)
    }
}

/// Points of a parameter whose value is known and may be scored.
pub fn points(
    parameter: News2Parameter,
    value: f64,
    scale: Option<Spo2Scale>,
    oxygen: Option<bool>,
) -> Option<u8> {
    let v = parameter.chart_value(value);
    Some(match parameter {
        News2Parameter::RespiratoryRate => match v {
            ..=8 => 3,
            9..=11 => 1,
            12..=20 => 0,
            21..=24 => 2,
            25.. => 3,
        },
        News2Parameter::OxygenSaturation => match (scale?, oxygen?) {
            (Spo2Scale::One, _) => spo2_scale_1(v),
            (Spo2Scale::Two, oxygen) => spo2_scale_2(v, oxygen),
        },
        News2Parameter::SupplementalOxygen => match v {
            ..=0 => 0,
            1.. => 2,
        },
        News2Parameter::SystolicPressure => match v {
            ..=90 => 3,
            91..=100 => 2,
            101..=110 => 1,
            111..=219 => 0,
            220.. => 3,
        },
        News2Parameter::Pulse => match v {
            ..=40 => 3,
            41..=50 => 1,
            51..=90 => 0,
            91..=110 => 1,
            111..=130 => 2,
            131.. => 3,
        },
        News2Parameter::Consciousness => match v {
            ..=0 => 0,
            1.. => 3,
        },
        News2Parameter::Temperature => match v {
            ..=350 => 3,
            351..=360 => 1,
            361..=380 => 0,
            381..=390 => 1,
            391.. => 2,
        },
    })
}

const fn spo2_scale_1(v: i32) -> u8 {
    match v {
        ..=91 => 3,
        92..=93 => 2,
        94..=95 => 1,
        96.. => 0,
    }
}

const fn spo2_scale_2(v: i32, oxygen: bool) -> u8 {
    match (v, oxygen) {
        (..=83, _) => 3,
        (84..=85, _) => 2,
        (86..=87, _) => 1,
        (88..=92, _) | (93.., false) => 0,
        (93..=94, true) => 1,
        (95..=96, true) => 2,
        (97.., true) => 3,
    }
}

/// Scores what is known. `inputs` stand in the order of the chart; `age_ms`
/// gives the age of a measured time, and `usable` whether a parameter of that
/// age may count.
pub(super) fn score(
    inputs: [Option<News2Input>; 7],
    scale: Option<Spo2Scale>,
    age_ms: impl Fn(MeasuredTime) -> i64,
    usable: impl Fn(News2Parameter, i64) -> bool,
) -> News2 {
    let mut parts = News2Parameter::ALL.map(|parameter| News2Part {
        parameter,
        points: None,
        value: None,
        measured: None,
        age_ms: None,
    });
    let counts = |parameter: News2Parameter, input: &News2Input| {
        input
            .measured
            .is_none_or(|at| usable(parameter, age_ms(at)))
    };
    let oxygen = inputs[2]
        .filter(|input| counts(News2Parameter::SupplementalOxygen, input))
        .map(|input| input.value >= 0.5);
    for (part, input) in parts.iter_mut().zip(inputs) {
        let Some(input) = input else { continue };
        part.value = Some(input.value);
        part.measured = input.measured;
        part.age_ms = input.measured.map(&age_ms);
        if counts(part.parameter, &input) {
            part.points = points(part.parameter, input.value, scale, oxygen);
        }
    }
    sum(parts)
}

fn sum(parts: [News2Part; 7]) -> News2 {
    let score_min = parts.iter().filter_map(|part| part.points).sum();
    let open: u8 = parts
        .iter()
        .filter(|part| part.points.is_none())
        .map(|part| part.parameter.most())
        .sum();
    let single_red = parts.iter().any(|part| part.points == Some(3));
    let complete = parts.iter().all(|part| part.points.is_some());
    News2 {
        score_min,
        score_max: score_min + open,
        single_red,
        complete,
        band: band(score_min, single_red, complete),
        oldest_age_ms: parts
            .iter()
            .filter(|part| part.points.is_some())
            .filter_map(|part| part.age_ms)
            .max(),
        parts,
    }
}

const fn band(score_min: u8, single_red: bool, complete: bool) -> Option<News2Band> {
    match (score_min, single_red, complete) {
        (7.., _, _) => Some(News2Band::High),
        (5..=6, _, _) => Some(News2Band::Medium),
        (_, true, _) => Some(News2Band::LowMedium),
        (1..=4, false, true) => Some(News2Band::Low),
        (0, false, true) => Some(News2Band::None),
        (_, false, false) => None,
    }
}
