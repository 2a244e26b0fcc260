//! Kills the service at chosen moments and starts it again.

use crate::answers::Answers;
use crate::api::Api;
use crate::episodes::Episodes;
use crate::figures::{Aim, Kill};
use crate::plan::Way;
use crate::receiver::Receiver;
use crate::service::Service;
use crate::wait;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wardlight_simulators::load::Progress;

/// How long the service has to show what is under way before the kill.
const SHOWING: Duration = Duration::from_secs(5);

/// What the killer sees and holds.
pub(crate) struct Killer {
    pub(crate) way: Way,
    pub(crate) api: Api,
    pub(crate) answering: Api,
    pub(crate) answers: Arc<Answers>,
    pub(crate) receiver: Arc<Receiver>,
    pub(crate) episodes: Episodes,
    pub(crate) progress: Arc<Progress>,
}

impl Killer {
    /// One kill, aimed at something, and the start after it.
    pub(crate) async fn kill(&self, service: &mut Service, number: u32, aim: Aim) -> Kill {
        self.aim(aim).await;
        // A little more or less, so that not every kill hits the same step of a commit.
        let offset = Duration::from_micros(u64::from(number) * aim.step_us() % 5_000);
        let from = Instant::now();
        wait::at_once("the offset is over", || from.elapsed() >= offset).await;
        let under_way = (self.answering.under_way(), self.receiver.held());
        let raising = u64::from(self.episodes.begun()).saturating_sub(self.receiver.heard());
        match aim {
            Aim::Committing => service.kill_in_commit().await,
            Aim::Raising | Aim::Acknowledging | Aim::Delivering | Aim::Load => service.kill(),
        }
        let killed = Instant::now();
        let publishers = self.progress.in_flight() + self.episodes.in_flight();
        self.receiver.release();
        self.answers.go_on();
        service.again().await;
        let away_ms = killed.elapsed().as_millis();
        let redelivered = self.redelivered().await;
        Kill {
            aim,
            publishers,
            raising,
            answers: under_way.0,
            webhooks: under_way.1,
            redelivered,
            away_ms,
        }
    }

    /// Waits until what the kill is aimed at is under way.
    async fn aim(&self, aim: Aim) {
        match aim {
            Aim::Raising => {
                let before = self.episodes.acknowledged();
                self.episodes.begin();
                // With a broker, the message is under way to the service once the
                // broker has it.
                let under_way = || match self.way {
                    Way::Broker => self.episodes.acknowledged() > before,
                    Way::Listener => self.episodes.in_flight() > 0,
                };
                wait::at_once("fever is under way", under_way).await;
            }
            Aim::Acknowledging => {
                self.answers.hold();
                self.episodes.begin();
                wait::until("an alert waits", || self.answers.has_waiting()).await;
                let before = self.answering.asked();
                self.answers.go_on();
                let asked = || self.answering.asked() > before;
                wait::at_once("an answer is under way", asked).await;
            }
            Aim::Delivering => {
                self.receiver.hold();
                self.episodes.begin();
                wait::until("a webhook is under way", || self.receiver.held() > 0).await;
            }
            Aim::Committing | Aim::Load => {}
        }
        let flowing = || self.progress.in_flight() > 0;
        // A load that is over is no reason to wait: a broker may still hold much of it.
        wait::within(SHOWING, flowing).await;
    }

    /// Messages that were sent to the service again after its start.
    async fn redelivered(&self) -> u64 {
        let deadline = Instant::now() + SHOWING;
        let mut last = 0;
        loop {
            let metrics = self.api.metrics().await.unwrap_or_default();
            let of = |name: &str| metrics.get(name).copied().unwrap_or(0);
            let told =
                of("subscriber_redelivered_total") + of("listener_messages_redelivered_total");
            // What comes again comes first: when the figure stands still, it has come.
            if (told > 0 && told == last) || Instant::now() >= deadline {
                return told;
            }
            last = told;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
