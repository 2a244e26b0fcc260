//! Which rules are in force: shipped ones, an organisation's, what stands in.

use super::clinical::id;
use super::clinical_files::{SITE, file};
use crate::detect::{BrokenRule, RuleSet, Switches};
use crate::domain::ClinicalTime;

#[test]
fn every_shipped_rule_is_read_and_knows_its_author_and_dates() {
    let on = Switches {
        on: vec![id("sirs")],
        off: Vec::new(),
    };
    let set = RuleSet::gather(&[], None, &on);
    let ids: Vec<_> = set.rules().map(|rule| rule.id.to_string()).collect();
    assert_eq!(ids, ["crs_grade", "qsofa", "shock_index", "sirs"]);
    let shipped = RuleSet::default();
    assert_eq!(shipped.get(id("sirs")), None, "sites switch it on");
    for rule in set.rules() {
        assert!(rule.shipped && rule.version > 0 && !rule.author.is_empty());
        assert!(rule.valid_from < rule.review_by && !rule.source.is_empty());
    }
}

#[test]
fn a_file_replaces_the_shipped_rule_of_its_name_and_a_broken_one_leaves_it_in_force() {
    let own = SITE.replace("\"site\"", "\"qsofa\"");
    let set = RuleSet::gather(&[file("qsofa", &own)], None, &Switches::default());
    let qsofa = set.get(id("qsofa")).unwrap();
    assert_eq!((qsofa.version, qsofa.shipped), (3, false));
    let set = RuleSet::gather(
        &[file("qsofa", &own.replace("when =", "wenn ="))],
        None,
        &Switches::default(),
    );
    assert!(set.get(id("qsofa")).unwrap().shipped);
    let told = set.broken()[0].to_string();
    assert!(
        told.ends_with("the shipped version 1 of `qsofa` is in force instead"),
        "{told}"
    );
}

#[test]
fn an_older_good_version_that_was_stored_stands_in_for_a_broken_file() {
    let stored = RuleSet::gather(&[file("site", SITE)], None, &Switches::default());
    let wrong = SITE
        .replace("version = 3", "version = 4")
        .replace(">= 120", ">=");
    let mut set = RuleSet::gather(&[file("site", &wrong)], None, &Switches::default());
    set.fall_back(&stored);
    assert_eq!(set.get(id("site")).unwrap().version, 3);
    let told = set.broken()[0].to_string();
    assert!(
        told.ends_with("the stored version 3 of `site` is in force instead"),
        "{told}"
    );
    let off = Switches {
        off: vec![id("site")],
        ..Switches::default()
    };
    let mut set = RuleSet::gather(&[file("site", &wrong)], None, &off);
    set.fall_back(&stored);
    assert_eq!(set.get(id("site")), None, "it is switched off");
    let mut set = RuleSet::gather(&[], None, &Switches::default());
    set.fall_back(&stored);
    assert_eq!(
        set.get(id("site")),
        None,
        "its file was taken away on purpose"
    );
}

#[test]
fn a_rule_of_the_future_waits_and_the_shipped_one_stands_in() {
    let future = SITE.replace("2026-01-01", "2027-01-01");
    let own = future.replace("\"site\"", "\"qsofa\"");
    let files = [file("site", &future), file("qsofa", &own)];
    let mut set = RuleSet::gather(&files, None, &Switches::default());
    let day = |text: &str| {
        let at: jiff::Timestamp = text.parse().unwrap();
        ClinicalTime::from_epoch_ms(at.as_millisecond())
    };
    let mut later = set.clone();
    later.hold_back(day("2027-01-01T00:00:00Z"));
    assert_eq!((later.rules().count(), later.broken()), (4, &[][..]));
    set.hold_back(day("2026-12-31T23:59:59Z"));
    assert_eq!(set.get(id("site")), None);
    assert!(set.get(id("qsofa")).unwrap().shipped);
    let told: Vec<String> = set.broken().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "qsofa.toml:1: it is not valid before 2027-01-01; the shipped version 1 of `qsofa` is \
             in force instead",
            "site.toml:1: it is not valid before 2027-01-01; `site` is NOT IN FORCE",
        ]
    );
}

#[test]
fn a_folder_that_cannot_be_read_takes_no_rule_out_of_force() {
    let stored = RuleSet::gather(&[file("site", SITE)], None, &Switches::default());
    let unread = BrokenRule {
        id: None,
        path: "rules".to_owned(),
        problems: vec![(1, "permission denied".to_owned())],
        instead: None,
    };
    let mut set = RuleSet::gather(&[], Some(unread), &Switches::default());
    set.fall_back(&stored);
    assert_eq!(set.rules().count(), 4);
    assert_eq!(set.get(id("site")).unwrap().version, 3);
}

#[test]
fn a_set_is_stored_as_texts_and_read_back_the_same_even_when_one_is_unreadable() {
    let on = Switches {
        on: vec![id("sirs")],
        off: Vec::new(),
    };
    let set = RuleSet::gather(&[file("site", SITE)], None, &on);
    let json = serde_json::to_string(&set).unwrap();
    let back: RuleSet = serde_json::from_str(&json).unwrap();
    assert!(back == set && back.get(id("sirs")).is_some());
    let of_later = json.replace("heart_rate >= 120", "brain_waves >= 120");
    let back: RuleSet = serde_json::from_str(&of_later).unwrap();
    assert_eq!((back.rules().count(), back.broken().len()), (4, 1));
}

#[test]
fn the_seventeenth_rule_is_left_out_and_named() {
    let names: Vec<String> = (0..14).map(|n| format!("z_{n:02}")).collect();
    let texts: Vec<String> = names
        .iter()
        .map(|n| SITE.replace("\"site\"", &format!("\"{n}\"")))
        .collect();
    let files: Vec<_> = names.iter().zip(&texts).map(|(n, t)| file(n, t)).collect();
    let set = RuleSet::gather(&files, None, &Switches::default());
    assert_eq!(set.rules().count(), 16);
    let told = set.broken()[0].to_string();
    assert_eq!(
        told,
        "z_13.toml:1: there are already 16 rules in force; `z_13` is NOT IN FORCE"
    );
}
