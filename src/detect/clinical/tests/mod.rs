//! Our evaluation of expressions against the interpreter of the `cel` crate.

mod oracle;
