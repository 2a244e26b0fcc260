//! A file that is written whole or not at all.

use anyhow::Context;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file in the making; it takes its name at [`Target::keep`]. What is no
/// regular file (a pipe) is written as it comes.
pub(super) struct Target {
    path: PathBuf,
    partial: Option<PathBuf>,
    file: BufWriter<File>,
}

impl Target {
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        let special = path.metadata().is_ok_and(|known| !known.is_file());
        let partial = (!special).then(|| {
            let mut name = path.as_os_str().to_owned();
            name.push(".partial");
            PathBuf::from(name)
        });
        let opened = partial.as_deref().unwrap_or(path);
        let file = match special {
            true => File::options().write(true).open(opened),
            false => File::create(opened),
        };
        let file = file.with_context(|| format!("failed to create {}", opened.display()))?;
        Ok(Self {
            path: path.to_owned(),
            partial,
            file: BufWriter::with_capacity(1 << 16, file),
        })
    }

    /// All is written: it takes the place of what had its name.
    pub(super) fn keep(mut self) -> anyhow::Result<()> {
        let failed = || format!("failed to write {}", self.path.display());
        self.file.flush().with_context(failed)?;
        match self.partial.take() {
            Some(partial) => std::fs::rename(partial, &self.path).with_context(failed),
            None => Ok(()),
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(partial) = self.partial.take() {
            // The run failed; what is left over would only be in the way.
            let _ = std::fs::remove_file(partial);
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_fails_leaves_the_file_of_the_last_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.jsonl");
        let mut target = Target::create(&path).unwrap();
        target.write_all(b"first\n").unwrap();
        target.keep().unwrap();
        let mut target = Target::create(&path).unwrap();
        target.write_all(b"second\n").unwrap();
        drop(target);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
