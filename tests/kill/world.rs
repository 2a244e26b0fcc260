//! One run from an empty directory to the verdict.

use crate::answers::Answers;
use crate::api::Api;
use crate::broker::Broker;
use crate::episodes::{Episodes, MESSAGES};
use crate::figures::{Aim, Figures};
use crate::judge::{self, Verdict};
use crate::killer::Killer;
use crate::plan::{Plan, REPEATS, Way};
use crate::receiver::Receiver;
use crate::sent;
use crate::service::Service;
use crate::setup::{self, Ports};
use crate::stored::Stored;
use crate::wait::{self, free_port};
use crate::wearers;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wardlight_simulators::load::{self, LoadOptions, LoadReport, Progress};
use wardlight_simulators::publish::BrokerOptions;

/// Runs, prints the table and judges.
pub(crate) async fn run(plan: Plan) {
    let started = Instant::now();
    let mut world = World::build(&plan).await;
    let mut figures = Figures::default();
    world.kill_all(&mut figures).await;
    let report = world.finish(&mut figures).await;
    figures.seconds = started.elapsed().as_secs_f64();
    figures.published = plan.messages;
    figures.sent_twice = report.repeated;
    figures.resent = report.connections.resent;
    figures.discarded = report.connections.discarded;
    let verdict = world.verdict(&mut figures);
    eprintln!("\n{:?}, {} messages\n{figures}", plan.way, plan.messages);
    verdict.pronounce();
}

struct World {
    plan: Plan,
    directory: tempfile::TempDir,
    broker: Option<Broker>,
    service: Service,
    webhook: String,
    killer: Killer,
    changes: Arc<AtomicU64>,
    load: JoinHandle<LoadReport>,
    spread: JoinHandle<()>,
    wearers: JoinHandle<()>,
    cancel: CancellationToken,
}

impl World {
    async fn build(plan: &Plan) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut ports = Ports {
            api: free_port(),
            mqtt: free_port(),
        };
        let broker = match plan.way {
            Way::Listener => None,
            Way::Broker => {
                let names = setup::broker_names(plan);
                Some(Broker::start(&directory.path().join("mosquitto"), &names).await)
            }
        };
        ports.mqtt = broker.as_ref().map_or(ports.mqtt, |broker| broker.port);
        let (receiver, alerts) = Receiver::start().await;
        let configuration = setup::configuration(plan, directory.path(), &ports, receiver.port);
        let service = Service::start(directory.path(), ports.api, &configuration).await;
        let token = service.token().await;
        let api = Api::new(ports.api, token.clone());
        let (webhook, passwords) = setup::enter(plan, &api, &receiver).await;
        let answering = Api::new(ports.api, token.clone());
        let progress = Arc::<Progress>::default();
        let killer = Killer {
            way: plan.way,
            answers: Answers::start(&answering, alerts),
            answering,
            receiver: Arc::new(receiver),
            episodes: Episodes::new(plan, client(plan, &ports), passwords.clone()),
            progress: Arc::clone(&progress),
            api,
        };
        let changes = Arc::<AtomicU64>::default();
        let cancel = CancellationToken::new();
        let options = load_options(plan, &ports, passwords, directory.path());
        let load = start_load(options, Arc::clone(&progress));
        let wearers = tokio::spawn(wearers::change(
            plan.clone(),
            Api::new(ports.api, token),
            Arc::clone(&progress),
            Arc::clone(&changes),
            cancel.clone(),
        ));
        let spread = tokio::spawn(spread(plan.clone(), killer.episodes.clone(), progress));
        Self {
            plan: plan.clone(),
            directory,
            broker,
            service,
            webhook,
            killer,
            changes,
            load,
            spread,
            wearers,
            cancel,
        }
    }

    /// All kills, spread over the load; in the middle the broker is restarted.
    async fn kill_all(&mut self, figures: &mut Figures) {
        let wanted = u64::from(self.plan.kills);
        let most = self.plan.kills * 3;
        for number in 0..most {
            if figures.hits() >= wanted {
                break;
            }
            let share = figures.hits() + 1;
            let from = self.plan.messages * share / (wanted + 1);
            let progress = Arc::clone(&self.killer.progress);
            wait::until("the load goes on", || progress.acknowledged() >= from).await;
            if number == self.plan.kills / 2
                && let Some(broker) = &mut self.broker
            {
                broker.restart().await;
            }
            // What missed its aim is aimed at again.
            let aim = Aim::ALL
                .into_iter()
                .cycle()
                .nth(usize::try_from(figures.hits()).expect("few"));
            let aim = aim.expect("a cycle has no end");
            let kill = self.killer.kill(&mut self.service, number, aim).await;
            eprintln!(
                "{:?}: kill {} after {from} messages: {kill:?}",
                self.plan.way,
                number + 1
            );
            let nothing_left = self.load.is_finished() && kill.redelivered == 0;
            figures.kills.push(kill);
            if nothing_left {
                break;
            }
        }
    }

    /// Waits for the load's end and until everything was told, then stops.
    async fn finish(&mut self, figures: &mut Figures) -> LoadReport {
        let report = (&mut self.load).await.expect("the load ends");
        (&mut self.spread).await.expect("episodes end");
        self.cancel.cancel();
        (&mut self.wearers).await.expect("changes end");
        let episodes = &self.killer.episodes;
        // The last episode comes after everything else that a broker still holds.
        episodes.begin();
        episodes.finish().await;
        figures.episodes = episodes.begun().into();
        figures.wearer_changes = self.changes.load(Ordering::SeqCst);
        assert_eq!(episodes.acknowledged(), figures.episodes * MESSAGES);
        let answers = Arc::clone(&self.killer.answers);
        let all = figures.episodes;
        let told = wait::within(wait::PATIENCE, || answers.acknowledged() >= all).await;
        if !told {
            eprintln!(
                "{} of {all} episodes answered\n{}",
                answers.acknowledged(),
                self.service.log()
            );
        }
        self.delivered().await;
        self.service.stop().await;
        report
    }

    /// Waits until no delivery waits.
    async fn delivered(&self) {
        let api = &self.killer.api;
        let deadline = Instant::now() + wait::PATIENCE;
        while Instant::now() < deadline {
            let path = format!(
                "/v1/webhooks/{}/deliveries?state=waiting&limit=1",
                self.webhook
            );
            let answer = api.ask("GET", &path, None).await;
            let none = answer.is_some_and(|(status, said)| {
                assert_eq!(status, 200, "{said}");
                said.replace(' ', "").contains("\"items\":[]")
            });
            if none {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn verdict(&self, figures: &mut Figures) -> Verdict {
        let mut verdict = Verdict::default();
        let stored = Stored::open(&self.directory.path().join("data"));
        let log = |name: &str| self.directory.path().join(name);
        let sent = sent::moments(&log("payloads"), &self.killer.episodes);
        let acknowledged = log("acknowledged");
        judge::messages(
            &self.plan,
            &stored,
            &sent,
            &acknowledged,
            figures,
            &mut verdict,
        );
        verdict.expect(stored.misplaced() == 0, || {
            format!("{} readings belong to another wearer", stored.misplaced())
        });
        judge::episodes(&stored, figures, &mut verdict);
        judge::deliveries(
            &stored,
            &self.killer.receiver.calls(),
            figures,
            &mut verdict,
        );
        verdict.expect(figures.hits() >= self.plan.kills.into(), || {
            format!(
                "only {} kills hit unacknowledged deliveries",
                figures.hits()
            )
        });
        verdict.expect(self.killer.receiver.refused() == 0, || {
            "a signature was wrong".to_owned()
        });
        verdict.expect(figures.discarded == 0, || {
            "publishers were told that their session is gone".to_owned()
        });
        let errors = self.service.errors();
        verdict.expect(errors.is_empty(), || {
            format!("the log tells of errors: {errors:#?}")
        });
        verdict
    }
}

/// A watch as a client of either way.
fn client(plan: &Plan, ports: &Ports) -> BrokerOptions {
    BrokerOptions {
        username: Some("{device}".to_owned()),
        window: 64,
        retry_most: Duration::from_millis(200),
        // Our listener keeps sessions through kill -9: nothing may be discarded.
        discard_unacknowledged_when_session_absent: plan.way == Way::Listener,
        ..BrokerOptions::new("127.0.0.1", ports.mqtt, "watch")
    }
}

fn load_options(
    plan: &Plan,
    ports: &Ports,
    passwords: BTreeMap<String, String>,
    directory: &Path,
) -> LoadOptions {
    let broker = BrokerOptions {
        device_passwords: passwords.into(),
        ..client(plan, ports)
    };
    LoadOptions {
        devices: plan.devices,
        rate: plan.rate,
        step_ms: plan.step_ms,
        repeats: REPEATS,
        acknowledged_log: Some(directory.join("acknowledged")),
        payload_log: Some(directory.join("payloads")),
        ..LoadOptions::new(broker, plan.messages, plan.start_ms)
    }
}

fn start_load(options: LoadOptions, progress: Arc<Progress>) -> JoinHandle<LoadReport> {
    tokio::spawn(async move {
        let never = CancellationToken::new();
        let report = load::run_watched(&options, &never, &progress).await;
        report.expect("the load runs")
    })
}

/// Begins the planned episodes, evenly over the load.
async fn spread(plan: Plan, episodes: Episodes, progress: Arc<Progress>) {
    for number in 0..plan.episodes {
        let from = plan.messages * u64::from(number) / u64::from(plan.episodes);
        wait::until("the load goes on", || progress.acknowledged() >= from).await;
        episodes.begin();
    }
}
