//! Path and body, with refusals as problem documents.

use super::problem::{Kind, Problem};
use axum::body::Bytes;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, RawPathParams, Request};
use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path as FieldPath, Segment};
use std::fmt::Write as _;

/// The body as JSON.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_typed = request.headers().contains_key(header::CONTENT_TYPE);
        if is_typed && !is_json(request.headers()) {
            return Err(Problem::new(Kind::UnsupportedMediaType));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(unreadable)?;
        match (is_typed, bytes.is_empty()) {
            // Nothing sent is the empty object: all its fields are left out.
            (_, true) => parse(b"{}").map(Self),
            (true, false) => parse(&bytes).map(Self),
            (false, false) => Err(Problem::new(Kind::UnsupportedMediaType)),
        }
    }
}

/// The body as JSON, where its signature was checked before it was read.
pub(super) fn json<T: DeserializeOwned>(headers: &HeaderMap, bytes: &[u8]) -> Result<T, Problem> {
    if !is_json(headers) {
        return Err(Problem::new(Kind::UnsupportedMediaType));
    }
    parse(bytes)
}

fn unreadable(rejection: BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Kind::BodyTooLarge),
        _ => Problem::new(Kind::MalformedBody).with_detail("the body could not be read"),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = given
        .and_then(|text| text.split(';').next())
        .unwrap_or_default()
        .trim();
    media_type.eq_ignore_ascii_case("application/json")
}

/// JSON of a page's form, checked like a body.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        let cause = error.into_inner();
        match cause.classify() {
            // serde's words for a wrong type may repeat the value, which came
            // from the caller and goes back to nobody else.
            serde_json::error::Category::Data => Problem::field(pointer, cause.to_string()),
            _ => malformed(&cause),
        }
    })?;
    reader.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::new(Kind::MalformedBody)
        .with_detail(format!("not JSON from line {line}, column {column}"))
}

fn pointer(path: &FieldPath) -> String {
    path.iter().fold(String::from("#"), |mut text, segment| {
        // Writing to a String does not fail.
        let _ = match segment {
            Segment::Seq { index } => write!(text, "/{index}"),
            Segment::Map { key } => write!(text, "/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => write!(text, "/{variant}"),
            Segment::Unknown => Ok(()),
        };
        text
    })
}

/// The path's parameter; every path has at most one.
pub(super) struct At<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => {
                let name = parameter_name(parts, state, error.kind()).await;
                Err(Problem::parameter(&name, path_fault(error.kind())))
            }
            Err(_) => Err(Problem::new(Kind::NotFound)),
        }
    }
}

/// What the description of the API calls the parameter.
async fn parameter_name<S: Send + Sync>(parts: &mut Parts, state: &S, kind: &ErrorKind) -> String {
    if let ErrorKind::InvalidUtf8InPathParam { key } = kind {
        return key.clone();
    }
    let raw = RawPathParams::from_request_parts(parts, state).await;
    let name = raw
        .ok()
        .and_then(|raw| Some(raw.iter().next()?.0.to_owned()));
    name.unwrap_or_else(|| String::from("id"))
}

/// What the parameter may look like. The value itself is not repeated.
fn path_fault(kind: &ErrorKind) -> String {
    match kind {
        // Our identifiers say it in their own error.
        ErrorKind::Message(message) | ErrorKind::DeserializeError { message, .. } => {
            message.clone()
        }
        ErrorKind::ParseError { .. } => String::from("must be a whole number"),
        ErrorKind::InvalidUtf8InPathParam { .. } => {
            String::from("must be UTF-8 once its percent signs are decoded")
        }
        _ => String::from("is not valid"),
    }
}
