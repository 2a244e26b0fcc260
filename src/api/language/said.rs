//! Texts, and what is filled into them.

use super::spoken::current;
use std::borrow::Cow;
use std::fmt::{self, Display};

/// The name of the number that tells between two forms.
const COUNT: &str = "count";

/// A text of the pages by its British English; `text!` makes it, so that a test finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) struct Text(pub(in crate::api) &'static str);

/// A text in the language of the pages, with what is filled into it.
#[derive(Clone)]
pub(in crate::api) struct Said {
    english: Cow<'static, str>,
    values: Vec<(&'static str, String)>,
}

/// A text that is said later: `text!("Snoozed").said()`.
macro_rules! text {
    ($english:literal) => {
        $crate::api::language::Text($english)
    };
}

/// A text in the language of the pages; with values a `String`:
/// `say!("{count} min ago", count = minutes)`.
macro_rules! say {
    ($english:literal) => {
        $crate::api::language::Text($english).said()
    };
    ($english:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::api::language::Text($english)$(.with(stringify!($name), &$value))+.to_string()
    };
}

pub(in crate::api) use {say, text};

impl Text {
    /// In the language of the pages.
    pub(in crate::api) fn said(self) -> &'static str {
        current().text(self.0, false)
    }

    /// The same with a value in place of its name in braces.
    pub(in crate::api) fn with(self, name: &'static str, value: impl Display) -> Said {
        Said::new(Cow::Borrowed(self.0)).with(name, value)
    }
}

impl Said {
    pub(in crate::api) const fn new(english: Cow<'static, str>) -> Self {
        Self {
            english,
            values: Vec::new(),
        }
    }

    pub(in crate::api) fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.values.push((name, value.to_string()));
        self
    }
}

impl Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut values = self.values.iter();
        let is_one = values.any(|(name, value)| *name == COUNT && value == "1");
        let mut rest = current().text(&self.english, is_one);
        // What is filled in may hold braces of its own: it is not looked at again.
        while let Some((before, name, after)) = next(rest) {
            f.write_str(before)?;
            match self.values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => f.write_str(value)?,
                None => write!(f, "{{{name}}}")?,
            }
            rest = after;
        }
        f.write_str(rest)
    }
}

/// What stands before the next name in braces, the name, and what comes after it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_stays_as_it_is() {
        let said = Text("a {one} and {two}{three}");
        let said = said.with("one", "{two}").with("two", 2);
        assert_eq!(said.to_string(), "a {two} and 2{three}");
        assert_eq!(Text("nowhere").said(), "nowhere");
    }

    #[test]
    fn the_number_tells_between_two_forms() {
        let browsers = |count: u32| say!("{count} browsers", count = count);
        assert_eq!(
            [0, 1, 2].map(browsers),
            ["0 browsers", "1 browser", "2 browsers"]
        );
    }
}
