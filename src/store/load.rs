//! Everything the engine needs at start.

use super::error::LoadError;
use super::reader::notes as note;
use super::writer::Writer;
use super::writes::JournalKind;
use crate::alert::routing::{Row, RowKind};
use crate::domain::{ClinicalTime, DeviceNumber, MeasuredTime, PatientNumber, WallTime};
use crate::registry::{
    AccessToken, Account, Assignment, AssignmentId, Device, DeviceCredential, Endpoint, NoteMark,
    Patient, Ward,
};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow};
use serde::de::DeserializeOwned;

/// The registry, counters and sessions as they were last committed.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The newest journal row's sequence, 0 when there is none.
    pub newest_seq: u64,
    /// Its stamp: stamps go on from here.
    pub newest_stamp: Option<ClinicalTime>,
    /// The oldest journal row that is kept.
    pub oldest_seq: Option<u64>,
    /// The newest alert event's sequence.
    pub newest_alert_event: u64,
    /// The newest delivery's number.
    pub newest_delivery: u64,
    /// Wards.
    pub wards: Vec<Ward>,
    /// Patients in the order of their numbers.
    pub patients: Vec<Patient>,
    /// Devices in the order of their numbers.
    pub devices: Vec<Device>,
    /// Assignments in the order they were made.
    pub assignments: Vec<Assignment>,
    /// Webhook endpoints.
    pub endpoints: Vec<Endpoint>,
    /// Access tokens, revoked ones too.
    pub tokens: Vec<AccessToken>,
    /// Device credentials, revoked ones too.
    pub credentials: Vec<DeviceCredential>,
    /// Accounts, closed ones too.
    pub accounts: Vec<Account>,
    /// What is remembered of notes, in their order.
    pub notes: Vec<NoteMark>,
    /// Durable MQTT sessions.
    pub sessions: Vec<StoredSession>,
    /// How far each sink has come: name, sequence, stamp.
    pub sink_cursors: Vec<(String, u64, ClinicalTime)>,
    /// The state of routing.
    pub routing: Vec<Row>,
    /// Rules and settings that were in force, JSON.
    pub rulebook: Option<String>,
    /// Payloads the quarantine ever dropped to keep its bounds.
    pub quarantine_dropped: u64,
}

/// A durable MQTT session as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// Client id.
    pub client: String,
    /// Seconds it outlives its connection.
    pub expiry_seconds: u32,
    /// Its Will, as the listener encoded it.
    pub will: Option<Vec<u8>>,
    /// When it was last opened.
    pub opened: WallTime,
    /// When its connection ended; none: it was connected when the process ended.
    pub closed: Option<WallTime>,
    /// QoS 2 packet ids whose message is stored.
    pub open_packets: Vec<u16>,
}

/// Whose snapshot a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateOf {
    /// A patient's.
    Patient(PatientNumber),
    /// A device's.
    Device(DeviceNumber),
}

/// A snapshot as stored; borrowed, because a million of them do not fit twice.
#[derive(Debug)]
pub struct LoadedState<'a> {
    /// Whose.
    pub of: StateOf,
    /// The last journal row folded in.
    pub seq: u64,
    /// A patient's newest journal row when the snapshot was written.
    pub head: Option<u64>,
    /// The code version that wrote it.
    pub version: &'a str,
    /// The state.
    pub body: &'a [u8],
}

/// A journal row on its way back into the state.
#[derive(Debug)]
pub struct FoldRow<'a> {
    /// Its place in the order of all inputs.
    pub seq: u64,
    /// When it arrived.
    pub stamp: ClinicalTime,
    /// What it holds.
    pub kind: JournalKind,
    /// Whose state it changes.
    pub patient: Option<PatientNumber>,
    /// Which device sent it.
    pub device: Option<DeviceNumber>,
    /// The patient's row before this one.
    pub previous: Option<u64>,
    /// Its body.
    pub body: &'a [u8],
}

/// What a fold's closure answers.
pub type FoldResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

impl Writer {
    /// Reads the registry, counters and sessions.
    ///
    /// # Errors
    /// [`LoadError`] names the damaged row.
    pub fn load(&mut self) -> Result<Loaded, LoadError> {
        let conn = &self.conn;
        let newest: Option<(u64, i64)> = conn
            .query_row(
                "SELECT seq, stamp FROM journal ORDER BY seq DESC LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let number = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, Option<u64>>(0));
        Ok(Loaded {
            newest_seq: newest.map_or(0, |(seq, _)| seq),
            newest_stamp: newest.map(|(_, stamp)| ClinicalTime::from_epoch_ms(stamp)),
            oldest_seq: number("SELECT min(seq) FROM journal")?,
            newest_alert_event: number("SELECT max(seq) FROM alert_event")?.unwrap_or(0),
            newest_delivery: number("SELECT max(number) FROM delivery")?.unwrap_or(0),
            wards: documents(conn, "ward", "id")?,
            patients: documents(conn, "patient", "number")?,
            devices: documents(conn, "device", "number")?,
            assignments: assignments(conn)?,
            endpoints: documents(conn, "endpoint", "id")?,
            tokens: documents(conn, "access_token", "name")?,
            credentials: documents(conn, "device_credential", "device")?,
            accounts: documents(conn, "account", "name")?,
            notes: notes(conn)?,
            sessions: sessions(conn)?,
            sink_cursors: sink_cursors(conn)?,
            routing: routing(conn)?,
            rulebook: conn
                .query_row("SELECT value FROM meta WHERE key = 'rulebook'", [], |row| {
                    row.get(0)
                })
                .optional()?,
            quarantine_dropped: number(
                "SELECT CAST(max(value) AS INTEGER) FROM meta WHERE key = 'quarantine_dropped'",
            )?
            .unwrap_or(0),
        })
    }

    /// Streams all snapshots, patients first.
    ///
    /// # Errors
    /// [`LoadError::Fold`] with what `take` answered, or a database failure.
    pub fn states(
        &mut self,
        mut take: impl FnMut(LoadedState<'_>) -> FoldResult,
    ) -> Result<(), LoadError> {
        let sql = "SELECT 0, number, seq, head, version, body FROM patient_state UNION ALL
                   SELECT 1, number, seq, NULL, version, body FROM device_state";
        let mut statement = self.conn.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let number = row.get(1)?;
            let of = if row.get(0)? {
                StateOf::Device(DeviceNumber(number))
            } else {
                StateOf::Patient(PatientNumber(number))
            };
            let (seq, head) = (row.get(2)?, row.get(3)?);
            let version = row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?;
            let body = row.get_ref(5)?.as_blob().map_err(rusqlite::Error::from)?;
            let state = LoadedState {
                of,
                seq,
                head,
                version,
                body,
            };
            take(state).map_err(|source| LoadError::Fold { seq, source })?;
        }
        Ok(())
    }

    /// Streams the journal rows from `from_seq` on, in order.
    ///
    /// # Errors
    /// [`LoadError::Fold`] with what `take` answered, or the damaged row.
    pub fn fold(
        &mut self,
        from_seq: u64,
        mut take: impl FnMut(FoldRow<'_>) -> FoldResult,
    ) -> Result<(), LoadError> {
        let mut statement = self.conn.prepare(
            "SELECT seq, stamp, kind, patient, device, previous, body FROM journal
             WHERE seq >= ?1 ORDER BY seq",
        )?;
        let mut rows = statement.query([from_seq])?;
        while let Some(row) = rows.next()? {
            let row = fold_row(row)?;
            let seq = row.seq;
            take(row).map_err(|source| LoadError::Fold { seq, source })?;
        }
        Ok(())
    }
}

/// Columns seq, stamp, kind, patient, device, previous, body.
pub(super) fn fold_row<'a>(row: &'a SqlRow<'_>) -> Result<FoldRow<'a>, LoadError> {
    let seq: u64 = row.get(0)?;
    let code: u8 = row.get(2)?;
    Ok(FoldRow {
        seq,
        stamp: ClinicalTime::from_epoch_ms(row.get(1)?),
        kind: JournalKind::from_code(code).ok_or_else(|| LoadError::Damaged {
            table: "journal",
            row: seq as i64,
            problem: format!("unknown kind {code}"),
        })?,
        patient: row.get::<_, Option<u32>>(3)?.map(PatientNumber),
        device: row.get::<_, Option<u32>>(4)?.map(DeviceNumber),
        previous: row.get(5)?,
        body: row.get_ref(6)?.as_blob().map_err(rusqlite::Error::from)?,
    })
}

fn documents<T: DeserializeOwned>(
    conn: &Connection,
    table: &'static str,
    order: &str,
) -> Result<Vec<T>, LoadError> {
    let mut statement = conn.prepare(&format!("SELECT document FROM {table} ORDER BY {order}"))?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        let document = serde_json::from_str(text).map_err(|error| LoadError::Damaged {
            table,
            row: found.len() as i64,
            problem: format!("{:?} at column {}", error.classify(), error.column()),
        })?;
        found.push(document);
    }
    Ok(found)
}

fn assignments(conn: &Connection) -> Result<Vec<Assignment>, LoadError> {
    let sql = "SELECT id, device, patient, starts, ends, author FROM assignment ORDER BY id";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], assignment)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Texts are read one after the other and not kept.
fn notes(conn: &Connection) -> rusqlite::Result<Vec<NoteMark>> {
    let mut statement = conn.prepare(note::ALL)?;
    let marks = statement.query_map([], |row| Ok(NoteMark::from(&note::note(row)?)))?;
    marks.collect()
}

/// Columns id, device, patient, starts, ends, author.
pub(super) fn assignment(row: &SqlRow<'_>) -> rusqlite::Result<Assignment> {
    Ok(Assignment {
        id: AssignmentId(row.get(0)?),
        device: DeviceNumber(row.get(1)?),
        patient: PatientNumber(row.get(2)?),
        start: MeasuredTime::from_epoch_ms(row.get(3)?),
        end: row
            .get::<_, Option<i64>>(4)?
            .map(MeasuredTime::from_epoch_ms),
        author: row.get(5)?,
    })
}

pub(super) fn sessions(conn: &Connection) -> rusqlite::Result<Vec<StoredSession>> {
    let sql = "SELECT client, expiry_seconds, will, opened, closed FROM mqtt_session";
    let mut packets = conn
        .prepare_cached("SELECT packet FROM mqtt_open_packet WHERE client = ?1 ORDER BY packet")?;
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let client: String = row.get(0)?;
        let open = packets.query_map([&client], |row| row.get(0))?;
        found.push(StoredSession {
            open_packets: open.collect::<Result<_, _>>()?,
            client,
            expiry_seconds: row.get(1)?,
            will: row.get(2)?,
            opened: WallTime::from_epoch_ms(row.get(3)?),
            closed: row.get::<_, Option<i64>>(4)?.map(WallTime::from_epoch_ms),
        });
    }
    Ok(found)
}

/// Everything that routing keeps; a row of a kind that is not known is left out.
pub(super) fn routing(conn: &Connection) -> rusqlite::Result<Vec<Row>> {
    let mut statement = conn.prepare("SELECT kind, key, document FROM routing")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let kind = RowKind::from_name(row.get_ref(0)?.as_str()?);
        let (key, document) = (row.get(1)?, Some(row.get(2)?));
        found.extend(kind.map(|kind| Row {
            kind,
            key,
            document,
        }));
    }
    Ok(found)
}

fn sink_cursors(conn: &Connection) -> rusqlite::Result<Vec<(String, u64, ClinicalTime)>> {
    let mut statement = conn.prepare("SELECT sink, seq, stamp FROM sink_cursor")?;
    let rows = statement.query_map([], |row| {
        let stamp = ClinicalTime::from_epoch_ms(row.get(2)?);
        Ok((row.get(0)?, row.get(1)?, stamp))
    })?;
    rows.collect()
}
