//! Enters the demo's ward, patients, devices and credentials, the same way a
//! person would: by commands.

use crate::domain::{
    Administration, AdministrationKind, ClinicalTime, DeviceId, EndpointId, ExpectedVital,
    MeasuredTime, PatientId, Period, Spo2Scale, Vital, WardId,
};
use crate::engine::EngineHandle;
use crate::notify::{NewSecret, SecretKind};
use crate::registry::{Command, Role, WardScope};
use crate::runtime::Clock;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Name that the audit shows for the demo's own commands.
const AUTHOR: &str = "demo";

/// Who wears a device (`sim-01`).
pub(super) fn wearer(device: &str) -> String {
    device.replacen("watch", "sim", 1)
}

/// Secrets of this run.
pub(super) struct Secrets {
    /// The page's access token.
    pub(super) token: String,
    /// What the webhook receiver verifies with.
    pub(super) webhook: String,
    devices: String,
}

impl Secrets {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            token: random_text()?,
            webhook: NewSecret::generate(SecretKind::Symmetric)?.secret,
            devices: random_text()?,
        })
    }

    /// The MQTT password of a device.
    pub(super) fn device_password(&self, device: &str) -> String {
        format!("{}-{device}", self.devices)
    }
}

fn random_text() -> anyhow::Result<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)?;
    Ok(hexadecimal(&bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn sha256(text: &str) -> String {
    hexadecimal(&Sha256::digest(text))
}

/// Enters everything for `devices`, one patient each.
pub(super) async fn enter(
    engine: &EngineHandle,
    clock: &Clock,
    devices: &[String],
    secrets: &Secrets,
    receiver: u16,
) -> anyhow::Result<()> {
    let ward = WardId::new("oncology")?;
    let now = clock.clinical();
    let mut commands = vec![
        Command::PutWard {
            time_zone: None,
            id: ward.clone(),
            label: "Acute oncology (simulated)".to_owned(),
        },
        Command::CreateToken {
            name: "Demo nurse".to_owned(),
            sha256: sha256(&secrets.token),
            role: Role::Nurse,
            wards: WardScope::All,
        },
        Command::PutEndpoint {
            id: EndpointId::new("demo-receiver")?,
            url: format!("http://127.0.0.1:{receiver}/"),
            label: "The demo's own receiver".to_owned(),
            secrets: vec![secrets.webhook.clone()],
            event_types: Vec::new(),
            wards: Vec::new(),
            channel: Default::default(),
        },
    ];
    for (index, device) in devices.iter().enumerate() {
        commands.extend(patient(index + 1, device, &ward, now, secrets)?);
    }
    for command in commands {
        engine
            .command(command, AUTHOR, clock.clinical(), clock.wall())
            .await?;
    }
    Ok(())
}

fn patient(
    number: usize,
    device: &str,
    ward: &WardId,
    now: ClinicalTime,
    secrets: &Secrets,
) -> anyhow::Result<[Command; 4]> {
    const DAY_MS: i64 = 86_400_000;
    let id = PatientId::new(&wearer(device))?;
    let device = DeviceId::new(device)?;
    let treatment = Period {
        start: now.plus_ms(-28 * DAY_MS),
        end: None,
    };
    // Each on another day of a cycle of three weeks.
    let passed_days = i64::try_from(number * 5 % 21).unwrap_or(0);
    let administration = Administration {
        given_at: now.plus_ms(-passed_days * DAY_MS),
        cycle: 2,
        regimen: None,
        kind: AdministrationKind::SystemicAnticancer,
        nadir_days: None,
        post_infusion_hours: None,
    };
    let every = |vital, every_seconds| ExpectedVital {
        vital,
        every_seconds,
    };
    let expected = vec![
        every(Vital::HeartRate, 5),
        every(Vital::OxygenSaturation, 60),
    ];
    Ok([
        Command::PutPatient {
            id: id.clone(),
            label: Some(format!("Simulated {number:02}")),
            ward: Some(ward.clone()),
            team: None,
            time_zone: Some("Europe/London".to_owned()),
            spo2_scale: Some(Spo2Scale::One),
            oxygen: Some(false),
            treatment: Some(vec![treatment]),
            neutropenia: None,
            post_infusion: None,
            administrations: Some(vec![administration]),
            expected: Some(expected),
        },
        Command::StartMonitoring {
            patient: id.clone(),
            start: now,
        },
        Command::Assign {
            device: device.clone(),
            patient: id,
            start: MeasuredTime::from_epoch_ms(now.plus_ms(-DAY_MS).epoch_ms()),
            end: None,
        },
        Command::CreateDeviceCredential {
            sha256: sha256(&secrets.device_password(device.as_str())),
            device,
        },
    ])
}
