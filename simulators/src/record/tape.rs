//! Files of recorded messages; a name that ends in `.gz` is gzip.

use super::line::{LineError, RecordedMessage};
use crate::output::{OutputFile, is_gzip};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// Longest line taken, bytes: a message of 16 MiB in base64 and its frame.
const LINE_BYTES_MAX: u64 = 24 << 20;

/// Why a recording cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// Opening or creating.
    #[error("the recording {path} cannot be opened")]
    Open {
        /// Its path.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// Writing or reading.
    #[error("the recording cannot be written or read on")]
    Io(#[from] io::Error),
    /// Not a recorded message.
    #[error("line {line} of the recording is not readable")]
    Line {
        /// Line number, from 1.
        line: u64,
        /// Cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A line beyond the bound.
    #[error("line {line} of the recording is longer than {LINE_BYTES_MAX} bytes")]
    LineTooLong {
        /// Line number, from 1.
        line: u64,
    },
}

/// Writes a recording.
pub struct TapeWriter {
    file: OutputFile,
    lines: u64,
}

impl TapeWriter {
    /// Creates the file.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn create(path: &Path) -> Result<Self, TapeError> {
        let file = OutputFile::create(path).map_err(|source| TapeError::Open {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self { file, lines: 0 })
    }

    /// Appends a message.
    ///
    /// # Errors
    /// The disk.
    pub fn write(&mut self, message: &RecordedMessage) -> Result<(), TapeError> {
        let number = self.lines + 1;
        let line = message.to_line().map_err(|source| TapeError::Line {
            line: number,
            source: source.into(),
        })?;
        writeln!(self.file, "{line}")?;
        self.lines = number;
        Ok(())
    }

    /// Writes what is buffered and the gzip trailer; returns the number of messages.
    ///
    /// # Errors
    /// The disk.
    pub fn finish(self) -> Result<u64, TapeError> {
        self.file.finish()?;
        Ok(self.lines)
    }
}

/// Reads a recording message by message.
pub struct TapeReader {
    lines: BufReader<Box<dyn Read + Send>>,
    number: u64,
}

impl TapeReader {
    /// Opens the file.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path) -> Result<Self, TapeError> {
        let file = File::open(path).map_err(|source| TapeError::Open {
            path: path.to_owned(),
            source,
        })?;
        let bytes: Box<dyn Read + Send> = if is_gzip(path) {
            Box::new(MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        };
        Ok(Self {
            lines: BufReader::new(bytes),
            number: 0,
        })
    }

    fn read(&mut self) -> Result<Option<RecordedMessage>, TapeError> {
        loop {
            let mut line = String::new();
            self.number += 1;
            let read = (&mut self.lines)
                .take(LINE_BYTES_MAX)
                .read_line(&mut line)?;
            if read == 0 {
                return Ok(None);
            }
            if u64::try_from(read).is_ok_and(|read| read == LINE_BYTES_MAX) {
                return Err(TapeError::LineTooLong { line: self.number });
            }
            if !line.trim().is_empty() {
                let parsed = RecordedMessage::from_line(&line);
                return parsed.map(Some).map_err(|error| self.broken(error));
            }
        }
    }

    fn broken(&self, error: LineError) -> TapeError {
        TapeError::Line {
            line: self.number,
            source: error.into(),
        }
    }
}

impl Iterator for TapeReader {
    type Item = Result<RecordedMessage, TapeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::{TapeReader, TapeWriter};
    use crate::fleet::{Fleet, demo_fleet};
    use crate::record::RecordedMessage;

    fn messages() -> Vec<RecordedMessage> {
        let mut fleet = Fleet::new(demo_fleet(1, 1_763_787_600_000));
        let mut messages: Vec<RecordedMessage> = fleet
            .next_until(1_763_787_660_000)
            .into_iter()
            .map(RecordedMessage::from)
            .collect();
        messages.push(RecordedMessage {
            at_ms: 1_763_787_660_001,
            topic: "wardlight/v1/w/vitals/senml-cbor".to_owned(),
            payload: vec![0x81, 0xff, 0, 10],
            qos: 2,
            retain: true,
        });
        messages
    }

    #[test]
    fn plain_and_gzip_recordings_read_back_the_same() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["tape.jsonl", "tape.jsonl.gz"] {
            let path = folder.path().join(name);
            let mut writer = TapeWriter::create(&path).expect("created");
            for message in messages() {
                writer.write(&message).expect("written");
            }
            assert_eq!(writer.finish().expect("finished"), messages().len() as u64);
            let read: Result<Vec<_>, _> = TapeReader::open(&path).expect("opened").collect();
            assert_eq!(read.expect("readable"), messages(), "{name}");
        }
    }

    #[test]
    fn a_line_is_as_documented() {
        let message = RecordedMessage {
            at_ms: 5,
            topic: "a".to_owned(),
            payload: b"{\"hr\":70}".to_vec(),
            qos: 1,
            retain: false,
        };
        assert_eq!(
            message.to_line().expect("JSON"),
            r#"{"at":5,"topic":"a","payload":"{\"hr\":70}","qos":1,"retain":false}"#
        );
    }

    #[test]
    fn a_broken_line_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("broken.jsonl");
        std::fs::write(&path, "\nnot json\n").expect("written");
        let read: Vec<_> = TapeReader::open(&path).expect("opened").collect();
        let text = read
            .first()
            .and_then(|first| first.as_ref().err())
            .map(ToString::to_string);
        assert_eq!(
            text.as_deref(),
            Some("line 2 of the recording is not readable")
        );
    }
}
