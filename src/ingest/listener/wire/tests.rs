//! No bytes may panic; what is kept is read back.

use super::*;
use bytes::Bytes;
use proptest::prelude::*;

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), five in any::<bool>()) {
        let version = if five { Version::V5 } else { Version::V4 };
        let mut stream = Bytes::from(bytes.clone());
        while let Ok(Next::Frame(frame)) = next_frame(&mut stream, 1000) {
            let _ = Publish::read(&frame, version);
            let _ = Packet::read(&frame, version);
            let _ = Connect::read(&frame.body);
        }
        let mut behind_the_name = b"\0\x04MQTT".to_vec();
        behind_the_name.push(if five { 5 } else { 4 });
        behind_the_name.extend(bytes);
        let _ = Connect::read(&behind_the_name);
    }

    #[test]
    fn a_will_is_read_back_as_it_was_kept(
        topic in ".*", payload in prop::collection::vec(any::<u8>(), 0..50),
        delay_seconds in any::<u32>(), content_type in prop::option::of(".*"),
    ) {
        let will = Will { topic, payload, delay_seconds, content_type };
        prop_assert!(Will::decode(&will.encode()) == Some(will));
    }
}
