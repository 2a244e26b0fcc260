//! Silence against a literal rule, over random courses: raised to the second, once
//! for each silence, ended by data, whatever the watch's clock says, however old
//! what it forwards is, and across restarts at any moment.

use super::bed::{Bed, Said, reading};
use crate::detect::{Monitor, Source};
use crate::domain::{AlertKind, Priority, Vital};
use proptest::prelude::*;

const HR: Vital = Vital::HeartRate;
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;

/// One message, and what happens around it.
#[derive(Debug, Clone)]
struct Arrival {
    /// After the one before, ms.
    gap: i64,
    /// What its clock says, against when it arrives, ms.
    skew: i64,
    /// The service restarts between the two.
    restart: bool,
    /// When, within the gap, the clock is looked at.
    look: f64,
}

fn any_arrival() -> impl Strategy<Value = Arrival> {
    let gap = prop_oneof![
        4 => 1..5 * MINUTE,
        2 => 5 * MINUTE..40 * MINUTE,
        1 => 40 * MINUTE..30 * 60 * MINUTE,
    ];
    // In time, a skewed clock, and what was kept for hours.
    let skew = prop_oneof![
        3 => Just(0),
        1 => -4 * MINUTE..4 * MINUTE,
        1 => -180 * MINUTE..-MINUTE,
    ];
    (gap, skew, any::<bool>(), 0.0..1.0).prop_map(|(gap, skew, restart, look)| Arrival {
        gap,
        skew,
        restart,
        look,
    })
}

/// The literal rule: so long after the last arrival, to the second.
fn expected(arrivals: &[Arrival], tolerance: i64) -> Vec<(Said, i64)> {
    let (mut said, mut last) = (Vec::new(), 0);
    for arrival in arrivals {
        let now = last + arrival.gap;
        let due = last / SECOND * SECOND + tolerance;
        // What falls due by an arrival happens before it.
        if due <= now {
            said.push((Said::Raise(Priority::Medium), due));
            said.push((Said::Clear, now));
        }
        last = now;
    }
    said
}

fn restarted(monitor: &Monitor) -> Monitor {
    let bytes = postcard::to_allocvec(monitor).expect("it is written");
    postcard::from_bytes(&bytes).expect("it is read")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_silence_is_told_to_the_second_and_once_and_data_end_it(
        arrivals in prop::collection::vec(any_arrival(), 1..40),
        every in 30_u32..1_800,
    ) {
        let mut bed = Bed::expecting(&[(HR, every)]);
        bed.send(0, &[reading(0, HR, 70.0)], Source::Watch);
        let mut now = 0;
        for (count, arrival) in arrivals.iter().enumerate() {
            let look = now + (arrival.gap as f64 * arrival.look) as i64;
            bed.to(look);
            if arrival.restart {
                bed.monitor = restarted(&bed.monitor);
            }
            now += arrival.gap;
            let value = 70.0 + (count % 5) as f64;
            bed.send(now, &[reading(now + arrival.skew, HR, value)], Source::Watch);
        }
        let told = bed.news().into_iter();
        let told = told.filter(|(kind, ..)| *kind == AlertKind::Silent(HR));
        let told: Vec<_> = told.map(|(_, said, at)| (said, at)).collect();
        let tolerance = (4 * i64::from(every) * SECOND).max(15 * MINUTE);
        prop_assert_eq!(told, expected(&arrivals, tolerance));
    }
}
