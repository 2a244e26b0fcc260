//! All documents in memory, and the answers to who is who.

use super::{
    AccessToken, Account, Assignment, AssignmentId, Device, DeviceCredential, Endpoint, NoteMark,
    Patient, Ward,
};
use crate::domain::{
    DeviceId, DeviceNumber, EndpointId, MeasuredTime, PatientId, PatientNumber, WardId,
};
use std::collections::{BTreeMap, HashMap};

/// All documents of the registry, in memory.
#[derive(Default, Clone)]
pub struct Registry {
    pub(super) wards: BTreeMap<WardId, Ward>,
    pub(super) patients: Vec<Patient>,
    pub(super) patient_numbers: HashMap<PatientId, PatientNumber>,
    pub(super) devices: Vec<Device>,
    pub(super) device_numbers: HashMap<Box<str>, DeviceNumber>,
    /// For each device its assignments, which never overlap.
    pub(super) assignments: Vec<Vec<Assignment>>,
    pub(super) newest_assignment: u64,
    pub(super) endpoints: BTreeMap<EndpointId, Endpoint>,
    pub(super) tokens: BTreeMap<String, AccessToken>,
    pub(super) credentials: BTreeMap<DeviceId, DeviceCredential>,
    pub(super) accounts: BTreeMap<String, Account>,
    /// Marks of each patient's notes, the oldest first.
    pub(super) notes: HashMap<PatientNumber, Vec<NoteMark>>,
    pub(super) newest_note: u64,
}

/// The documents as a store keeps them.
#[derive(Default)]
pub struct Documents {
    /// In any order.
    pub wards: Vec<Ward>,
    /// In the order of their numbers, which are dense from 0.
    pub patients: Vec<Patient>,
    /// In the order of their numbers, which are dense from 0.
    pub devices: Vec<Device>,
    /// In any order.
    pub assignments: Vec<Assignment>,
    /// In any order.
    pub endpoints: Vec<Endpoint>,
    /// In any order.
    pub tokens: Vec<AccessToken>,
    /// In any order.
    pub credentials: Vec<DeviceCredential>,
    /// In any order.
    pub accounts: Vec<Account>,
    /// In the order of their numbers.
    pub notes: Vec<NoteMark>,
}

impl Registry {
    /// The registry of stored `documents`.
    pub fn new(documents: Documents) -> Self {
        let mut registry = Self {
            wards: documents
                .wards
                .into_iter()
                .map(|ward| (ward.id.clone(), ward))
                .collect(),
            endpoints: documents
                .endpoints
                .into_iter()
                .map(|e| (e.id.clone(), e))
                .collect(),
            tokens: documents
                .tokens
                .into_iter()
                .map(|t| (t.name.clone(), t))
                .collect(),
            credentials: documents
                .credentials
                .into_iter()
                .map(|c| (c.device.clone(), c))
                .collect(),
            accounts: documents
                .accounts
                .into_iter()
                .map(|a| (a.name.clone(), a))
                .collect(),
            ..Self::default()
        };
        documents
            .patients
            .into_iter()
            .for_each(|patient| registry.insert_patient(patient));
        documents
            .devices
            .into_iter()
            .for_each(|device| registry.insert_device(device));
        documents
            .assignments
            .into_iter()
            .for_each(|a| registry.insert_assignment(a));
        documents
            .notes
            .into_iter()
            .for_each(|mark| registry.insert_note(mark));
        registry
    }

    pub(super) fn insert_patient(&mut self, patient: Patient) {
        self.patient_numbers
            .insert(patient.id.clone(), patient.number);
        match self.patients.get_mut(patient.number.0 as usize) {
            Some(place) => *place = patient,
            None => self.patients.push(patient),
        }
    }

    pub(super) fn insert_device(&mut self, device: Device) {
        self.device_numbers
            .insert(device.id.as_str().into(), device.number);
        match self.devices.get_mut(device.number.0 as usize) {
            Some(place) => *place = device,
            None => {
                self.devices.push(device);
                self.assignments.push(Vec::new());
            }
        }
    }

    pub(super) fn insert_assignment(&mut self, assignment: Assignment) {
        self.newest_assignment = self.newest_assignment.max(assignment.id.0);
        let Some(of_device) = self.assignments.get_mut(assignment.device.0 as usize) else {
            return;
        };
        match of_device.iter_mut().find(|known| known.id == assignment.id) {
            Some(known) => *known = assignment,
            None => of_device.push(assignment),
        }
        of_device.sort_by_key(|known| known.start);
    }

    /// Who wore `device` at `at`, and the assignment that says so.
    pub fn wearer(&self, device: DeviceNumber, at: MeasuredTime) -> Option<&Assignment> {
        let of_device = self.assignments.get(device.0 as usize)?;
        of_device
            .iter()
            .rev()
            .find(|assignment| assignment.covers(at))
    }

    /// Who wears `device` by its newest assignment that is still open.
    pub fn current_wearer(&self, device: DeviceNumber) -> Option<PatientNumber> {
        let of_device = self.assignments.get(device.0 as usize)?;
        of_device
            .last()
            .filter(|a| a.end.is_none())
            .map(|a| a.patient)
    }

    /// All assignments of `device`, oldest start first.
    pub fn assignments_of(&self, device: DeviceNumber) -> &[Assignment] {
        self.assignments
            .get(device.0 as usize)
            .map_or(&[], Vec::as_slice)
    }

    /// An assignment by its number.
    pub fn assignment(&self, id: AssignmentId) -> Option<&Assignment> {
        self.assignments
            .iter()
            .flatten()
            .find(|assignment| assignment.id == id)
    }

    /// A patient by number.
    pub fn patient(&self, number: PatientNumber) -> Option<&Patient> {
        self.patients.get(number.0 as usize)
    }

    /// A patient's number.
    pub fn patient_number(&self, id: &PatientId) -> Option<PatientNumber> {
        self.patient_numbers.get(id).copied()
    }

    /// How many patients there are; numbers run from 0 below it.
    pub fn patient_count(&self) -> usize {
        self.patients.len()
    }

    /// A device by number.
    pub fn device(&self, number: DeviceNumber) -> Option<&Device> {
        self.devices.get(number.0 as usize)
    }

    /// A device's number.
    pub fn device_number(&self, id: &str) -> Option<DeviceNumber> {
        self.device_numbers.get(id).copied()
    }

    /// How many devices there are; numbers run from 0 below it.
    pub fn device_count(&self) -> usize {
        self.devices.len()
    }

    /// A ward.
    pub fn ward(&self, id: &WardId) -> Option<&Ward> {
        self.wards.get(id)
    }

    /// An endpoint.
    pub fn endpoint(&self, id: &EndpointId) -> Option<&Endpoint> {
        self.endpoints.get(id)
    }

    /// All endpoints, in the order of their ids.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.values()
    }

    /// A token by name.
    pub fn token(&self, name: &str) -> Option<&AccessToken> {
        self.tokens.get(name)
    }

    /// Tokens in force.
    pub fn tokens_in_force(&self) -> impl Iterator<Item = &AccessToken> {
        self.tokens.values().filter(|token| token.revoked.is_none())
    }

    /// An account by name, closed ones too.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.get(name)
    }

    /// Accounts that are not closed, by name.
    pub fn accounts_in_force(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values().filter(|one| one.closed.is_none())
    }

    /// A device's credential.
    pub fn credential(&self, device: &DeviceId) -> Option<&DeviceCredential> {
        self.credentials.get(device)
    }

    /// Device credentials in force.
    pub fn credentials_in_force(&self) -> impl Iterator<Item = &DeviceCredential> {
        self.credentials
            .values()
            .filter(|credential| credential.revoked.is_none())
    }
}
