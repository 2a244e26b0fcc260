//! Who is on call.

use super::hours::Hours;
use crate::domain::{ClinicalTime, EndpointId, RotaOverride};

/// Weekly shifts; of those that hold at a moment the first counts.
#[derive(Clone, Debug)]
pub(super) struct Rota {
    /// One window a shift.
    pub(super) hours: Hours,
    /// Who has each shift.
    pub(super) who: Vec<EndpointId>,
}

impl Rota {
    /// Who is on call at `at`: the newest override that holds, else the first
    /// shift; none in a gap.
    pub(super) fn on_call<'a>(
        &'a self,
        overrides: &'a [RotaOverride],
        at: ClinicalTime,
    ) -> Option<&'a EndpointId> {
        let stands_in = overrides.iter().rev().find(|instead| instead.holds(at));
        stands_in
            .map(|instead| &instead.who)
            .or_else(|| self.who.get(self.hours.first(at)?))
    }
}
