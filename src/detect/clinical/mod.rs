//! Clinical rules as files: one TOML file a rule, its conditions in CEL.
//!
//! In: the texts of rule files; then, minute by minute, the newest good value
//! of each vital a rule names. Out: findings of kind `rule`. A rule is read,
//! type-checked and tried out when it is loaded; what is wrong is told with
//! file, line and reason, and the rule is left out, never the service.
//!
//! The `cel` crate reads the language. It does not evaluate: its interpreter
//! takes 2.4 µs and several allocations an expression (measured), one patient
//! minute has some forty of them, and its parser ends the process when brackets
//! nest too deep for the stack. So expressions are bounded before it sees them,
//! parsed on a stack of their own, and compiled to a short list of operations
//! on numbers. Tests hold our evaluation to that of its interpreter.
//!
//! Invariant: what is missing or too old is unknown, and unknown is never
//! guessed: `&&` and `||` answer only where the known side decides, and an
//! unknown condition neither opens nor ends anything.
//! Invariant: evaluation has no loop, no allocation and no panic, and takes a
//! bounded number of operations.
//! Invariant: wrist skin temperature enters no rule that is marked clinical.

mod check;
mod dry_run;
mod environment;
mod evidence;
mod expression;
mod file;
mod inputs;
mod judge;
mod names;
mod program;
mod reader;
mod rule;
mod rule_file;
mod sections;
mod set;
mod slot;
mod words;

#[cfg(test)]
mod tests;

pub use rule::ClinicalRule;
pub use rule_file::{BrokenRule, RuleFile, Switches};
pub use set::RuleSet;

pub(super) use inputs::RuleChanges;
pub(super) use judge::Clinical;
