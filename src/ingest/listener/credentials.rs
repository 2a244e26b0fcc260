//! Who a client is.

use super::wire::{Connect, Refusal};
use crate::domain::DeviceId;
use crate::engine::Access;
use crate::registry::DeviceCredential;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Who was let in.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Principal {
    /// A device, with its password.
    Device {
        device: DeviceId,
        /// The hash it came in with: when it is no longer in force, out it goes.
        sha256: String,
    },
    /// Anybody, where `dangerous_anonymous` is set.
    Anonymous,
}

/// Says who a client is, or why it may not come in.
pub(super) fn authenticate(
    connect: &Connect,
    access: &Access,
    anonymous_allowed: bool,
) -> Result<Principal, Refusal> {
    let Some(user) = &connect.user else {
        return if anonymous_allowed && connect.password.is_none() {
            Ok(Principal::Anonymous)
        } else {
            Err(Refusal::NotAuthorized)
        };
    };
    let password = connect.password.as_deref().unwrap_or_default();
    let sha256 = hexadecimal(&Sha256::digest(password));
    let known = access.devices.get(user);
    // Every hash is compared, so that the time says nothing about which is near.
    let hashes = known.filter(|c| c.revoked.is_none()).map(|c| &c.sha256);
    let matches = hashes.into_iter().flatten().fold(false, |found, hash| {
        found | bool::from(hash.as_bytes().ct_eq(sha256.as_bytes()))
    });
    match DeviceId::new(user) {
        Ok(device) if matches => Ok(Principal::Device { device, sha256 }),
        Ok(_) | Err(_) => Err(Refusal::Credentials),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    })
}

impl Principal {
    /// Whether the client may use this client id, and may keep a session under it.
    pub(super) fn client_id(&self, client_id: &str) -> Option<MayKeep> {
        match self {
            Self::Anonymous => Some(MayKeep(true)),
            Self::Device { device, .. } => match client_id.strip_prefix(device.as_str())? {
                "" => Some(MayKeep(true)),
                rest => rest.starts_with('/').then_some(MayKeep(false)),
            },
        }
    }

    /// What an assigned client id begins with.
    pub(super) fn client_id_prefix(&self) -> &str {
        match self {
            Self::Device { device, .. } => device.as_str(),
            Self::Anonymous => "anonymous",
        }
    }

    /// Whether the client may publish for the device that stands in a topic.
    pub(super) fn may_publish_for(&self, device: Option<&str>) -> bool {
        match self {
            Self::Anonymous => true,
            Self::Device { device: own, .. } => device == Some(own.as_str()),
        }
    }

    /// Whether the credential is still in force.
    pub(super) fn is_in_force(&self, access: &Access) -> bool {
        let in_force = |known: &DeviceCredential, sha256: &String| {
            known.revoked.is_none() && known.sha256.contains(sha256)
        };
        match self {
            Self::Anonymous => true,
            Self::Device { device, sha256 } => access
                .devices
                .get(device.as_str())
                .is_some_and(|known| in_force(known, sha256)),
        }
    }
}

/// Whether a session may outlive its connection under a client id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct MayKeep(pub(super) bool);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_uses_its_own_name_or_one_below_it_and_never_anothers() {
        let principal = Principal::Device {
            device: DeviceId::new("w1").expect("valid"),
            sha256: String::new(),
        };
        assert_eq!(principal.client_id("w1"), Some(MayKeep(true)));
        assert_eq!(principal.client_id("w1/app"), Some(MayKeep(false)));
        assert_eq!(principal.client_id("w10"), None);
        assert_eq!(principal.client_id("w2"), None);
        assert!(principal.may_publish_for(Some("w1")));
        assert!(!principal.may_publish_for(Some("w10")));
        assert!(!principal.may_publish_for(None));
    }
}
