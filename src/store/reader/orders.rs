//! Orders of receivers that were carried out.

use super::pool::Reader;
use crate::domain::{AlertId, ClinicalTime, EndpointId};
use crate::store::OrderRow;
use crate::store::error::QueryError;
use rusqlite::OptionalExtension as _;

impl Reader {
    /// The order that an endpoint gave under `key`, if it was carried out.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn order_of(
        &self,
        endpoint: &EndpointId,
        key: &str,
    ) -> Result<Option<OrderRow>, QueryError> {
        let sql = "SELECT alert, action, at FROM receiver_order WHERE endpoint = ?1 AND key = ?2";
        let row: Option<(String, String, i64)> = self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let row = statement.query_row((endpoint.as_str(), key), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            });
            Ok(row.optional()?)
        })?;
        let Some((alert, action, at)) = row else {
            return Ok(None);
        };
        let unknown = |what| QueryError::Unknown {
            table: "receiver_order",
            what,
        };
        Ok(Some(OrderRow {
            endpoint: endpoint.clone(),
            key: key.to_owned(),
            alert: AlertId::new(&alert).map_err(|_| unknown("alert"))?,
            action: action.parse().map_err(|_| unknown("action"))?,
            at: ClinicalTime::from_epoch_ms(at),
        }))
    }
}
