//! The canary, when one is wanted: its webhook is made before the notifier, so
//! that the notifier may dial it; it flies when everything else runs.

use super::{AppError, Parts};
use crate::canary::{self, Canary, Cast, Hook, Way};
use crate::domain::{ClinicalTime, DeviceId, EndpointId, PatientId, Vital};
use crate::ingest::subscriber::{Secret, SubscriberSettings, TlsSettings};
use crate::notify::Unrecorded;
use crate::runtime::Stage;
use crate::store::{QueryError, Reader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// Seconds that the way in may take to let the canary in.
const CONNECT_SECONDS: u16 = 10;
/// Largest packet that the canary reads: it is told nothing but answers.
const PACKET_BYTES_MAX: u32 = 64 * 1024;

/// Makes the canary's webhook if it is enabled.
pub(super) async fn hook(parts: &Parts) -> Result<Option<Hook>, AppError> {
    match parts.config.canary.enabled {
        true => Ok(Some(Hook::bind().await?)),
        false => Ok(None),
    }
}

/// Starts the canary that `hook` was made for, with the way past the store;
/// without one, what an earlier start left is switched off.
pub(super) fn spawn(
    stage: &mut Stage<AppError>,
    parts: &Parts,
    (hook, unrecorded): (Option<Hook>, Unrecorded),
    mqtt: Option<SocketAddr>,
) -> Result<(), AppError> {
    let (engine, clock) = (parts.engine.clone(), parts.mode.clock.clone());
    let cancel = stage.token();
    let Some(hook) = hook else {
        let reader = parts.reader.clone();
        stage.spawn("retired canary", async move {
            if is_on(&reader)
                && let Err(error) = canary::retire(&engine, &clock).await
            {
                tracing::warn!(%error, "the canary of an earlier start is not switched off");
            }
            cancel.cancelled().await;
            Ok(())
        });
        return Ok(());
    };
    let settings = &parts.config.canary;
    let password = password()?;
    let told = (hook.url(), hook.secret().to_owned(), settings.label.clone());
    let known = is_known(&parts.reader);
    let shared = (engine, clock);
    let cast = Cast::new(shared.clone(), known, &password, told);
    let way = way(parts, mqtt, password);
    let stored = is_stored(parts.reader.clone());
    let health = (parts.health.canary(), unrecorded, parts.mode.simulated);
    let canary = Canary::new(settings, shared, (cast, way), stored, health);
    stage.spawn("canary", async move {
        let ended = canary.run(hook, cancel).await;
        ended.map_err(AppError::CanaryHook)
    });
    Ok(())
}

/// The endpoint of a canary is there and switched on.
fn is_on(reader: &Reader) -> bool {
    let endpoint = reader.endpoint(&EndpointId::canary());
    endpoint.is_ok_and(|endpoint| endpoint.is_some_and(|endpoint| endpoint.disabled.is_none()))
}

/// Whether the canary's watch is worn by its patient. What cannot be read counts
/// as not known: entering it twice is harmless but for a line of the audit.
fn is_known(reader: &Reader) -> bool {
    let assigned = || -> Result<bool, QueryError> {
        let Some(device) = reader.device(&DeviceId::canary())? else {
            return Ok(false);
        };
        Ok(!reader.assignments_of_device(device.number)?.is_empty())
    };
    assigned().unwrap_or(false)
}

fn is_stored(reader: Reader) -> canary::IsStored {
    let newest = move || -> Result<Option<i64>, QueryError> {
        let Some(patient) = reader.patient(&PatientId::canary())? else {
            return Ok(None);
        };
        let latest = reader.latest(patient.number)?;
        let battery = latest
            .iter()
            .find(|value| value.point.vital == Vital::BatteryLevel);
        Ok(battery.map(|value| value.point.at.epoch_ms()))
    };
    Arc::new(move |measured: ClinicalTime| {
        newest().is_ok_and(|newest| newest.is_some_and(|at| at >= measured.epoch_ms()))
    })
}

fn password() -> Result<String, AppError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(canary::HookError::Random)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// The way that watches take: our own listener, or else the broker.
fn way(parts: &Parts, mqtt: Option<SocketAddr>, password: String) -> Way {
    let config = &parts.config;
    let base = match mqtt {
        Some(address) => at_listener(parts, address, password),
        None => at_broker(parts),
    };
    Way {
        client: SubscriberSettings {
            client_id: DeviceId::canary().as_str().to_owned(),
            session_expiry_seconds: 0,
            packet_bytes_max: PACKET_BYTES_MAX,
            connect_timeout_seconds: CONNECT_SECONDS,
            ..base
        },
        topic_prefix: config.decode.topic_prefix.clone(),
    }
}

fn at_listener(parts: &Parts, address: SocketAddr, password: String) -> SubscriberSettings {
    let canary = &parts.config.canary;
    let certificate = parts.config.listener.tls_certificate.clone();
    SubscriberSettings {
        host: dialled(address.ip()).to_string(),
        port: address.port(),
        username: Some(DeviceId::canary().as_str().to_owned()),
        password: Some(Secret::new(password)),
        tls: certificate.map(|certificate| TlsSettings {
            ca_file: canary.ca_file.clone().unwrap_or(certificate),
            client_certificate_file: None,
            client_key_file: None,
            server_name: canary.server_name.clone(),
        }),
        ..SubscriberSettings::default()
    }
}

fn at_broker(parts: &Parts) -> SubscriberSettings {
    let canary = &parts.config.canary;
    let broker = parts.config.subscriber.clone();
    match &canary.username {
        None => broker,
        Some(username) => SubscriberSettings {
            username: Some(username.clone()),
            password: None,
            password_file: canary.password_file.clone(),
            ..broker
        },
    }
}

/// Where a socket that listens everywhere is reached from here.
const fn dialled(listening: IpAddr) -> IpAddr {
    match listening {
        IpAddr::V4(address) if address.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(address) if address.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        address => address,
    }
}
