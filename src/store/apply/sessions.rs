//! Durable MQTT sessions, sinks' progress, and the audit.

use super::Context;
use crate::store::writes::Write;
use rusqlite::Result;

pub(super) fn session(context: &Context<'_>, write: &Write) -> Result<()> {
    match write {
        Write::SessionOpened {
            client,
            fresh,
            expiry_seconds,
            will,
            at,
        } => {
            if *fresh {
                let sql = "DELETE FROM mqtt_open_packet WHERE client = ?1";
                context.run(sql, [client])?;
            }
            context.run(
                "INSERT OR REPLACE INTO mqtt_session (client, expiry_seconds, will, opened, closed)
                 VALUES (?1, ?2, ?3, ?4, NULL)",
                (client, expiry_seconds, will, at.epoch_ms()),
            )?;
        }
        Write::SessionClosed {
            client,
            expiry_seconds,
            keep_will,
            at,
        } => {
            context.run(
                "UPDATE mqtt_session SET closed = ?2,
                     expiry_seconds = coalesce(?3, expiry_seconds),
                     will = CASE WHEN ?4 THEN will END
                 WHERE client = ?1",
                (client, at.epoch_ms(), expiry_seconds, keep_will),
            )?;
        }
        Write::SessionWillDone { client } => {
            let sql = "UPDATE mqtt_session SET will = NULL WHERE client = ?1";
            context.run(sql, [client])?;
        }
        Write::SessionExpired { client } => {
            context.run("DELETE FROM mqtt_session WHERE client = ?1", [client])?;
            context.run("DELETE FROM mqtt_open_packet WHERE client = ?1", [client])?;
        }
        Write::PacketOpened { client, packet } => {
            context.run(
                "INSERT OR IGNORE INTO mqtt_open_packet (client, packet) VALUES (?1, ?2)",
                (client, packet),
            )?;
        }
        Write::PacketReleased { client, packet } => {
            context.run(
                "DELETE FROM mqtt_open_packet WHERE client = ?1 AND packet = ?2",
                (client, packet),
            )?;
        }
        _ => unreachable!("only session writes are given here"),
    }
    Ok(())
}

pub(super) fn record(context: &Context<'_>, write: &Write) -> Result<()> {
    match write {
        Write::SinkCursor { sink, seq, stamp } => {
            context.run(
                "INSERT OR REPLACE INTO sink_cursor (sink, seq, stamp) VALUES (?1, ?2, ?3)",
                (sink, seq, stamp.epoch_ms()),
            )?;
        }
        Write::SinkRejected {
            sink,
            at,
            reason,
            line,
        } => {
            context.run(
                "INSERT INTO sink_rejected (sink, at, reason, line) VALUES (?1, ?2, ?3, ?4)",
                (sink, at.epoch_ms(), reason, line),
            )?;
            // A server that refuses everything must not fill the disk.
            context.run(
                "DELETE FROM sink_rejected
                 WHERE id <= (SELECT max(id) FROM sink_rejected) - 10000",
                [],
            )?;
        }
        Write::Audit {
            at,
            author,
            action,
            document,
        } => {
            context.run(
                "INSERT INTO audit (at, author, action, document) VALUES (?1, ?2, ?3, ?4)",
                (at.epoch_ms(), author, action, document),
            )?;
        }
        _ => unreachable!("only records are given here"),
    }
    Ok(())
}
