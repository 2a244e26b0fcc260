//! A rule's file as it was found, and what became of it.

use crate::domain::RuleId;
use std::fmt;

/// A file of an organisation's folder, as it was found.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// Where it lies, for people.
    pub path: String,
    /// Its name without `.toml`.
    pub name: String,
    /// Its text, or why it cannot be read.
    pub text: Result<String, String>,
}

/// Which rules a site switches on or off, whatever their files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// In force though the file says `enabled = false`.
    pub on: Vec<RuleId>,
    /// Not in force.
    pub off: Vec<RuleId>,
}

/// A rule that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// Which rule, where the file's name is one.
    pub id: Option<RuleId>,
    /// Its file.
    pub path: String,
    /// Each problem with its line, counted from 1.
    pub problems: Vec<(usize, String)>,
    /// Version and origin of what is in force in its place.
    pub instead: Option<(u32, &'static str)>,
}

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, reason) in &self.problems {
            write!(f, "{}:{line}: {reason}; ", self.path)?;
        }
        match (self.id, self.instead) {
            (Some(id), Some((version, whose))) => {
                write!(
                    f,
                    "the {whose} version {version} of `{id}` is in force instead"
                )
            }
            (Some(id), None) => write!(f, "`{id}` is NOT IN FORCE"),
            (None, _) => f.write_str("nothing of it is in force"),
        }
    }
}
