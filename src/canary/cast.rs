//! Enters the canary's ward, patient, watch and endpoint, and takes it back.

use crate::domain::{
    CANARY, ChannelOptions, ClinicalTime, DeviceId, EndpointId, MeasuredTime, PatientId, WardId,
};
use crate::engine::{CanaryChange, EngineHandle, Envelope, Input, SubmitError};
use crate::registry::{Command, CommandError};
use crate::runtime::Clock;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use tokio::sync::oneshot;

/// Whom the audit names.
const AUTHOR: &str = "wardlight canary";
const LABEL: &str = "Canary (synthetic, no patient)";
/// The watch is worn since so long before the first start, so that a reading of
/// that moment has a wearer.
const WORN_BEFORE_MS: i64 = 3_600_000;

/// The canary could not be entered.
#[derive(Debug, thiserror::Error)]
#[error("the canary could not be entered")]
pub struct CastError(#[from] SubmitError);

/// What the canary is entered with.
pub struct Cast {
    engine: EngineHandle,
    clock: Clock,
    known: bool,
    endpoint: Command,
    password_sha256: String,
}

impl Cast {
    /// A canary whose watch has `password` and whose webhook at `url` is signed
    /// with `secret`. `known`: its patient and watch are there from an earlier
    /// start.
    pub fn new(
        (engine, clock): (EngineHandle, Clock),
        known: bool,
        password: &str,
        (url, secret, label): (String, String, String),
    ) -> Self {
        let channel = ChannelOptions {
            system_events: false,
            ..ChannelOptions::default()
        };
        Self {
            engine,
            clock,
            known,
            password_sha256: sha256(password),
            endpoint: Command::PutEndpoint {
                id: EndpointId::canary(),
                url,
                label,
                secrets: vec![secret],
                // Of its own ward only, which no other patient is in.
                event_types: Vec::new(),
                wards: vec![WardId::canary()],
                channel,
            },
        }
    }

    /// Enters what is not there yet. It may be called again when it failed.
    pub(super) async fn enter(&mut self) -> Result<(), CastError> {
        if !self.known {
            self.enter_patient().await?;
            self.known = true;
        }
        self.order(self.endpoint.clone()).await?;
        self.order(Command::CreateDeviceCredential {
            device: DeviceId::canary(),
            sha256: self.password_sha256.clone(),
        })
        .await?;
        Ok(())
    }

    /// The assignment comes last: who finds it finds the rest.
    async fn enter_patient(&self) -> Result<(), SubmitError> {
        let start = self.clock.clinical().plus_ms(-WORN_BEFORE_MS);
        self.order(Command::PutWard {
            time_zone: None,
            id: WardId::canary(),
            label: LABEL.to_owned(),
        })
        .await?;
        self.order(patient()).await?;
        let patient = PatientId::canary();
        let monitored = self
            .order(Command::StartMonitoring { patient, start })
            .await;
        match monitored {
            // From a start that was cut short.
            Err(SubmitError::Refused(CommandError::Conflict { .. })) => {}
            other => other?,
        }
        self.order(assignment(start)).await
    }

    async fn order(&self, command: Command) -> Result<(), SubmitError> {
        order(&self.engine, &self.clock, command).await
    }
}

/// Switches off what a canary left that is no longer wanted: its endpoint and
/// its password. Its patient stays hidden. Who was told that it is late is told
/// that nobody looks any more.
///
/// # Errors
/// [`CastError`] when the engine does not take it.
pub async fn retire(engine: &EngineHandle, clock: &Clock) -> Result<(), CastError> {
    let (reply, recorded) = oneshot::channel();
    let told = Envelope {
        stamp: clock.clinical(),
        received: clock.wall(),
        input: Input::Canary {
            change: CanaryChange::SwitchedOff,
            reply,
        },
        delivery: None,
    };
    let taken = engine.inbox.send(told).await;
    taken.map_err(|_| SubmitError::Stopping)?;
    recorded.await.map_err(|_| SubmitError::Stopping)?;
    let off = Command::DisableEndpoint {
        id: EndpointId::canary(),
        reason: Some("no canary is configured".to_owned()),
    };
    order(engine, clock, off).await?;
    let device = DeviceId::canary();
    order(engine, clock, Command::RevokeDeviceCredential { device }).await?;
    Ok(())
}

async fn order(engine: &EngineHandle, clock: &Clock, command: Command) -> Result<(), SubmitError> {
    let (clinical, wall) = (clock.clinical(), clock.wall());
    engine.command(command, AUTHOR, clinical, wall).await?;
    Ok(())
}

fn patient() -> Command {
    Command::PutPatient {
        id: PatientId::canary(),
        label: Some(LABEL.to_owned()),
        ward: Some(WardId::canary()),
        team: None,
        time_zone: None,
        spo2_scale: None,
        oxygen: None,
        treatment: None,
        neutropenia: None,
        post_infusion: None,
        administrations: None,
        expected: None,
    }
}

fn assignment(start: ClinicalTime) -> Command {
    Command::Assign {
        device: DeviceId::canary(),
        patient: PatientId::canary(),
        start: MeasuredTime::from_epoch_ms(start.epoch_ms()),
        end: None,
    }
}

/// The topic below the configured prefix.
pub(super) fn topic(prefix: &str) -> String {
    format!("{prefix}/{CANARY}/vitals")
}

fn sha256(text: &str) -> String {
    let mut hash = String::with_capacity(64);
    for byte in Sha256::digest(text) {
        // Writing to a String cannot fail.
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}
