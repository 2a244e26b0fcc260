//! What the program tells at `/metrics` and writes to InfluxDB: asked of the
//! program itself.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use wardlight::app::{self, Mode};
use wardlight::config::{self, Sources};
use wardlight::domain::{
    ClinicalTime, DeviceId, MeasuredTime, PatientId, Quality, QualityReason, Reading, Vital,
};
use wardlight::runtime::Clock;
use wardlight::sink::{SinkRow, encode};

/// Values by label.
pub(crate) type Labels = BTreeMap<String, BTreeSet<String>>;

/// The words that a board may use.
#[derive(Default)]
pub(crate) struct Words {
    /// Each sample's name with its labels.
    pub(crate) metrics: BTreeMap<String, Labels>,
    pub(crate) measurements: BTreeSet<String>,
    pub(crate) fields: BTreeSet<String>,
    pub(crate) tags: Labels,
}

impl Words {
    /// Of a service with all its parts switched on, and of the sink's encoder.
    pub(crate) async fn of_the_program() -> Self {
        let mut words = Self::default();
        words.read_metrics(&metrics().await);
        words.read_lines(&lines());
        words
    }

    fn read_metrics(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (sample, _value) = line.rsplit_once(' ').expect("a value");
            let (name, labels) = sample.split_once('{').unwrap_or((sample, ""));
            let known = self.metrics.entry(name.to_owned()).or_default();
            for label in labels.trim_end_matches('}').split(',') {
                if let Some((label, value)) = label.split_once('=') {
                    let values = known.entry(label.to_owned()).or_default();
                    values.insert(value.trim_matches('"').to_owned());
                }
            }
        }
    }

    /// Our own identifiers need no escapes, so the parts split plainly.
    fn read_lines(&mut self, text: &str) {
        for line in text.lines() {
            let parts: Vec<&str> = line.split(' ').collect();
            assert_eq!(parts.len(), 3, "{line}");
            let mut tags = parts[0].split(',');
            self.measurements
                .insert(tags.next().expect("a measurement").to_owned());
            for (tag, value) in tags.filter_map(|tag| tag.split_once('=')) {
                let values = self.tags.entry(tag.to_owned()).or_default();
                values.insert(value.to_owned());
            }
            for (field, _) in parts[1].split(',').filter_map(|f| f.split_once('=')) {
                self.fields.insert(field.to_owned());
            }
        }
    }
}

/// `/metrics` of a service that copies to an InfluxDB and listens to a broker,
/// neither of which is there.
async fn metrics() -> String {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = nobody.local_addr().expect("bound").port().to_string();
    drop(nobody);
    let url = format!("http://127.0.0.1:{port}");
    let environment = [
        (
            "WARDLIGHT_DATA_DIR",
            directory.path().to_str().expect("a plain path"),
        ),
        ("WARDLIGHT_API__LISTEN", "127.0.0.1:0"),
        ("WARDLIGHT_API__METRICS_OPEN", "true"),
        ("WARDLIGHT_MQTT__LISTENER__ADDRESS", "127.0.0.1:0"),
        ("WARDLIGHT_MQTT__LISTENER__STOP_SECONDS", "1"),
        ("WARDLIGHT_INFLUXDB__ENABLED", "true"),
        ("WARDLIGHT_INFLUXDB__URL", &url),
        ("WARDLIGHT_MQTT__SUBSCRIBER__ENABLED", "true"),
        ("WARDLIGHT_MQTT__SUBSCRIBER__HOST", "127.0.0.1"),
        ("WARDLIGHT_MQTT__SUBSCRIBER__PORT", &port),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let sources = Sources {
        file: None,
        environment: environment.into(),
    };
    let config = config::load(&sources).expect("a good configuration");
    let clock = Clock::manual(ClinicalTime::from_epoch_ms(1_795_305_600_000));
    let running = app::start(config, Mode::simulated(clock))
        .await
        .expect("starts");
    let address = running.api_address.expect("the API is on");
    let answer = reqwest::get(format!("http://{address}/metrics"))
        .await
        .expect("answers");
    assert!(answer.status().is_success(), "{}", answer.status());
    let text = answer.text().await.expect("a body");
    running.stop().await.expect("stops");
    text
}

/// What the sink writes of every vital in every quality.
fn lines() -> String {
    use QualityReason as R;
    let reasons = [
        R::Implausible,
        R::RateOfChange,
        R::Frozen,
        R::ImpossiblySteady,
        R::NotWorn,
        R::Motion,
        R::Conflict,
    ];
    let doubted = reasons
        .into_iter()
        .flat_map(|reason| [Quality::Suspect(reason), Quality::Artefact(reason)]);
    let qualities: Vec<Quality> = [Quality::Good, Quality::GoodLiftsPrevious]
        .into_iter()
        .chain(doubted)
        .collect();
    let reading = |vital: Vital| Reading {
        at: MeasuredTime::from_epoch_ms(1_795_305_600_000),
        vital,
        value: vital.facts().plausible_min,
    };
    let readings = Vital::ALL.into_iter().flat_map(|vital| {
        qualities
            .iter()
            .map(move |quality| (reading(vital), *quality))
    });
    let row = SinkRow {
        seq: 1,
        stamp: ClinicalTime::from_epoch_ms(1_795_305_600_500),
        patient: PatientId::new("p-1").expect("valid"),
        device: DeviceId::new("watch-1").expect("valid"),
        readings: readings.collect(),
    };
    let mut out = Vec::new();
    assert_eq!(encode(&row, &mut out), Vital::COUNT * qualities.len());
    String::from_utf8(out).expect("text")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_programs_own_words_are_read() {
    let words = Words::of_the_program().await;
    assert!(words.metrics.len() > 70, "{}", words.metrics.len());
    let attempts = &words.metrics["wardlight_webhook_attempts_total"]["result"];
    assert!(attempts.contains("given_up"), "{attempts:?}");
    assert!(words.metrics["wardlight_canary_round_trip_seconds_bucket"].contains_key("le"));
    assert_eq!(words.measurements.len(), Vital::COUNT);
    assert_eq!(
        words.fields,
        ["arrival_ms", "value"].map(str::to_owned).into()
    );
    let tags: Vec<&str> = words.tags.keys().map(String::as_str).collect();
    assert_eq!(tags, ["device", "patient", "quality"]);
    assert_eq!(words.tags["quality"].len(), 16);
}
