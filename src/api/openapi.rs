//! The description of the API, generated from the handlers.

use super::problem::ProblemDocument;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

/// The frame that the handlers' descriptions are put in.
pub(super) fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Wardlight")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Remote monitoring of cancer patients. Changes are answered after their commit. \
             Times are RFC 3339; queries also take epoch milliseconds. Lists come in pages: \
             give `next` as `cursor`. Each operation names its least role as the scope of \
             `token`. Not a certified medical device.",
        ))
        .build();
    OpenApiBuilder::new().info(info).build()
}

/// Adds what all operations share: the token and the problem documents.
pub(super) fn complete(api: &mut OpenApi) {
    let components = api.components.get_or_insert_default();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme("token", scheme);
    let mut parts = Vec::new();
    ProblemDocument::schemas(&mut parts);
    components.schemas.extend(parts);
    components
        .schemas
        .insert(String::from("Problem"), ProblemDocument::schema());
    for item in api.paths.paths.values_mut() {
        operations(item).for_each(describe_refusals);
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
    ]
    .into_iter()
    .filter_map(Option::as_mut)
}

fn describe_refusals(operation: &mut Operation) {
    let problem = |description: &str| {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        ResponseBuilder::new()
            .description(description)
            .content("application/problem+json", content)
            .build()
    };
    let responses = &mut operation.responses.responses;
    if operation.security.is_some() {
        for (status, words) in [("401", "No token in force"), ("403", "The role is too low")] {
            responses.insert(status.to_owned(), problem(words).into());
        }
    }
    responses.insert(String::from("default"), problem("Any other refusal").into());
}
