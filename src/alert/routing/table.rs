//! Routes, chains and rotas in force: the configuration, checked and read.

use super::hours::Hours;
use super::rota::Rota;
use super::route::Route;
use super::settings::Settings;
use super::target::Target;
use crate::domain::{EndpointId, KindPattern, Priority};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The whole routing configuration.
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) routes: Vec<Route>,
    pub(super) chains: BTreeMap<String, Chain>,
    pub(super) rotas: BTreeMap<String, Rota>,
    pub(super) inhibitions: Vec<Inhibition>,
    pub(super) patient_per_hour: u32,
    pub(super) ward_per_hour: u32,
    pub(super) silence_hours_max: u32,
    pub(super) version: String,
    pub(super) written: Settings,
}

/// Who is told one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// In the order of their times.
    pub steps: Vec<Step>,
    /// After so many seconds it begins anew; 0: never.
    pub repeat_after_seconds: u32,
}

/// One step of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Seconds after the chain began.
    pub after_seconds: u32,
    /// Tried in order until one takes it.
    pub notify: Vec<Target>,
    /// For so long each may take it before the next is tried beside it.
    pub within_seconds: u32,
}

/// When low and perhaps medium notifications wait.
#[derive(Clone, Debug)]
pub(super) struct Quiet {
    pub(super) hours: Hours,
    pub(super) medium: bool,
}

impl Quiet {
    /// Whether a notification of this priority waits in them.
    pub(super) fn keeps(&self, priority: Priority) -> bool {
        match priority {
            Priority::Low => true,
            Priority::Medium => self.medium,
            Priority::High => false,
        }
    }
}

/// What keeps what from being told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inhibition {
    pub(super) by: KindPattern,
    pub(super) of: Vec<KindPattern>,
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new(&Settings::default()).expect("the defaults are right")
    }
}

impl Table {
    /// Reads what was written.
    ///
    /// # Errors
    /// Everything that is wrong, each naming its key.
    pub fn new(written: &Settings) -> Result<Self, Vec<String>> {
        super::check::table(written)
    }

    /// Whether anything is routed: otherwise every endpoint hears what it asks for.
    pub fn has_routes(&self) -> bool {
        !self.routes.is_empty()
    }

    /// Names the configuration in force: another text, another version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The configuration as it was written.
    pub fn written(&self) -> &Settings {
        &self.written
    }

    /// Longest maintenance silence.
    pub fn silence_hours_max(&self) -> u32 {
        self.silence_hours_max
    }

    /// Whether a rota of this name exists.
    pub fn has_rota(&self, name: &str) -> bool {
        self.rotas.contains_key(name)
    }

    /// Every endpoint that a chain or a shift names.
    pub fn endpoints(&self) -> BTreeSet<EndpointId> {
        let steps = self.chains.values().flat_map(|chain| &chain.steps);
        let named = steps
            .flat_map(|step| &step.notify)
            .filter_map(|target| match target {
                Target::Endpoint(id) => Some(id.clone()),
                Target::Rota(_) => None,
            });
        let shifts = self
            .rotas
            .values()
            .flat_map(|rota| rota.who.iter().cloned());
        named.chain(shifts).collect()
    }

    /// After how many seconds the chain of a route begins anew, if it does.
    pub fn repeats_after(&self, route: &str) -> Option<u32> {
        let chain = self.chains.get(&self.route(route)?.chain)?;
        Some(chain.repeat_after_seconds).filter(|seconds| *seconds > 0)
    }

    /// The same with chains that never begin anew.
    pub(super) fn without_repeats(&self) -> Self {
        let mut table = self.clone();
        for chain in table.chains.values_mut() {
            chain.repeat_after_seconds = 0;
        }
        table
    }

    /// The channels of a step that are tried after `target`, as the chain names them.
    pub fn channels_after(&self, route: &str, step: usize, target: &Target) -> Vec<String> {
        let chain = self
            .route(route)
            .and_then(|route| self.chains.get(&route.chain));
        let step = chain.and_then(|chain| chain.steps.get(step.checked_sub(1)?));
        let notify = step.map_or(&[][..], |step| &step.notify);
        let rest = notify.iter().skip_while(|one| *one != target).skip(1);
        rest.map(Target::to_string).collect()
    }

    /// What is legal but risky, each naming its key.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let used: BTreeSet<&str> = self
            .routes
            .iter()
            .map(|route| route.chain.as_str())
            .collect();
        let idle = self
            .chains
            .keys()
            .filter(|name| !used.contains(name.as_str()));
        warnings.extend(idle.map(|name| format!("`chains.{name}` is used by no route")));
        let late = self.chains.iter().filter(|(_, chain)| {
            chain
                .steps
                .first()
                .is_some_and(|step| step.after_seconds > 0)
        });
        warnings.extend(late.map(|(name, _)| {
            format!("`chains.{name}` tells nobody at once: its first step comes later")
        }));
        let gaps = self.rotas.iter().filter_map(|(name, rota)| {
            let gap = rota.hours.first_gap()?;
            Some(format!(
                "`rotas.{name}` has nobody on call from {gap}: its step goes to the next channel then"
            ))
        });
        warnings.extend(gaps);
        let all = |route: &Route| route.takes_all() && !route.goes_on;
        if let Some(place) = self.routes.iter().position(all)
            && place + 1 < self.routes.len()
        {
            warnings.push(format!(
                "`routes` entry {} takes every alert; the routes after it are never tried",
                place + 1
            ));
        }
        warnings
    }
}

/// The version of a configuration: the beginning of its SHA-256.
pub(super) fn version(written: &Settings) -> String {
    let text = serde_json::to_string(written).expect("settings are plain texts and numbers");
    let digest = Sha256::digest(text);
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
