//! NEWS2 bounds after each reading time.
//!
//! They are those of the values as recorded: the gate, which decides what may
//! raise an alert, has no say here, so that the figures can be compared with a
//! chart's.

use super::cell::show;
use crate::detect::{InputAges, News2, News2Input, Rules, news2_bounds};
use crate::domain::{ClinicalTime, PatientContext, Reading, Vital};
use std::io::{self, Write};
use std::str::FromStr;

/// How old an input of a score may be and still count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreInputAge {
    /// The last known value counts for ever.
    Unlimited,
    /// As for alerts: `[detect.news2.input_age_minutes]`.
    Rules,
    /// So many minutes.
    Minutes(u32),
}

impl FromStr for ScoreInputAge {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.parse()) {
            ("unlimited", _) => Ok(Self::Unlimited),
            ("rules", _) => Ok(Self::Rules),
            (_, Ok(minutes)) => Ok(Self::Minutes(minutes)),
            _ => Err("write unlimited, rules or a number of minutes"),
        }
    }
}

impl ScoreInputAge {
    /// The rules to score by; alerts keep the rules as they are.
    pub(super) fn applied(self, rules: &Rules) -> Rules {
        let mut rules = rules.clone();
        match self {
            Self::Unlimited => rules.news2.input_age_minutes = InputAges::all(u32::MAX),
            Self::Rules => {}
            Self::Minutes(minutes) => rules.news2.input_age_minutes = InputAges::all(minutes),
        }
        rules
    }
}

/// The newest value of each vital of one patient.
#[derive(Default)]
pub(super) struct Chart {
    newest: [Option<News2Input>; Vital::COUNT],
}

impl Chart {
    pub(super) fn note(&mut self, readings: &[Reading]) {
        for reading in readings {
            if let Some(newest) = self.newest.get_mut(reading.vital.index()) {
                *newest = Some(News2Input {
                    value: reading.value,
                    measured: Some(reading.at),
                });
            }
        }
    }

    fn score(&self, context: &PatientContext, rules: &Rules, now: ClinicalTime) -> News2 {
        let newest = |vital: Vital| self.newest.get(vital.index()).copied().flatten();
        news2_bounds(newest, context, rules, now)
    }
}

/// The scores file.
pub(super) struct Scores<W: Write> {
    csv: csv::Writer<W>,
    rules: Rules,
}

impl<W: Write> Scores<W> {
    pub(super) fn begin(to: W, rules: Rules) -> csv::Result<Self> {
        let mut csv = csv::Writer::from_writer(to);
        csv.write_record([
            "patient",
            "time",
            "lower",
            "upper",
            "missing",
            "oldest_minutes",
        ])?;
        Ok(Self { csv, rules })
    }

    /// One line: what is missing, and how old the oldest input is that counts.
    pub(super) fn write(
        &mut self,
        patient: &str,
        context: &PatientContext,
        chart: &Chart,
        now: ClinicalTime,
    ) -> csv::Result<()> {
        let scored = chart.score(context, &self.rules, now);
        let missing: Vec<&str> = scored
            .missing()
            .map(|parameter| parameter.vital().name())
            .collect();
        let age = scored.oldest_age_ms.map(|age| (age / 60_000).to_string());
        self.csv.write_record([
            patient,
            &show(now.epoch_ms()),
            &scored.score_min.to_string(),
            &scored.score_max.to_string(),
            &missing.join(" "),
            &age.unwrap_or_default(),
        ])
    }

    pub(super) fn end(self) -> io::Result<W> {
        self.csv
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)
    }
}
