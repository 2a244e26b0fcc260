//! A small picture of one vital and the patient's usual range, as PNG. Pure.
//!
//! It holds no name and no words, only numbers: whoever has its link sees it.

mod canvas;
mod digits;
mod plot;
mod png;

pub(super) use plot::{Plot, Stretch, draw};
