//! Back to a page when what its form asked for is done.

use super::form::Form;
use crate::api::language::Text;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Goes back to a page of ours, which says by `done` what was done: a reload does
/// nothing twice.
pub(super) fn back(path: &str, done: &str, count: u64) -> Response {
    let count = count.to_string();
    let query = serde_urlencoded::to_string([("done", done), ("count", count.as_str())]);
    let mark = if path.contains('?') { '&' } else { '?' };
    let to = format!("{path}{mark}{}", query.unwrap_or_default());
    let mut answer = StatusCode::SEE_OTHER.into_response();
    if let Ok(to) = HeaderValue::from_str(&to) {
        answer.headers_mut().insert(header::LOCATION, to);
    }
    answer
}

/// What was done, from the page's own words: none of the address's text is shown.
/// `{count}` stands for a number.
pub(super) fn notice(query: Option<&str>, words: &[(&str, Text)]) -> String {
    let form = Form(query.unwrap_or_default().as_bytes());
    let done = form.text("done");
    let count: u64 = form.text("count").parse().unwrap_or(0);
    let found = words.iter().find(|(name, _)| *name == done);
    found.map_or_else(String::new, |(_, words)| {
        words.with("count", count).to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::notice;
    use crate::api::language::text;

    #[test]
    fn a_notice_is_one_of_the_pages_own() {
        let words = [("sent", text!("{count} deliveries are sent again."))];
        let told = |query| notice(Some(query), &words);
        assert_eq!(told("done=sent&count=12"), "12 deliveries are sent again.");
        assert_eq!(told("done=sent&count=many"), "0 deliveries are sent again.");
        assert_eq!(told("done=Call+0800+1234"), "");
        assert_eq!(notice(None, &words), "");
    }
}
