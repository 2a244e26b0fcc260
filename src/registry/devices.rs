//! Commands about devices and who wears them.

use super::apply::{Applied, Change};
use super::{Assignment, AssignmentId, Command, CommandError, Device, Registry};
use crate::domain::{DeviceId, DeviceNumber, MeasuredTime, PatientId, PatientNumber};

impl Registry {
    pub(super) fn apply_to_device(
        &mut self,
        command: &Command,
        author: &str,
    ) -> Result<Applied, CommandError> {
        match command {
            Command::PutDevice { id, model } => {
                let number = self.put_device(id, model.as_deref());
                Ok(Applied::new(id.as_str(), vec![Change::Device(number)]))
            }
            Command::Assign {
                device,
                patient,
                start,
                end,
            } => self.assign(device, patient, (*start, *end), author),
            Command::EndAssignment { assignment, end } => self.end_assignment(*assignment, *end),
            _ => Ok(Applied::default()),
        }
    }

    /// Makes a device known, or changes its model; gives its number.
    pub fn put_device(&mut self, id: &DeviceId, model: Option<&str>) -> DeviceNumber {
        let known = self
            .device_number(id.as_str())
            .and_then(|number| self.device(number))
            .cloned();
        let mut device = known.unwrap_or_else(|| Device {
            number: DeviceNumber(u32::try_from(self.devices.len()).unwrap_or(u32::MAX)),
            id: id.clone(),
            model: String::new(),
            firmware: String::new(),
        });
        if let Some(model) = model {
            device.model = model.to_owned();
        }
        let number = device.number;
        self.insert_device(device);
        number
    }

    /// Notes what a status message says of a device; true when something changed.
    pub fn note_status(
        &mut self,
        number: DeviceNumber,
        model: Option<&str>,
        firmware: Option<&str>,
    ) -> bool {
        let Some(device) = self.devices.get_mut(number.0 as usize) else {
            return false;
        };
        let before = device.clone();
        if let Some(model) = model {
            device.model = model.to_owned();
        }
        if let Some(firmware) = firmware {
            device.firmware = firmware.to_owned();
        }
        *device != before
    }

    fn assign(
        &mut self,
        device: &DeviceId,
        patient: &PatientId,
        (start, end): (MeasuredTime, Option<MeasuredTime>),
        author: &str,
    ) -> Result<Applied, CommandError> {
        let to = self
            .patient_number(patient)
            .ok_or(CommandError::NotFound { what: "patient" })?;
        if let Some(end) = end
            && end <= start
        {
            return Err(CommandError::AssignmentEndsBeforeStart { start, end });
        }
        let mut changes = Vec::new();
        let number = match self.device_number(device.as_str()) {
            Some(number) => number,
            None => {
                let number = self.put_device(device, None);
                changes.push(Change::Device(number));
                number
            }
        };
        self.make_room(number, (start, end), to, &mut changes);
        let id = self.new_assignment(number, to, (start, end), author);
        changes.insert(changes.len(), Change::Assignment(id));
        changes.push(Change::Reattributed {
            device: number,
            starts: start,
            ends: end,
            from: None,
            to: Some(to),
        });
        Ok(Applied::new(id.0.to_string(), changes))
    }

    /// Trims what overlaps the new interval and names the readings that move.
    fn make_room(
        &mut self,
        device: DeviceNumber,
        (start, end): (MeasuredTime, Option<MeasuredTime>),
        to: PatientNumber,
        changes: &mut Vec<Change>,
    ) {
        let overlapping: Vec<Assignment> = self
            .assignments_of(device)
            .iter()
            .filter(|known| {
                known.start < known.end.unwrap_or(MeasuredTime::from_epoch_ms(i64::MAX))
            })
            .filter(|known| known.overlaps(start, end))
            .cloned()
            .collect();
        for known in overlapping {
            if known.patient != to {
                changes.push(Change::Reattributed {
                    device,
                    starts: known.start.max(start),
                    ends: earlier(known.end, end),
                    from: Some(known.patient),
                    to: Some(to),
                });
            }
            self.trim(&known, (start, end), changes);
        }
    }

    /// Keeps of `known` what lies before and after the new interval.
    fn trim(
        &mut self,
        known: &Assignment,
        (start, end): (MeasuredTime, Option<MeasuredTime>),
        changes: &mut Vec<Change>,
    ) {
        let keeps_right = end.filter(|end| known.end.is_none_or(|known_end| *end < known_end));
        let left_end = start.max(known.start);
        self.insert_assignment(Assignment {
            end: Some(left_end),
            ..known.clone()
        });
        changes.push(Change::Assignment(known.id));
        if let Some(right) = keeps_right {
            let id = self.new_assignment(
                known.device,
                known.patient,
                (right, known.end),
                &known.author,
            );
            changes.push(Change::Assignment(id));
        }
    }

    fn new_assignment(
        &mut self,
        device: DeviceNumber,
        patient: PatientNumber,
        (start, end): (MeasuredTime, Option<MeasuredTime>),
        author: &str,
    ) -> AssignmentId {
        let id = AssignmentId(self.newest_assignment + 1);
        let author = author.to_owned();
        self.insert_assignment(Assignment {
            id,
            device,
            patient,
            start,
            end,
            author,
        });
        id
    }

    fn end_assignment(
        &mut self,
        id: AssignmentId,
        end: MeasuredTime,
    ) -> Result<Applied, CommandError> {
        let known = self
            .assignment(id)
            .ok_or(CommandError::NotFound { what: "assignment" })?
            .clone();
        if end <= known.start {
            return Err(CommandError::AssignmentEndsBeforeStart {
                start: known.start,
                end,
            });
        }
        if known.end.is_some_and(|known_end| known_end <= end) {
            return Err(CommandError::Conflict {
                problem: "the assignment already ends before that; make a new one instead"
                    .to_owned(),
            });
        }
        let moved = Change::Reattributed {
            device: known.device,
            starts: end,
            ends: known.end,
            from: Some(known.patient),
            to: None,
        };
        self.insert_assignment(Assignment {
            end: Some(end),
            ..known
        });
        Ok(Applied::new(
            id.0.to_string(),
            vec![Change::Assignment(id), moved],
        ))
    }
}

/// The earlier of two ends, where none means never.
fn earlier(one: Option<MeasuredTime>, other: Option<MeasuredTime>) -> Option<MeasuredTime> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
