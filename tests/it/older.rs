//! A data directory that an older build wrote: it opens, is migrated and judged
//! anew, and nothing of it is lost.
//!
//! The directory is a file of this repository, `before/wardlight.db.gz`, written
//! by the build that its README names, not by hand: `WRITE_OLDER=1 cargo test
//! --test it older` leaves there what today's build writes.

use crate::service::{START, Service, directory};
use crate::watch::{Answer, Watch};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};

const MINUTE: i64 = 60_000;
const DATABASE: &str = "wardlight.db";
/// Minutes of values that the older build took.
const MINUTES: i64 = 180;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/before/wardlight.db.gz")
}

/// Where today's build leaves its own, for the builds to come: nowhere, unless
/// `WRITE_OLDER` is set.
fn kept(otherwise: &Path) -> PathBuf {
    match std::env::var_os("WRITE_OLDER") {
        Some(_) => fixture(),
        None => otherwise.join("packed.gz"),
    }
}

/// A value a minute from `from` on; febrile from the hundredth.
async fn hours(service: &Service, from: i64, minutes: i64, temperature: impl Fn(i64) -> f64) {
    let mut watch = Watch::connect(service, "watch-p").await;
    for minute in from..from + minutes {
        service.pass(1).await;
        let (seq, rate) = (minute + 1, 70 + minute % 9);
        let moment = json!({ "session": 1, "seq": seq, "t": service.now(),
            "hr": rate, "rr": 15, "temp": temperature(minute) });
        assert_eq!(watch.say(&moment).await, Answer::Puback(0));
    }
}

fn febrile(minute: i64) -> f64 {
    if minute < 100 { 36.8 } else { 38.6 }
}

/// What a service of today writes in the same hours, packed.
async fn written(data: &Path) -> PathBuf {
    let service = Service::start(data, &[]).await;
    service.enter(&["p", "q"]).await;
    hours(&service, 0, MINUTES, febrile).await;
    let alert = fever(&service).await;
    let path = format!("/v1/alerts/{}/acknowledge", id(&alert));
    service.post(&path, json!({ "comment": "on my way" })).await;
    let observed = json!({ "values": { "systolic_pressure": 118 } });
    service.post("/v1/patients/q/observations", observed).await;
    service.stop().await;
    let conn = rusqlite::Connection::open(data.join(DATABASE)).expect("opens");
    let small = "PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE);";
    conn.execute_batch(small).expect("works");
    conn.close().expect("closes");
    let mut plain = File::open(data.join(DATABASE)).expect("is there");
    let packed = File::create(kept(data)).expect("can be written");
    let mut packed = GzEncoder::new(packed, Compression::best());
    std::io::copy(&mut plain, &mut packed).expect("is packed");
    packed.finish().expect("is written");
    kept(data)
}

async fn fever(service: &Service) -> Value {
    let alerts = service.get("/v1/alerts?kind=fever_on_treatment").await;
    assert_eq!(
        alerts["items"].as_array().map(Vec::len),
        Some(1),
        "{alerts}"
    );
    alerts["items"][0].clone()
}

fn id(alert: &Value) -> String {
    alert["id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_of_todays_build_opens_with_all_it_holds_and_goes_on() {
    let data = directory();
    goes_on(&written(data.path()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_of_an_older_build_opens_with_all_it_holds_and_goes_on() {
    goes_on(&fixture()).await;
}

async fn goes_on(packed: &Path) {
    let data = directory();
    let packed = File::open(packed).expect("it is there");
    let mut plain = File::create(data.path().join(DATABASE)).expect("can be written");
    std::io::copy(&mut GzDecoder::new(packed), &mut plain).expect("is unpacked");
    drop(plain);

    let now = START + (MINUTES + 1) * MINUTE;
    let service = Service::start_at(data.path(), &[], now).await;
    let alert = fever(&service).await;
    assert_eq!(alert["handling"], "acknowledged", "{alert}");
    assert_eq!(alert["condition"], "active", "{alert}");
    let spans = "/v1/patients/p/readings/summaries?every_seconds=86400\
                 &from=2026-11-22T00:00:00Z&until=2026-11-23T00:00:00Z";
    let spans = service.get(spans).await;
    for span in spans["items"].as_array().expect("spans") {
        assert_eq!(span["count"], MINUTES, "{span}");
    }
    assert_eq!(spans["items"].as_array().map(Vec::len), Some(3), "{spans}");
    let events = service
        .get(&format!("/v1/alerts/{}/events", id(&alert)))
        .await;
    assert!(events.to_string().contains("on my way"), "{events}");

    // The state was judged anew: the same fever goes on, and ends by its values.
    hours(&service, MINUTES, 20, |_| 38.7).await;
    assert_eq!(fever(&service).await["id"], alert["id"]);
    hours(&service, MINUTES + 20, 90, |_| 36.7).await;
    assert_eq!(fever(&service).await["condition"], "ended");
    service.stop().await;
}
