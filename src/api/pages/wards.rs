//! The choice of a ward above a report.

use super::ward::Choice;
use super::words::Zone;
use super::zones::Zones;
use crate::api::access::Caller;
use crate::api::language::say;
use crate::api::problem::Problem;
use crate::api::state::ApiState;
use crate::domain::WardId;
use crate::registry::Ward;

/// Of which ward a report is, and which there are.
pub(super) struct Wards {
    pub(super) asked: Option<WardId>,
    pub(super) choices: Vec<Choice>,
    known: Vec<Ward>,
}

impl Wards {
    /// A report is of one ward, or of all for whom all are: who has some begins
    /// with the first.
    pub(super) async fn of(
        state: &ApiState,
        caller: &Caller,
        asked: &str,
    ) -> Result<Self, Problem> {
        let known = state.read(caller, |source| source.wards()).await?;
        let asked = WardId::new(asked).ok();
        let asked = asked.or_else(|| caller.wards.wards().next().cloned());
        let all = (String::new(), say!("all").to_owned());
        let all = caller.wards.wards().next().is_none().then_some(all);
        let each = known
            .iter()
            .map(|ward| (ward.id.as_str().to_owned(), ward.label.clone()));
        let chosen = asked.as_ref().map_or("", WardId::as_str);
        let choices = all.into_iter().chain(each).map(|(value, words)| Choice {
            is_chosen: value == chosen,
            value,
            words,
        });
        Ok(Self {
            choices: choices.collect(),
            asked,
            known,
        })
    }

    /// What people call the ward of this id.
    pub(super) fn label(&self, id: &str) -> String {
        let known = self.known.iter().find(|ward| ward.id.as_str() == id);
        known.map_or_else(|| id.to_owned(), |ward| ward.label.clone())
    }

    /// The zone of the ward that the report is of; without one the general one.
    pub(super) fn zone(&self, general: &str) -> Zone {
        let zones = Zones::of(general, &self.known);
        zones.ward(self.asked.as_ref()).clone()
    }

    /// What the report is of.
    pub(super) fn title(&self) -> String {
        let asked = self.asked.as_ref();
        asked.map_or_else(
            || say!("all wards").to_owned(),
            |asked| self.label(asked.as_str()),
        )
    }
}
