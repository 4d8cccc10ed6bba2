//! Turns a platform's export into Parquet inputs and a starting configuration.
//!
//! Every file is read twice: a survey finds the fields and whatever is wrong, then the rows are written. It
//! judges no answer: it only spells `left`, `right`, `tie` and `error` alike; the stages do the rest.

mod answers;
mod json_stream;
mod page;
mod pools;
mod response_columns;
mod responses;
mod reviews;
mod roles;
mod row_writer;
mod starting_config;
mod survey;
mod toloka_json;
mod toloka_tsv;
mod tsv_pages;
mod tsv_rows;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::ProjectKind;
use crate::error::{Error, Result};
use crate::spill::SpillFolder;

use page::PageVisitor;
use responses::ResponseWriter;
use roles::Roles;
pub(crate) use row_writer::WrittenTable;
use survey::Survey;

/// Where an export comes from, and its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Export {
    TolokaTsv,
    TolokaJson,
}

/// What to import, where to, and what the operator says about it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) export: Export,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) directory: PathBuf,
    /// The platform's pools as JSON.
    pub(crate) pools: Option<PathBuf>,
    pub(crate) named: Named,
}

/// What is named on the command line; the rest is detected.
#[derive(Debug, Clone, Default)]
pub(crate) struct Named {
    /// The pool of pages that do not say theirs.
    pub(crate) pool_id: Option<String>,
    pub(crate) project_id: Option<String>,
    pub(crate) kind: Option<ProjectKind>,
    pub(crate) query_field: Option<String>,
    pub(crate) left_field: Option<String>,
    pub(crate) right_field: Option<String>,
    pub(crate) answer_fields: Vec<String>,
}

/// What was written.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) tables: Vec<WrittenTable>,
    pub(crate) config: PathBuf,
}

/// Names in the directory that an import makes, and therefore must not find there.
const MADE_NAMES: [&str; 4] = ["responses", "pools", "review_events", CONFIG_NAME];

const CONFIG_NAME: &str = "crowdrank.toml";

/// Imports everything or leaves nothing.
///
/// # Errors
/// [`Error::Usage`] (2): the directory is in use, or a field cannot be found; [`Error::Missing`] (4) and
/// [`Error::Corrupt`] (8) for the export; [`Error::Storage`] (6) for the directory.
pub(crate) fn import(request: &Request) -> Result<Imported> {
    refuse_existing(&request.directory)?;
    let mut survey = Survey::new(&request.named);
    read_all(request, &mut survey)?;
    let roles = Roles::find(&request.named, &survey)?;
    survey.tell();
    roles.tell();

    fs::create_dir_all(&request.directory)
        .map_err(|source| storage("make", &request.directory, source))?;
    let staging = SpillFolder::create(&request.directory)?;
    let mut writer = ResponseWriter::create(staging.path(), &survey, &roles)?;
    read_all(request, &mut writer)?;
    let mut tables = writer.finish()?;
    if let Some(pools) = &request.pools {
        tables.push(pools::write(pools, staging.path())?);
    }
    let names: Vec<&str> = tables.iter().map(|table| table.table).collect();
    let text = starting_config::text(request, &roles, &names);
    let staged_config = staging.path().join(CONFIG_NAME);
    fs::write(&staged_config, text).map_err(|source| storage("write", &staged_config, source))?;

    // The configuration last: where it stands, all it names is there.
    refuse_existing(&request.directory)?;
    for name in names.iter().copied().chain([CONFIG_NAME]) {
        let made = request.directory.join(name);
        fs::rename(staging.path().join(name), &made)
            .map_err(|source| storage("make", &made, source))?;
    }
    Ok(Imported {
        tables,
        config: request.directory.join(CONFIG_NAME),
    })
}

fn refuse_existing(directory: &Path) -> Result<()> {
    if directory.is_file() {
        return Err(Error::Usage(format!(
            "{} is a file; the last name is the folder to write to",
            directory.display()
        )));
    }
    let mut made = MADE_NAMES.iter().map(|name| directory.join(name));
    made.find(|path| path.exists()).map_or(Ok(()), |path| {
        Err(Error::Usage(format!(
            "{} is there already and is not overwritten; name another directory, or remove it first",
            path.display()
        )))
    })
}

fn read_all(request: &Request, visitor: &mut dyn PageVisitor) -> Result<()> {
    for file in &request.files {
        match request.export {
            Export::TolokaTsv => toloka_tsv::read(file, visitor)?,
            Export::TolokaJson => toloka_json::read(file, visitor)?,
        }
    }
    Ok(())
}

/// Opens a file of the export.
fn open(file: &Path) -> Result<fs::File> {
    let opened = fs::File::open(file).and_then(|opened| {
        let is_folder = opened.metadata()?.is_dir();
        Ok((opened, is_folder))
    });
    match opened {
        Ok((opened, false)) => Ok(opened),
        Ok((_, true)) => Err(Error::Usage(format!(
            "{} is a folder; name the files of the export",
            file.display()
        ))),
        Err(error) => Err(Error::Missing {
            location: file.display().to_string(),
            problem: format!("cannot be opened ({error}); name a file of the export"),
        }),
    }
}

fn storage(action: &'static str, path: &Path, source: impl Into<crate::error::Cause>) -> Error {
    Error::Storage {
        action,
        location: path.display().to_string(),
        source: source.into(),
    }
}
