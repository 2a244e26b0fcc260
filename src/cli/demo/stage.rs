//! Hands what people order on the demonstration's page to the simulated watches.

use super::cast::wearer;
use crate::api::{Play, PlayRefused, Running, Stage};
use crate::domain::{ClinicalTime, PatientId};
use futures::future::BoxFuture;
use wardlight_simulators::fleet::{DemoTiming, Director, Order, OrderRefused, Scene};
use wardlight_simulators::scenario::{ScenarioKind, Truth, TruthKind};

/// The patients of the demonstration, by their watches.
pub(super) struct Theatre(pub(super) Director);

impl Theatre {
    fn scene(&self, patient: &PatientId) -> Option<Scene> {
        let scenes = self.0.scenes().into_iter();
        let mut own = scenes.filter(|scene| wearer(&scene.device) == patient.as_str());
        own.next()
    }
}

impl Stage for Theatre {
    fn running(&self, patient: &PatientId) -> Option<Vec<Running>> {
        let scene = self.scene(patient)?;
        Some(scene.truths.iter().map(|one| running(&one.truth)).collect())
    }

    fn play<'a>(
        &'a self,
        play: Play,
        patient: &'a PatientId,
    ) -> BoxFuture<'a, Result<(), PlayRefused>> {
        Box::pin(async move {
            let scene = self.scene(patient).ok_or(PlayRefused::UnknownPatient)?;
            let done = self.0.order(&scene.device, order(play)).await;
            done.map_err(|refused| match refused {
                OrderRefused::UnknownDevice => PlayRefused::UnknownPatient,
                OrderRefused::RunsAlready => PlayRefused::RunsAlready,
                OrderRefused::NothingToEnd => PlayRefused::NothingToEnd,
                OrderRefused::NoAnswer => PlayRefused::NoAnswer,
            })
        })
    }
}

fn order(play: Play) -> Order {
    let begin = |kind| Order::Play {
        kind,
        ramp_factor: DemoTiming::default().ramp_factor,
    };
    match play {
        Play::Fever => begin(ScenarioKind::NeutropenicSepsis),
        Play::LowOxygen => begin(ScenarioKind::Hypoxia),
        Play::Embolism => begin(ScenarioKind::PulmonaryEmbolism),
        Play::IrregularPulse => begin(ScenarioKind::AtrialFibrillation),
        Play::Recover => Order::Recover,
        Play::TakeOff => begin(ScenarioKind::OffWrist),
        Play::PutOn => Order::PutOn,
        Play::Silence => begin(ScenarioKind::BackFill),
        Play::Return => Order::Return,
    }
}

fn running(truth: &Truth) -> Running {
    let words = match truth.kind {
        TruthKind::Fever => "Fever",
        TruthKind::Hypoxia => "Low oxygen",
        TruthKind::Arrhythmia => "Irregular pulse",
        TruthKind::Deterioration => "Getting worse without a fever",
        TruthKind::NotWorn => "Watch off the wrist",
        TruthKind::Silent => "Watch silent, stores nothing",
        TruthKind::Battery => "Battery runs down",
        TruthKind::Clock => "Clock of the watch wrong",
        TruthKind::Late => "Watch silent, stores what it measures",
        TruthKind::Restart => "Watch restarted",
    };
    Running {
        words,
        from: ClinicalTime::from_epoch_ms(truth.onset_ms),
        until: truth.ends_ms.map(ClinicalTime::from_epoch_ms),
    }
}
