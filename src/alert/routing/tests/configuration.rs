//! What is refused, and that all of it is named at once.

use super::bed::{settings, table};
use crate::alert::routing::Settings;

#[test]
fn every_mistake_is_named_with_its_place() {
    let text = r#"
        zone = "Europe/Londn"
        silence_hours_max = 0
        [[routes]]
        wards = ["a 1"]
        kinds = ["news3", "silent:heart_rate"]
        priorities = ["urgent"]
        hours = [{ days = ["monday"], from = "8:00", until = "18:00" }]
        event_types = ["alert.exploded", "alert.updated"]
        chain = "nights"
        chian = "night"
        [[routes]]
        quiet_hours = { medium = true }
        chain = "night"
        [chains.night]
        steps = [
            { after_seconds = 60, notify = ["pager:1", "rota:nobody"] },
            { after_seconds = 30, notify = [], within_seconds = 0, wihtin = 3 },
        ]
        [chains.hasty]
        steps = [{ notify = ["endpoint:e1"] }, { after_seconds = 300, notify = ["endpoint:e2"] }]
        repeat_after_seconds = 300
        [chains.empty]
        [rotas.nurses]
        shifts = [{ who = "", from = "08:00", until = "08:00" }]
        [[inhibitions]]
        by = "everything"
        of = ["silent"]
    "#;
    let problems = settings(text).problems().join("\n");
    for part in [
        "`Europe/Londn` is no IANA time zone",
        "`silence_hours_max` is 0",
        "`routes` entry 1 names the ward `a 1`",
        "`routes` entry 1 `news3` is no kind",
        "names the priority `urgent`",
        "`monday` is no day",
        "`from` is `8:00`",
        "names the event `alert.exploded`, with which no chain starts",
        "names the event `alert.updated`, with which no chain starts",
        "`routes` entry 1 has the chain `nights`, and there is no such chain",
        "`routes` entry 1 has no key `chian`",
        "`routes` entry 2 has `quiet_hours` without `hours`",
        "`chains.night` step 1 `pager:1` is no channel",
        "names `rota:nobody`, and there is no such rota",
        "`chains.night` step 2 has an `after_seconds` before that of the step before it",
        "`chains.night` step 2 must name 1 to 16 channels",
        "`chains.night` step 2 has `within_seconds` 0",
        "`chains.night` step 2 has no key `wihtin`",
        "`chains.hasty` has a `repeat_after_seconds` that is not after its last step",
        "`chains.empty` has no steps",
        "`rotas.nurses` shift 1 needs `who`",
        "`rotas.nurses` shift 1 begins and ends at the same time",
        "`inhibitions` entry 1 `everything` is no kind",
    ] {
        assert!(problems.contains(part), "{part} is not in:\n{problems}");
    }
}

#[test]
fn the_defaults_route_nothing_and_are_right() {
    assert_eq!(Settings::default().problems(), Vec::<String>::new());
    assert_eq!(Settings::default().warnings(), Vec::<String>::new());
    assert!(!table("").has_routes());
}

#[test]
fn what_is_legal_but_risky_is_told() {
    let text = r#"
        routes = [{ chain = "late" }, { chain = "late", wards = ["a1"] }]
        [chains.late]
        steps = [{ after_seconds = 60, notify = ["endpoint:e1"] }]
        [chains.idle]
        steps = [{ notify = ["endpoint:e1"] }]
        [rotas.gap]
        shifts = [
            { who = "e1", from = "08:00", until = "20:00" },
            { who = "e2", from = "20:00", until = "08:00", days = ["mon", "tue", "wed", "fri", "sat", "sun"] },
        ]
        [rotas.whole]
        shifts = [{ who = "e1", from = "00:00", until = "24:00" }]
        [rotas.round]
        shifts = [
            { who = "e1", from = "07:30", until = "20:00" },
            { who = "e2", from = "20:00", until = "07:30" },
        ]
    "#;
    let warnings = settings(text).warnings().join("\n");
    for part in [
        "`chains.idle` is used by no route",
        "`chains.late` tells nobody at once",
        "`rotas.gap` has nobody on call from thu 20:00",
        "`routes` entry 1 takes every alert",
    ] {
        assert!(warnings.contains(part), "{part}: {warnings}");
    }
    assert_eq!(warnings.matches("nobody on call").count(), 1, "{warnings}");
}

#[test]
fn another_configuration_is_another_version() {
    let one = table("ward_per_hour = 4");
    assert_eq!(one.version(), table("ward_per_hour = 4").version());
    assert_ne!(one.version(), table("ward_per_hour = 5").version());
    assert_eq!(one.version().len(), 16);
}
