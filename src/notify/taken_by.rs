//! Who has a mail that others are still to get: nobody gets it at each attempt.

use lettre::Address;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Mails that are remembered. One that is forgotten, as by a restart, goes to
/// all once more, under its own id.
const MAILS_MAX: usize = 256;

/// By the mail's id, the oldest first.
#[derive(Default)]
pub(super) struct TakenBy(Mutex<VecDeque<(String, Vec<Address>)>>);

impl TakenBy {
    /// Who has it.
    pub(super) fn of(&self, mail: &str) -> Vec<Address> {
        let mails = self.lock();
        let found = mails.iter().find(|(id, _)| id == mail);
        found.map(|(_, taken)| taken.clone()).unwrap_or_default()
    }

    /// Others are still to get it; nothing is kept of one that nobody has.
    pub(super) fn remember(&self, mail: &str, taken: Vec<Address>) {
        self.forget(mail);
        if taken.is_empty() {
            return;
        }
        let mut mails = self.lock();
        if mails.len() >= MAILS_MAX {
            mails.pop_front();
        }
        mails.push_back((mail.to_owned(), taken));
    }

    /// Nobody is left who shall get it.
    pub(super) fn forget(&self, mail: &str) {
        self.lock().retain(|(id, _)| id != mail);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, Vec<Address>)>> {
        // Every change leaves the list whole, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_a_mail_is_known_until_it_is_done_and_of_the_newest_mails_only() {
        let taken_by = TakenBy::default();
        let night: Vec<Address> = vec!["night@example.org".parse().unwrap()];
        taken_by.remember("<1>", night.clone());
        taken_by.remember("<2>", Vec::new());
        assert_eq!(
            (taken_by.of("<1>"), taken_by.of("<2>")),
            (night.clone(), vec![])
        );
        taken_by.forget("<1>");
        assert_eq!(taken_by.of("<1>"), vec![]);
        for number in 0..=MAILS_MAX {
            taken_by.remember(&number.to_string(), night.clone());
        }
        assert_eq!((taken_by.of("0"), taken_by.of("1")), (vec![], night));
    }
}
