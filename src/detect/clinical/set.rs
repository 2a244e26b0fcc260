//! The rules in force, from the shipped files and an organisation's own.

use super::names::SlotSet;
use super::reader::{self, Problem};
use super::rule::ClinicalRule;
use super::rule_file::{BrokenRule, RuleFile, Switches};
use crate::domain::{ClinicalTime, RuleId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

/// Rules in force at the most: each has its place in every patient's state.
pub(super) const RULES_MAX: usize = 16;

/// Name and text of each file that Wardlight brings.
const SHIPPED: [(&str, &str); 4] = [
    ("crs_grade", include_str!("rules/crs_grade.toml")),
    ("qsofa", include_str!("rules/qsofa.toml")),
    ("shock_index", include_str!("rules/shock_index.toml")),
    ("sirs", include_str!("rules/sirs.toml")),
];

static SHIPPED_RULES: LazyLock<Vec<Arc<ClinicalRule>>> = LazyLock::new(|| {
    let read = SHIPPED
        .iter()
        .map(|(name, text)| reader::read(name, text, true));
    // That each can be read is tested.
    read.filter_map(Result::ok).map(Arc::new).collect()
});

static SHIPPED_SET: LazyLock<RuleSet> =
    LazyLock::new(|| RuleSet::gather(&[], None, &Switches::default()));

/// The rules in force and what was left out. It is stored as the rules' texts.
#[derive(Clone)]
pub struct RuleSet {
    rules: Vec<Arc<ClinicalRule>>,
    broken: Vec<BrokenRule>,
    switches: Switches,
    /// Every rule there is, in force or not.
    known: Vec<RuleId>,
    /// The folder could not be read: the stored rules stand in for all of it.
    unread: bool,
    uses: SlotSet,
    triggers: u16,
}

impl Default for RuleSet {
    /// What Wardlight brings and has switched on.
    fn default() -> Self {
        SHIPPED_SET.clone()
    }
}

impl RuleSet {
    const EMPTY: Self = Self {
        rules: Vec::new(),
        broken: Vec::new(),
        switches: Switches {
            on: Vec::new(),
            off: Vec::new(),
        },
        known: Vec::new(),
        unread: false,
        uses: 0,
        triggers: 0,
    };

    /// The shipped rules with an organisation's files over them. `unread` says
    /// why its folder cannot be read, if it cannot.
    pub fn gather(files: &[RuleFile], unread: Option<BrokenRule>, switches: &Switches) -> Self {
        let mut found: BTreeMap<RuleId, Arc<ClinicalRule>> = BTreeMap::new();
        for rule in SHIPPED_RULES.iter() {
            found.insert(rule.id, Arc::clone(rule));
        }
        let mut set = Self {
            unread: unread.is_some(),
            broken: unread.into_iter().collect(),
            switches: switches.clone(),
            ..Self::EMPTY
        };
        for file in files {
            match read(file) {
                Ok(rule) => drop(found.insert(rule.id, rule)),
                Err(broken) => set.broken.push(broken),
            }
        }
        set.known = found.keys().copied().collect();
        set.known
            .extend(set.broken.iter().filter_map(|broken| broken.id));
        set.rules = found.into_values().collect();
        set.settle();
        set
    }

    /// Leaves out what is not valid yet; a shipped rule of its name stands in.
    pub fn hold_back(&mut self, now: ClinicalTime) {
        let rules = std::mem::take(&mut self.rules).into_iter();
        let (valid, early): (Vec<_>, Vec<_>) =
            rules.partition(|rule| rule.shipped || rule.is_valid_at(now));
        self.rules = valid;
        for rule in early {
            let shipped = SHIPPED_RULES.iter().find(|known| known.id == rule.id);
            self.rules.extend(shipped.cloned());
            self.broken.push(BrokenRule {
                id: Some(rule.id),
                path: format!("{}.toml", rule.id),
                problems: vec![(1, format!("it is not valid before {}", rule.valid_from))],
                instead: None,
            });
        }
        self.settle();
    }

    /// Takes over what `stored`, the rules in force before, has for rules that
    /// are broken now.
    pub fn fall_back(&mut self, stored: &Self) {
        for rule in &stored.rules {
            let broken = self.broken.iter_mut().find(|b| b.id == Some(rule.id));
            let lost = self.unread && !rule.shipped;
            if broken.is_none() && !lost {
                continue;
            }
            if let Some(broken) = broken {
                broken.instead = Some((rule.version, "stored"));
            }
            self.rules.retain(|known| known.id != rule.id);
            self.rules.push(Arc::clone(rule));
        }
        self.settle();
    }

    /// The rules in force, by id.
    pub fn rules(&self) -> impl Iterator<Item = &ClinicalRule> {
        self.rules.iter().map(|rule| &**rule)
    }

    /// The rule of this id, if it is in force.
    pub fn get(&self, id: RuleId) -> Option<&ClinicalRule> {
        self.rules().find(|rule| rule.id == id)
    }

    /// Whether there is such a rule, in force or not.
    pub fn knows(&self, id: RuleId) -> bool {
        self.known.contains(&id)
    }

    /// What was left out.
    pub fn broken(&self) -> &[BrokenRule] {
        &self.broken
    }

    pub(super) const fn uses(&self) -> SlotSet {
        self.uses
    }

    pub(super) const fn triggers(&self) -> u16 {
        self.triggers
    }

    /// Leaves out what is switched off and what has no place, and says what
    /// stands in for what is broken.
    fn settle(&mut self) {
        let switches = &self.switches;
        self.rules.retain(|rule| {
            let on = rule.enabled || switches.on.contains(&rule.id);
            on && !switches.off.contains(&rule.id)
        });
        self.rules.sort_by_key(|rule| rule.id);
        for extra in self.rules.split_off(RULES_MAX.min(self.rules.len())) {
            let reason = format!("there are already {RULES_MAX} rules in force");
            self.broken.push(BrokenRule {
                id: Some(extra.id),
                path: format!("{}.toml", extra.id),
                problems: vec![(1, reason)],
                instead: None,
            });
        }
        let rules = &self.rules;
        for broken in self.broken.iter_mut().filter(|b| b.instead.is_none()) {
            let standing = rules.iter().find(|rule| Some(rule.id) == broken.id);
            broken.instead = standing.map(|rule| (rule.version, "shipped"));
        }
        self.uses = self.rules().fold(0, |uses, rule| uses | rule.uses);
        self.triggers = self.rules().fold(0, |all, rule| all | rule.triggers);
    }
}

fn read(file: &RuleFile) -> Result<Arc<ClinicalRule>, BrokenRule> {
    let broken = |problems: Vec<(usize, String)>| BrokenRule {
        id: RuleId::new(&file.name).ok(),
        path: file.path.clone(),
        problems,
        instead: None,
    };
    let text = file
        .text
        .as_ref()
        .map_err(|why| broken(vec![(1, why.clone())]))?;
    read_text(&file.name, text).map_err(|problems| {
        let told = problems.into_iter().map(|p| (p.line, p.reason));
        broken(told.collect())
    })
}

/// What was shipped is known already.
fn read_text(name: &str, text: &str) -> Result<Arc<ClinicalRule>, Vec<Problem>> {
    if let Some(known) = SHIPPED_RULES.iter().find(|rule| *rule.text == *text) {
        return Ok(Arc::clone(known));
    }
    reader::read(name, text, false).map(Arc::new)
}

impl PartialEq for RuleSet {
    fn eq(&self, other: &Self) -> bool {
        let texts = |set: &Self| -> Vec<Arc<str>> {
            set.rules
                .iter()
                .map(|rule| Arc::clone(&rule.text))
                .collect()
        };
        texts(self) == texts(other)
    }
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.rules.iter().map(|rule| (rule.id, rule.version));
        f.debug_map().entries(ids).finish()
    }
}

impl Serialize for RuleSet {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.rules().map(|rule| (rule.id, &*rule.text)))
    }
}

impl<'de> Deserialize<'de> for RuleSet {
    /// Reads the rules in force from their texts. What this version of the
    /// code cannot read is left out and named, not an error.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let texts: BTreeMap<RuleId, String> = BTreeMap::deserialize(from)?;
        let mut set = Self::EMPTY;
        for (id, text) in texts {
            let file = RuleFile {
                path: format!("stored {id}.toml"),
                name: id.as_str().to_owned(),
                text: Ok(text),
            };
            match read(&file) {
                Ok(rule) => {
                    // They were in force when they were stored.
                    set.switches.on.push(id);
                    set.rules.push(rule);
                }
                Err(broken) => set.broken.push(broken),
            }
        }
        set.settle();
        Ok(set)
    }
}
