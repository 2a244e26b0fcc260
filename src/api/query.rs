//! The query's parameters. A refusal names each one that is wrong and says what it takes.

use super::problem::{FieldError, Problem};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::BTreeSet;
use url::form_urlencoded;
use utoipa::IntoParams;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::{RefOr, Required, Schema, Type, schema::SchemaType};

/// Most faults told at once: a query may hold thousands of names.
const FAULTS_MAX: usize = 16;
/// Most characters of a caller's own name that go back to it.
const NAME_MAX: usize = 64;

/// The query's parameters.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + IntoParams> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn read<T: DeserializeOwned + IntoParams>(query: &str) -> Result<T, Problem> {
    let pairs = || form_urlencoded::parse(query.as_bytes());
    let reader = serde_urlencoded::Deserializer::new(pairs());
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let known = T::into_params(|| None);
        let mut faults = wrong_names(&known, pairs().map(|(name, _)| name));
        if faults.is_empty() {
            let name = error.path().to_string();
            let parameter = known.iter().find(|parameter| parameter.name == name);
            let detail = value_fault(parameter, &error.into_inner());
            faults.push(FieldError::of_parameter(name, detail));
        }
        Problem::parameters(faults)
    })
}

/// Parameters that this route does not take, that come twice, or that are missing.
fn wrong_names<'a>(
    known: &[Parameter],
    given: impl Iterator<Item = Cow<'a, str>>,
) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for name in given {
        let detail = if !known.iter().any(|parameter| parameter.name == name) {
            let names: Vec<&str> = known.iter().map(|p| p.name.as_str()).collect();
            format!("is not known here; known are {}", names.join(", "))
        } else if seen.insert(name.clone()) {
            continue;
        } else {
            String::from("is given more than once; give it once")
        };
        let name: String = name.chars().take(NAME_MAX).collect();
        faults.push(FieldError::of_parameter(name, detail));
        if faults.len() == FAULTS_MAX {
            return faults;
        }
    }
    for parameter in known {
        let is_needed = matches!(parameter.required, Required::True);
        if is_needed && !seen.contains(parameter.name.as_str()) {
            let detail = format!("is missing{}", meaning(parameter));
            faults.push(FieldError::of_parameter(parameter.name.clone(), detail));
        }
    }
    faults
}

/// What a value must look like. The value itself is not repeated.
fn value_fault(parameter: Option<&Parameter>, error: &serde::de::value::Error) -> String {
    match parameter {
        Some(parameter) if is_number(parameter) => {
            format!("must be a whole number{}", meaning(parameter))
        }
        // Our own types say it in their own errors.
        Some(_) | None => error.to_string(),
    }
}

fn is_number(parameter: &Parameter) -> bool {
    let Some(RefOr::T(Schema::Object(schema))) = &parameter.schema else {
        return false;
    };
    match &schema.schema_type {
        SchemaType::Type(of) => *of == Type::Integer,
        SchemaType::Array(of) => of.contains(&Type::Integer),
        SchemaType::AnyValue => false,
    }
}

/// What the description of the API says of it, in brackets.
fn meaning(parameter: &Parameter) -> String {
    let text = parameter.description.as_deref().unwrap_or_default();
    let text = text.trim().trim_end_matches('.');
    let mut rest = text.chars();
    match rest.next() {
        Some(first) => format!(" ({}{})", first.to_lowercase(), rest.as_str()),
        None => String::new(),
    }
}
