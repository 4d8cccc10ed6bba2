//! The folder that an export fills: a file gets its name when all files are complete.
//!
//! It knows no format. A killed export leaves files that start with a dot and end with `.part`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Bytes that wait to be written, per file.
const BUFFER_BYTES: usize = 1 << 18;

/// A finished file.
#[derive(Debug)]
pub(crate) struct WrittenFile {
    pub(crate) name: String,
    /// Rows, or lines where a file holds no rows.
    pub(crate) n_rows: u64,
    pub(crate) n_bytes: u64,
}

/// A folder of files without their names yet; it removes them unless they are published.
#[derive(Debug)]
pub(crate) struct Output {
    folder: PathBuf,
    names: Vec<String>,
    kept: Vec<WrittenFile>,
    is_published: bool,
}

impl Output {
    /// An empty folder, made where it is missing.
    ///
    /// # Errors
    /// [`Error::Usage`]: something is in it.
    pub(super) fn create(folder: &Path) -> Result<Self> {
        let failed = |error| failed(folder, error);
        let folder = std::path::absolute(folder).map_err(failed)?;
        if folder.is_file() {
            return Err(Error::Usage(format!(
                "{} is a file; name a new or empty folder",
                folder.display()
            )));
        }
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let mut entries = std::fs::read_dir(&folder).map_err(failed)?;
        if let Some(entry) = entries.next() {
            let name = entry.map_err(failed)?.file_name();
            return Err(Error::Usage(format!(
                "{} holds {}; name a new or empty folder",
                folder.display(),
                name.display()
            )));
        }
        Ok(Self {
            folder,
            names: Vec::new(),
            kept: Vec::new(),
            is_published: false,
        })
    }

    /// The folder's last name.
    pub(super) fn folder_name(&self) -> String {
        let name = self.folder.file_name().and_then(OsStr::to_str);
        name.unwrap_or("crowdrank").to_owned()
    }

    /// Opens a file of this name.
    pub(super) fn file(&mut self, name: String) -> Result<OutputFile> {
        let path = self.part_path(&name);
        let file = File::create(&path).map_err(|error| failed(&path, error))?;
        self.names.push(name.clone());
        Ok(OutputFile {
            writer: BufWriter::with_capacity(BUFFER_BYTES, file),
            path,
            name,
            n_rows: 0,
        })
    }

    /// Completes a file.
    pub(super) fn keep(&mut self, file: OutputFile) -> Result<()> {
        let failed = |error| failed(&file.path, error);
        let stored = file.writer.into_inner();
        let stored = stored.map_err(|error| failed(error.into_error()))?;
        stored.sync_all().map_err(failed)?;
        self.kept.push(WrittenFile {
            n_bytes: stored.metadata().map_err(failed)?.len(),
            name: file.name,
            n_rows: file.n_rows,
        });
        Ok(())
    }

    /// Gives all files their names.
    pub(super) fn publish(mut self) -> Result<Vec<WrittenFile>> {
        for name in &self.names {
            let path = self.folder.join(name);
            std::fs::rename(self.part_path(name), &path).map_err(|error| failed(&path, error))?;
        }
        self.is_published = true;
        Ok(std::mem::take(&mut self.kept))
    }

    fn part_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!(".{name}.part"))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if self.is_published {
            return;
        }
        for name in &self.names {
            // What was renamed already, or cannot be removed, is left for the next try to name.
            std::fs::remove_file(self.part_path(name)).ok();
        }
    }
}

/// A file that is being written.
#[derive(Debug)]
pub(crate) struct OutputFile {
    writer: BufWriter<File>,
    path: PathBuf,
    name: String,
    n_rows: u64,
}

impl OutputFile {
    /// Appends one row: a line with its end, or a record with its frame.
    pub(super) fn row(&mut self, bytes: &[u8]) -> Result<()> {
        self.n_rows += 1;
        self.part(bytes)
    }

    /// Appends what is no row, such as a header.
    pub(super) fn part(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.writer.write_all(bytes);
        written.map_err(|error| failed(&self.path, error))
    }
}

fn failed(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Exhausted(format!(
            "the disk is full while writing {}; free space or name another folder",
            path.display()
        )),
        _ => Error::Storage {
            action: "write",
            location: path.display().to_string(),
            source: Box::new(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_get_their_names_together_and_a_failed_export_leaves_none() {
        let folder = tempfile::tempdir().unwrap();
        let names = || {
            let entries = std::fs::read_dir(folder.path()).unwrap();
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        let mut given_up = Output::create(folder.path()).unwrap();
        let file = given_up.file("a.txt".to_owned()).unwrap();
        given_up.keep(file).unwrap();
        assert_eq!(names(), [".a.txt.part"]);
        drop(given_up);
        assert!(names().is_empty());

        let mut output = Output::create(folder.path()).unwrap();
        let mut file = output.file("a.txt".to_owned()).unwrap();
        file.part(b"head\n").unwrap();
        file.row(b"one\n").unwrap();
        output.keep(file).unwrap();
        let written = output.publish().unwrap();
        assert_eq!((written[0].n_rows, written[0].n_bytes), (1, 9));
        assert_eq!(names(), ["a.txt"]);
        let refused = Output::create(folder.path()).unwrap_err();
        assert_eq!(refused.exit_code(), 2);
    }
}
