//! Cursors of lists: opaque to clients, so that what is inside may change.

use super::problem::Problem;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Serialize, de::DeserializeOwned};

/// Longest page of any list.
pub(super) const LIMIT_MAX: usize = 1000;
/// Page length when none is asked for.
const LIMIT_DEFAULT: usize = 100;
const CURSOR_BYTES_MAX: usize = 512;
/// What is said of a cursor that is none.
pub(super) const NOT_OURS: &str =
    "is not a cursor that this list gave; leave it out for the first page";

/// One page of a list.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Page<T: utoipa::ToSchema> {
    /// What the page holds.
    pub(super) items: Vec<T>,
    /// Give it as `cursor` for the next page; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// Makes the cursor that continues after `place`.
pub(super) fn encode<P: Serialize>(place: &P) -> String {
    // Places are numbers and identifiers, which JSON always holds.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// Reads a cursor that [`encode`] made.
pub(super) fn decode<P: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<P>, Problem> {
    let Some(cursor) = cursor else {
        return Ok(None);
    };
    let invalid = || Problem::parameter("cursor", NOT_OURS);
    if cursor.len() > CURSOR_BYTES_MAX {
        return Err(invalid());
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|_| invalid())
}

/// The page length that was asked for.
pub(super) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(LIMIT_DEFAULT),
        Some(limit @ 1..=LIMIT_MAX) => Ok(limit),
        Some(_) => Err(Problem::parameter("limit", "must be 1 to 1000")),
    }
}

/// A page out of one item more than asked for, which tells whether there is
/// another page. A source may itself stop at the longest page; then the next
/// page may be empty.
pub(super) fn page<V, T, P>(
    mut views: Vec<V>,
    limit: usize,
    place: impl Fn(&V) -> P,
    show: impl FnMut(V) -> T,
) -> Page<T>
where
    T: utoipa::ToSchema,
    P: Serialize,
{
    let more = views.len() > limit || (limit == LIMIT_MAX && views.len() == limit);
    views.truncate(limit);
    let next = match views.last() {
        Some(last) if more => Some(encode(&place(last))),
        _ => None,
    };
    let items = views.into_iter().map(show).collect();
    Page { items, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place_and_nothing_else_is_one() {
        let cursor = encode(&(7_u64, "alr_1"));
        let place: Option<(u64, String)> = decode(Some(&cursor)).expect("ours");
        assert_eq!(place, Some((7, String::from("alr_1"))));
        assert!(decode::<u64>(Some(&cursor)).is_err());
        assert!(decode::<u64>(Some("%%%")).is_err());
        assert!(decode::<u64>(Some(&"A".repeat(600))).is_err());
    }
}
