//! Commands about alerts as the journal keeps them.

use super::word::{AlertCommand, Answer};
use crate::domain::AlertId;
use crate::registry::Command;

impl AlertCommand {
    /// The answer that a command is, if it is one.
    pub(super) fn of(command: &Command, author: &str) -> Option<Self> {
        let (alert, answer) = answer(command.clone())?;
        Some(Self {
            alert,
            author: author.to_owned(),
            answer,
        })
    }
}

fn answer(command: Command) -> Option<(AlertId, Answer)> {
    Some(match command {
        Command::Acknowledge { alert, comment } => (alert, Answer::Acknowledge { comment }),
        Command::Resolve {
            alert,
            outcome,
            usefulness,
        } => (
            alert,
            Answer::Resolve {
                outcome,
                usefulness,
            },
        ),
        Command::Comment { alert, text } => (alert, Answer::Comment { text }),
        Command::Snooze {
            alert,
            until,
            reason,
        } => (alert, Answer::Snooze { until, reason }),
        Command::Unsnooze { alert, comment } => (alert, Answer::Unsnooze { comment }),
        Command::AssignAlert { alert, to, comment } => (alert, Answer::Assign { to, comment }),
        Command::Reopen { alert, comment } => (alert, Answer::Reopen { comment }),
        Command::PutWard { .. }
        | Command::PutPatient { .. }
        | Command::StartMonitoring { .. }
        | Command::PauseMonitoring { .. }
        | Command::Discharge { .. }
        | Command::SetLimit { .. }
        | Command::PutDevice { .. }
        | Command::Assign { .. }
        | Command::EndAssignment { .. }
        | Command::Observe { .. }
        | Command::Order(_)
        | Command::CreateSilence { .. }
        | Command::EndSilence { .. }
        | Command::SetRotaOverrides { .. }
        | Command::PutEndpoint { .. }
        | Command::DisableEndpoint { .. }
        | Command::ReplayDeliveries { .. }
        | Command::TestEndpoint { .. }
        | Command::CreateToken { .. }
        | Command::RevokeToken { .. }
        | Command::PutAccount { .. }
        | Command::CloseAccount { .. }
        | Command::SignIn { .. }
        | Command::SignOut { .. }
        | Command::CreateDeviceCredential { .. }
        | Command::RotateDeviceCredential { .. }
        | Command::RevokeDeviceCredential { .. }
        | Command::WriteNote { .. }
        | Command::WithdrawNote { .. } => return None,
    })
}
