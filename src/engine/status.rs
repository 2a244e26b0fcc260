//! What a device says about itself: status messages and its Last Will.

use super::core::Core;
use super::input::Whole;
use super::readings::MessageContext;
use crate::detect::DeviceEvent;
use crate::domain::{
    ClinicalTime, DeviceId, DeviceNumber, DeviceStatus, QuarantineReason, ReadingSource, WallTime,
};
use crate::store::{EntryHeader, Write};
use std::sync::Arc;

impl Core {
    pub(super) fn on_status(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        id: &DeviceId,
        status: &DeviceStatus,
    ) {
        let Some(device) = self.registry.device_number(id.as_str()) else {
            let topic = "status".to_owned();
            let reason = QuarantineReason::UnknownDevice;
            self.quarantine(stamp, Some(id.clone()), topic, reason, &[], Whole::of(&[]));
            return;
        };
        if self.is_stale(device, status) {
            self.counters.stale_wills.add(1);
            return;
        }
        self.note_document(device, status);
        if !status.expected.is_empty() {
            self.expect(stamp, received, device, status);
        }
        let Some(state) = self.devices.get_mut(device.0 as usize) else {
            return;
        };
        let before = state.online.replace((status.online, status.session));
        self.save_device(device);
        if before.map(|(online, _)| online) != Some(status.online) {
            let event = if status.online {
                DeviceEvent::Online
            } else {
                DeviceEvent::Offline
            };
            self.device_event(status_context(stamp, received, device), &event);
        }
    }

    /// A Will of an older session than the one heard since is ignored.
    fn is_stale(&self, device: DeviceNumber, status: &DeviceStatus) -> bool {
        let known = self
            .devices
            .get(device.0 as usize)
            .and_then(|state| state.newest_session());
        !status.online && status.session.is_some() && status.session < known
    }

    fn note_document(&mut self, device: DeviceNumber, status: &DeviceStatus) {
        let (model, firmware) = (status.model.as_deref(), status.firmware.as_deref());
        if self.registry.note_status(device, model, firmware)
            && let Some(document) = self.registry.device(device).cloned()
        {
            self.batch.write(Write::Device(document));
        }
    }

    /// Takes the watch's own cadence for vitals for which none is registered.
    fn expect(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        device: DeviceNumber,
        status: &DeviceStatus,
    ) {
        let Some(number) = self.registry.current_wearer(device) else {
            return;
        };
        if !self.registry.expect(number, &status.expected) {
            return;
        }
        let Some(patient) = self.registry.patient(number).cloned() else {
            return;
        };
        let context = Arc::new(patient.context.clone());
        self.on_context(stamp, received, number, context);
        self.batch.write(Write::Patient(Box::new(patient)));
    }

    /// Writes a device's snapshot in this batch.
    pub(super) fn save_device(&mut self, device: DeviceNumber) {
        let Some(state) = self.devices.get(device.0 as usize) else {
            return;
        };
        let seq = self.next_seq.saturating_sub(1);
        let row = super::snapshot::row(device.0, seq, state);
        self.batch.write(Write::DeviceState(row));
    }
}

fn status_context(stamp: ClinicalTime, received: WallTime, device: DeviceNumber) -> MessageContext {
    let header = EntryHeader {
        source: ReadingSource::Watch,
        session: None,
        sequence: None,
        payload_hash: 0,
        times_from_arrival: false,
        original_arrival: None,
    };
    MessageContext {
        stamp,
        received,
        device,
        header,
    }
}
