//! Checks of what people type, with the pointer to the field.

use crate::api::problem::{FieldError, Problem};

/// Longest label, name or source, characters.
pub(super) const LABEL_MAX: usize = 120;
/// Longest reason, comment or outcome, characters.
pub(super) const REMARK_MAX: usize = 2000;

/// Collects everything that is wrong with a body, to be told at once.
#[derive(Default)]
pub(super) struct Faults(Vec<FieldError>);

impl Faults {
    /// Notes a fault at `pointer` unless `fine`.
    pub(super) fn unless(&mut self, fine: bool, pointer: &str, detail: impl Into<String>) {
        if !fine {
            self.0.push(FieldError::at(pointer, detail));
        }
    }

    /// A text must have 1 to `most` characters and no control characters but line breaks.
    pub(super) fn text(&mut self, text: &str, most: usize, pointer: &str) {
        let length = text.chars().count();
        let is_line = |c: char| c == '\n' || !c.is_control();
        let fine = !text.trim().is_empty() && length <= most && text.chars().all(is_line);
        self.unless(
            fine,
            pointer,
            format!("must be 1 to {most} printable characters"),
        );
    }

    /// The same where the text may be left out.
    pub(super) fn optional_text(&mut self, text: Option<&str>, most: usize, pointer: &str) {
        if let Some(text) = text {
            self.text(text, most, pointer);
        }
    }

    /// Nothing wrong, or all of it.
    pub(super) fn check(self) -> Result<(), Problem> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Problem::validation(self.0))
        }
    }
}
