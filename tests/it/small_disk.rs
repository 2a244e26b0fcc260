//! A disk of a few MiB: a file system of its own, gone when the test is.

use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A mounted tmpfs. Dropping it, also in a panic, unmounts it.
pub(crate) struct SmallDisk {
    place: TempDir,
}

impl SmallDisk {
    /// Mounts it, or says loudly why that cannot be done here.
    pub(crate) fn mount(mib: u32) -> Option<Self> {
        let place = crate::service::directory();
        let size = format!("size={mib}m,mode=700");
        let options = ["-t", "tmpfs", "-o", &size, "wardlight-test"];
        match run("mount", &options, place.path()) {
            Ok(()) => Some(Self { place }),
            Err(why) => {
                eprintln!("SKIPPED: a really full disk is not tested, mounting one failed: {why}");
                None
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.place.path()
    }

    /// Makes it larger under the feet of whoever uses it.
    pub(crate) fn grow(&self, mib: u32) {
        let options = format!("remount,size={mib}m");
        run("mount", &["-o", &options], self.path()).expect("remounted");
    }

    /// Whether the system has no room left for anybody.
    pub(crate) fn is_full(&self) -> bool {
        let probe = self.path().join("probe");
        let written = std::fs::write(&probe, vec![1; 64 * 1024]);
        std::fs::remove_file(&probe).expect("a file of ours");
        written.is_err_and(|error| error.kind() == std::io::ErrorKind::StorageFull)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A service that outlives its failed test holds files open: then the
        // mount leaves the tree at once and the memory with the process.
        let gone =
            run("umount", &[], self.path()).or_else(|_| run("umount", &["--lazy"], self.path()));
        if let Err(why) = gone {
            eprintln!("left behind: {}: {why}", self.path().display());
        }
    }
}

/// Needs root, and in a container the right to mount.
fn run(program: &str, arguments: &[&str], place: &Path) -> Result<(), String> {
    let mut command = Command::new(program);
    let output = command.args(arguments).arg(place).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}
