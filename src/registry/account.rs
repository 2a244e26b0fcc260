//! Local accounts and their sessions.

use super::apply::{Applied, Change};
use super::patients::invalid;
use super::role::{Role, WardScope};
use super::{Command, CommandError, Registry};
use crate::domain::{ClinicalTime, WallTime};
use serde::{Deserialize, Serialize};

/// Sessions of one account at once; the oldest ends when one more begins.
const SESSIONS_MAX: usize = 20;
/// Longest name by which one signs in.
const NAME_MAX: usize = 64;
/// Longest name of a person.
const LABEL_MAX: usize = 120;

/// A person who signs in at the pages.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// By which one signs in (`ann.lee`).
    pub name: String,
    /// How alerts and the audit name the person (`Ann Lee`).
    pub label: String,
    /// What the person may do.
    pub role: Role,
    /// Where.
    pub wards: WardScope,
    /// The password's hash: an argon2id string of PHC form, never the password.
    pub password: String,
    /// When it was made.
    pub created: ClinicalTime,
    /// When it was closed; nobody signs in any more.
    pub closed: Option<ClinicalTime>,
    /// Who is signed in, the oldest first.
    pub sessions: Vec<Session>,
}

/// A browser that is signed in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// SHA-256 of its cookie, hexadecimal. The cookie is 32 random bytes.
    pub sha256: String,
    /// When it began.
    pub began: WallTime,
    /// From when on it is good for nothing.
    pub ends: WallTime,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Account(…)")
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session(…)")
    }
}

impl Account {
    /// How alerts and the audit name the person: two may have one name.
    pub fn author(&self) -> String {
        format!("{} ({})", self.label, self.name)
    }
}

impl Registry {
    pub(super) fn apply_to_account(
        &mut self,
        command: &Command,
        now: ClinicalTime,
    ) -> Result<Applied, CommandError> {
        match command {
            Command::PutAccount { .. } => self.put_account(command, now),
            Command::CloseAccount { name } => {
                let account = self.account_in_force(name)?;
                account.closed = Some(now);
                account.sessions.clear();
                Ok(changed(name))
            }
            Command::SignIn {
                name,
                sha256,
                at,
                until,
            } => {
                super::access::check_hash(sha256)?;
                let account = self.account_in_force(name)?;
                account.sessions.retain(|session| session.ends > *at);
                let too_many = account.sessions.len().saturating_sub(SESSIONS_MAX - 1);
                account.sessions.drain(..too_many);
                account.sessions.push(Session {
                    sha256: sha256.clone(),
                    began: *at,
                    ends: *until,
                });
                Ok(changed(name))
            }
            Command::SignOut { name, sha256 } => {
                let account = self.account_in_force(name)?;
                account.sessions.retain(|one| one.sha256 != *sha256);
                Ok(changed(name))
            }
            _ => Ok(Applied::default()),
        }
    }

    /// Makes an account, or changes what is given. Another password, role or ward
    /// signs out everywhere.
    fn put_account(
        &mut self,
        command: &Command,
        now: ClinicalTime,
    ) -> Result<Applied, CommandError> {
        let Command::PutAccount {
            name,
            label,
            role,
            wards,
            password,
        } = command
        else {
            return Ok(Applied::default());
        };
        check_name(name)?;
        if (label.as_ref()).is_some_and(|label| !is_label(label)) {
            return Err(invalid("label", "must have 1 to 120 characters"));
        }
        let known = self.accounts.get(name).filter(|one| one.closed.is_none());
        let missing = |field| invalid(field, "is needed for a new account");
        let or_known = |given: &Option<String>, known: Option<&String>, field| {
            let value = given.as_ref().or(known).cloned();
            value.ok_or_else(|| missing(field))
        };
        let mut account = Account {
            name: name.clone(),
            label: or_known(label, known.map(|one| &one.label), "label")?,
            role: role
                .or(known.map(|one| one.role))
                .ok_or_else(|| missing("role"))?,
            wards: wards
                .clone()
                .or(known.map(|one| one.wards.clone()))
                .unwrap_or_default(),
            password: or_known(password, known.map(|one| &one.password), "password")?,
            created: known.map_or(now, |one| one.created),
            closed: None,
            sessions: Vec::new(),
        };
        self.check_scope(account.role, &account.wards)?;
        if let Some(known) = known
            && (&known.password, known.role, &known.wards)
                == (&account.password, account.role, &account.wards)
        {
            account.sessions.clone_from(&known.sessions);
        }
        self.accounts.insert(name.clone(), account);
        Ok(changed(name))
    }

    fn account_in_force(&mut self, name: &str) -> Result<&mut Account, CommandError> {
        let account = self.accounts.get_mut(name);
        account
            .filter(|account| account.closed.is_none())
            .ok_or(CommandError::NotFound {
                what: "account in force",
            })
    }
}

fn changed(name: &str) -> Applied {
    Applied::new(name, vec![Change::Account(name.to_owned())])
}

fn is_label(label: &str) -> bool {
    let length = label.trim().chars().count();
    (1..=LABEL_MAX).contains(&length) && !label.chars().any(char::is_control)
}

/// Names are plain, so that two never look alike.
fn check_name(name: &str) -> Result<(), CommandError> {
    let fine =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_@".contains(&byte);
    if (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(fine) {
        return Ok(());
    }
    let problem = "must have 1 to 64 of a to z, 0 to 9, dot, hyphen, underscore and @";
    Err(invalid("name", problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::WardId;
    use crate::registry::Ward;

    const NOW: ClinicalTime = ClinicalTime::from_epoch_ms(1_000_000);

    fn registry() -> Registry {
        let mut registry = Registry::default();
        let id = WardId::new("w").unwrap();
        let label = String::from("Ward");
        registry.wards.insert(
            id.clone(),
            Ward {
                id,
                label,
                time_zone: None,
            },
        );
        apply(&mut registry, put(Some(Role::Nurse), None, Some("hash"))).unwrap();
        registry
    }

    fn put(role: Option<Role>, wards: Option<&str>, password: Option<&str>) -> Command {
        Command::PutAccount {
            name: String::from("ann"),
            label: Some(String::from("Ann Lee")),
            role,
            wards: wards.map(|ward| WardScope::Only([WardId::new(ward).unwrap()].into())),
            password: password.map(str::to_owned),
        }
    }

    fn sign_in(number: u32, at: i64) -> Command {
        Command::SignIn {
            name: String::from("ann"),
            sha256: format!("{number:064x}"),
            at: WallTime::from_epoch_ms(at),
            until: WallTime::from_epoch_ms(at + 100),
        }
    }

    fn apply(registry: &mut Registry, command: Command) -> Result<(), CommandError> {
        let applied = registry.apply(&command, "tester", NOW)?.unwrap();
        assert_eq!(applied.changes, [Change::Account(String::from("ann"))]);
        Ok(())
    }

    fn sessions(registry: &Registry) -> usize {
        registry.account("ann").unwrap().sessions.len()
    }

    #[test]
    fn sessions_end_with_their_time_with_another_password_and_with_the_account() {
        let mut registry = registry();
        apply(&mut registry, sign_in(1, 0)).unwrap();
        apply(&mut registry, sign_in(2, 50)).unwrap();
        assert_eq!(sessions(&registry), 2);
        apply(&mut registry, sign_in(3, 100)).unwrap();
        assert_eq!(sessions(&registry), 2, "the first is over");
        apply(&mut registry, put(None, None, None)).unwrap();
        assert_eq!(sessions(&registry), 2, "nothing about access changed");
        for change in [
            put(Some(Role::Doctor), None, None),
            put(None, Some("w"), None),
            put(None, None, Some("another")),
        ] {
            apply(&mut registry, sign_in(4, 100)).unwrap();
            apply(&mut registry, change).unwrap();
            assert_eq!(sessions(&registry), 0);
        }
        apply(&mut registry, sign_in(5, 100)).unwrap();
        let name = String::from("ann");
        apply(&mut registry, Command::CloseAccount { name }).unwrap();
        assert_eq!(sessions(&registry), 0);
        assert!(apply(&mut registry, sign_in(6, 100)).is_err());
        assert_eq!(registry.accounts_in_force().count(), 0);
    }

    #[test]
    fn one_session_ends_alone_and_too_many_end_the_oldest() {
        let mut registry = registry();
        for number in 0..25 {
            apply(&mut registry, sign_in(number, 0)).unwrap();
        }
        assert_eq!(sessions(&registry), SESSIONS_MAX);
        let name = String::from("ann");
        let sha256 = format!("{:064x}", 24);
        apply(&mut registry, Command::SignOut { name, sha256 }).unwrap();
        let left = &registry.account("ann").unwrap().sessions;
        let kept: Vec<_> = (5..24).map(|number| format!("{number:064x}")).collect();
        assert_eq!(
            left.iter()
                .map(|one| one.sha256.clone())
                .collect::<Vec<_>>(),
            kept
        );
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_and_changes_nothing() {
        let named = |command: Command| match Registry::default().apply(&command, "tester", NOW) {
            Err(CommandError::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        assert_eq!(named(put(None, None, Some("hash"))), "role");
        assert_eq!(named(put(Some(Role::Nurse), None, None)), "password");
        assert_eq!(named(put(Some(Role::Nurse), Some("x"), Some("h"))), "wards");
        assert_eq!(
            named(put(Some(Role::Auditor), Some("w"), Some("h"))),
            "wards"
        );
        let Command::PutAccount { label, role, .. } = put(Some(Role::Nurse), None, None) else {
            unreachable!("just made");
        };
        let upper = Command::PutAccount {
            name: String::from("Ann Lee"),
            label,
            role,
            wards: None,
            password: Some(String::from("h")),
        };
        assert_eq!(named(upper), "name");
    }
}
