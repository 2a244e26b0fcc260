//! One alert: what, since when, why, who was told, what people did, and what they
//! can do now.

mod answers;
mod course;
mod explanation;
mod offers;
mod page;
mod picture;
mod standing;
mod then;
mod told;
mod why;

pub(super) use answers::answer;
pub(super) use course::{said, words};
pub(super) use explanation::explanation;
pub(super) use page::alert;
pub(super) use picture::picture;
