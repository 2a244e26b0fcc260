//! The bytes of a file, plain or gzip as its content says.

use flate2::bufread::MultiGzDecoder;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

/// Longest line: a file that is no CSV must not fill the memory.
const LINE_BYTES_MAX: usize = 64 * 1024;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// An open file and how far it is read.
pub(super) struct Source {
    bytes: Box<dyn Read>,
    /// Since the last end of a line.
    line_bytes: usize,
    /// Length of the file, 0 when it has none (a pipe).
    pub(super) length: u64,
    /// Bytes of the file that are read.
    pub(super) read: Rc<Cell<u64>>,
}

impl Source {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let read = Rc::new(Cell::new(0));
        let counted = Counted {
            file,
            read: Rc::clone(&read),
        };
        let mut file = BufReader::with_capacity(1 << 16, counted);
        let bytes: Box<dyn Read> = if file.fill_buf()?.starts_with(&GZIP) {
            Box::new(MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        };
        Ok(Self {
            bytes,
            line_bytes: 0,
            length,
            read,
        })
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.bytes.read(buffer)?;
        let new = buffer.get(..length).unwrap_or_default();
        self.line_bytes = match new.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => length - end - 1,
            None => self.line_bytes + length,
        };
        if self.line_bytes > LINE_BYTES_MAX {
            let text = format!("a line is longer than {LINE_BYTES_MAX} bytes: this is no CSV");
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        Ok(length)
    }
}

struct Counted {
    file: File,
    read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.read.set(self.read.get() + length as u64);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(bytes: &[u8]) -> io::Result<(String, u64)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        let mut source = Source::open(&path).unwrap();
        let mut text = String::new();
        source.read_to_string(&mut text)?;
        Ok((text, source.read.get()))
    }

    #[test]
    fn gzip_is_known_by_its_content_and_parts_in_a_row_are_one_file() {
        let gzip = |text: &str| {
            let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            to.write_all(text.as_bytes()).unwrap();
            to.finish().unwrap()
        };
        let both = [gzip("a,b\n"), gzip("1,2\n")].concat();
        let length = both.len() as u64;
        assert_eq!(read(&both).unwrap(), ("a,b\n1,2\n".to_owned(), length));
        assert_eq!(read(b"a,b\n").unwrap(), ("a,b\n".to_owned(), 4));
        assert_eq!(read(b"").unwrap(), (String::new(), 0));
    }

    #[test]
    fn a_file_without_lines_is_refused_before_it_fills_the_memory() {
        let error = read(&vec![b'x'; 10 * LINE_BYTES_MAX]).unwrap_err();
        assert!(error.to_string().contains("no CSV"), "{error}");
        assert!(read(&b"0123456789\n".repeat(LINE_BYTES_MAX)).is_ok());
    }
}
