//! Fields of an account's forms, and the password that is made for it.

use super::catalogue;
use super::form::Form;
use super::ward::Choice;
use crate::api::language::say;
use crate::api::passwords;
use crate::api::problem::Problem;
use crate::api::state::ApiState;
use crate::domain::WardId;
use crate::registry::{Role, Ward, WardScope};
use std::collections::BTreeSet;

/// A password, to be shown this once.
pub(super) struct Made {
    pub(super) name: String,
    pub(super) password: String,
}

impl Made {
    /// A new password for an account, and its hash.
    pub(super) async fn new(state: &ApiState, name: &str) -> Result<(Self, String), Problem> {
        let password = passwords::made().map_err(|error| Problem::internal(&error))?;
        let given = password.clone();
        let hashed = state.hashing(move || passwords::hash(&given)).await?;
        let hashed = hashed.map_err(|error| Problem::internal(&error))?;
        let made = Self {
            name: name.to_owned(),
            password,
        };
        Ok((made, hashed))
    }
}

/// A ward that can be ticked.
pub(super) struct WardBox {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) is_ticked: bool,
}

/// All wards, with those ticked that were.
pub(super) fn ward_boxes(wards: &[Ward], ticked: &[String]) -> Vec<WardBox> {
    let boxes = wards.iter().map(|ward| WardBox {
        is_ticked: ticked.iter().any(|one| one == ward.id.as_str()),
        id: ward.id.as_str().to_owned(),
        label: ward.label.clone(),
    });
    boxes.collect()
}

/// All roles, with the one that was chosen.
pub(super) fn roles(chosen: &str) -> Vec<Choice> {
    let roles = Role::ALL.map(|role| Choice {
        value: role.name().to_owned(),
        words: catalogue::named(role.name()),
        is_chosen: role.name() == chosen,
    });
    roles.into()
}

/// The person's name and the role.
pub(super) fn checked(form: &Form<'_>) -> Result<(String, Role), Problem> {
    Ok((form.text("label"), role(form)?))
}

/// The role that was chosen.
pub(super) fn role(form: &Form<'_>) -> Result<Role, Problem> {
    let name = form.text("role");
    let found = Role::ALL.into_iter().find(|role| role.name() == name);
    found.ok_or_else(|| Problem::field("#/role", say!("choose a role")))
}

/// The wards that were ticked; none: all of them, if that was said.
pub(super) fn scope(form: &Form<'_>) -> Result<WardScope, Problem> {
    let ids = form
        .all("ward")
        .into_iter()
        .map(|id| WardId::new(&id).map_err(|error| Problem::field("#/wards", error.to_string())));
    let wards = ids.collect::<Result<BTreeSet<_>, _>>()?;
    match (wards.is_empty(), form.text("where").as_str()) {
        (_, "all") => Ok(WardScope::All),
        (false, _) => Ok(WardScope::Only(wards)),
        (true, _) => Err(Problem::field(
            "#/wards",
            say!("tick the wards, or choose all wards"),
        )),
    }
}
