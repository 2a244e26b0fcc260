//! Committed data in memory: a harness for the API's tests, nothing else.

use crate::api::source::{
    AssignmentsOf, AuditView, Bucket, ComponentHealth, ReadError, ReadSource, Telling,
};
use crate::domain::{
    AlertId, ClinicalTime, DeviceId, DeviceNumber, EndpointId, MeasuredTime, PatientId,
    PatientNumber, Silence, Vital, WardId,
};
use crate::engine::UsualThen;
use crate::registry::{Assignment, AssignmentId, Device, Endpoint, Note, Patient, Ward};
use crate::store::{
    AlertEventView, AlertFilter, AlertView, ChannelMeasured, DeliveryView, LatestValue, NotesQuery,
    OrderView, PointView, QuarantineView, ReadingsQuery, StandingView,
};
use std::sync::{Mutex, MutexGuard};

#[derive(Default)]
pub(super) struct World {
    data: Mutex<Data>,
}

#[derive(Default)]
pub(super) struct Data {
    pub(super) wards: Vec<Ward>,
    pub(super) patients: Vec<Patient>,
    pub(super) devices: Vec<Device>,
    pub(super) assignments: Vec<Assignment>,
    pub(super) points: Vec<PointView>,
    /// With the handling and priority that a filter asks for.
    pub(super) alerts: Vec<(AlertView, &'static str, &'static str)>,
    pub(super) events: Vec<AlertEventView>,
    /// Rows of the journal and of whom they are.
    pub(super) journal: Vec<(u64, PatientNumber)>,
    pub(super) known_since: Option<ClinicalTime>,
    /// What was ordered about whom, oldest first.
    pub(super) orders: Vec<(PatientId, OrderView)>,
    /// Documents of alert events: whose, when.
    pub(super) told: Vec<(PatientNumber, ClinicalTime, String)>,
    /// Alerts as they stand since a moment.
    pub(super) standing: Vec<(PatientNumber, ClinicalTime, StandingView)>,
    /// The oldest first.
    pub(super) notes: Vec<Note>,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) deliveries: Vec<DeliveryView>,
    pub(super) measured: ChannelMeasured,
    pub(super) silences: Vec<Silence>,
    pub(super) quarantine: Vec<QuarantineView>,
    pub(super) audit: Vec<AuditView>,
    pub(super) scores: Option<serde_json::Value>,
    /// Level and spread of a vital when any alert was raised; none: not kept.
    pub(super) usual_then: Option<(Vital, Option<(f64, f64)>)>,
    pub(super) explanation: serde_json::Value,
    pub(super) health: Option<ComponentHealth>,
    /// The filter that was asked for last.
    pub(super) last_filter: Option<AlertFilter>,
    pub(super) last_query: Option<ReadingsQuery>,
    pub(super) broken: bool,
}

impl World {
    pub(super) fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().expect("not poisoned")
    }

    fn read<T>(&self, reading: impl FnOnce(&mut Data) -> T) -> Result<T, ReadError> {
        let mut data = self.data();
        if data.broken {
            return Err(ReadError {
                what: "anything",
                source: "the disk is gone".into(),
            });
        }
        Ok(reading(&mut data))
    }
}

fn chosen<'a>(data: &'a Data, query: &'a ReadingsQuery) -> impl Iterator<Item = &'a PointView> {
    data.points.iter().filter(move |point| {
        let of_vitals = query.vitals.is_empty() || query.vitals.contains(&point.vital);
        of_vitals
            && (query.from..query.until).contains(&point.at)
            && query.known_at.is_none_or(|known| point.arrived <= known)
    })
}

impl ReadSource for World {
    fn readings(&self, query: &ReadingsQuery) -> Result<(Vec<PointView>, bool), ReadError> {
        self.read(|data| {
            data.last_query = Some(query.clone());
            let mut points: Vec<PointView> = chosen(data, query).copied().collect();
            points.sort_by_key(|point| (point.vital, point.at));
            let more = points.len() > query.limit;
            points.truncate(query.limit);
            (points, more)
        })
    }

    fn bucketed(
        &self,
        query: &ReadingsQuery,
        bucket_ms: u32,
    ) -> Result<(Vec<Bucket>, bool), ReadError> {
        self.read(|data| {
            let mut points: Vec<PointView> = chosen(data, query).copied().collect();
            points.sort_by_key(|point| (point.vital, point.at));
            let width = i64::from(bucket_ms);
            let stretch = |point: &PointView| point.at.epoch_ms().div_euclid(width);
            let same = |one: &PointView, other: &PointView| {
                one.vital == other.vital && stretch(one) == stretch(other)
            };
            let buckets = points.chunk_by(same).map(|points| {
                let good = points.iter().filter(|point| point.quality.is_good());
                let values: Vec<f64> = good.map(|point| point.value).collect();
                let last = points.iter().rfind(|point| point.quality.is_good());
                let delays = points.iter();
                let delays = delays.map(|point| point.arrived.epoch_ms() - point.at.epoch_ms());
                let count = values.len() as u32;
                Bucket {
                    vital: points[0].vital,
                    start: MeasuredTime::from_epoch_ms(stretch(&points[0]) * width),
                    count,
                    min: values.iter().copied().reduce(f64::min),
                    max: values.iter().copied().reduce(f64::max),
                    mean: (count > 0).then(|| values.iter().sum::<f64>() / f64::from(count)),
                    last: values.last().copied(),
                    last_at: last.map(|point| point.at),
                    last_arrived: last.map(|point| point.arrived),
                    delay_ms_max: delays.max().unwrap_or(0).max(0),
                    suspect: points.len() as u32 - count,
                    artefact: 0,
                }
            });
            (buckets.collect(), false)
        })
    }

    fn latest(&self, patient: PatientNumber) -> Result<Vec<LatestValue>, ReadError> {
        self.latest_known(patient, ClinicalTime::from_epoch_ms(i64::MAX))
    }

    fn latest_known(
        &self,
        patient: PatientNumber,
        at: ClinicalTime,
    ) -> Result<Vec<LatestValue>, ReadError> {
        self.read(|data| {
            let mut newest: Vec<PointView> = Vec::new();
            let known = (data.points.iter()).filter(|p| p.device.0 == patient.0 && p.arrived <= at);
            for point in known.filter(|point| point.quality.is_good()) {
                match newest.iter_mut().find(|other| other.vital == point.vital) {
                    Some(other) if other.at < point.at => *other = *point,
                    Some(_) => {}
                    None => newest.push(*point),
                }
            }
            newest
                .into_iter()
                .map(|point| LatestValue { point })
                .collect()
        })
    }

    fn known_since(&self) -> Result<Option<ClinicalTime>, ReadError> {
        self.read(|data| data.known_since)
    }

    fn patient(&self, id: &PatientId) -> Result<Option<Patient>, ReadError> {
        self.read(|data| data.patients.iter().find(|known| known.id == *id).cloned())
    }

    fn patient_by_number(&self, number: PatientNumber) -> Result<Option<Patient>, ReadError> {
        self.read(|data| {
            data.patients
                .iter()
                .find(|known| known.number == number)
                .cloned()
        })
    }

    fn patients(
        &self,
        ward: Option<&WardId>,
        after: Option<&PatientId>,
        limit: usize,
    ) -> Result<Vec<Patient>, ReadError> {
        self.read(|data| {
            let of_ward = data
                .patients
                .iter()
                .filter(|p| ward.is_none_or(|ward| p.ward == *ward));
            let mut patients: Vec<Patient> = of_ward
                .filter(|p| after.is_none_or(|after| p.id > *after))
                .cloned()
                .collect();
            patients.sort_by(|one, other| one.id.cmp(&other.id));
            patients.truncate(limit);
            patients
        })
    }

    fn wards(&self) -> Result<Vec<Ward>, ReadError> {
        self.read(|data| data.wards.clone())
    }

    fn devices(&self, after: Option<&DeviceId>, limit: usize) -> Result<Vec<Device>, ReadError> {
        self.read(|data| {
            let behind = data
                .devices
                .iter()
                .filter(|d| after.is_none_or(|after| d.id > *after));
            behind.take(limit).cloned().collect()
        })
    }

    fn device(&self, id: &DeviceId) -> Result<Option<Device>, ReadError> {
        self.read(|data| data.devices.iter().find(|known| known.id == *id).cloned())
    }

    fn device_by_number(&self, number: DeviceNumber) -> Result<Option<Device>, ReadError> {
        self.read(|data| {
            data.devices
                .iter()
                .find(|known| known.number == number)
                .cloned()
        })
    }

    fn assignments(&self, of: AssignmentsOf) -> Result<Vec<Assignment>, ReadError> {
        self.read(|data| {
            let is_of = |a: &&Assignment| match of {
                AssignmentsOf::Patient(number) => a.patient == number,
                AssignmentsOf::Device(number) => a.device == number,
            };
            data.assignments.iter().filter(is_of).cloned().collect()
        })
    }

    fn assignment(&self, id: AssignmentId) -> Result<Option<Assignment>, ReadError> {
        self.read(|data| data.assignments.iter().find(|one| one.id == id).cloned())
    }

    fn alerts(&self, filter: &AlertFilter) -> Result<Vec<AlertView>, ReadError> {
        self.read(|data| {
            data.last_filter = Some(filter.clone());
            let fits = |wanted: &[String], is: &str| {
                wanted.is_empty() || wanted.iter().any(|word| word == is)
            };
            let mut alerts: Vec<AlertView> = data
                .alerts
                .iter()
                .filter(|(alert, handling, priority)| {
                    let of = data.patients.iter().find(|one| one.id == alert.patient);
                    let on_ward = of.is_none_or(|patient| filter.wards.contains(&patient.ward));
                    let asked = filter.patient.as_ref();
                    (filter.wards.is_empty() || on_ward)
                        && asked.is_none_or(|patient| alert.patient == *patient)
                        && fits(&filter.handling, handling)
                        && fits(&filter.priority, priority)
                })
                .map(|(alert, ..)| alert.clone())
                .collect();
            alerts.sort_by_key(|alert| std::cmp::Reverse((alert.newest_event, alert.id.clone())));
            if let Some(after) = &filter.after {
                alerts.retain(|alert| (alert.newest_event, alert.id.clone()) < *after);
            }
            alerts.truncate(filter.limit);
            alerts
        })
    }

    fn alert(&self, id: &AlertId) -> Result<Option<AlertView>, ReadError> {
        self.read(|data| {
            let found = data.alerts.iter().find(|(alert, ..)| alert.id == *id);
            found.map(|(alert, ..)| alert.clone())
        })
    }

    fn usual_when_raised(&self, _: &AlertId, vital: Vital) -> Result<UsualThen, ReadError> {
        self.read(|data| match data.usual_then {
            Some((of, range)) if of == vital => UsualThen::Was(range),
            Some(_) => UsualThen::Was(None),
            None => UsualThen::NotKept,
        })
    }

    fn explanation(&self, id: &AlertId) -> Result<Option<serde_json::Value>, ReadError> {
        self.read(|data| {
            let known = data.alerts.iter().any(|(alert, ..)| alert.id == *id);
            known.then(|| data.explanation.clone())
        })
    }

    fn alert_events_of(&self, id: &AlertId) -> Result<Vec<AlertEventView>, ReadError> {
        let needle = format!("\"{}\"", id.as_str());
        self.read(|data| {
            let of_alert = data
                .events
                .iter()
                .filter(|event| event.document.contains(&needle));
            of_alert.cloned().collect()
        })
    }

    fn alert_events_after(&self, seq: u64, limit: usize) -> Result<Vec<AlertEventView>, ReadError> {
        self.read(|data| {
            let behind = data.events.iter().filter(|event| event.seq > seq);
            behind.take(limit).cloned().collect()
        })
    }

    fn changed_after(
        &self,
        seq: u64,
        limit: usize,
    ) -> Result<(Vec<PatientNumber>, u64), ReadError> {
        self.read(|data| {
            let after = data.journal.iter().filter(|(at, _)| *at > seq);
            let newest = data.journal.last().map_or(0, |(at, _)| *at);
            (after.take(limit).map(|(_, of)| *of).collect(), newest)
        })
    }

    fn event_bounds(&self) -> Result<Option<(u64, u64)>, ReadError> {
        self.read(|data| Some((data.events.first()?.seq, data.events.last()?.seq)))
    }

    fn patients_ever_on(
        &self,
        ward: Option<&WardId>,
        limit: usize,
    ) -> Result<Vec<Patient>, ReadError> {
        self.read(|data| {
            let of_ward = data.patients.iter().filter(|patient| {
                let was = data.orders.iter().any(|(id, order)| {
                    let named = ward.is_some_and(|ward| order.document.contains(ward.as_str()));
                    *id == patient.id && named
                });
                was || ward.is_none_or(|ward| patient.ward == *ward)
            });
            of_ward.take(limit).cloned().collect()
        })
    }

    fn orders_about(&self, patient: &PatientId, limit: usize) -> Result<Vec<OrderView>, ReadError> {
        self.read(|data| {
            let about = data.orders.iter().filter(|(id, _)| id == patient);
            about.take(limit).map(|(_, order)| order.clone()).collect()
        })
    }

    fn alert_events_between(
        &self,
        patient: PatientNumber,
        from: ClinicalTime,
        until: ClinicalTime,
        limit: usize,
    ) -> Result<Vec<String>, ReadError> {
        self.read(|data| {
            let of = data.told.iter();
            let of = of.filter(|(number, at, _)| *number == patient && (from..until).contains(at));
            of.take(limit).map(|(.., told)| told.clone()).collect()
        })
    }

    fn standing_alerts(
        &self,
        patient: PatientNumber,
        at: ClinicalTime,
        limit: usize,
    ) -> Result<Vec<StandingView>, ReadError> {
        self.read(|data| {
            let of = data
                .standing
                .iter()
                .filter(|(number, since, _)| *number == patient && *since <= at);
            of.take(limit).map(|(.., view)| view.clone()).collect()
        })
    }

    fn notes(&self, query: &NotesQuery) -> Result<Vec<Note>, ReadError> {
        self.read(|data| {
            let of = data.notes.iter().rev();
            let of = of.filter(|note| note.patient == query.patient);
            let of = of.filter(|note| (query.from..query.until).contains(&note.at));
            let of = of.filter(|note| query.before.is_none_or(|before| note.id < before));
            of.take(query.limit).cloned().collect()
        })
    }

    fn endpoints(&self) -> Result<Vec<Endpoint>, ReadError> {
        self.read(|data| data.endpoints.clone())
    }

    fn endpoint(&self, id: &EndpointId) -> Result<Option<Endpoint>, ReadError> {
        self.read(|data| data.endpoints.iter().find(|known| known.id == *id).cloned())
    }

    fn deliveries(
        &self,
        endpoint: &EndpointId,
        state: Option<&str>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<DeliveryView>, ReadError> {
        self.read(|data| {
            let of = data
                .deliveries
                .iter()
                .rev()
                .filter(|d| d.endpoint == endpoint.as_str());
            let of = of.filter(|d| state.is_none_or(|state| d.state == state));
            let of = of.filter(|d| before.is_none_or(|before| d.number < before));
            of.take(limit).cloned().collect()
        })
    }

    fn tellings(&self, alert: &AlertId, limit: usize) -> Result<Vec<Telling>, ReadError> {
        let needle = format!("\"{}\"", alert.as_str());
        self.read(|data| {
            let about = data
                .deliveries
                .iter()
                .filter(|delivery| String::from_utf8_lossy(&delivery.body).contains(&needle));
            let telling = |delivery: &DeliveryView| {
                let known = data.endpoints.iter();
                let mut known = known.filter(|known| known.id.as_str() == delivery.endpoint);
                Telling {
                    channel: known
                        .next()
                        .map_or_else(|| delivery.endpoint.clone(), |known| known.label.clone()),
                    delivery: delivery.clone(),
                }
            };
            about.take(limit).map(telling).collect()
        })
    }

    fn channel_measured(&self, _: &EndpointId) -> Result<ChannelMeasured, ReadError> {
        self.read(|data| data.measured.clone())
    }

    fn silences(&self) -> Result<Vec<Silence>, ReadError> {
        self.read(|data| data.silences.clone())
    }

    fn routing(&self) -> Result<serde_json::Value, ReadError> {
        self.read(|_| serde_json::json!({ "version": "0011223344556677" }))
    }

    fn route_plan(
        &self,
        id: &AlertId,
        at: Option<ClinicalTime>,
    ) -> Result<Option<serde_json::Value>, ReadError> {
        self.read(|data| {
            let known = data.alerts.iter().any(|(alert, ..)| alert.id == *id);
            known.then(|| serde_json::json!({ "at_ms": at.map(ClinicalTime::epoch_ms) }))
        })
    }

    fn quarantine(
        &self,
        before: Option<i64>,
        limit: usize,
        device: Option<&DeviceId>,
    ) -> Result<Vec<QuarantineView>, ReadError> {
        self.read(|data| {
            let of = data.quarantine.iter().rev();
            let of = of.filter(|q| device.is_none() || q.device.as_ref() == device);
            let of = of.filter(|q| before.is_none_or(|before| q.id < before));
            of.take(limit).cloned().collect()
        })
    }

    fn quarantine_one(&self, id: i64) -> Result<Option<QuarantineView>, ReadError> {
        self.read(|data| data.quarantine.iter().find(|one| one.id == id).cloned())
    }

    fn quarantine_payload(&self, id: i64) -> Result<Option<Vec<u8>>, ReadError> {
        self.read(|data| {
            let known = data.quarantine.iter().any(|view| view.id == id);
            known.then(|| b"\x00garbage".to_vec())
        })
    }

    fn audit(&self, before: Option<i64>, limit: usize) -> Result<Vec<AuditView>, ReadError> {
        self.read(|data| {
            let behind = data
                .audit
                .iter()
                .rev()
                .filter(|l| before.is_none_or(|before| l.id < before));
            behind.take(limit).cloned().collect()
        })
    }
}

/// The sample world's now: 2026-03-04T09:16:02Z.
pub(super) const NOW: ClinicalTime = ClinicalTime::from_epoch_ms(1_772_615_762_000);
