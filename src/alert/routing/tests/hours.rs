//! Local hours on ordinary days and on both days on which the clocks change.
//! In London they jump from 01:00 to 02:00 on 2026-03-29 and go back from
//! 02:00 to 01:00 on 2026-10-25.

use super::bed::moment;
use crate::alert::routing::hours::{Hours, Window, minute_of_day};
use crate::domain::ClinicalTime;
use jiff::tz::TimeZone;
use proptest::prelude::*;

fn window(from: &str, until: &str) -> Window {
    Window {
        days: [true; 7],
        from: minute_of_day(from).unwrap(),
        until: minute_of_day(until).unwrap(),
    }
}

fn london(windows: Vec<Window>) -> Hours {
    Hours::new(TimeZone::get("Europe/London").unwrap(), windows)
}

/// First and last whole minute (UTC) of a day on which the hours hold, and how
/// many minutes they hold.
fn held(hours: &Hours, day: &str) -> (String, String, usize) {
    let start = moment(&format!("{day}T00:00:00Z"));
    let minutes: Vec<ClinicalTime> = (0..24 * 60)
        .map(|minute| start.plus_ms(minute * 60_000))
        .filter(|at| hours.hold(*at))
        .collect();
    let shown = |at: Option<&ClinicalTime>| {
        let time = jiff::Timestamp::from_millisecond(at.unwrap().epoch_ms()).unwrap();
        time.strftime("%H:%M").to_string()
    };
    (shown(minutes.first()), shown(minutes.last()), minutes.len())
}

#[test]
fn a_window_in_the_skipped_hour_begins_when_the_clock_jumps() {
    let hours = london(vec![window("01:30", "02:30")]);
    assert_eq!(held(&hours, "2026-03-28"), pair("01:30", "02:29", 60));
    assert_eq!(held(&hours, "2026-03-29"), pair("01:00", "01:29", 30));
    assert_eq!(held(&hours, "2026-03-30"), pair("00:30", "01:29", 60));
}

#[test]
fn a_window_in_the_repeated_hour_holds_from_its_first_beginning_to_its_end() {
    let hours = london(vec![window("01:30", "02:30")]);
    assert_eq!(held(&hours, "2026-10-24"), pair("00:30", "01:29", 60));
    assert_eq!(held(&hours, "2026-10-25"), pair("00:30", "02:29", 120));
    assert_eq!(held(&hours, "2026-10-26"), pair("01:30", "02:29", 60));
}

#[test]
fn a_window_that_ends_in_the_repeated_hour_ends_at_the_first_of_both() {
    let on_sunday = |from, until| Window {
        days: [false, false, false, false, false, false, true],
        ..window(from, until)
    };
    let hours = london(vec![on_sunday("01:15", "01:45")]);
    assert_eq!(held(&hours, "2026-10-25"), pair("00:15", "00:44", 30));
    let hours = london(vec![on_sunday("00:15", "01:15")]);
    assert_eq!(held(&hours, "2026-03-29"), pair("00:15", "00:59", 45));
}

#[test]
fn a_night_belongs_to_the_day_on_which_it_begins() {
    let mut night = window("22:00", "07:00");
    night.days = [false, false, false, false, true, false, false];
    let hours = london(vec![night]);
    for (at, holds) in [
        ("2026-11-20T21:59:59Z", false),
        ("2026-11-20T22:00:00Z", true),
        ("2026-11-21T06:59:59Z", true),
        ("2026-11-21T07:00:00Z", false),
        ("2026-11-21T22:30:00Z", false),
    ] {
        assert_eq!(hours.hold(moment(at)), holds, "{at}");
    }
    let end = hours.end(moment("2026-11-21T01:00:00Z"));
    assert_eq!(end, Some(moment("2026-11-21T07:00:00Z")));
    assert_eq!(hours.end(moment("2026-11-21T08:00:00Z")), None);
}

#[test]
fn windows_that_follow_one_another_end_together() {
    let hours = london(vec![window("20:00", "24:00"), window("00:00", "06:00")]);
    let end = hours.end(moment("2026-11-20T20:00:00Z"));
    assert_eq!(end, Some(moment("2026-11-21T06:00:00Z")));
    assert_eq!(hours.first(moment("2026-11-21T02:00:00Z")), Some(1));
}

#[test]
fn a_time_of_day_is_read_or_refused() {
    assert_eq!(minute_of_day("07:05"), Some(425));
    assert_eq!(minute_of_day("24:00"), Some(1440));
    for text in ["", "7:00", "07:60", "24:01", "07.00", "-1:00", "07:00:00"] {
        assert_eq!(minute_of_day(text), None, "{text}");
    }
}

/// On both nights on which the clocks of London change the night's nurse and
/// the day's change over at 07:30 as the clock shows it, and quiet hours end
/// then.
#[test]
fn rotas_and_quiet_hours_change_over_by_the_clock_on_the_wall() {
    use super::bed::{Bed, alert, facts};
    use crate::domain::{AlertKind, Priority};
    let text = r#"
        zone = "Europe/London"
        [[routes]]
        name = "all"
        chain = "nurse"
        quiet_hours = { hours = [{ from = "21:00", until = "07:30" }] }
        [chains.nurse]
        steps = [{ notify = ["rota:nurses"] }]
        [rotas.nurses]
        shifts = [
            { who = "e1", from = "07:30", until = "19:30" },
            { who = "e2", from = "19:30", until = "07:30" },
        ]
    "#;
    // The evening before, and 07:30 of the morning after, in UTC.
    for (evening, change) in [
        ("2026-03-28T22:00:00Z", "2026-03-29T06:30:00Z"),
        ("2026-10-24T22:00:00Z", "2026-10-25T07:30:00Z"),
    ] {
        let mut bed = Bed::new(text);
        let (evening, change) = (moment(evening), moment(change));
        bed.pass(evening);
        bed.raise(&alert(1, 1), facts(1, AlertKind::NotWorn, Priority::Low));
        let hours = change.ms_since(evening) / 3_600_000;
        for patient in 2..=u32::try_from(hours).unwrap() {
            bed.pass(evening.plus_ms(i64::from(patient) * 3_600_000));
            bed.restart();
            let fever = facts(patient, AlertKind::FeverOnTreatment, Priority::High);
            bed.raise(&alert(patient, 1), fever);
            let newest = bed.next_delivery - 1;
            bed.takes(newest);
        }
        bed.pass(change.plus_ms(-1));
        assert!(
            bed.told()
                .iter()
                .all(|told| told.starts_with("e2 alert.raised"))
        );
        assert!(!bed.told().contains(&"e2 alert.raised 1_1".to_owned()));
        bed.pass(change);
        let held = "e1 alert.raised 1_1".to_owned();
        assert_eq!(bed.told().last(), Some(&held));
    }
}

fn pair(first: &str, last: &str, minutes: usize) -> (String, String, usize) {
    (first.to_owned(), last.to_owned(), minutes)
}

proptest! {
    /// Shifts that follow one another on paper leave no moment of the year
    /// without anybody, and give none to two.
    #[test]
    fn shifts_cover_every_moment_once(
        cuts in proptest::collection::btree_set(0_u16..1440, 2..5),
        minute in 0_i64..366 * 1440,
        zone in proptest::sample::select(vec!["Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    ) {
        let cuts: Vec<u16> = cuts.into_iter().collect();
        let next = cuts.iter().cycle().skip(1);
        let windows = cuts.iter().zip(next).map(|(from, until)| Window {
            days: [true; 7], from: *from, until: *until,
        });
        let zone = TimeZone::get(zone).unwrap();
        let at = moment("2026-01-01T00:00:00Z").plus_ms(minute * 60_000);
        let holding = windows.filter(|window| Hours::new(zone.clone(), vec![window.clone()]).hold(at));
        prop_assert_eq!(holding.count(), 1);
    }
}
