//! How often each client may be wrong. Pure: the time comes in as a value.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Clients that are remembered; of more, those who were wrong least are forgotten.
const CLIENTS_MAX: usize = 4_096;

/// By what a client is known: its address; of version 6 the network, for one host
/// has all of its addresses.
pub(super) fn known_by(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

/// What was refused of each client, as a debt that time pays off.
pub(super) struct Patience<Who> {
    /// What one refusal costs.
    cost: Duration,
    /// When the debt of each is paid; those without debt are left out.
    paid: HashMap<Who, Instant>,
}

impl<Who: Copy + Eq + std::hash::Hash> Patience<Who> {
    /// Bears `per_minute` refusals of each client at once, and as many a minute.
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            cost: Duration::from_secs(60) / per_minute.max(1),
            paid: HashMap::new(),
        }
    }

    /// For how long `who` must wait; none while there is patience left.
    pub(super) fn wait(&self, who: Who, now: Instant) -> Option<Duration> {
        let debt = self.paid.get(&who)?.saturating_duration_since(now);
        let most = Duration::from_secs(60).saturating_sub(self.cost);
        debt.checked_sub(most).filter(|wait| !wait.is_zero())
    }

    /// `who` was refused.
    pub(super) fn note(&mut self, who: Who, now: Instant) {
        if self.paid.len() >= CLIENTS_MAX && !self.paid.contains_key(&who) {
            self.make_room(now);
        }
        let paid = self.paid.entry(who).or_insert(now);
        *paid = (*paid).max(now) + self.cost;
    }

    fn make_room(&mut self, now: Instant) {
        self.paid.retain(|_, paid| *paid > now);
        if self.paid.len() >= CLIENTS_MAX {
            let least = self.paid.iter().min_by_key(|(_, paid)| **paid);
            if let Some(least) = least.map(|(who, _)| *who) {
                self.paid.remove(&least);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_wrong_too_often_waits_and_nobody_else_does() {
        let (mut patience, start) = (Patience::new(6), Instant::now());
        for refusals in 0..6 {
            assert_eq!(patience.wait('a', start), None, "after {refusals}");
            patience.note('a', start);
        }
        let wait = Duration::from_secs(10);
        assert_eq!(patience.wait('a', start), Some(wait));
        assert_eq!(patience.wait('b', start), None);
        let later = start + wait;
        assert_eq!(patience.wait('a', later), None, "one more");
        patience.note('a', later);
        assert_eq!(patience.wait('a', later), Some(wait));
        let rested = later + Duration::from_secs(60);
        for _ in 0..6 {
            assert_eq!(patience.wait('a', rested), None);
            patience.note('a', rested);
        }
        assert!(patience.wait('a', rested).is_some());
    }

    #[test]
    fn however_many_clients_come_few_are_remembered_and_the_worst_longest() {
        let (mut patience, start) = (Patience::new(2), Instant::now());
        for _ in 0..3 {
            patience.note(u32::MAX, start);
        }
        for client in 0..10_000 {
            patience.note(client, start);
        }
        assert!(patience.paid.len() <= CLIENTS_MAX);
        assert!(patience.wait(u32::MAX, start).is_some());
        let rested = start + Duration::from_secs(600);
        patience.note(0, rested);
        patience.note(1, rested);
        assert!(patience.paid.len() <= CLIENTS_MAX);
    }

    #[test]
    fn a_client_is_its_address_or_its_network_of_version_six() {
        let known = |text: &str| known_by(text.parse().expect("an address")).to_string();
        assert_eq!(known("192.0.2.7"), "192.0.2.7");
        assert_eq!(known("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(known("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
