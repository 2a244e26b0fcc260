//! What a demonstration lets people do with its simulated patients while it runs.
//! Who simulates them stands behind [`Stage`].

use super::problem::{Kind, Problem};
use crate::domain::{ClinicalTime, PatientId};
use futures::future::BoxFuture;

/// What can be made to happen to one simulated patient, from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Play {
    /// Sepsis: a fever that rises quickly.
    Fever,
    /// Oxygen saturation falls.
    LowOxygen,
    /// A clot in the lung: pulse and breathing up, oxygen down, no fever.
    Embolism,
    /// Atrial fibrillation.
    IrregularPulse,
    /// The patient gets well, and what was to come does not.
    Recover,
    /// The watch comes off the wrist.
    TakeOff,
    /// The watch is on the wrist again.
    PutOn,
    /// The watch sends nothing, and stores what it measures.
    Silence,
    /// The watch is heard again, charged, and sends what it stored.
    Return,
}

/// Something that happens to a simulated patient, or is to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// What, in words that begin with a capital.
    pub words: &'static str,
    /// When it begins or began.
    pub from: ClinicalTime,
    /// When it ends by itself; none: it lasts.
    pub until: Option<ClinicalTime>,
}

/// Why something was not made to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlayRefused {
    /// The patient is not one of the simulated.
    #[error("there is no simulated patient of this id")]
    UnknownPatient,
    /// The same happens already.
    #[error("that happens to this patient already")]
    RunsAlready,
    /// There is nothing that could end.
    #[error("there is nothing that could end")]
    NothingToEnd,
    /// The simulation has ended, or is too busy.
    #[error("the simulation does not answer; try a lower speed")]
    NoAnswer,
}

/// The simulated patients of a demonstration.
pub trait Stage: Send + Sync + 'static {
    /// What happens to a patient and is to, over or not; none: not a simulated one.
    fn running(&self, patient: &PatientId) -> Option<Vec<Running>>;

    /// Makes something happen; comes back when it does.
    fn play<'a>(
        &'a self,
        play: Play,
        patient: &'a PatientId,
    ) -> BoxFuture<'a, Result<(), PlayRefused>>;
}

impl From<PlayRefused> for Problem {
    fn from(refused: PlayRefused) -> Self {
        let kind = match refused {
            PlayRefused::UnknownPatient => Kind::NotFound,
            PlayRefused::RunsAlready | PlayRefused::NothingToEnd => Kind::Conflict,
            PlayRefused::NoAnswer => Kind::Overloaded,
        };
        Self::new(kind).with_detail(refused.to_string())
    }
}
