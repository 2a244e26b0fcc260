//! The registry as stored, for the API.

use super::pool::Reader;
use crate::domain::{CANARY, DeviceId, DeviceNumber, EndpointId, PatientId, PatientNumber, WardId};
use crate::registry::{Assignment, AssignmentId, Device, Endpoint, Patient, Ward};
use crate::store::error::QueryError;
use crate::store::load::{StoredSession, assignment, sessions};
use rusqlite::{OptionalExtension, Params};
use serde::de::DeserializeOwned;

/// Rows of one page at most.
pub(super) const PAGE_MAX: usize = 1_000;

impl Reader {
    /// Documents of a query whose first column is one.
    pub(super) fn documents<T: DeserializeOwned>(
        &self,
        table: &'static str,
        sql: &str,
        params: impl Params,
    ) -> Result<Vec<T>, QueryError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let mut rows = statement.query(params)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
                let document = serde_json::from_str(text);
                found.push(document.map_err(|source| QueryError::Document { table, source })?);
            }
            Ok(found)
        })
    }

    /// Patients by identifier, those of one ward when given, after `after`.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read; so for the others.
    pub fn patients(
        &self,
        ward: Option<&WardId>,
        after: Option<&PatientId>,
        limit: usize,
    ) -> Result<Vec<Patient>, QueryError> {
        let after = after.map_or("", |id| id.as_str());
        let limit = limit.min(PAGE_MAX);
        match ward {
            Some(ward) => {
                let sql = "SELECT document FROM patient WHERE ward = ?1 AND id > ?2
                           AND id <> ?4 ORDER BY id LIMIT ?3";
                self.documents("patient", sql, (ward.as_str(), after, limit, CANARY))
            }
            None => {
                let sql = "SELECT document FROM patient WHERE id > ?1 AND id <> ?3
                           ORDER BY id LIMIT ?2";
                self.documents("patient", sql, (after, limit, CANARY))
            }
        }
    }

    /// One patient.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn patient(&self, id: &PatientId) -> Result<Option<Patient>, QueryError> {
        let sql = "SELECT document FROM patient WHERE id = ?1";
        Ok(self.documents("patient", sql, [id.as_str()])?.pop())
    }

    /// One patient by number.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn patient_numbered(&self, number: PatientNumber) -> Result<Option<Patient>, QueryError> {
        let sql = "SELECT document FROM patient WHERE number = ?1";
        Ok(self.documents("patient", sql, [number.0])?.pop())
    }

    /// All wards; an organisation has few.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn wards(&self) -> Result<Vec<Ward>, QueryError> {
        let sql = "SELECT document FROM ward WHERE id <> ?1 ORDER BY id LIMIT 10000";
        self.documents("ward", sql, [CANARY])
    }

    /// Devices by identifier, after `after`.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn devices(
        &self,
        after: Option<&DeviceId>,
        limit: usize,
    ) -> Result<Vec<Device>, QueryError> {
        let after = after.map_or("", |id| id.as_str());
        let sql = "SELECT document FROM device WHERE id > ?1 AND id <> ?3
                   ORDER BY id LIMIT ?2";
        self.documents("device", sql, (after, limit.min(PAGE_MAX), CANARY))
    }

    /// One device.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn device(&self, id: &DeviceId) -> Result<Option<Device>, QueryError> {
        let sql = "SELECT document FROM device WHERE id = ?1";
        Ok(self.documents("device", sql, [id.as_str()])?.pop())
    }

    /// One device by number.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn device_numbered(&self, number: DeviceNumber) -> Result<Option<Device>, QueryError> {
        let sql = "SELECT document FROM device WHERE number = ?1";
        Ok(self.documents("device", sql, [number.0])?.pop())
    }

    /// A patient's assignments, the oldest first.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn assignments_of_patient(
        &self,
        patient: PatientNumber,
    ) -> Result<Vec<Assignment>, QueryError> {
        self.assignments("patient", patient.0)
    }

    /// A device's assignments, the oldest first.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn assignments_of_device(
        &self,
        device: DeviceNumber,
    ) -> Result<Vec<Assignment>, QueryError> {
        self.assignments("device", device.0)
    }

    /// One assignment.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn assignment(&self, id: AssignmentId) -> Result<Option<Assignment>, QueryError> {
        let sql = "SELECT id, device, patient, starts, ends, author FROM assignment WHERE id = ?1";
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            Ok(statement.query_row([id.0], assignment).optional()?)
        })
    }

    fn assignments(&self, column: &str, number: u32) -> Result<Vec<Assignment>, QueryError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&format!(
                "SELECT id, device, patient, starts, ends, author FROM assignment
                 WHERE {column} = ?1 ORDER BY id LIMIT {PAGE_MAX}"
            ))?;
            let rows = statement.query_map([number], assignment)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// All webhook endpoints, switched off ones too.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn endpoints(&self) -> Result<Vec<Endpoint>, QueryError> {
        let sql = "SELECT document FROM endpoint ORDER BY id LIMIT 10000";
        self.documents("endpoint", sql, [])
    }

    /// One webhook endpoint.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn endpoint(&self, id: &EndpointId) -> Result<Option<Endpoint>, QueryError> {
        let sql = "SELECT document FROM endpoint WHERE id = ?1";
        Ok(self.documents("endpoint", sql, [id.as_str()])?.pop())
    }

    /// All durable MQTT sessions with their open packets.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn sessions(&self) -> Result<Vec<StoredSession>, QueryError> {
        self.read(|conn| Ok(sessions(conn)?))
    }

    /// The site's name.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn site(&self) -> Result<Option<String>, QueryError> {
        let sql = "SELECT value FROM meta WHERE key = 'site'";
        self.read(|conn| Ok(conn.query_row(sql, [], |row| row.get(0)).optional()?))
    }
}
