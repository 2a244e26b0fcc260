//! Passwords of devices that each have their own.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Passwords by device; cheap to clone, and never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DevicePasswords(Arc<BTreeMap<String, String>>);

/// Why a file gives no passwords. Neither device nor password is repeated.
#[derive(Debug, thiserror::Error)]
pub enum DevicePasswordsError {
    /// The file itself.
    #[error("the file of device passwords {} cannot be read", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line of another form.
    #[error("line {line} of {} is not device:password; write one watch a line", path.display())]
    Form {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// Two passwords for one device.
    #[error("line {line} of {} names a device a second time; keep the newer line", path.display())]
    Twice {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
}

impl DevicePasswords {
    /// Reads lines of `device:password`; empty ones are passed over. A device's id holds no
    /// colon, so that what follows the first one is the password.
    ///
    /// # Errors
    /// [`DevicePasswordsError`] names the line.
    pub fn read(path: &Path) -> Result<Self, DevicePasswordsError> {
        let text = std::fs::read_to_string(path).map_err(|source| DevicePasswordsError::File {
            path: path.to_owned(),
            source,
        })?;
        let mut passwords = BTreeMap::new();
        for (line, entry) in (1..).zip(text.lines()) {
            if entry.trim().is_empty() {
                continue;
            }
            let path = || path.to_owned();
            let Some((device, password)) = pair(entry) else {
                return Err(DevicePasswordsError::Form { path: path(), line });
            };
            if passwords.insert(device, password).is_some() {
                return Err(DevicePasswordsError::Twice { path: path(), line });
            }
        }
        Ok(Self(Arc::new(passwords)))
    }

    /// The password of a device, if it has its own.
    #[must_use]
    pub fn of(&self, device: &str) -> Option<&str> {
        self.0.get(device).map(String::as_str)
    }
}

fn pair(entry: &str) -> Option<(String, String)> {
    let (device, password) = entry.split_once(':')?;
    let is_whole = !device.is_empty() && !password.is_empty();
    is_whole.then(|| (device.to_owned(), password.to_owned()))
}

impl From<BTreeMap<String, String>> for DevicePasswords {
    fn from(passwords: BTreeMap<String, String>) -> Self {
        Self(Arc::new(passwords))
    }
}

impl fmt::Debug for DevicePasswords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DevicePasswords({} …)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{DevicePasswords, DevicePasswordsError};

    fn read(text: &str) -> Result<DevicePasswords, DevicePasswordsError> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("passwords");
        std::fs::write(&file, text).expect("written");
        DevicePasswords::read(&file)
    }

    #[test]
    fn each_line_gives_a_watch_its_password_up_to_the_end_of_the_line() {
        let passwords = read("watch-01:wl_a:b c\r\n\nwatch-02:two\n").expect("readable");
        assert_eq!(passwords.of("watch-01"), Some("wl_a:b c"));
        assert_eq!(passwords.of("watch-02"), Some("two"));
        assert_eq!(passwords.of("watch-03"), None);
        assert_eq!(format!("{passwords:?}"), "DevicePasswords(2 …)");
    }

    #[test]
    fn a_line_of_another_form_or_a_second_one_for_a_watch_is_named_by_its_number() {
        for wrong in ["watch-02", ":secret", "watch-02:"] {
            let error = read(&format!("watch-01:one\n{wrong}\n")).expect_err("refused");
            let words = error.to_string();
            assert!(words.starts_with("line 2 of "), "{words}");
            assert!(!words.contains("secret"), "{words}");
        }
        let error = read("a:one\nb:two\na:three\n").expect_err("refused");
        assert!(matches!(error, DevicePasswordsError::Twice { line: 3, .. }));
    }
}
