//! Round trips under virtual time, and the webhook that ends them.

use super::Hook;
use super::trips::{Limits, Round, Seen, Trips};
use crate::domain::{ClinicalTime, WallTime};
use crate::engine::{CanaryChange, CanaryLate};
use crate::notify::{NewSecret, Secret, SecretKind, sign};
use crate::runtime::Clock;
use tokio_util::sync::CancellationToken;

const LIMITS: Limits = Limits {
    every: 60_000,
    late_after: 30_000,
    start_grace: 60_000,
};

fn wall(seconds: i64) -> WallTime {
    WallTime::from_epoch_ms(1_000 * seconds)
}

fn clinical(seconds: i64) -> ClinicalTime {
    ClinicalTime::from_epoch_ms(1_000 * seconds)
}

/// Sends at `at`, and lets it come round a second later.
fn round(trips: &mut Trips, at: i64) {
    trips.begin(wall(at), clinical(at));
    let round = trips.came(wall(at + 1), clinical(at));
    assert_eq!(round, Some(Round { took_ms: 1_000 }));
}

/// What the engine is told at `at`, and told at once.
fn told(trips: &mut Trips, at: i64) -> Option<CanaryChange> {
    let change = trips.change(wall(at));
    change.into_iter().for_each(|change| trips.told(change));
    change
}

fn late(since: i64, last_round: Option<i64>, seen: Seen) -> Option<CanaryChange> {
    Some(CanaryChange::Late(CanaryLate {
        since: wall(since),
        last_round: last_round.map(wall),
        seen: seen.code(),
        seed: 0,
    }))
}

#[test]
fn a_reading_is_due_at_once_and_then_every_interval() {
    let mut trips = Trips::new(LIMITS);
    assert!(trips.is_due(wall(0)));
    round(&mut trips, 0);
    assert!(!trips.is_due(wall(59)) && trips.is_due(wall(60)));
    // A clock that was set back does not silence it for hours.
    assert!(trips.is_due(wall(-1)));
}

#[test]
fn a_late_reading_is_told_once_to_the_second_and_over_once() {
    let mut trips = Trips::new(LIMITS);
    round(&mut trips, 0);
    assert_eq!(told(&mut trips, 1), Some(CanaryChange::OnTime));
    trips.begin(wall(60), clinical(60));
    trips.got(clinical(60), Seen::Acknowledged);
    assert_eq!(told(&mut trips, 89), None);
    assert_eq!(told(&mut trips, 90), late(60, Some(1), Seen::Acknowledged));
    trips.begin(wall(120), clinical(120));
    assert_eq!(told(&mut trips, 500), None);
    // The old one arriving at last is not yet a way that works.
    assert_eq!(trips.came(wall(501), clinical(60)), None);
    assert_eq!(told(&mut trips, 501), None);
    assert!(trips.came(wall(502), clinical(120)).is_some());
    assert_eq!(told(&mut trips, 502), Some(CanaryChange::OnTime));
    round(&mut trips, 560);
    assert_eq!(told(&mut trips, 561), None);
}

#[test]
fn what_the_engine_did_not_take_is_told_again() {
    let mut trips = Trips::new(LIMITS);
    round(&mut trips, 0);
    trips.begin(wall(60), clinical(60));
    let first = trips.change(wall(90));
    assert_eq!(first, late(60, Some(1), Seen::NotSent));
    assert_eq!(trips.change(wall(91)), first);
    trips.told(first.expect("late"));
    assert_eq!(trips.change(wall(92)), None);
}

#[test]
fn the_first_after_a_start_has_more_time() {
    let mut trips = Trips::new(LIMITS);
    trips.begin(wall(0), clinical(0));
    assert_eq!(told(&mut trips, 89), None);
    assert_eq!(told(&mut trips, 90), late(0, None, Seen::NotSent));
}

#[test]
fn a_clock_that_is_set_back_ends_no_trouble() {
    let mut trips = Trips::new(LIMITS);
    round(&mut trips, 1_000);
    trips.begin(wall(1_060), clinical(1_060));
    assert!(told(&mut trips, 1_090).is_some());
    assert_eq!(told(&mut trips, 10), None);
}

#[test]
fn a_clock_that_jumps_makes_a_reading_under_way_late_only_when_it_stays_away() {
    let mut trips = Trips::new(LIMITS);
    round(&mut trips, 0);
    assert_eq!(told(&mut trips, 1), Some(CanaryChange::OnTime));
    trips.look(wall(60));
    trips.begin(wall(60), clinical(60));
    // An hour in one look.
    trips.look(wall(3_660));
    assert_eq!(told(&mut trips, 3_660), None);
    assert_eq!(told(&mut trips, 3_689), None);
    // A second jump is no excuse.
    trips.look(wall(7_260));
    assert_eq!(told(&mut trips, 7_260), late(3_660, Some(1), Seen::NotSent));
}

#[test]
fn what_was_told_as_late_stays_late_however_the_clock_jumps() {
    let mut trips = Trips::new(LIMITS);
    trips.look(wall(0));
    trips.begin(wall(0), clinical(0));
    assert!(told(&mut trips, 90).is_some());
    trips.look(wall(3_600));
    assert_eq!(trips.late_since(wall(3_600)), Some(wall(0)));
}

#[test]
fn a_reading_is_newer_than_the_one_before_unless_the_clock_was_set_far_back() {
    let mut trips = Trips::new(LIMITS);
    assert_eq!(trips.measure(clinical(1_000)), clinical(1_000));
    assert_eq!(trips.measure(clinical(1_060)), clinical(1_060));
    assert_eq!(trips.measure(clinical(1_061)), clinical(1_062));
    assert_eq!(trips.measure(clinical(800)), clinical(1_064));
    assert_eq!(trips.measure(clinical(1_120)), clinical(1_120));
    // Patients' readings would be too old to page as well.
    assert_eq!(trips.measure(clinical(120)), clinical(120));
}

/// Posts an alert of the first second, signed with `secret`.
async fn post(url: &str, secret: &str, now: WallTime) -> u16 {
    let body = r#"{"type":"alert.raised","timestamp":"1970-01-01T00:00:01.000Z","data":{}}"#;
    let secret = Secret::parse(secret).expect("a secret");
    let signed = sign(&[secret], "msg_1", now, body.as_bytes()).expect("signed");
    let request = reqwest::Client::new().post(url).body(body);
    let answer = request
        .header("webhook-id", signed.id)
        .header("webhook-timestamp", signed.timestamp)
        .header("webhook-signature", signed.signature)
        .send();
    answer.await.expect("answers").status().as_u16()
}

#[tokio::test]
async fn only_what_is_signed_with_this_starts_secret_ends_a_round_trip() {
    // Nothing was started that installs it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let hook = Hook::bind().await.expect("a port");
    assert!(hook.host().starts_with("127.0.0.1:"));
    let (url, secret) = (hook.url(), hook.secret().to_owned());
    let (clock, cancel) = (Clock::manual(clinical(0)), CancellationToken::new());
    let (mut arrivals, serving) = hook.serve(clock.clone(), cancel.clone());
    let serving = tokio::spawn(serving);
    let other = NewSecret::generate(SecretKind::Symmetric)
        .expect("random")
        .secret;
    assert_eq!(post(&url, &other, clock.wall()).await, 401);
    assert!(arrivals.try_recv().is_err());
    assert_eq!(
        post(&url, &secret, wall(-3_600)).await,
        401,
        "an old one again"
    );
    assert_eq!(post(&url, &secret, clock.wall()).await, 204);
    assert_eq!(arrivals.recv().await, Some(clinical(1)));
    cancel.cancel();
    serving.await.expect("no panic").expect("ends in order");
}
