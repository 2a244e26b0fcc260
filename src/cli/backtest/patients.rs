//! What is known of the patients beside their readings.

use super::cell;
use super::source::Source;
use crate::cli::administrations::administrations;
use crate::cli::import::{COLUMNS, words};
use crate::domain::{Administration, ClinicalTime, PatientContext, Period, Spo2Scale};
use anyhow::{Context, anyhow, bail};
use csv::StringRecord;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

/// Largest file, unpacked.
const BYTES_MAX: u64 = 64 << 20;

/// The patients file, or none.
pub(super) struct Patients {
    known: Option<HashMap<String, Known>>,
}

/// One patient as the file has it.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    time_zone: String,
    spo2_scale: Option<Spo2Scale>,
    oxygen: Option<bool>,
    treatment: Option<Period>,
    administrations: Vec<Administration>,
    monitoring_start: Option<ClinicalTime>,
}

impl Default for Known {
    /// A patient of whom only readings are known: the scale of everybody, on
    /// air, treatment not recorded, which the fever rule counts as at risk.
    fn default() -> Self {
        Self {
            time_zone: String::new(),
            spo2_scale: Some(Spo2Scale::One),
            oxygen: Some(false),
            treatment: None,
            administrations: Vec::new(),
            monitoring_start: None,
        }
    }
}

impl Patients {
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let known = path.map(|path| {
            let text = text(path).with_context(|| format!("failed to read {}", path.display()))?;
            read(&text).map_err(|(line, why)| anyhow!("line {line} of {}: {why}", path.display()))
        });
        Ok(Self {
            known: known.transpose()?,
        })
    }

    /// The context of a patient whose first reading was measured at `first`;
    /// none for a patient that the file does not have.
    pub(super) fn context(&self, patient: &str, first: ClinicalTime) -> Option<PatientContext> {
        let known = match &self.known {
            Some(known) => known.get(patient)?.clone(),
            None => Known::default(),
        };
        Some(PatientContext {
            time_zone: known.time_zone.into(),
            spo2_scale: known.spo2_scale,
            oxygen: known.oxygen,
            treatment: known.treatment.into_iter().collect(),
            administrations: known.administrations,
            monitoring: vec![Period {
                start: known.monitoring_start.unwrap_or(first),
                end: None,
            }],
            ..PatientContext::default()
        })
    }
}

fn text(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let source = Source::open(path)?;
    source.take(BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > BYTES_MAX {
        bail!("it is larger than {BYTES_MAX} bytes");
    }
    Ok(text)
}

/// All rows, or the first line that is wrong and why.
fn read(text: &str) -> Result<HashMap<String, Known>, (u64, String)> {
    let mut csv = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let head = csv.headers().cloned();
    let head = head.map_err(|error| (1, words(&error, &StringRecord::new())))?;
    check_head(&head).map_err(|why| (1, why))?;
    let mut known = HashMap::new();
    for record in csv.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            (line, words(&error, &head))
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let (patient, row) = row(&head, &record).map_err(|why| (line, why))?;
        if known.insert(patient, row).is_some() {
            return Err((line, "this patient stands further up already".to_owned()));
        }
    }
    Ok(known)
}

fn check_head(head: &StringRecord) -> Result<(), String> {
    let unknown = head.iter().find(|name| !COLUMNS.contains(name));
    let has_patient = head.iter().any(|name| name == "patient");
    let why = match (has_patient, unknown) {
        (true, None) => return Ok(()),
        (false, _) => "there is no column patient".to_owned(),
        (true, Some(name)) => format!("there is no column {name:?}"),
    };
    Err(format!("{why}; there are {}", COLUMNS.join(", ")))
}

fn row(head: &StringRecord, record: &StringRecord) -> Result<(String, Known), String> {
    let column = |name: &str| {
        let place = head.iter().position(|column| column == name)?;
        record.get(place)
    };
    let filled = |name: &str| column(name).filter(|cell| !cell.is_empty());
    let time = |name: &str| {
        let at = filled(name).map(|text| cell::time(text).map_err(|why| format!("{name}: {why}")));
        at.transpose()
            .map(|at| at.map(|at| ClinicalTime::from_epoch_ms(at.epoch_ms())))
    };
    let patient = filled("patient").ok_or("patient is empty")?;
    let defaults = Known::default();
    let known = Known {
        time_zone: filled("time_zone").map_or(Ok(String::new()), time_zone)?,
        spo2_scale: column("spo2_scale").map_or(Ok(defaults.spo2_scale), spo2_scale)?,
        oxygen: column("oxygen").map_or(Ok(defaults.oxygen), oxygen)?,
        treatment: treatment(time("treatment_start")?, time("treatment_end")?)?,
        administrations: filled("administrations").map_or(Ok(Vec::new()), administrations)?,
        monitoring_start: time("monitoring_start")?,
    };
    Ok((patient.to_owned(), known))
}

fn time_zone(text: &str) -> Result<String, String> {
    match jiff::tz::TimeZone::get(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("time_zone must be an IANA name such as Europe/London".to_owned()),
    }
}

fn spo2_scale(text: &str) -> Result<Option<Spo2Scale>, String> {
    match text {
        "" => Ok(None),
        "1" => Ok(Some(Spo2Scale::One)),
        "2" => Ok(Some(Spo2Scale::Two)),
        _ => Err("spo2_scale must be 1 or 2, or empty where it is not recorded".to_owned()),
    }
}

fn oxygen(text: &str) -> Result<Option<bool>, String> {
    match text {
        "" => Ok(None),
        "true" => Ok(Some(true)),
        "false" => Ok(Some(false)),
        _ => Err("oxygen must be true or false, or empty where it is not recorded".to_owned()),
    }
}

fn treatment(
    start: Option<ClinicalTime>,
    end: Option<ClinicalTime>,
) -> Result<Option<Period>, String> {
    match (start, end) {
        (None, None) => Ok(None),
        (Some(start), end) if end.is_none_or(|end| start < end) => Ok(Some(Period { start, end })),
        (Some(_), _) => Err("treatment_end must be after treatment_start".to_owned()),
        (None, Some(_)) => Err("treatment_end needs a treatment_start".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: ClinicalTime = ClinicalTime::from_epoch_ms(1_767_243_600_000);

    fn patients(text: &str) -> Patients {
        Patients {
            known: Some(read(text).unwrap()),
        }
    }

    #[test]
    fn without_a_file_everybody_is_on_scale_1_on_air_and_watched_from_the_first_reading() {
        let context = Patients { known: None }.context("a", FIRST).unwrap();
        assert_eq!(context.spo2_scale, Some(Spo2Scale::One));
        assert_eq!((context.oxygen, context.treatment.len()), (Some(false), 0));
        assert_eq!(
            context.monitoring,
            [Period {
                start: FIRST,
                end: None
            }]
        );
    }

    #[test]
    fn the_file_of_the_import_is_understood_and_an_empty_cell_is_not_recorded() {
        let text = "patient,label,ward,time_zone,spo2_scale,oxygen,treatment_start,treatment_end,monitoring_start,device\n\
                    a,\"Bed 1, window\",w,Europe/London,2,true,2026-01-01T00:00:00Z,,2026-01-01T00:00:00Z,x\n\
                    b,,w,,,,,,,\n";
        let patients = patients(text);
        let a = patients.context("a", FIRST).unwrap();
        assert_eq!((a.spo2_scale, a.oxygen), (Some(Spo2Scale::Two), Some(true)));
        assert_eq!(a.treatment.len(), 1);
        assert!(a.monitoring[0].start < FIRST);
        let b = patients.context("b", FIRST).unwrap();
        assert_eq!((b.spo2_scale, b.oxygen), (None, None));
        assert!(patients.context("c", FIRST).is_none());
    }

    #[test]
    fn what_was_given_is_part_of_the_context() {
        let text = "patient,administrations\n\
                    a,2026-01-01T00:00:00Z 1 bispecific; 2026-01-08T00:00:00Z 1 bispecific\n\
                    b,\n";
        let patients = patients(text);
        let given = |patient| {
            let context = patients.context(patient, FIRST).unwrap();
            context.administrations.len()
        };
        assert_eq!((given("a"), given("b")), (2, 0));
    }

    #[test]
    fn a_column_that_is_left_out_keeps_what_holds_without_a_file() {
        let context = patients("patient\na\n").context("a", FIRST);
        assert_eq!(context, Patients { known: None }.context("a", FIRST));
    }

    #[test]
    fn a_wrong_line_is_named_with_what_it_should_be() {
        for (text, line, why) in [
            ("ward\nw\n", 1, "no column patient"),
            ("patient,weight\na,70\n", 1, "no column \"weight\""),
            ("patient\na\na\n", 3, "further up"),
            ("patient,spo2_scale\na,1\nb,3\n", 3, "1 or 2"),
            ("patient,oxygen\na,yes\n", 2, "true or false"),
            ("patient,time_zone\na,London\n", 2, "Europe/London"),
            (
                "patient,treatment_start\na,monday\n",
                2,
                "treatment_start: ",
            ),
            (
                "patient,treatment_end\na,2026-01-01T00:00:00Z\n",
                2,
                "needs a",
            ),
            ("patient,administrations\na,today\n", 2, "time, cycle"),
            ("patient,oxygen\n,true\n", 2, "patient is empty"),
            ("patient,oxygen\na\n", 2, "has 1 fields"),
        ] {
            let (at, error) = read(text).unwrap_err();
            assert_eq!(at, line, "{text:?}");
            assert!(error.contains(why), "{text:?}: {error}");
        }
    }
}
