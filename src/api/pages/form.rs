//! Fields of a form, as a browser sends them.

/// Fields that are read.
const FIELDS_MAX: usize = 32;

/// Boxes of one name that are read.
const BOXES_MAX: usize = 1000;

/// A form that was sent.
pub(super) struct Form<'a>(pub(super) &'a [u8]);

impl Form<'_> {
    /// What was typed, without blanks at its ends; empty where there is no such field.
    pub(super) fn text(&self, asked: &str) -> String {
        self.exact(asked).trim().to_owned()
    }

    /// The same as it was typed.
    pub(super) fn exact(&self, asked: &str) -> String {
        let mut fields = url::form_urlencoded::parse(self.0).take(FIELDS_MAX);
        let found = fields.find(|(name, _)| name == asked);
        found.map_or_else(String::new, |(_, text)| text.into_owned())
    }

    /// Every box of this name that was ticked.
    pub(super) fn all(&self, asked: &str) -> Vec<String> {
        let fields = url::form_urlencoded::parse(self.0).take(BOXES_MAX);
        let found = fields.filter(|(name, _)| name == asked);
        found.map(|(_, text)| text.into_owned()).collect()
    }
}

/// A query with one field put in the place of what it had; an empty text takes it out.
pub(super) fn with(query: &str, field: &str, text: &str) -> String {
    let known = url::form_urlencoded::parse(query.as_bytes()).take(FIELDS_MAX);
    let mut changed = url::form_urlencoded::Serializer::new(String::new());
    changed.extend_pairs(known.filter(|(name, _)| name != field));
    if !text.is_empty() {
        changed.append_pair(field, text);
    }
    changed.finish()
}
