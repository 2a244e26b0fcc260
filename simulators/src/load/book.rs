//! Log files shared by the connections of a load.

use super::options::LoadOptions;
use super::run::LoadError;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The logs of a load, as far as they are wanted.
#[derive(Debug, Clone)]
pub(super) struct Books {
    /// When each message was first written.
    pub(super) published: Book,
    /// What each message said when it was first written.
    pub(super) payloads: Book,
    /// What was acknowledged.
    pub(super) acknowledged: Book,
}

impl Books {
    /// Creates the files that are wanted.
    pub(super) fn create(options: &LoadOptions) -> Result<Self, LoadError> {
        let open = |path: &Option<PathBuf>| {
            Book::create(path.as_deref()).map_err(|source| LoadError::Log {
                path: path.clone().unwrap_or_default(),
                source,
            })
        };
        Ok(Self {
            published: open(&options.published_log)?,
            payloads: open(&options.payload_log)?,
            acknowledged: open(&options.acknowledged_log)?,
        })
    }

    /// Whether a line could not be written.
    pub(super) fn failed(&self) -> bool {
        self.published.failed || self.payloads.failed || self.acknowledged.failed
    }

    /// Writes what they still hold.
    pub(super) fn flush(&mut self) {
        self.published.flush();
        self.payloads.flush();
        self.acknowledged.flush();
    }
}

/// Lines gathered before the file is locked.
const GATHERED_BYTES: usize = 64 * 1024;

/// One connection's pen for a shared file; without a file it writes nothing.
#[derive(Debug, Clone)]
pub(super) struct Book {
    file: Option<Arc<Mutex<BufWriter<File>>>>,
    gathered: Vec<u8>,
    failed: bool,
}

impl Book {
    /// Creates the file, if one is wanted.
    fn create(path: Option<&Path>) -> std::io::Result<Self> {
        let file = path
            .map(|path| File::create(path).map(|file| Arc::new(Mutex::new(BufWriter::new(file)))))
            .transpose()?;
        Ok(Self {
            file,
            gathered: Vec::new(),
            failed: false,
        })
    }

    /// Whether lines go anywhere.
    pub(super) fn is_open(&self) -> bool {
        self.file.is_some()
    }

    /// Notes a line.
    pub(super) fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to memory cannot fail.
        let _ = writeln!(self.gathered, "{line}");
        if self.gathered.len() >= GATHERED_BYTES {
            self.flush();
        }
    }

    /// Hands what is gathered to the file and the file to the system.
    fn flush(&mut self) {
        let Some(file) = &self.file else {
            return;
        };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = file.write_all(&self.gathered).and_then(|()| file.flush());
        self.failed |= written.is_err();
        self.gathered.clear();
    }
}
