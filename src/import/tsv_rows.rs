//! Reads a TSV file row by row, with line numbers that hold and blank lines that are told.
//!
//! It knows no column.

use std::fs::File;
use std::io::{self, Chain, Cursor, Read};
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::page::{Place, corrupt};
use crate::error::{Error, Result};

/// Appended to every file: the parser gives it back as a row of its own, unless a quote is still open.
const END_MARK: &str = "\u{1e}end of file\u{1e}";

/// A row longer than this is a quote that was never closed.
const ROW_BYTES_MAX: usize = 64 << 20;

/// Gives no more than an allowance, which is renewed for every row.
struct Rationed<R> {
    source: R,
    n_bytes_left: usize,
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.source.read(buffer)?;
        self.n_bytes_left = self
            .n_bytes_left
            .checked_sub(n_bytes)
            .ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        Ok(n_bytes)
    }
}

/// A file's rows in their order.
pub(super) struct TsvRows<'a> {
    file: &'a Path,
    reader: Reader<Rationed<Chain<File, Cursor<Vec<u8>>>>>,
    record: ByteRecord,
    /// The first row, for errors.
    header: Vec<String>,
    /// The line that the next row starts on, from 1, if no blank line comes before it.
    next_line: u64,
    has_ended: bool,
}

/// One row and the number of blank lines before it.
#[derive(Debug)]
pub(super) struct TsvRow {
    pub(super) line: u64,
    pub(super) n_blank_lines: u64,
    pub(super) cells: Vec<String>,
}

impl<'a> TsvRows<'a> {
    pub(super) fn open(file: &'a Path) -> Result<Self> {
        let end = Cursor::new(format!("\n{END_MARK}\n").into_bytes());
        let reader = ReaderBuilder::new()
            .delimiter(b'\t')
            .has_headers(false)
            // The number of cells is checked where the columns are known.
            .flexible(true)
            .double_quote(true)
            .from_reader(Rationed {
                source: super::open(file)?.chain(end),
                n_bytes_left: ROW_BYTES_MAX,
            });
        Ok(Self {
            file,
            reader,
            record: ByteRecord::new(),
            header: Vec::new(),
            next_line: 1,
            has_ended: false,
        })
    }

    /// The next row, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<TsvRow>> {
        if self.has_ended {
            return Ok(None);
        }
        let newlines_before = self.reader.position().line();
        self.reader.get_mut().n_bytes_left = ROW_BYTES_MAX;
        let read = self.reader.read_byte_record(&mut self.record);
        if !read.map_err(|error| self.failed(error))? {
            return Err(self.unclosed_quote());
        }
        let n_newlines_read = self.reader.position().line() - newlines_before;
        let n_newlines_inside = self
            .record
            .iter()
            .map(|cell| cell.split(|byte| *byte == b'\n').skip(1).count() as u64)
            .sum::<u64>();
        // One newline ends a row. After \r\n the parser leaves the \n to the next row, so that only the
        // first row can come out one short.
        let n_blank_lines = n_newlines_read.saturating_sub(1 + n_newlines_inside);
        let line = self.next_line + n_blank_lines;
        if self.record.as_slice() == END_MARK.as_bytes() {
            self.has_ended = true;
            return Ok(None);
        }
        let swallowed_end = format!("\n{END_MARK}\n");
        if self.record.as_slice().ends_with(swallowed_end.as_bytes()) {
            return Err(self.unclosed_quote());
        }
        self.next_line = line + 1 + n_newlines_inside;
        let cells = self.cells(line)?;
        if self.header.is_empty() {
            self.header.clone_from(&cells);
        }
        Ok(Some(TsvRow {
            line,
            n_blank_lines,
            cells,
        }))
    }

    fn cells(&self, line: u64) -> Result<Vec<String>> {
        let mut cells = Vec::with_capacity(self.record.len());
        for (cell_idx, cell) in self.record.iter().enumerate() {
            let text = std::str::from_utf8(cell).map_err(|_| {
                let column = self
                    .header
                    .get(cell_idx)
                    .map_or("the header", String::as_str);
                let problem = format!("{column}: not UTF-8 text; save the export as UTF-8");
                corrupt(self.file, Place::Line(line), &problem)
            })?;
            cells.push(text.to_owned());
        }
        Ok(cells)
    }

    fn failed(&self, error: csv::Error) -> Error {
        let is_too_long = matches!(
            error.kind(),
            csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge
        );
        if is_too_long {
            return self.unclosed_quote();
        }
        Error::Storage {
            action: "read",
            location: self.file.display().to_string(),
            source: Box::new(error),
        }
    }

    fn unclosed_quote(&self) -> Error {
        let problem = "a cell that begins with a double quote is not closed; double the quotes inside it, or download the export again";
        corrupt(self.file, Place::Line(self.next_line), problem)
    }
}
