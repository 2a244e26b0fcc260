//! The quarantine and its bounds: the oldest go first.

use super::Context;
use crate::store::settings::Settings;
use crate::store::writes::QuarantineRow;
use rusqlite::{Connection, OptionalExtension, Result, Row};
use std::collections::HashMap;

/// Counted beside payload and topic, so that empty payloads have a bound too.
const ROW_BYTES: u64 = 128;
const CHARGE: &str = "(length(payload) + length(CAST(topic AS BLOB)) + 128)";

/// How much may lie in quarantine.
pub(in crate::store) struct QuarantineBounds {
    bytes_max: u64,
    device_bytes_max: u64,
}

impl QuarantineBounds {
    pub(in crate::store) fn new(settings: &Settings) -> Self {
        Self {
            bytes_max: u64::from(settings.quarantine_mib_max) * 1024 * 1024,
            device_bytes_max: u64::from(settings.quarantine_device_kib_max) * 1024,
        }
    }
}

/// How much does. Payloads of no known device count as one device.
#[derive(Default)]
pub(in crate::store) struct QuarantineLedger {
    bytes: u64,
    devices: HashMap<Option<String>, u64>,
}

impl QuarantineLedger {
    pub(in crate::store) fn load(conn: &Connection) -> Result<Self> {
        let sql = format!("SELECT device, sum({CHARGE}) FROM quarantine GROUP BY device");
        let mut statement = conn.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut ledger = Self::default();
        while let Some(row) = rows.next()? {
            ledger.add(row.get(0)?, row.get(1)?);
        }
        Ok(ledger)
    }

    fn add(&mut self, device: Option<String>, bytes: u64) {
        self.bytes += bytes;
        *self.devices.entry(device).or_default() += bytes;
    }

    fn remove(&mut self, device: Option<String>, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
        let rest = self.of(&device).saturating_sub(bytes);
        if rest == 0 {
            self.devices.remove(&device);
        } else {
            self.devices.insert(device, rest);
        }
    }

    fn of(&self, device: &Option<String>) -> u64 {
        self.devices.get(device).copied().unwrap_or(0)
    }
}

pub(super) fn insert(context: &mut Context<'_>, row: &QuarantineRow) -> Result<()> {
    let device = row.device.as_ref().map(|device| device.as_str().to_owned());
    context.run(
        "INSERT INTO quarantine (stamp, device, topic, reason, length, sha256, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            row.stamp.epoch_ms(),
            &device,
            &row.topic,
            row.reason,
            row.length,
            &row.sha256,
            &row.payload,
        ),
    )?;
    let charge = (row.payload.len() + row.topic.len()) as u64 + ROW_BYTES;
    context.ledger.add(device.clone(), charge);
    while context.ledger.of(&device) > context.bounds.device_bytes_max {
        let sql = "WHERE device IS ?1 ORDER BY id LIMIT 1";
        if !drop_oldest(context, sql, &[&device])? {
            break;
        }
    }
    while context.ledger.bytes > context.bounds.bytes_max {
        if !drop_oldest(context, "ORDER BY id LIMIT 1", &[])? {
            break;
        }
    }
    Ok(())
}

fn drop_oldest(
    context: &mut Context<'_>,
    which: &str,
    params: &[&dyn rusqlite::ToSql],
) -> Result<bool> {
    let sql = format!("SELECT id, device, {CHARGE} FROM quarantine {which}");
    let oldest = context
        .tx
        .prepare_cached(&sql)?
        .query_row(params, found)
        .optional()?;
    let Some((id, device, charge)) = oldest else {
        return Ok(false);
    };
    context.run("DELETE FROM quarantine WHERE id = ?1", [id])?;
    context.ledger.remove(device, charge);
    context.dropped += 1;
    context.run(
        "INSERT INTO meta (key, value) VALUES ('quarantine_dropped', '1')
         ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1",
        [],
    )?;
    Ok(true)
}

fn found(row: &Row<'_>) -> Result<(i64, Option<String>, u64)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

pub(super) fn taken(context: &mut Context<'_>, ids: &[i64]) -> Result<()> {
    let sql = format!("DELETE FROM quarantine WHERE id = ?1 RETURNING id, device, {CHARGE}");
    for id in ids {
        let gone = context
            .tx
            .prepare_cached(&sql)?
            .query_row([id], found)
            .optional()?;
        if let Some((_, device, charge)) = gone {
            context.ledger.remove(device, charge);
        }
    }
    Ok(())
}
