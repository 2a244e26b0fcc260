//! Log files shared by the connections of a load.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

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
    pub(super) fn create(path: Option<&Path>) -> std::io::Result<Self> {
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

    /// Whether a line could not be written.
    pub(super) fn failed(&self) -> bool {
        self.failed
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
    pub(super) fn flush(&mut self) {
        let Some(file) = &self.file else {
            return;
        };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = file.write_all(&self.gathered).and_then(|()| file.flush());
        self.failed |= written.is_err();
        self.gathered.clear();
    }
}
