//! Commands about who may ask, who may send, and who is told.

use super::apply::{Applied, Change};
use super::patients::invalid;
use super::{
    AccessToken, Command, CommandError, DeviceCredential, Endpoint, Registry, Role, WardScope,
};
use crate::domain::{ChannelTrouble, ClinicalTime, DeviceId, EndpointId, SecretUse, WardId};

impl Registry {
    pub(super) fn apply_to_access(
        &mut self,
        command: &Command,
        author: &str,
        now: ClinicalTime,
    ) -> Result<Applied, CommandError> {
        match command {
            Command::PutEndpoint { id, .. } => self.put_endpoint(id, command, author, now),
            Command::DisableEndpoint { id, reason } => {
                let endpoint = self
                    .endpoints
                    .get_mut(id)
                    .ok_or(CommandError::NotFound { what: "webhook" })?;
                endpoint.disabled.clone_from(reason);
                // Nothing is tried while it is off, so nothing fails.
                endpoint.trouble = None;
                Ok(Applied::new(
                    id.as_str(),
                    vec![Change::Endpoint(id.clone())],
                ))
            }
            Command::CreateToken { .. } => self.create_token(command, now),
            Command::RevokeToken { name } => self.revoke_token(name, now),
            Command::CreateDeviceCredential { device, sha256 } => {
                check_hash(sha256)?;
                Ok(self.put_credential(device, vec![sha256.clone()], now, None))
            }
            Command::RotateDeviceCredential { device, sha256 } => {
                check_hash(sha256)?;
                let known = self.credential_in_force(device)?;
                let both = [sha256.clone()]
                    .into_iter()
                    .chain(known.sha256.first().cloned());
                let both = both.collect();
                Ok(self.put_credential(device, both, now, None))
            }
            Command::RevokeDeviceCredential { device } => {
                self.credential_in_force(device)?;
                Ok(self.put_credential(device, Vec::new(), now, Some(now)))
            }
            _ => Ok(Applied::default()),
        }
    }

    /// Notes that an endpoint fails, or no longer does; none when that was
    /// known, or there is no such endpoint.
    pub fn note_trouble(
        &mut self,
        id: &EndpointId,
        trouble: Option<ChannelTrouble>,
    ) -> Option<Change> {
        let endpoint = self.endpoints.get_mut(id)?;
        if endpoint.trouble.is_some() == trouble.is_some() {
            return None;
        }
        endpoint.trouble = trouble;
        Some(Change::Endpoint(id.clone()))
    }

    /// Notes that the others were told again of an endpoint that fails; none
    /// when it does not.
    pub fn note_told_of_trouble(&mut self, id: &EndpointId, at: ClinicalTime) -> Option<Change> {
        let trouble = self.endpoints.get_mut(id)?.trouble.as_mut()?;
        trouble.told = Some(at);
        Some(Change::Endpoint(id.clone()))
    }

    fn create_token(
        &mut self,
        command: &Command,
        now: ClinicalTime,
    ) -> Result<Applied, CommandError> {
        let Command::CreateToken {
            name,
            sha256,
            role,
            wards,
        } = command
        else {
            return Ok(Applied::default());
        };
        check_hash(sha256)?;
        self.check_scope(*role, wards)?;
        if self
            .tokens
            .get(name)
            .is_some_and(|token| token.revoked.is_none())
        {
            return Err(CommandError::Conflict {
                problem: "a token of this name is in force; revoke it first".to_owned(),
            });
        }
        if name.trim().is_empty() || name.chars().count() > 120 {
            return Err(invalid("name", "must have 1 to 120 characters"));
        }
        let token = AccessToken {
            name: name.clone(),
            sha256: sha256.clone(),
            role: *role,
            wards: wards.clone(),
            created: now,
            revoked: None,
        };
        Ok(self.put_token(token))
    }

    fn revoke_token(&mut self, name: &str, now: ClinicalTime) -> Result<Applied, CommandError> {
        let known = self
            .tokens
            .get(name)
            .filter(|token| token.revoked.is_none())
            .cloned();
        let mut token = known.ok_or(CommandError::NotFound {
            what: "token in force",
        })?;
        token.revoked = Some(now);
        Ok(self.put_token(token))
    }

    fn put_token(&mut self, token: AccessToken) -> Applied {
        let name = token.name.clone();
        self.tokens.insert(name.clone(), token);
        Applied::new(name.clone(), vec![Change::Token(name)])
    }

    fn put_credential(
        &mut self,
        device: &DeviceId,
        sha256: Vec<String>,
        changed: ClinicalTime,
        revoked: Option<ClinicalTime>,
    ) -> Applied {
        let credential = DeviceCredential {
            device: device.clone(),
            sha256,
            changed,
            revoked,
        };
        self.credentials.insert(device.clone(), credential);
        Applied::new(device.as_str(), vec![Change::Credential(device.clone())])
    }

    fn credential_in_force(&self, device: &DeviceId) -> Result<&DeviceCredential, CommandError> {
        self.credentials
            .get(device)
            .filter(|credential| credential.revoked.is_none())
            .ok_or(CommandError::NotFound {
                what: "device credential in force",
            })
    }

    /// Refuses wards that are not known, and any for a role that is for all of them.
    pub(super) fn check_scope(&self, role: Role, wards: &WardScope) -> Result<(), CommandError> {
        if !role.is_by_ward() && *wards != WardScope::All {
            let problem = format!("must be empty: the role {} is for all wards", role.name());
            return Err(invalid("wards", &problem));
        }
        self.check_wards(wards.wards())
    }

    /// Refuses wards that are not known.
    fn check_wards<'a>(
        &self,
        mut wards: impl Iterator<Item = &'a WardId>,
    ) -> Result<(), CommandError> {
        match wards.find(|ward| !self.wards.contains_key(*ward)) {
            None => Ok(()),
            Some(missing) => Err(invalid(
                "wards",
                &format!("names `{}`, which is not a ward", missing.as_str()),
            )),
        }
    }

    fn put_endpoint(
        &mut self,
        id: &EndpointId,
        command: &Command,
        author: &str,
        now: ClinicalTime,
    ) -> Result<Applied, CommandError> {
        let Command::PutEndpoint {
            url,
            label,
            secrets,
            event_types,
            wards,
            channel,
            ..
        } = command
        else {
            return Ok(Applied::default());
        };
        self.check_wards(wards.iter())?;
        check_secrets(channel.format.secret(), secrets.len())?;
        let known = self.endpoints.get(id);
        let created = known.map_or(now, |known| known.created);
        // A changed address has to show that it works before it is believed.
        let trouble = known.and_then(|known| known.trouble.clone());
        let endpoint = Endpoint {
            id: id.clone(),
            url: url.clone(),
            label: label.clone(),
            secrets: secrets.clone(),
            event_types: event_types.clone(),
            wards: wards.clone(),
            disabled: None,
            author: author.to_owned(),
            created,
            channel: channel.clone(),
            trouble,
        };
        self.endpoints.insert(id.clone(), endpoint);
        Ok(Applied::new(
            id.as_str(),
            vec![Change::Endpoint(id.clone())],
        ))
    }
}

/// How many secrets a form of messages may have.
fn check_secrets(purpose: SecretUse, count: usize) -> Result<(), CommandError> {
    let (fine, problem) = match purpose {
        SecretUse::Signs => ((1..=5).contains(&count), "must hold 1 to 5 signing secrets"),
        SecretUse::RoutingKey => (
            (1..=2).contains(&count),
            "must hold the receiver's routing key",
        ),
        SecretUse::OptionalToken => (count <= 2, "may hold the receiver's access token"),
        SecretUse::None => (count == 0, "must be empty: this format has no secret"),
    };
    if fine {
        Ok(())
    } else {
        Err(invalid("secrets", problem))
    }
}

/// Hashes are made by whoever made the secret; here only their form is checked.
pub(super) fn check_hash(sha256: &str) -> Result<(), CommandError> {
    if sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(())
    } else {
        Err(invalid("sha256", "must be 64 hexadecimal digits"))
    }
}
