//! A disk that loses a write and says so at the sync, under the real program.

use crate::keeper::Keeper;
use crate::program::Program;
use crate::service::{directory, eventually};
use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use wardlight::domain::{MeasuredTime, Vital};
use wardlight::engine::rfc3339;
use wardlight::runtime::Clock;
use wardlight::store::{Reader, ReadingsQuery, Settings, database_path, verify};

const SHIM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/failing_sync.c");
/// The exit code the README names.
const SYNC_FAILED: i32 = 70;

/// A sync that fails as soon as it is told to.
struct FailingSync {
    library: PathBuf,
    trigger: PathBuf,
}

impl FailingSync {
    /// Compiles it, or says loudly that there is no compiler.
    fn build(directory: &Path) -> Option<Self> {
        let library = directory.join("failing_sync.so");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .args([library.as_path(), Path::new(SHIM)])
            .output();
        let Ok(built) = built else {
            eprintln!("SKIPPED: cc is missing, a failed sync is not tested");
            return None;
        };
        let said = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{said}");
        let trigger = directory.join("trigger");
        Some(Self { library, trigger })
    }

    fn environment(&self) -> [(&'static str, &Path); 2] {
        [
            ("LD_PRELOAD", &self.library),
            ("FAILING_SYNC_TRIGGER", &self.trigger),
        ]
    }

    fn fail_next(&self) {
        File::create(&self.trigger).expect("created");
    }

    /// Which bytes of the log the disk never got.
    fn lost(&self) -> (u64, u64) {
        let done = self.trigger.with_extension("done");
        let words = std::fs::read_to_string(done).expect("a sync has failed");
        let mut numbers = words.split_whitespace().map(|word| word.parse());
        let mut next = || numbers.next().expect("two").expect("a number");
        let (from, until) = (next(), next());
        assert!(from < until, "something was lost: {words}");
        (from, until)
    }
}

/// The write-ahead log and its generation (the salt of its header, which
/// changes when the log is begun anew).
fn log_of(program: &Program) -> (File, [u8; 8]) {
    let path = database_path(&program.data_dir()).with_extension("db-wal");
    let file = File::options().read(true).write(true).open(path);
    let file = file.expect("the log is there");
    let mut generation = [0; 8];
    // A log that was just emptied has none.
    let _ = file.read_exact_at(&mut generation, 16);
    (file, generation)
}

/// A watch's message with its time and heart rate.
fn moment(start_ms: i64, seq: u64) -> (i64, f64) {
    let step = i64::try_from(seq).expect("few") * 1_000;
    (start_ms + step, 60.0 + seq as f64 / 10.0)
}

async fn send(watch: &mut Keeper, start_ms: i64, messages: u64) {
    for _ in 0..messages {
        let seq = watch.sent();
        let (t, hr) = moment(start_ms, seq);
        let payload = format!(r#"{{"session":1,"seq":{seq},"t":{t},"hr":{hr}}}"#);
        watch.send(payload.into_bytes()).await;
    }
}

async fn acknowledged(watch: &Keeper, messages: u64) {
    let all: BTreeSet<u64> = (0..messages).collect();
    let is_so = async || (watch.acknowledged() == all).then_some(());
    eventually("acknowledged", is_so).await;
}

/// A patient with a watch, and the watch's password.
fn enter(program: &Program, directory: &Path, start_ms: i64) -> String {
    let file = directory.join("patients.csv");
    let start = rfc3339(start_ms);
    let csv = format!(
        "patient,label,ward,device,device_start,monitoring_start\n\
         ada,Ada,oncology,watch-ada,{start},{start}\n"
    );
    std::fs::write(&file, csv).expect("written");
    program.run(&["import", "patients", file.to_str().expect("plain")]);
    let said = program.run(&["device-credential", "create", "watch-ada"]);
    said.trim().to_owned()
}

fn readings(program: &Program) -> Vec<(i64, f64)> {
    let database = database_path(&program.data_dir());
    let report = verify(&database).expect("verified");
    assert!(report.is_sound(), "{:?}", report.problems);
    let reader = Reader::offline(&database, &Settings::default()).expect("opens");
    let patients = reader.patients(None, None, 10).expect("reads");
    let query = ReadingsQuery {
        patient: patients.first().expect("entered").number,
        vitals: vec![Vital::HeartRate],
        from: MeasuredTime::from_epoch_ms(i64::MIN),
        until: MeasuredTime::from_epoch_ms(i64::MAX),
        known_at: None,
        limit: usize::MAX,
    };
    let (points, _) = reader.readings(&query).expect("reads");
    let points = points.iter();
    points
        .map(|point| (point.at.epoch_ms(), point.value))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_ends_with_70_and_a_restart_loses_nothing_even_in_a_power_cut() {
    let place = directory();
    let Some(disk) = FailingSync::build(place.path()) else {
        return;
    };
    let start_ms = Clock::real().wall().epoch_ms() - 3_600_000;
    let mut program = Program::new(place.path());
    let password = enter(&program, place.path(), start_ms);
    program.serve(&disk.environment()).await;
    let mut watch = Keeper::start(program.mqtt_port, "watch-ada", &password);
    send(&mut watch, start_ms, 50).await;
    acknowledged(&watch, 50).await;

    disk.fail_next();
    send(&mut watch, start_ms, 50).await;
    let status = program.ended().await;
    assert_eq!(status.code(), Some(SYNC_FAILED), "{}", program.log());
    assert!(program.log().contains("a sync to disk failed"));
    assert_eq!(watch.acknowledged(), (0..50).collect(), "nothing since");
    let (lost, (_, generation)) = (disk.lost(), log_of(&program));

    program.serve(&disk.environment()).await;
    acknowledged(&watch, 100).await;
    send(&mut watch, start_ms, 50).await;
    acknowledged(&watch, 150).await;
    program.kill();
    // The power fails too: where the log is still the same, the disk shows
    // what it really has instead of the lost bytes.
    let (log, now) = log_of(&program);
    if now == generation {
        let nothing = vec![0; usize::try_from(lost.1 - lost.0).expect("small")];
        log.write_all_at(&nothing, lost.0).expect("written");
    }

    program.serve(&[]).await;
    let report = watch.finish().await;
    assert!(report.resent > 0 && report.reconnects > 0, "{report:?}");
    program.stop().await;
    let sent: Vec<_> = (0..150).map(|seq| moment(start_ms, seq)).collect();
    assert_eq!(readings(&program), sent, "each exactly once");
}
