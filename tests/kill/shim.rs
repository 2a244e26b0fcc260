//! kill -9 in the middle of a commit, by a library that is preloaded into the
//! service: from outside the moment is too short to hit.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kill/killed_in_commit.c");

/// The library and the file that lets it kill.
pub(crate) struct Shim {
    library: PathBuf,
    trigger: PathBuf,
}

impl Shim {
    /// Compiles it, or says loudly that there is no compiler.
    pub(crate) fn build(directory: &Path) -> Option<Self> {
        let library = directory.join("killed_in_commit.so");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .args([library.as_path(), Path::new(SOURCE)])
            .output();
        let Ok(built) = built else {
            eprintln!("SKIPPED: cc is missing, no kill hits the middle of a commit");
            return None;
        };
        let said = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{said}");
        let trigger = directory.join("kill-in-commit");
        Some(Self { library, trigger })
    }

    /// What the service must find in its environment.
    pub(crate) fn environment(&self) -> [(&'static str, OsString); 2] {
        [
            ("LD_PRELOAD", self.library.clone().into()),
            ("KILL_IN_COMMIT", self.trigger.clone().into()),
        ]
    }

    /// From now on the next commit is the last.
    pub(crate) fn arm(&self) {
        File::create(&self.trigger).expect("created");
    }

    /// The next start lives again.
    pub(crate) fn disarm(&self) {
        std::fs::remove_file(&self.trigger).expect("removed");
    }
}
