//! Writes cohorts: `patient,time,vital,value`, and labels beside them.

use super::{Cohort, CohortPatient, Reading};
use crate::output::OutputFile;
use serde::Serialize;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CsvReport {
    /// Patients.
    pub patients: u64,
    /// Readings.
    pub readings: u64,
    /// True episodes.
    pub truths: u64,
}

/// Why a cohort cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// Creating.
    #[error("the file {path} cannot be created")]
    Create {
        /// Its path.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// Writing.
    #[error("the cohort cannot be written")]
    Write(#[from] io::Error),
}

/// Writes readings, and labels (`patient,kind,onset,ends,expected_alert`) when a second
/// path is given. Names that end in `.gz` are gzip. Times are epoch ms.
///
/// # Errors
/// The disk.
pub fn write_csv(
    cohort: &Cohort,
    patients: u32,
    readings_path: &Path,
    labels_path: Option<&Path>,
) -> Result<CsvReport, CsvError> {
    let mut readings = create(readings_path)?;
    let mut labels = labels_path.map(create).transpose()?;
    let mut report = CsvReport::default();
    writeln!(readings, "patient,time,vital,value")?;
    if let Some(labels) = &mut labels {
        writeln!(labels, "patient,kind,onset,ends,expected_alert")?;
    }
    for number in 0..patients {
        let patient = cohort.patient(number);
        report.readings += write_readings(&patient, &mut readings)?;
        if let Some(labels) = &mut labels {
            write_labels(&patient, labels)?;
        }
        report.truths += u64::try_from(patient.truths.len()).unwrap_or(u64::MAX);
        report.patients += 1;
    }
    readings.finish()?;
    labels.map(OutputFile::finish).transpose()?;
    Ok(report)
}

fn write_readings(patient: &CohortPatient, out: &mut impl Write) -> io::Result<u64> {
    let name = &patient.patient;
    let mut written = 0;
    for Reading {
        time_ms,
        vital,
        value,
    } in &patient.readings
    {
        writeln!(out, "{name},{time_ms},{vital},{value}")?;
        written += 1;
    }
    Ok(written)
}

fn write_labels(patient: &CohortPatient, out: &mut impl Write) -> io::Result<()> {
    for truth in &patient.truths {
        let (name, kind, onset) = (&patient.patient, truth.kind.name(), truth.onset_ms);
        let ends = truth
            .ends_ms
            .map(|ends_ms| ends_ms.to_string())
            .unwrap_or_default();
        let expected = truth.expected_alert.unwrap_or_default();
        writeln!(out, "{name},{kind},{onset},{ends},\"{expected}\"")?;
    }
    Ok(())
}

fn create(path: &Path) -> Result<OutputFile, CsvError> {
    OutputFile::create(path).map_err(|source| CsvError::Create {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::write_csv;
    use crate::cohort::{Cohort, CohortKind};
    use crate::scenario::ScenarioKind;

    #[test]
    fn the_same_seed_writes_the_same_file_and_labels_name_the_fever() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kind = CohortKind::Scenario(ScenarioKind::NeutropenicSepsis);
        let cohort = Cohort {
            kind,
            seed: 1,
            start_ms: 1_763_787_600_000,
            days: 2,
            every_s: 600,
        };
        let write = |name: &str| {
            let (readings, labels) = (
                folder.path().join(name),
                folder.path().join(format!("{name}.labels")),
            );
            let report = write_csv(&cohort, 3, &readings, Some(&labels)).expect("written");
            assert_eq!((report.patients, report.truths), (3, 3));
            (
                std::fs::read(readings).expect("read"),
                std::fs::read_to_string(labels).expect("read"),
            )
        };
        let (first, second) = (write("a.csv"), write("b.csv"));
        assert_eq!(first, second);
        assert!(first.1.contains("p00000,fever,"));
        assert!(first.0.starts_with(b"patient,time,vital,value\np00000,"));
    }
}
