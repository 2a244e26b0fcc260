//! What orders do to a fleet.

use super::{Order, OrderRefused, direction};
use crate::device::{MessageKind, Moment, OutgoingMessage};
use crate::fleet::{Fleet, demo_fleet};
use crate::physiology::{HOUR_MS, MINUTE_MS};
use crate::scenario::{ScenarioKind, TruthKind};
use std::collections::BTreeSet;

const START_MS: i64 = 1_763_787_600_000;
/// When something is ordered, before the demonstration's own story begins.
const NOW_MS: i64 = START_MS + 10 * MINUTE_MS;
/// Nothing happens to it by itself.
const WELL: &str = "watch-09";

fn play(kind: ScenarioKind) -> Order {
    Order::Play {
        kind,
        ramp_factor: 0.4,
    }
}

fn fleet(seed: u64) -> Fleet {
    let mut fleet = Fleet::new(demo_fleet(seed, START_MS));
    fleet.next_until(NOW_MS - 1);
    fleet
}

fn moments(messages: &[OutgoingMessage], device: &str) -> Vec<Moment> {
    let own = messages.iter().filter(|message| message.device == device);
    let natives = own.filter_map(|message| message.native.as_ref());
    natives.flat_map(|native| native.moments.clone()).collect()
}

fn of_others(messages: Vec<OutgoingMessage>) -> Vec<OutgoingMessage> {
    let is_other = |message: &OutgoingMessage| message.device != WELL;
    messages.into_iter().filter(is_other).collect()
}

#[test]
fn a_fever_on_order_reads_38_within_ten_minutes_and_recovery_ends_it() {
    for seed in 0..10 {
        let mut fleet = fleet(seed);
        let ordered = fleet.order(WELL, play(ScenarioKind::NeutropenicSepsis), NOW_MS);
        assert_eq!(ordered, Ok(()));
        let messages = fleet.next_until(NOW_MS + 10 * MINUTE_MS - 1);
        let hot = |moment: &Moment| moment.temp.is_some_and(|temp| temp >= 38.0);
        assert!(moments(&messages, WELL).iter().any(hot), "seed {seed}");
        let well_at = NOW_MS + 30 * MINUTE_MS;
        fleet.next_until(well_at - 20 * MINUTE_MS);
        assert_eq!(
            fleet.order(WELL, Order::Recover, well_at - 20 * MINUTE_MS + 1),
            Ok(())
        );
        fleet.next_until(well_at);
        let after = fleet.next_until(well_at + 10 * MINUTE_MS);
        assert!(!moments(&after, WELL).iter().any(hot), "seed {seed}");
    }
}

#[test]
fn what_a_silent_watch_stored_comes_on_its_return_and_nothing_is_lost() {
    let back_ms = NOW_MS + 40 * MINUTE_MS;
    let end_ms = back_ms + 10 * MINUTE_MS;
    let undisturbed = fleet(1).next_until(end_ms);
    let mut fleet = fleet(1);
    fleet
        .order(WELL, play(ScenarioKind::BackFill), NOW_MS)
        .expect("done");
    let mut all = fleet.next_until(back_ms - 1);
    assert!(moments(&all, WELL).is_empty(), "it is silent");
    fleet.order(WELL, Order::Return, back_ms).expect("done");
    all.extend(fleet.next_until(end_ms));
    let times = |messages: &[OutgoingMessage]| -> BTreeSet<i64> {
        moments(messages, WELL)
            .iter()
            .map(|moment| moment.t)
            .collect()
    };
    assert_eq!(times(&all), times(&undisturbed));
    assert_eq!(
        of_others(all),
        of_others(undisturbed),
        "no other watch heard of it"
    );
}

#[test]
fn a_watch_comes_off_and_is_put_on_again() {
    let mut fleet = fleet(1);
    fleet
        .order(WELL, play(ScenarioKind::OffWrist), NOW_MS)
        .expect("done");
    let off = moments(&fleet.next_until(NOW_MS + MINUTE_MS), WELL);
    assert_eq!(off.first().and_then(|moment| moment.worn), Some(false));
    assert!(off.iter().all(|moment| moment.hr.is_none()));
    fleet
        .order(WELL, Order::PutOn, NOW_MS + MINUTE_MS + 1)
        .expect("done");
    let on = moments(&fleet.next_until(NOW_MS + 2 * MINUTE_MS), WELL);
    assert_eq!(on.first().and_then(|moment| moment.worn), Some(true));
    assert!(on.iter().any(|moment| moment.hr.is_some()));
}

#[test]
fn an_irregular_pulse_is_measured_beat_by_beat() {
    let mut fleet = fleet(1);
    fleet
        .order(WELL, play(ScenarioKind::AtrialFibrillation), NOW_MS)
        .expect("done");
    let seen = moments(&fleet.next_until(NOW_MS + 10 * MINUTE_MS), WELL);
    let beats = seen.iter().filter(|moment| moment.ibi.is_some()).count();
    assert_eq!(beats, 6, "each two minutes");
}

#[test]
fn an_empty_watch_comes_back_charged_with_a_session_of_its_own() {
    let mut options = demo_fleet(1, START_MS);
    for patient in &mut options.patients {
        patient.watch.battery_percent = 2.0;
    }
    let mut fleet = Fleet::new(options);
    fleet
        .order("watch-07", play(ScenarioKind::DyingBattery), START_MS)
        .expect("done");
    let dead = fleet.next_until(START_MS + HOUR_MS);
    let is_will = |message: &OutgoingMessage| message.kind == MessageKind::Will;
    assert!(dead.iter().any(is_will));
    fleet
        .order("watch-07", Order::Return, START_MS + HOUR_MS + 1)
        .expect("done");
    let back = fleet.next_until(START_MS + HOUR_MS + MINUTE_MS);
    let own = back.iter().filter(|message| message.device == "watch-07");
    let own: Vec<_> = own.map(|message| (message.kind, message.session)).collect();
    assert_eq!(own.first(), Some(&(MessageKind::Status, 2)));
    assert!(own.len() > 10, "{own:?}");
}

#[test]
fn what_runs_already_or_is_nothing_is_refused_and_what_was_to_come_comes_now() {
    let mut fleet = fleet(1);
    let fever = play(ScenarioKind::NeutropenicSepsis);
    assert_eq!(fleet.order(WELL, fever, NOW_MS), Ok(()));
    assert_eq!(
        fleet.order(WELL, fever, NOW_MS + 1),
        Err(OrderRefused::RunsAlready)
    );
    for nothing in [Order::PutOn, Order::Return] {
        assert_eq!(
            fleet.order(WELL, nothing, NOW_MS),
            Err(OrderRefused::NothingToEnd)
        );
    }
    let nobody = fleet.order("watch-99", fever, NOW_MS);
    assert_eq!(nobody, Err(OrderRefused::UnknownDevice));
    // The story's own fever was to begin ten minutes later.
    assert_eq!(fleet.order("watch-01", fever, NOW_MS), Ok(()));
    let fevers = fleet.truths().iter().filter(|one| one.device == "watch-01");
    let fevers: Vec<_> = fevers
        .map(|one| (one.truth.kind, one.truth.onset_ms))
        .collect();
    assert_eq!(fevers, [(TruthKind::Fever, NOW_MS)]);
    // And one who is to be well stays well.
    assert_eq!(fleet.order("watch-02", Order::Recover, NOW_MS), Ok(()));
    assert!(fleet.truths().iter().all(|one| one.device != "watch-02"));
}

#[tokio::test]
async fn a_director_hears_what_became_of_an_order_and_sees_it() {
    let (director, mut orders) = direction();
    assert!(director.scenes().is_empty());
    let mut fleet = fleet(1);
    orders.begin(&fleet);
    assert_eq!(director.scenes().len(), 12);
    let given = director.order(WELL, play(ScenarioKind::OffWrist));
    let (answer, ()) = tokio::join!(given, async {
        orders.carry_out(&mut fleet, NOW_MS);
    });
    assert_eq!(answer, Ok(()));
    let scenes = director.scenes();
    let scene = scenes
        .iter()
        .find(|scene| scene.device == WELL)
        .expect("there");
    let kinds: Vec<_> = scene.truths.iter().map(|one| one.truth.kind).collect();
    assert_eq!(kinds, [TruthKind::NotWorn]);
    // A fleet that has ended is said to have.
    drop(orders);
    let gone = director.order(WELL, Order::PutOn).await;
    assert_eq!(gone, Err(OrderRefused::NoAnswer));
}
