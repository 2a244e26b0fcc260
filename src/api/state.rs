//! What every handler is given.

use super::access::Caller;
use super::audit::{AuditReads, Recent};
use super::concerns::About as Concerns;
use super::language::{self, Language};
use super::problem::Problem;
use super::scope::{Scoped, scoped};
use super::settings::Settings;
use super::sign_in_limits::SignInLimits;
use super::signatures::Signatures;
use super::source::{LiveSource, ReadError, ReadSource};
use super::stage::Stage;
use super::strangers::Strangers;
use crate::alert::MinutesByPriority;
use crate::detect::Rules;
use crate::domain::Vital;
use crate::engine::{CommandReply, EngineHandle, SubmitError};
use crate::registry::{Command, CommandError, WardScope};
use crate::runtime::Clock;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Two cores are not taken by those who sign in.
const HASHES_AT_ONCE: usize = 1;

/// What the installation says about itself.
#[derive(Clone, Debug)]
pub struct About {
    /// The program's version.
    pub version: &'static str,
    /// Whether the patients are simulated (`demo`).
    pub simulated: bool,
}

/// Whether a webhook address may be registered; the error says why not.
pub type EndpointCheck = Arc<dyn Fn(&Url) -> Result<(), String> + Send + Sync>;

/// What a signed link to a chart asks for at a moment (epoch seconds): the alert,
/// its vital and the moment of the message; none when it is not genuine or
/// expired.
pub type ChartCheck = Arc<dyn Fn(&str, i64) -> Option<(String, Vital, i64)> + Send + Sync>;

/// The check where nothing else is configured.
///
/// # Errors
/// Anything but `https` is refused.
pub fn https_only(url: &Url) -> Result<(), String> {
    match url.scheme() {
        "https" => Ok(()),
        _ => Err(String::from("must begin with https://")),
    }
}

/// What the API is made of.
pub struct Parts {
    /// The way in for changes; also the tokens in force and the outcomes.
    pub engine: EngineHandle,
    /// Committed data.
    pub source: Arc<dyn ReadSource + 'static>,
    /// What other parts hold in memory.
    pub live: Arc<dyn LiveSource>,
    /// Where reads of patient data are noted.
    pub audit: Arc<dyn AuditReads>,
    /// Both clocks.
    pub clock: Clock,
    /// What `/v1/about` says.
    pub about: About,
    /// The rules in force.
    pub rules: Arc<Rules>,
    /// Which webhook addresses may be registered ([`https_only`]).
    pub endpoint_check: EndpointCheck,
    /// Which links to charts are genuine.
    pub chart_check: ChartCheck,
    /// Who may answer an alert from outside.
    pub signatures: Arc<dyn Signatures>,
    /// The longest that a person may snooze an alert; 0: not at all.
    pub snooze_minutes_max: MinutesByPriority,
    /// The simulated patients, where a demonstration runs.
    pub stage: Option<Arc<dyn Stage>>,
    /// For so many days readings and resolved alerts are kept.
    pub retention_days: u32,
    /// Ends event streams; the same that ends `serve`.
    pub cancel: CancellationToken,
}

/// Shared by all requests: clone it freely.
#[derive(Clone)]
pub struct ApiState {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) parts: Parts,
    pub(super) settings: Settings,
    pub(super) streams: Arc<Semaphore>,
    pub(super) requests: Semaphore,
    pub(super) strangers: Strangers,
    reads: Arc<Semaphore>,
    /// Passwords worked on at once: each takes a core for a while, and 19 MiB.
    hashes: Arc<Semaphore>,
    pub(super) sign_ins: SignInLimits,
    /// What the pages say.
    pub(super) language: &'static Language,
    recent: Recent,
}

impl ApiState {
    /// Puts the parts together under the bounds of `settings`.
    pub fn new(parts: Parts, settings: Settings) -> Self {
        let inner = Inner {
            streams: Arc::new(Semaphore::new(settings.streams_at_once)),
            requests: Semaphore::new(settings.requests_at_once),
            strangers: Strangers::new(&settings),
            reads: Arc::new(Semaphore::new(settings.reads_at_once)),
            hashes: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            sign_ins: SignInLimits::default(),
            language: settings.language(),
            recent: Recent::new(i64::from(settings.audit_repeat_seconds) * 1000),
            parts,
            settings,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    pub(super) fn engine(&self) -> &EngineHandle {
        &self.inner.parts.engine
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.inner.parts.clock
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Reads committed data off the async threads, as much as the caller's wards
    /// leave to be seen; at most a few reads at once.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        caller: &Caller,
        reading: impl FnOnce(&dyn ReadSource) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, Problem> {
        let wards = caller.wards.clone();
        self.read_all(move |source| scoped(source, &wards, reading))
            .await
    }

    /// The same without a bound of wards: for whoever came with a signed link, and
    /// for what is filtered afterwards.
    pub(super) async fn read_all<T: Send + 'static>(
        &self,
        reading: impl FnOnce(&dyn ReadSource) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, Problem> {
        let source = Arc::clone(&self.inner.parts.source);
        self.blocking(move || reading(source.as_ref()))
            .await?
            .map_err(Problem::from)
    }

    /// Asks the memory of other parts off the async threads.
    pub(super) async fn ask_live<T: Send + 'static>(
        &self,
        asking: impl FnOnce(&dyn LiveSource) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let live = Arc::clone(&self.inner.parts.live);
        self.blocking(move || asking(live.as_ref())).await
    }

    /// The permit travels with the work: a request that gave up does not free
    /// its place before the work is done.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.at_leisure(&self.inner.reads, work).await
    }

    /// Works with a password off the async threads, one at a time.
    pub(super) async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.at_leisure(&self.inner.hashes, work).await
    }

    async fn at_leisure<T: Send + 'static>(
        &self,
        places: &Arc<Semaphore>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = Arc::clone(places)
            .acquire_owned()
            .await
            .map_err(|error| Problem::internal(&error))?;
        let work = language::carried(work);
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(|error| Problem::internal(&error))
    }

    /// Submits a change in the caller's name and waits for its commit.
    pub(super) async fn command(
        &self,
        caller: &Caller,
        command: Command,
    ) -> Result<CommandReply, Problem> {
        if command.names_canary() {
            return Err(Problem::from(SubmitError::Refused(CommandError::Invalid {
                field: "id",
                problem: "is reserved for Wardlight's own tests".to_owned(),
            })));
        }
        self.check_wards(caller, &command).await?;
        self.command_of(&caller.author, command).await
    }

    /// The same for who is not known yet, or no longer.
    pub(super) async fn command_of(
        &self,
        author: &str,
        command: Command,
    ) -> Result<CommandReply, Problem> {
        let (stamp, received) = (self.clock().clinical(), self.clock().wall());
        self.engine()
            .command(command, author, stamp, received)
            .await
            .map_err(Problem::from)
    }

    /// What lies on other wards cannot be changed: it is not there.
    async fn check_wards(&self, caller: &Caller, command: &Command) -> Result<(), Problem> {
        let WardScope::Only(wards) = caller.wards.clone() else {
            return Ok(());
        };
        let about = Concerns::of(command);
        let fault = self.read_all(move |source| {
            let wards = &wards;
            about.fault(&Scoped { source, wards })
        });
        fault.await?.map_or(Ok(()), Err)
    }

    /// Notes a read of patient data before it is shown.
    pub(super) async fn audit_read(
        &self,
        caller: &Caller,
        action: &'static str,
        subject: &str,
    ) -> Result<(), Problem> {
        self.audit(&caller.author, action, subject).await
    }

    /// The same for whoever came with a signed link.
    pub(super) async fn audit_link(
        &self,
        action: &'static str,
        subject: &str,
    ) -> Result<(), Problem> {
        self.audit("signed link", action, subject).await
    }

    /// Notes what somebody makes happen in a demonstration, each time.
    pub(super) async fn audit_play(
        &self,
        caller: &Caller,
        action: &'static str,
        subject: &str,
    ) -> Result<(), Problem> {
        let audit = &self.inner.parts.audit;
        Ok(audit.audit_read(&caller.author, action, subject).await?)
    }

    /// Somebody tried to sign in with a wrong password.
    pub(super) async fn audit_sign_in_failed(&self, account: &str) -> Result<(), Problem> {
        self.audit("sign-in page", "fail to sign in", account).await
    }

    async fn audit(
        &self,
        author: &str,
        action: &'static str,
        subject: &str,
    ) -> Result<(), Problem> {
        let key = (author.to_owned(), action, subject.to_owned());
        let now = self.clock().wall().epoch_ms();
        if self.inner.recent.knows(&key, now) {
            return Ok(());
        }
        let audit = &self.inner.parts.audit;
        audit.audit_read(author, action, subject).await?;
        self.inner.recent.remember(key, now);
        Ok(())
    }
}
