//! Chunks: everything comes back, and no bytes make them panic.

use crate::domain::{
    ClinicalTime, DeviceNumber, MeasuredTime, Quality, Reading, ReadingSource, Vital,
};
use crate::store::chunk::{Batch, Chunk};
use crate::store::{Entry, EntryHeader};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Message {
    step: i64,
    delay: i64,
    device: u32,
    header: (u8, bool, Option<i64>),
    cells: Vec<(i64, u8, f64, Quality)>,
}

fn message() -> impl Strategy<Value = Message> {
    let value = prop_oneof![
        8 => (0_i64..5000).prop_map(|tenths| tenths as f64 / 10.0),
        1 => (0_i64..10).prop_map(|halves| 60.0 + halves as f64 / 2.0),
        1 => any::<f64>(),
    ];
    let quality = prop_oneof![
        3 => Just(Quality::Good),
        1 => (0_u8..48).prop_filter_map("not a quality", Quality::from_code),
    ];
    let offset = prop_oneof![8 => Just(0_i64), 4 => -20_000_i64..0, 1 => any::<i64>()];
    let cell = (offset, 0_u8..16, value, quality);
    (
        prop_oneof![Just(0_i64), 4_800_i64..5_200],
        prop_oneof![9 => 0_i64..400, 1 => 0_i64..10_000_000],
        1_u32..4,
        (0_u8..3, any::<bool>(), proptest::option::of(any::<i64>())),
        proptest::collection::vec(cell, 0..6),
    )
        .prop_map(|(step, delay, device, header, cells)| Message {
            step,
            delay,
            device,
            header,
            cells,
        })
}

fn batch(messages: &[Message]) -> Batch {
    let mut batch = Batch::default();
    let mut stamp = 1_795_305_600_000_i64;
    for message in messages {
        stamp += message.step;
        let (source, times_from_arrival, original) = message.header;
        let header = EntryHeader {
            source: ReadingSource::from_code(source).expect("below three"),
            session: None,
            sequence: None,
            payload_hash: 0,
            times_from_arrival,
            original_arrival: original.map(ClinicalTime::from_epoch_ms),
        };
        let reading = |&(offset, vital, value, _): &(i64, u8, f64, Quality)| Reading {
            at: MeasuredTime::from_epoch_ms((stamp - message.delay).wrapping_add(offset)),
            vital: Vital::from_code(vital).expect("below sixteen"),
            value,
        };
        let entry = Entry {
            header,
            readings: message.cells.iter().map(reading).collect(),
            qualities: message.cells.iter().map(|cell| cell.3).collect(),
        };
        let stamp = ClinicalTime::from_epoch_ms(stamp);
        batch.push_entry(&entry, stamp, DeviceNumber(message.device));
    }
    batch
}

fn same(found: &Batch, sent: &Batch) {
    assert_eq!(found.moments, sent.moments);
    let bits = |batch: &Batch| -> Vec<_> {
        let bits = |cell: &crate::store::chunk::Cell| {
            (cell.vital, cell.value.to_bits(), cell.quality.code())
        };
        batch.cells.iter().map(bits).collect()
    };
    assert!(bits(found) == bits(sent));
}

proptest! {
    #[test]
    fn a_chunk_gives_everything_back_bit_for_bit_in_journal_order(
        messages in proptest::collection::vec(message(), 1..150),
    ) {
        let sent = batch(&messages);
        let Some(body) = sent.encode() else {
            prop_assert!(sent.moments.is_empty());
            return Ok(());
        };
        let found = Chunk::parse(&body).expect("parses").batch().expect("decodes");
        same(&found, &sent);
    }

    #[test]
    fn a_changed_byte_is_always_found(
        messages in proptest::collection::vec(message(), 1..40),
        place in any::<proptest::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let Some(mut body) = batch(&messages).encode() else { return Ok(()); };
        let place = place.index(body.len());
        body[place] ^= 1 << bit;
        let found = Chunk::parse(&body).and_then(|chunk| chunk.batch());
        prop_assert!(found.is_err());
    }

    #[test]
    fn garbage_is_refused_without_a_panic(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        if let Some(version) = bytes.first_mut() {
            *version = 1;
        }
        prop_assert!(Chunk::parse(&bytes).and_then(|chunk| chunk.batch()).is_err());
    }
}

#[test]
fn merged_batches_equal_the_batch_of_all_messages() {
    let message = |step| Message {
        step,
        delay: 100,
        device: 1,
        header: (0, false, None),
        cells: vec![
            (0, 0, 61.5, Quality::Good),
            (-5_000, 0, 62.0, Quality::Good),
        ],
    };
    let all: Vec<_> = (0..100).map(|i| message(5_000 + i % 7)).collect();
    let whole = batch(&all);
    let mut merged = batch(&all[..40]);
    let mut rest = whole.clone();
    rest.moments.drain(..80);
    let encoded = merged.encode().expect("not empty");
    merged = Chunk::parse(&encoded)
        .expect("parses")
        .batch()
        .expect("decodes");
    for moment in &rest.moments {
        let cells = whole.cells_of(moment).to_vec();
        let moments = vec![crate::store::chunk::Moment {
            cells: 0..cells.len(),
            ..moment.clone()
        }];
        merged.append(&Batch { moments, cells });
    }
    same(&merged, &whole);
}
