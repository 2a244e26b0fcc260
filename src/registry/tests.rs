//! What the registry promises.

use super::*;
use crate::domain::{ClinicalTime, DeviceId, MeasuredTime, PatientId, PatientNumber, WardId};

const NOW: ClinicalTime = ClinicalTime::from_epoch_ms(1_000_000);

fn registry() -> Registry {
    let mut registry = Registry::default();
    let ward = WardId::new("w").unwrap();
    put(
        &mut registry,
        Command::PutWard {
            time_zone: None,
            id: ward.clone(),
            label: "Ward".into(),
        },
    );
    for id in ["a", "b"] {
        put(&mut registry, patient(id, Some(ward.clone())));
    }
    registry
}

pub(super) fn patient(id: &str, ward: Option<WardId>) -> Command {
    Command::PutPatient {
        id: PatientId::new(id).unwrap(),
        label: None,
        ward,
        team: None,
        time_zone: None,
        spo2_scale: None,
        oxygen: None,
        treatment: None,
        neutropenia: None,
        post_infusion: None,
        administrations: None,
        expected: None,
    }
}

pub(super) fn put(registry: &mut Registry, command: Command) -> Applied {
    registry.apply(&command, "tester", NOW).unwrap().unwrap()
}

fn assign(device: &str, patient: &str, start: i64, end: Option<i64>) -> Command {
    Command::Assign {
        device: DeviceId::new(device).unwrap(),
        patient: PatientId::new(patient).unwrap(),
        start: MeasuredTime::from_epoch_ms(start),
        end: end.map(MeasuredTime::from_epoch_ms),
    }
}

fn wearer(registry: &Registry, at: i64) -> Option<PatientNumber> {
    let device = registry.device_number("d").unwrap();
    registry
        .wearer(device, MeasuredTime::from_epoch_ms(at))
        .map(|found| found.patient)
}

#[test]
fn a_new_patient_needs_a_ward_that_exists() {
    let mut registry = Registry::default();
    let missing = registry.apply(&patient("p", None), "tester", NOW);
    assert_eq!(
        missing,
        Err(CommandError::Missing {
            what: "patient",
            field: "ward"
        })
    );
    let unknown = registry.apply(&patient("p", WardId::new("x").ok()), "tester", NOW);
    assert_eq!(unknown, Err(CommandError::NotFound { what: "ward" }));
    assert_eq!(registry.patient_count(), 0);
}

#[test]
fn who_wore_a_device_is_decided_per_moment() {
    let mut registry = registry();
    put(&mut registry, assign("d", "a", 100, None));
    put(&mut registry, assign("d", "b", 200, None));
    assert_eq!(wearer(&registry, 99), None);
    assert_eq!(wearer(&registry, 100), Some(PatientNumber(0)));
    assert_eq!(wearer(&registry, 199), Some(PatientNumber(0)));
    assert_eq!(wearer(&registry, 200), Some(PatientNumber(1)));
}

#[test]
fn a_correction_in_the_middle_splits_an_assignment_and_names_what_moves() {
    let mut registry = registry();
    put(&mut registry, assign("d", "a", 100, None));
    let applied = put(&mut registry, assign("d", "b", 200, Some(300)));
    let device = registry.device_number("d").unwrap();
    let moved = Change::Reattributed {
        device,
        starts: MeasuredTime::from_epoch_ms(200),
        ends: Some(MeasuredTime::from_epoch_ms(300)),
        from: Some(PatientNumber(0)),
        to: Some(PatientNumber(1)),
    };
    assert!(applied.changes.contains(&moved));
    let who: Vec<_> = [150, 250, 350]
        .iter()
        .map(|at| wearer(&registry, *at))
        .collect();
    assert_eq!(
        who,
        [
            Some(PatientNumber(0)),
            Some(PatientNumber(1)),
            Some(PatientNumber(0))
        ]
    );
}

#[test]
fn ending_an_assignment_early_leaves_later_readings_to_nobody() {
    let mut registry = registry();
    let id = put(&mut registry, assign("d", "a", 100, None)).id.unwrap();
    let end = Command::EndAssignment {
        assignment: AssignmentId(id.parse().unwrap()),
        end: MeasuredTime::from_epoch_ms(150),
    };
    put(&mut registry, end);
    assert_eq!(wearer(&registry, 149), Some(PatientNumber(0)));
    assert_eq!(wearer(&registry, 150), None);
}

#[test]
fn a_refused_command_changes_nothing() {
    let mut registry = registry();
    let id = PatientId::new("a").unwrap();
    let mut command = patient("a", None);
    if let Command::PutPatient {
        label, time_zone, ..
    } = &mut command
    {
        *label = Some("New label".into());
        *time_zone = Some("Mars/Olympus".into());
    }
    assert!(registry.apply(&command, "tester", NOW).is_err());
    let number = registry.patient_number(&id).unwrap();
    assert_eq!(registry.patient(number).unwrap().label, "a");
}

#[test]
fn a_rotated_credential_keeps_the_newest_old_password_beside_the_new() {
    let mut registry = Registry::default();
    let device = DeviceId::new("d").unwrap();
    let hash = |digit: char| digit.to_string().repeat(64);
    put(
        &mut registry,
        Command::CreateDeviceCredential {
            device: device.clone(),
            sha256: hash('a'),
        },
    );
    for digit in ['b', 'c'] {
        let device = device.clone();
        put(
            &mut registry,
            Command::RotateDeviceCredential {
                device,
                sha256: hash(digit),
            },
        );
    }
    assert_eq!(
        registry.credential(&device).unwrap().sha256,
        [hash('c'), hash('b')]
    );
}

#[test]
fn an_own_limit_names_its_author_and_must_expire() {
    use crate::domain::PatientLimit;
    let mut registry = registry();
    let limit = |expires| PatientLimit {
        rule: "fever_on_treatment.raise_at".into(),
        vital: None,
        value: 37.8,
        author: "forged".into(),
        reason: "steroids".into(),
        expires,
    };
    let set = |limit| Command::SetLimit {
        patient: PatientId::new("a").unwrap(),
        limit,
    };
    assert!(registry.apply(&set(limit(NOW)), "tester", NOW).is_err());
    put(&mut registry, set(limit(NOW.plus_ms(1))));
    let context = &registry.patient(PatientNumber(0)).unwrap().context;
    assert_eq!(context.limits[0].author, "tester");
}

fn given(given: Vec<crate::domain::Administration>) -> Command {
    let mut command = patient("a", None);
    if let Command::PutPatient {
        administrations, ..
    } = &mut command
    {
        *administrations = Some(given);
    }
    command
}

#[test]
fn administrations_are_kept_oldest_first_and_checked() {
    use crate::domain::{Administration, AdministrationKind};
    let dose = |at: i64, cycle| Administration {
        given_at: ClinicalTime::from_epoch_ms(at),
        cycle,
        regimen: None,
        kind: AdministrationKind::CarT,
        nadir_days: None,
        post_infusion_hours: None,
    };
    let mut registry = registry();
    put(&mut registry, given(vec![dose(9, 2), dose(5, 1)]));
    let kept = |registry: &Registry| {
        let number = registry.patient_number(&PatientId::new("a").unwrap());
        let patient = registry.patient(number.unwrap()).unwrap();
        let given = patient.context.administrations.iter();
        given.map(|given| given.cycle).collect::<Vec<_>>()
    };
    assert_eq!(kept(&registry), [1, 2]);
    // What is not given stays; what is wrong changes nothing.
    put(&mut registry, patient("a", None));
    for wrong in [vec![dose(5, 0)], vec![dose(5, 1); 101]] {
        let refused = registry.apply(&given(wrong), "tester", NOW);
        assert!(matches!(refused, Err(CommandError::Invalid { .. })));
    }
    assert_eq!(kept(&registry), [1, 2]);
    put(&mut registry, given(Vec::new()));
    assert!(kept(&registry).is_empty());
}

#[test]
fn a_command_from_before_administrations_still_opens() {
    let mut old = serde_json::to_value(patient("a", None)).unwrap();
    old.as_object_mut()
        .unwrap()
        .remove("administrations")
        .unwrap();
    assert!(serde_json::from_value::<Command>(old).unwrap() == patient("a", None));
}

#[test]
fn a_wards_zone_stays_until_it_is_changed_or_taken_away() {
    let mut registry = registry();
    let id = WardId::new("w").unwrap();
    for (given, is) in [
        (Some("Asia/Tokyo"), Some("Asia/Tokyo")),
        (None, Some("Asia/Tokyo")),
        (Some(""), None),
    ] {
        let command = Command::PutWard {
            id: id.clone(),
            label: "Ward".into(),
            time_zone: given.map(str::to_owned),
        };
        put(&mut registry, command);
        assert_eq!(registry.wards[&id].time_zone.as_deref(), is);
    }
    let wrong = Command::PutWard {
        id,
        label: "Ward".into(),
        time_zone: Some("Mars/Olympus".into()),
    };
    let refused = registry.apply(&wrong, "tester", NOW);
    assert!(matches!(
        refused,
        Err(CommandError::Invalid {
            field: "time_zone",
            ..
        })
    ));
}
