use super::bed::{Bed, FEVER, NEWS2, SILENT};
use crate::domain::{Handling, Priority};

use Priority::{High, Low, Medium};

#[test]
fn acknowledged_and_still_there_it_is_told_every_hour_and_asked_anew_after_four() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    bed.acknowledge(10, 1).unwrap();
    bed.news();
    bed.to(249);
    let told = [70, 130, 190].map(|minute| ("alert.reminded", 1, minute));
    assert_eq!(bed.news(), told);
    assert_eq!(bed.only().handling, Handling::Acknowledged);
    bed.to(2_000);
    assert_eq!(bed.news(), [("alert.acknowledgement_expired", 1, 250)]);
    assert_eq!(bed.only().handling, Handling::Open);
    bed.acknowledge(2_000, 1).unwrap();
    bed.to(2_060);
    let again = [
        ("alert.acknowledged", 1, 2_000),
        ("alert.reminded", 1, 2_060),
    ];
    assert_eq!(bed.news(), again);
}

#[test]
fn what_has_ended_and_what_is_low_reminds_nobody() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    bed.raise(0, SILENT, Low);
    bed.acknowledge(1, 1).unwrap();
    bed.acknowledge(1, 2).unwrap();
    bed.clear(30, FEVER);
    bed.news();
    bed.to(10_000);
    assert_eq!(bed.news(), [("alert.resolved", 1, 60)]);
}

#[test]
fn a_snooze_puts_reminders_and_expiry_off() {
    let mut bed = Bed::default();
    bed.settings.remind_minutes.high = 10;
    bed.settings.acknowledgement_minutes.high = 25;
    bed.raise(0, FEVER, High);
    bed.acknowledge(1, 1).unwrap();
    bed.to(10);
    bed.snooze(10, 1, 40).unwrap();
    bed.news();
    bed.to(200);
    assert_eq!(
        bed.news(),
        [
            ("alert.snooze_ended", 1, 40),
            ("alert.reminded", 1, 50),
            ("alert.reminded", 1, 60),
            ("alert.acknowledgement_expired", 1, 65)
        ],
        "counted from the snooze's end"
    );
}

#[test]
fn less_urgent_keeps_running_timers_and_ends_those_that_it_has_not() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, High);
    bed.acknowledge(5, 1).unwrap();
    bed.ease(10, NEWS2, Medium);
    bed.ease(70, NEWS2, Medium);
    bed.news();
    bed.to(245);
    assert_eq!(
        bed.news(),
        [
            ("alert.reminded", 1, 125),
            ("alert.acknowledgement_expired", 1, 245)
        ]
    );
    bed.acknowledge(246, 1).unwrap();
    bed.ease(250, NEWS2, Low);
    bed.ease(310, NEWS2, Low);
    bed.news();
    bed.to(10_000);
    assert_eq!(bed.news(), []);
}
