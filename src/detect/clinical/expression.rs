//! From a text to CEL's own tree, so that no text can hurt.

use cel::common::ast::{IdedExpr, SourceInfo};
use cel::parser::Parser;
use std::thread;

/// Longest expression, bytes.
const LENGTH_MAX: usize = 1_000;
/// Brackets and `?` inside each other.
const NESTING_MAX: usize = 12;
/// The parser takes up to 200 KB of stack a level in an unoptimised build, and
/// running out of it would end the process: it gets a stack of its own.
const STACK_BYTES: usize = 64 << 20;

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Counted from 1 within the expression.
    pub(super) line: usize,
    pub(super) reason: String,
}

impl Fault {
    fn first_line(reason: impl Into<String>) -> Self {
        Self {
            line: 1,
            reason: reason.into(),
        }
    }
}

/// CEL's tree of an expression, with the places of its nodes.
pub(super) struct Tree {
    pub(super) root: IdedExpr,
    places: SourceInfo,
}

impl Tree {
    /// The line of the expression in which a node stands.
    pub(super) fn line(&self, node: &IdedExpr) -> usize {
        let start = self.places.offset_for(node.id).map_or(0, |place| place.0);
        let before = self.places.source.bytes().take(start as usize);
        before.filter(|byte| *byte == b'\n').count() + 1
    }
}

/// Reads an expression.
pub(super) fn parse(source: &str) -> Result<Tree, Fault> {
    if source.len() > LENGTH_MAX {
        let length = source.len();
        return Err(Fault::first_line(format!(
            "has {length} characters, at most {LENGTH_MAX} are read"
        )));
    }
    if nesting(source) > NESTING_MAX {
        return Err(Fault::first_line(format!(
            "more than {NESTING_MAX} brackets or `?` inside each other"
        )));
    }
    let text = source.to_owned();
    let reading = thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || read(&text));
    match reading.map(thread::JoinHandle::join) {
        Ok(Ok(tree)) => tree,
        Ok(Err(_)) => Err(Fault::first_line("the CEL parser failed on it")),
        Err(_) => Err(Fault::first_line("no thread to parse it")),
    }
}

fn read(source: &str) -> Result<Tree, Fault> {
    match Parser::new().parse_with_source_info(source) {
        Ok((root, places)) => Ok(Tree { root, places }),
        Err(errors) => {
            let first = errors.errors.into_iter().next();
            let (line, message) = first.map_or((1, String::new()), |e| (e.pos.0, e.msg));
            Err(Fault {
                line: usize::try_from(line).unwrap_or(1).max(1),
                reason: format!("is not CEL: {message}"),
            })
        }
    }
}

/// How deep brackets and `?` lie inside each other, at the most.
fn nesting(source: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' | b'?' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}
