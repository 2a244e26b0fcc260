//! The patients of a fleet and their merged stream.

use super::member::Member;
use super::order::{Order, OrderRefused};
use crate::chance::Chance;
use crate::device::{OutgoingMessage, WatchOptions};
use crate::fault::{FaultOptions, SentLog};
use crate::physiology::{MINUTE_MS, Profile};
use crate::scenario::{Scenario, Truth};

/// One patient of a fleet.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedPatient {
    /// Who it is when well.
    pub profile: Profile,
    /// What happens.
    pub scenario: Scenario,
    /// The watch; the scenario's device effects are added to it.
    pub watch: WatchOptions,
}

impl SimulatedPatient {
    /// A patient with a well-behaved watch.
    #[must_use]
    pub fn new(device: impl Into<String>, profile: Profile, scenario: Scenario) -> Self {
        Self {
            profile,
            scenario,
            watch: WatchOptions::new(device),
        }
    }
}

/// What a fleet is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetOptions {
    /// The seed of everything.
    pub seed: u64,
    /// The patients.
    pub patients: Vec<SimulatedPatient>,
    /// When the watches start, simulated epoch ms.
    pub start_ms: i64,
    /// Faults on every device's way.
    pub faults: FaultOptions,
}

/// What really happened to one device's patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceTruth {
    /// Device id.
    pub device: String,
    /// What happened.
    pub truth: Truth,
}

/// Many watches in one stream.
#[derive(Debug, Clone)]
pub struct Fleet {
    members: Vec<Member>,
    truths: Vec<DeviceTruth>,
    start_ms: i64,
}

impl Fleet {
    /// Builds the watches; nothing is sent yet.
    #[must_use]
    pub fn new(options: FleetOptions) -> Self {
        let chance = Chance::new(options.seed).child("fleet");
        let members: Vec<Member> = (0_u64..)
            .zip(options.patients)
            .map(|(number, patient)| {
                let own = chance.numbered(number);
                Member::new(patient, own, options.start_ms, options.faults)
            })
            .collect();
        Self {
            truths: members.iter().flat_map(Member::truths).collect(),
            members,
            start_ms: options.start_ms,
        }
    }

    /// When the watches start, simulated epoch ms.
    #[must_use]
    pub fn start_ms(&self) -> i64 {
        self.start_ms
    }

    /// Device ids, in the order of the options.
    #[must_use]
    pub fn devices(&self) -> Vec<String> {
        self.members
            .iter()
            .map(|member| member.watch.device().to_owned())
            .collect()
    }

    /// What really happens, to count alerts against.
    #[must_use]
    pub fn truths(&self) -> &[DeviceTruth] {
        &self.truths
    }

    /// Makes something happen to a watch or its patient from a simulated time on, which
    /// must not lie before what was returned already.
    ///
    /// # Errors
    /// It cannot be done, and nothing changed.
    pub fn order(&mut self, device: &str, order: Order, at_ms: i64) -> Result<(), OrderRefused> {
        let mut members = self.members.iter_mut();
        let member = members.find(|member| member.watch.device() == device);
        member
            .ok_or(OrderRefused::UnknownDevice)?
            .order(order, at_ms)?;
        self.truths = self.members.iter().flat_map(Member::truths).collect();
        Ok(())
    }

    /// Everything that leaves up to and including a simulated time and was not returned
    /// before, ordered by sending time.
    pub fn next_until(&mut self, until_ms: i64) -> Vec<OutgoingMessage> {
        let mut messages: Vec<OutgoingMessage> = Vec::new();
        for member in &mut self.members {
            for message in member.watch.run_until(until_ms) {
                member.injector.push(message);
            }
            messages.extend(member.injector.release_until(until_ms));
        }
        // Stable: messages of one device that leave together keep their order.
        messages.sort_by_key(|message| message.send_at_ms);
        messages
    }

    /// The stream up to a time as an iterator that holds one simulated minute at once.
    #[must_use]
    pub fn messages_until(self, end_ms: i64) -> FleetMessages {
        FleetMessages {
            now_ms: self.start_ms,
            fleet: self,
            end_ms,
            ready: Vec::new().into_iter(),
        }
    }

    /// Takes what each device really sent since the last call, in the order of the devices.
    pub fn take_logs(&mut self) -> Vec<SentLog> {
        self.members
            .iter_mut()
            .map(|member| member.injector.take_log())
            .collect()
    }
}

/// The stream of a fleet, made minute by minute.
#[derive(Debug)]
pub struct FleetMessages {
    fleet: Fleet,
    now_ms: i64,
    end_ms: i64,
    ready: std::vec::IntoIter<OutgoingMessage>,
}

impl FleetMessages {
    /// The fleet, for its truths.
    #[must_use]
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }
}

impl Iterator for FleetMessages {
    type Item = OutgoingMessage;

    fn next(&mut self) -> Option<OutgoingMessage> {
        loop {
            if let Some(message) = self.ready.next() {
                return Some(message);
            }
            if self.now_ms > self.end_ms {
                return None;
            }
            let until_ms = self.end_ms.min(self.now_ms + MINUTE_MS - 1);
            self.ready = self.fleet.next_until(until_ms).into_iter();
            // The book is the caller's of `next_until`; an iterator must stay bounded.
            self.fleet.take_logs();
            self.now_ms = until_ms + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fleet, FleetOptions};
    use crate::fault::FaultOptions;
    use crate::fleet::demo_fleet;
    use crate::physiology::HOUR_MS;

    const START_MS: i64 = 1_763_787_600_000;

    #[test]
    fn the_same_seed_gives_the_same_stream_byte_for_byte() {
        let stream = |seed| {
            let options = FleetOptions {
                faults: FaultOptions::ROUGH,
                ..demo_fleet(seed, START_MS)
            };
            Fleet::new(options).next_until(START_MS + HOUR_MS)
        };
        assert_eq!(stream(1), stream(1));
        assert_ne!(stream(1), stream(2));
    }

    #[test]
    fn the_stream_is_ordered_by_sending_time_and_slicing_changes_nothing() {
        let options = FleetOptions {
            faults: FaultOptions::ROUGH,
            ..demo_fleet(3, START_MS)
        };
        let whole = Fleet::new(options.clone()).next_until(START_MS + HOUR_MS);
        let sliced: Vec<_> = Fleet::new(options)
            .messages_until(START_MS + HOUR_MS)
            .collect();
        assert!(whole.is_sorted_by_key(|message| message.send_at_ms));
        assert_eq!(whole, sliced);
    }
}
