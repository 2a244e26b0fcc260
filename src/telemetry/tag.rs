//! Keyed hashes that stand for devices in the log.

use crate::domain::DeviceId;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The site's own random key for tags. Whoever has no key cannot find out
/// whose tag a tag is, not even by trying all identifiers.
#[derive(Clone)]
pub struct TagKey([u8; 32]);

impl fmt::Debug for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TagKey(…)")
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum TagKeyError {
    /// The machine gave no random bytes.
    #[error("failed to draw a random key")]
    Random(#[source] getrandom::Error),
    /// The file cannot be read or written.
    #[error("failed to open the tag key at {}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("the tag key at {} has {length} bytes, not 32", path.display())]
    Length {
        /// Which file.
        path: PathBuf,
        /// How many bytes it has.
        length: usize,
    },
}

impl TagKey {
    /// A key of known bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A fresh random key.
    ///
    /// # Errors
    /// [`TagKeyError::Random`] when the machine has no random bytes.
    pub fn random() -> Result<Self, TagKeyError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(TagKeyError::Random)?;
        Ok(Self(bytes))
    }

    /// The key kept in the file at `path`, made there (readable by the owner
    /// only) when it is missing, so that tags stay the same across restarts.
    ///
    /// # Errors
    /// [`TagKeyError`] names the file and what is wrong.
    pub fn load_or_create(path: &Path) -> Result<Self, TagKeyError> {
        match std::fs::read(path) {
            Ok(bytes) => {
                let length = bytes.len();
                let path = path.to_owned();
                let key = bytes.try_into();
                key.map(Self)
                    .map_err(|_: Vec<u8>| TagKeyError::Length { path, length })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = Self::random()?;
                key.save(path).map_err(|source| TagKeyError::File {
                    path: path.to_owned(),
                    source,
                })?;
                Ok(key)
            }
            Err(source) => Err(TagKeyError::File {
                path: path.to_owned(),
                source,
            }),
        }
    }

    fn save(&self, path: &Path) -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(&self.0)?;
        file.sync_all()
    }
}

/// Stands for one device in logs: support can follow it, nobody can name it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag(u64);

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The tag of `id` at the site that owns `key`: 64 bits of HMAC-SHA256.
pub fn tag(key: &TagKey, id: &str) -> Tag {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("HMAC takes a key of any length");
    mac.update(id.as_bytes());
    let digest = mac.finalize().into_bytes();
    let head = digest.iter().take(8);
    Tag(head.fold(0, |tag, byte| (tag << 8) | u64::from(*byte)))
}

static SITE_KEY: OnceLock<TagKey> = OnceLock::new();

/// Makes `key` the site's key for [`device_tag`]; called once, at start.
///
/// # Errors
/// Gives the key back when there is one already.
pub fn install_tag_key(key: TagKey) -> Result<(), TagKey> {
    SITE_KEY.set(key)
}

/// The tag of a device for logs. Without an installed key (tests, tools) a
/// random one of this process is used.
///
/// # Panics
/// When no key is installed and the machine has no random bytes.
pub fn device_tag(device: &DeviceId) -> Tag {
    let random = || TagKey::random().expect("the machine has random bytes");
    tag(SITE_KEY.get_or_init(random), device.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_the_same_for_one_site_and_another_elsewhere() {
        let (here, there) = (TagKey::from_bytes([1; 32]), TagKey::from_bytes([2; 32]));
        assert_eq!(tag(&here, "watch-1"), tag(&here, "watch-1"));
        assert_ne!(tag(&here, "watch-1"), tag(&there, "watch-1"));
        assert_ne!(tag(&here, "watch-1"), tag(&here, "watch-2"));
        assert_eq!(tag(&here, "watch-1").to_string().len(), 16);
    }

    #[test]
    fn a_device_keeps_its_tag_while_the_process_runs() {
        let device = DeviceId::new("watch-1").unwrap();
        assert_eq!(device_tag(&device), device_tag(&device));
        assert!(install_tag_key(TagKey::from_bytes([1; 32])).is_err());
    }

    #[test]
    fn the_key_is_made_once_and_kept_for_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tag.key");
        let made = TagKey::load_or_create(&path).unwrap();
        let kept = TagKey::load_or_create(&path).unwrap();
        assert_eq!(tag(&made, "watch-1"), tag(&kept, "watch-1"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_key_is_refused_and_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tag.key");
        std::fs::write(&path, b"short").unwrap();
        let error = TagKey::load_or_create(&path).unwrap_err();
        assert!(matches!(error, TagKeyError::Length { length: 5, .. }));
        assert_eq!(std::fs::read(&path).unwrap(), b"short");
    }
}
