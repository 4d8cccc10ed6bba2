//! Published snapshots as the files of other trainers: the list of formats, and who feeds them.
//!
//! It changes no snapshot and computes nothing: what is written stands in the published tables. Rows are read
//! file after file, so that memory does not grow with the snapshot.

mod catboost;
mod elwc;
mod examples;
mod letor;
mod output;
mod recbole;
mod rows;
mod stored;
mod text;
mod tfrecord;
mod trl_jsonl;

use std::fmt::{Debug, Write};
use std::path::Path;

use datafusion::arrow::array::RecordBatch;

use crate::error::{Error, Result};
use crate::publish::{Snapshot, is_in_splits};
use crate::runner::Progress;
use crate::storage::{Storage, blocking};

pub(crate) use output::WrittenFile;
use output::{Output, OutputFile};

/// Every format, in the order of `--help`; a new one is a file, a `mod` line and a row here.
pub(crate) const FORMATS: &[&dyn Format] = &[
    &letor::Letor,
    &catboost::CatBoost,
    &trl_jsonl::TrlJsonl,
    &recbole::RecBole,
    &tfrecord::TfRecord,
    &elwc::Elwc,
];

/// The files of one trainer.
pub(crate) trait Format: Debug + Sync {
    /// The name on the command line.
    fn name(&self) -> &'static str;

    /// One line for `--help`, without a full stop.
    fn summary(&self) -> &'static str;

    /// What is written and who reads it: the opening lines of the format's own file.
    fn page(&self) -> String;

    /// The tables that are read, one after the other: those in splits split by split.
    fn tables(&self) -> &'static [&'static str];

    /// Writes what does not depend on rows.
    fn begin(&self, _shape: &Shape, _output: &mut Output) -> Result<()> {
        Ok(())
    }

    /// Opens the files of one table, or of one split of it.
    fn open(&self, part: &Part<'_>, output: &mut Output) -> Result<Box<dyn Sink>>;
}

const POINTWISE: &str = "pointwise";
const PAIRS: &str = "pairs";
const ITEMS: &str = "items";
const QUERIES: &str = "queries";

/// What all parts of an export share.
#[derive(Debug)]
pub(crate) struct Shape {
    /// The features of the snapshot, in order.
    features: Vec<String>,
    /// The last name of the folder that is written to.
    folder_name: String,
}

/// A table, or one split of it.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    shape: &'a Shape,
    table: &'static str,
    /// Empty for a table without splits.
    split: &'a str,
}

/// Turns rows into files; it gets the rows of one part, in their order.
pub(crate) trait Sink: Send {
    /// Takes the next rows.
    fn write(&mut self, rows: &RecordBatch) -> Result<()>;

    /// Writes what is left.
    fn finish(self: Box<Self>) -> Result<Vec<OutputFile>>;
}

/// What to export, and where to.
pub(crate) struct Export<'a> {
    pub(crate) storage: &'a Storage,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) format: &'static dyn Format,
    pub(crate) splits: &'a [&'static str],
    pub(crate) folder: &'a Path,
}

impl Export<'_> {
    /// Writes all files; none has its name before all are complete.
    ///
    /// # Errors
    /// [`Error::Usage`] without ranked candidates, and for a folder that holds something;
    /// [`Error::Corrupt`] when a file is not what the manifest says.
    pub(crate) async fn write(&self, progress: &dyn Progress) -> Result<Vec<WrittenFile>> {
        if self.snapshot.files("pointwise").next().is_none() {
            return Err(Error::Usage(format!(
                "{}: a snapshot of a classification has labels, not ranked candidates; read its Parquet files in labels/",
                self.snapshot.location
            )));
        }
        let mut output = Output::create(self.folder)?;
        let shape = Shape {
            features: self.snapshot.manifest.features.clone(),
            folder_name: output.folder_name(),
        };
        self.format.begin(&shape, &mut output)?;
        for table in self.format.tables() {
            let splits: Vec<&str> = if is_in_splits(table) {
                self.splits.to_vec()
            } else {
                vec![""]
            };
            for split in splits {
                let part = Part {
                    shape: &shape,
                    table,
                    split,
                };
                progress.started(&part.folder());
                let sink = self.format.open(&part, &mut output)?;
                for file in self.feed(&part, sink).await? {
                    output.keep(file)?;
                }
            }
        }
        output.publish()
    }

    /// Gives a sink all rows of a part.
    async fn feed(&self, part: &Part<'_>, mut sink: Box<dyn Sink>) -> Result<Vec<OutputFile>> {
        for entry in self.snapshot.files(&part.folder()) {
            let location = self.snapshot.location.join(&entry.path);
            let bytes = self.storage.read(&location).await?;
            let file = stored::StoredFile {
                bytes,
                entry: entry.clone(),
                location,
            };
            sink = blocking(move || file.feed(&mut *sink).map(|()| sink)).await??;
        }
        blocking(move || sink.finish()).await?
    }
}

impl Part<'_> {
    /// Where its files lie in a snapshot.
    fn folder(&self) -> String {
        if self.split.is_empty() {
            self.table.to_owned()
        } else {
            format!("{}/{}", self.table, self.split)
        }
    }
}

/// The pages of all formats, for the long help.
pub(crate) fn pages() -> String {
    let mut text = String::new();
    for format in FORMATS {
        let page = format.page();
        let paragraphs = page.trim_end().split("\n\n");
        // The terminal's width decides where lines end, not the source's.
        let flowing: Vec<String> = paragraphs.map(|lines| lines.replace('\n', " ")).collect();
        // Writing to a string cannot fail.
        let _written = write!(text, "\n{}: {}\n", format.name(), flowing.join("\n\n"));
    }
    text
}

/// The format of this name.
///
/// # Errors
/// [`Error::Usage`]: there is none.
pub(crate) fn format_of(name: &str) -> Result<&'static dyn Format> {
    let mut formats = FORMATS.iter().copied();
    formats.find(|format| format.name() == name).ok_or_else(|| {
        let names: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
        Error::Usage(format!("{name}: no format; there are {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests;
