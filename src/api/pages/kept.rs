//! A form that came from who is no longer signed in: what was written stays in the page
//! that asks to sign in, and goes out when the person says so.
//!
//! Invariant: signing in sends nothing. The person sees what it is, and under which name.
//! Invariant: no password is kept, and nothing goes but to a page's own form.

use super::form::Form;
use super::sign_in;
use crate::api::access::caller_of;
use crate::api::state::ApiState;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use url::form_urlencoded;

/// Forms of pages; a name in braces stands for any.
const FORMS: [&str; 6] = [
    "/alerts/{id}",
    "/patients/{id}",
    "/channels/{id}",
    "/devices",
    "/accounts",
    "/accounts/{name}",
];
/// Fields that are not kept, whatever form they stand in.
const SECRETS: [&str; 5] = ["password", "old", "new", "again", "token"];
/// Fields that are kept.
const FIELDS_MAX: usize = 1000;
/// Bytes of a form that are kept.
const BYTES_MAX: usize = 64 * 1024;
/// What the form to sign in holds besides.
const BESIDES_BYTES: usize = 2 * sign_in::FORM_BYTES_MAX;

/// What was written, and where it was to go.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) path: String,
    /// Its fields as one text: names of the form to sign in do not meet theirs.
    pub(super) fields: String,
}

impl Kept {
    /// What was sent to this path; none where it is no page's form, or holds nothing.
    fn of(path: &str, body: &[u8]) -> Option<Self> {
        let is_form = FORMS.iter().any(|form| fits(form, path));
        let fields = form_urlencoded::parse(body).take(FIELDS_MAX);
        let fields = fields.filter(|(name, _)| !SECRETS.contains(&&**name));
        let mut kept = form_urlencoded::Serializer::new(String::new());
        let fields = kept.extend_pairs(fields).finish();
        (is_form && !fields.is_empty()).then(|| Self {
            path: path.to_owned(),
            fields,
        })
    }

    /// The same as it comes back from the page that asked to sign in.
    pub(super) fn carried(form: &Form<'_>) -> Option<Self> {
        Self::of(&form.text("kept_path"), form.text("kept").as_bytes())
    }

    /// Whether the form to sign in can carry it.
    fn is_short(&self, body_bytes_max: usize) -> bool {
        let length = form_urlencoded::byte_serialize(self.fields.as_bytes()).map(str::len);
        length.sum::<usize>() + BESIDES_BYTES <= body_bytes_max
    }

    /// Names and texts, in their order.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let pairs = form_urlencoded::parse(self.fields.as_bytes());
        pairs
            .map(|(name, text)| (name.into(), text.into()))
            .collect()
    }
}

/// Whether a path is of this form.
fn fits(form: &str, path: &str) -> bool {
    let is_name = |part: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.~%".contains(c);
        !part.is_empty() && !part.starts_with('.') && part.chars().all(is_plain)
    };
    let (mut form, mut path) = (form.split('/'), path.split('/'));
    loop {
        match (form.next(), path.next()) {
            (None, None) => return true,
            (Some(any), Some(part)) if any.starts_with('{') && is_name(part) => {}
            (Some(one), Some(part)) if one == part => {}
            _ => return false,
        }
    }
}

/// Asks who is no longer signed in to sign in, and keeps what was written. What another
/// site sent was refused before it came here.
pub(super) async fn keep(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let is_form = request.method() == Method::POST && is_form(request.headers());
    let is_of_a_page = FORMS.iter().any(|form| fits(form, &path));
    if !is_form || !is_of_a_page || caller_of(&state, request.headers()).is_ok() {
        return next.run(request).await;
    }
    let body = to_bytes(request.into_body(), BYTES_MAX).await;
    let kept = body.ok().and_then(|body| Kept::of(&path, &body));
    let kept = kept.filter(|kept| kept.is_short(state.settings().body_bytes_max));
    sign_in::ask_again(&state, &path, kept)
}

fn is_form(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE);
    let given = given.and_then(|value| value.to_str().ok());
    given.is_some_and(|text| text.starts_with("application/x-www-form-urlencoded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pages_own_form_is_kept_and_no_password() {
        let kept = Kept::of("/alerts/alr_1", b"answer=comment&text=a%26b%0Ac&text=d");
        let pairs = kept.expect("kept").pairs();
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, text)| (&**name, &**text))
            .collect();
        assert_eq!(
            pairs,
            [("answer", "comment"), ("text", "a&b\nc"), ("text", "d")]
        );
        let kept = Kept::of(
            "/accounts",
            b"name=zoe&password=x&new=y&again=y&old=z&token=t",
        );
        assert_eq!(kept.expect("kept").fields, "name=zoe");
        for path in [
            "/password",
            "/sign-in",
            "/sign-out",
            "//evil.example/alerts/alr_1",
            "https://evil.example/devices",
            "/alerts/a/b",
            "/alerts/",
            "/alerts/..",
            "/alerts/a\\b",
            "/devices?device=w",
            "/v1/tokens",
        ] {
            assert_eq!(Kept::of(path, b"text=a"), None, "{path}");
        }
        assert_eq!(Kept::of("/devices", b"password=x"), None);
    }

    #[test]
    fn every_form_of_a_page_is_kept_but_those_for_passwords() {
        let routes = include_str!("routes.rs");
        let others = ["/sign-in", "/sign-out", "/password"];
        let ended = |route: &'static str| route.split("\n}").next().unwrap_or_default();
        let posts = routes.split(".route(").map(ended);
        let posts = posts.filter(|route| route.contains("post("));
        let paths: Vec<&str> = posts.filter_map(|route| route.split('"').nth(1)).collect();
        assert!(paths.len() > others.len());
        for path in &paths {
            let is_kept = FORMS.contains(path);
            assert_ne!(is_kept, others.contains(path), "{path}");
        }
        for form in FORMS {
            assert!(paths.contains(&form), "{form} is no form of a page");
        }
    }

    #[test]
    fn what_the_form_to_sign_in_cannot_carry_is_too_long() {
        let kept = |length: usize| Kept {
            path: "/devices".to_owned(),
            fields: "%".repeat(length),
        };
        assert!(kept(10_000).is_short(64 * 1024));
        assert!(!kept(20_000).is_short(64 * 1024));
    }
}
