//! What templates call: `{{ "Signed in with {count} browsers now."|say|with("count", n) }}`.
#![expect(unreachable_pub, reason = "the attribute of askama writes it")]

use super::catalogue;
use crate::api::language::Said;
use std::borrow::Cow;
use std::fmt::Display;

/// A text in the language of the pages.
#[askama::filter_fn]
pub(in crate::api) fn say<T: AsRef<str>>(text: T, _: &dyn askama::Values) -> askama::Result<Said> {
    Ok(Said::new(Cow::Owned(text.as_ref().to_owned())))
}

/// The same with a value in place of its name in braces.
#[askama::filter_fn]
pub(in crate::api) fn with<T: Display>(
    said: Said,
    _: &dyn askama::Values,
    name: &'static str,
    value: T,
) -> askama::Result<Said> {
    Ok(said.with(name, value))
}

/// What people call a role, a priority, a state.
#[askama::filter_fn]
pub(in crate::api) fn named<T: AsRef<str>>(
    name: T,
    _: &dyn askama::Values,
) -> askama::Result<String> {
    Ok(catalogue::named(name.as_ref()))
}
