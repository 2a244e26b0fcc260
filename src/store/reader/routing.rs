//! The state of routing as stored.

use super::pool::Reader;
use crate::alert::routing::Row;
use crate::store::error::QueryError;
use crate::store::load::routing;

impl Reader {
    /// Everything that routing keeps; a row of a kind that is not known is left out.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn routing(&self) -> Result<Vec<Row>, QueryError> {
        self.read(|conn| Ok(routing(conn)?))
    }
}
