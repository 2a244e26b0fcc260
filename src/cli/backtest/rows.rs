//! The readings file, row by row, in the order that a replay needs.

use super::cell;
use super::source::Source;
use crate::cli::import::words;
use crate::domain::{MeasuredTime, RejectionReason, Vital};
use anyhow::{Context, anyhow, bail};
use csv::StringRecord;
use std::cell::Cell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

const COLUMNS: [&str; 4] = ["patient", "time", "vital", "value"];
/// Longest name of a patient.
const NAME_BYTES_MAX: usize = 256;

/// The rows of a readings file. No name of a patient is ever part of an error.
pub(super) struct Rows {
    path: PathBuf,
    csv: csv::Reader<Source>,
    /// Where [`COLUMNS`] stand.
    places: [usize; 4],
    record: StringRecord,
    patient: String,
    at: MeasuredTime,
    /// Hashes of the patients that came: names could fill the memory.
    seen: HashSet<u64>,
    /// Length of the file in bytes, 0 when it has none.
    pub(super) length: u64,
    /// Bytes of it that are read.
    pub(super) read: Rc<Cell<u64>>,
}

/// One value of a patient.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub(super) line: u64,
    /// Whether another patient begins with it; see [`Rows::patient`].
    pub(super) begins: bool,
    pub(super) at: MeasuredTime,
    pub(super) vital: Vital,
    pub(super) value: Result<f64, RejectionReason>,
}

impl Rows {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let failed = || format!("failed to open {}", path.display());
        let source = Source::open(path).with_context(failed)?;
        let (length, read) = (source.length, Rc::clone(&source.read));
        let mut csv = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            // A quote that is never closed would take the rest as one cell.
            .quoting(false)
            .from_reader(source);
        let head = csv.headers().map_err(|error| {
            let why = words(&error, &StringRecord::new());
            anyhow!("the first line of {}: {why}", path.display())
        })?;
        Ok(Self {
            places: places(head, path)?,
            path: path.to_owned(),
            csv,
            record: StringRecord::new(),
            patient: String::new(),
            at: MeasuredTime::from_epoch_ms(i64::MIN),
            seen: HashSet::new(),
            length,
            read,
        })
    }

    /// Whose the last row was.
    pub(super) fn patient(&self) -> &str {
        &self.patient
    }

    /// The next row; none at the end of the file.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Row>> {
        match self.csv.read_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) if self.seen.is_empty() => bail!(
                "{} holds no readings: below its first line ({}) one line a reading must follow",
                self.path.display(),
                COLUMNS.join(",")
            ),
            Ok(false) => return Ok(None),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                return Err(self.refused(line, &words(&error, &StringRecord::new())));
            }
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        let row = self.row(line).map_err(|why| self.refused(line, &why))?;
        Ok(Some(row))
    }

    /// What to say of a line that ends the run.
    pub(super) fn refused(&self, line: u64, why: &str) -> anyhow::Error {
        anyhow!("line {line} of {}: {why}", self.path.display())
    }

    fn row(&mut self, line: u64) -> Result<Row, String> {
        let [patient, time, vital, value] = self.places.map(|place| {
            let text = self.record.get(place).unwrap_or_default();
            let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
            inner.unwrap_or(text)
        });
        let at = cell::time(time)?;
        let vital = Vital::from_name(vital).ok_or_else(|| unknown(vital))?;
        let value = cell::value(vital, value);
        let begins = patient != self.patient || self.seen.is_empty();
        if begins {
            self.seen.insert(new_patient(patient, &self.seen)?);
            self.patient.replace_range(.., patient);
        } else if at < self.at {
            return Err(format!(
                "it was measured before the line above it: sort the file by patient, then by \
                 time ({} after {})",
                cell::show(at.epoch_ms()),
                cell::show(self.at.epoch_ms())
            ));
        }
        self.at = at;
        Ok(Row {
            line,
            begins,
            at,
            vital,
            value,
        })
    }
}

/// The hash of a patient that must not have come before.
fn new_patient(patient: &str, seen: &HashSet<u64>) -> Result<u64, String> {
    if patient.is_empty() || patient.len() > NAME_BYTES_MAX {
        return Err(format!("a patient has 1 to {NAME_BYTES_MAX} characters"));
    }
    let hash = xxhash_rust::xxh3::xxh3_64(patient.as_bytes());
    if seen.contains(&hash) {
        return Err(
            "this patient's readings ended further up, where another patient's began: sort \
             the file by patient, then by time"
                .to_owned(),
        );
    }
    Ok(hash)
}

fn unknown(vital: &str) -> String {
    let known = Vital::ALL.map(Vital::name).join(", ");
    format!("there is no vital {vital:?}: rename it, or leave its lines out; there are {known}")
}

fn places(head: &StringRecord, path: &Path) -> anyhow::Result<[usize; 4]> {
    let bare = |name: &str| name.trim_matches('"').to_owned();
    let found = COLUMNS.map(|column| head.iter().position(|name| bare(name) == column));
    if let [Some(patient), Some(time), Some(vital), Some(value)] = found {
        return Ok([patient, time, vital, value]);
    }
    let named = COLUMNS.iter().zip(found);
    let missing: Vec<&str> = named
        .filter(|(_, place)| place.is_none())
        .map(|(name, _)| *name)
        .collect();
    bail!(
        "{} has no column {}: its first line must be {}",
        path.display(),
        missing.join(" and no column "),
        COLUMNS.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> anyhow::Result<Vec<(String, Row)>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readings.csv");
        std::fs::write(&path, text).unwrap();
        let mut rows = Rows::open(&path)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push((rows.patient().to_owned(), row));
        }
        Ok(all)
    }

    #[test]
    fn columns_stand_in_any_order_and_further_ones_are_passed_over() {
        let text = "\u{feff}unit,value,vital,time,patient\n\
                    x,\"72\",heart_rate,1767243600000,a\n\
                    x,96,oxygen_saturation,1767243600000,a\n\
                    x,,heart_rate,2026-01-01T05:00:00Z,b\n";
        let all = rows(text).unwrap();
        let shown: Vec<_> = all
            .iter()
            .map(|(patient, row)| (patient.as_str(), row.line, row.begins, row.value))
            .collect();
        let refused = Err(RejectionReason::WrongType);
        let expected = [
            ("a", 2, true, Ok(72.0)),
            ("a", 3, false, Ok(96.0)),
            ("b", 4, true, refused),
        ];
        assert_eq!(shown, expected);
        assert_eq!(all[0].1.at, all[2].1.at);
    }

    #[test]
    fn what_a_replay_cannot_take_is_named_with_its_line_and_with_what_to_do() {
        let head = "patient,time,vital,value\n";
        let good = "a,1767243600000,heart_rate,72\n";
        let cases = [
            (String::new(), "has no column patient"),
            ("patient,time,value\n".to_owned(), "has no column vital:"),
            (head.to_owned(), "holds no readings"),
            (format!("{head}{good}a,1767243600000,pulse,72\n"), "line 3"),
            (format!("{head}a,1767243600000,pulse,72\n"), "heart_rate, "),
            (format!("{head}a,noon,heart_rate,72\n"), "line 2"),
            (
                format!("{head}{good}a,1767243599999,heart_rate,72\n"),
                "line 3 of",
            ),
            (
                format!("{head}{good}a,1767243599999,heart_rate,72\n"),
                "sort the file by patient, then by time",
            ),
            (
                format!("{head}{good}b,1767243600000,heart_rate,72\n{good}"),
                "ended further up",
            ),
            (format!("{head},1767243600000,heart_rate,72\n"), "1 to 256"),
            (format!("{head}a,1767243600000,72\n"), "has 3 fields"),
        ];
        for (text, why) in cases {
            let error = rows(&text).unwrap_err().to_string();
            assert!(error.contains(why), "{text:?}: {error}");
        }
    }

    #[test]
    fn no_error_names_a_patient() {
        let text = "patient,time,vital,value\n\
                    secret,1767243600000,heart_rate,72\n\
                    other,1767243600000,heart_rate,72\n\
                    secret,1767243600000,heart_rate,72\n";
        let error = rows(text).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
