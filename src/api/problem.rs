//! The one place that turns what went wrong into a problem document (RFC 9457).
//!
//! Clients rely on `type` and `status`; `detail` is for people and holds
//! neither patient data nor internals.

use super::source::ReadError;
use crate::engine::SubmitError;
use crate::registry::CommandError;
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The kinds of problems. Their codes never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    InvalidParameter,
    MalformedBody,
    Unauthenticated,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    Conflict,
    BodyTooLarge,
    UnsupportedMediaType,
    Validation,
    SlowDown,
    Internal,
    Overloaded,
    TooManyStreams,
    Stopping,
    Timeout,
    Refused,
}

impl Kind {
    pub(super) const ALL: [Self; 17] = [
        Self::InvalidParameter,
        Self::MalformedBody,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::Validation,
        Self::SlowDown,
        Self::Internal,
        Self::Overloaded,
        Self::TooManyStreams,
        Self::Stopping,
        Self::Timeout,
        Self::Refused,
    ];

    /// Status, type and title.
    pub(super) const fn facts(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::InvalidParameter => (
                400,
                "/problems/invalid-parameter",
                "A parameter is not valid",
            ),
            Self::MalformedBody => (400, "/problems/malformed-body", "The body is not JSON"),
            Self::Unauthenticated => (
                401,
                "/problems/unauthenticated",
                "A token in force is needed",
            ),
            Self::Forbidden => (
                403,
                "/problems/forbidden",
                "The token's role does not allow this",
            ),
            Self::NotFound => (404, "/problems/not-found", "There is no such thing"),
            Self::MethodNotAllowed => (
                405,
                "/problems/method-not-allowed",
                "The method is not allowed here",
            ),
            Self::Conflict => (409, "/problems/conflict", "The state does not allow this"),
            Self::BodyTooLarge => (413, "/problems/body-too-large", "The body is too large"),
            Self::UnsupportedMediaType => (
                415,
                "/problems/unsupported-media-type",
                "The body must be application/json",
            ),
            Self::Validation => (422, "/problems/validation", "The request is not valid"),
            Self::SlowDown => (429, "/problems/slow-down", "Refused too often"),
            Self::Internal => (500, "/problems/internal", "An internal error"),
            Self::Overloaded => (503, "/problems/overloaded", "Too many requests at once"),
            Self::TooManyStreams => (
                503,
                "/problems/too-many-streams",
                "Too many event streams at once",
            ),
            Self::Stopping => (503, "/problems/stopping", "The service is stopping"),
            Self::Timeout => (503, "/problems/timeout", "The answer took too long"),
            Self::Refused => (400, "/problems/refused", "The request was refused"),
        }
    }

    /// The kind of a bare error status that some layer answered with.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match Self::ALL
            .into_iter()
            .find(|kind| kind.facts().0 == status.as_u16())
        {
            Some(kind) => kind,
            None if status.is_server_error() => Self::Internal,
            None => Self::Refused,
        }
    }
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(super) struct FieldError {
    /// What is wrong, for people.
    detail: String,
    /// JSON pointer into the body, as a fragment (`#/values/heart_rate`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// The parameter of the path or query, where it is not the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
}

impl FieldError {
    pub(super) fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            pointer: Some(pointer.into()),
            parameter: None,
        }
    }

    pub(super) fn of_parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            pointer: None,
            parameter: Some(name.into()),
        }
    }
}

/// A refusal on its way out.
#[derive(Debug)]
pub(super) struct Problem {
    kind: Kind,
    detail: Option<String>,
    errors: Vec<FieldError>,
    instance: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The problem document as sent.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemDocument {
    /// A stable code (`/problems/not-found`).
    #[serde(rename = "type")]
    kind: &'static str,
    /// Constant for each type.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// For people; do not parse.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What to quote to the operator; the log holds it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// Each thing that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

impl Problem {
    pub(super) fn new(kind: Kind) -> Self {
        let mut headers = Vec::new();
        match kind {
            Kind::Unauthenticated => {
                headers.push((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
            }
            Kind::Overloaded | Kind::TooManyStreams | Kind::Stopping => {
                headers.push((header::RETRY_AFTER, HeaderValue::from_static("5")));
            }
            _ => {}
        }
        Self {
            kind,
            detail: None,
            errors: Vec::new(),
            instance: None,
            headers,
        }
    }

    /// Status, title and detail, for a page.
    pub(super) fn words(&self) -> (StatusCode, &'static str, String) {
        let (status, _, title) = self.kind.facts();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let errors = self.errors.iter().map(|error| error.detail.clone());
        let all: Vec<_> = self.detail.clone().into_iter().chain(errors).collect();
        (status, title, all.join("; "))
    }

    pub(super) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// When to come again.
    pub(super) fn retry_after(mut self, seconds: u64) -> Self {
        self.headers
            .push((header::RETRY_AFTER, HeaderValue::from(seconds)));
        self
    }

    /// There is no `what` of this id.
    pub(super) fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound).with_detail(format!("there is no {what} of this id"))
    }

    /// A parameter of the path or query is wrong.
    pub(super) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        Self::parameters(vec![FieldError::of_parameter(name, detail)])
    }

    /// Parameters of the path or query are wrong.
    pub(super) fn parameters(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(Kind::InvalidParameter);
        problem.errors = errors;
        problem
    }

    /// Things in the body are wrong.
    pub(super) fn validation(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(Kind::Validation);
        problem.errors = errors;
        problem
    }

    /// One thing in the body is wrong.
    pub(super) fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::validation(vec![FieldError::at(pointer, detail)])
    }

    /// Something failed inside: the cause goes to the log under a number that
    /// the client can quote.
    pub(super) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut problem = Self::new(Kind::Internal);
        let instance = format!("urn:wardlight:incident:{}", super::secret::hex_id());
        tracing::error!(http.instance = %instance, error, "request failed");
        problem.instance = Some(instance);
        problem.with_detail("quote the instance to the operator")
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        Self::internal(&error)
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Stopping => Self::new(Kind::Stopping),
            SubmitError::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::NotFound { .. } => {
                Self::new(Kind::NotFound).with_detail(error.to_string())
            }
            CommandError::Missing { field, .. } => {
                Self::field(format!("#/{field}"), error.to_string())
            }
            CommandError::Invalid { field, problem } => Self::field(format!("#/{field}"), problem),
            CommandError::Conflict { problem } => Self::new(Kind::Conflict).with_detail(problem),
            CommandError::EndBeforeStart { .. }
            | CommandError::AssignmentEndsBeforeStart { .. } => {
                Self::field("#/end", "must be after the start")
            }
            CommandError::Internal => Self::internal(&error),
        }
    }
}

impl From<super::audit::AuditStopped> for Problem {
    fn from(_: super::audit::AuditStopped) -> Self {
        Self::new(Kind::Stopping)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, kind, title) = self.kind.facts();
        let document = ProblemDocument {
            kind,
            title,
            status,
            detail: self.detail,
            instance: self.instance,
            errors: self.errors,
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_its_own_type() {
        let mut types: Vec<_> = Kind::ALL.into_iter().map(|kind| kind.facts().1).collect();
        types.sort_unstable();
        types.dedup();
        assert_eq!(types.len(), Kind::ALL.len());
    }

    #[test]
    fn a_bare_status_becomes_the_problem_of_that_status() {
        assert_eq!(Kind::of_status(StatusCode::NOT_FOUND), Kind::NotFound);
        assert_eq!(
            Kind::of_status(StatusCode::PAYLOAD_TOO_LARGE),
            Kind::BodyTooLarge
        );
        assert_eq!(Kind::of_status(StatusCode::BAD_GATEWAY), Kind::Internal);
    }
}
