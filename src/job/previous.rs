//! Snapshots as tables: `previous.*` for a run, `published.*` for its audits and for people.
//!
//! It changes nothing of a dataset.

use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::prelude::SessionContext;

use crate::error::{Error, Result};
use crate::file_table::{FileTable, TableFile};
use crate::manifest::FileEntry;
use crate::publish::{Dataset, SPLITS, Snapshot, published_schema, table_names};
use crate::runner::{create_schema, register as register_table};
use crate::session::Engine;
use crate::storage::{Location, Storage};

/// Whose vocabularies are continued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vocabulary {
    /// Those of the snapshot that is current now.
    Current,
    /// Those of one commit; of none for the first run.
    Of(Option<u64>),
}

async fn snapshot(dataset: Option<&Dataset>, vocabulary: Vocabulary) -> Result<Option<Snapshot>> {
    let Some(dataset) = dataset else {
        return Ok(None);
    };
    let head = match vocabulary {
        Vocabulary::Current => dataset.current().await?,
        Vocabulary::Of(Some(number)) => Some(dataset.commit(number).await?),
        Vocabulary::Of(None) => None,
    };
    match head {
        Some(head) => dataset.snapshot(&head).await.map(Some),
        None => Ok(None),
    }
}

/// Registers the snapshot whose vocabularies a run continues; empty tables where nothing was published yet.
pub(super) async fn register(
    session: &SessionContext,
    engine: &Engine,
    storage: &Storage,
    dataset: Option<&Dataset>,
    vocabulary: Vocabulary,
) -> Result<()> {
    create_schema(session, "previous").await?;
    let current = snapshot(dataset, vocabulary).await?;
    let stored = current.as_ref().map(StoredFiles::of);
    register_all(
        session,
        storage,
        ("previous", features_of(current.as_ref())),
        stored,
    )?;
    register_stores(engine, storage)
}

/// Files of a snapshot, and where they lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoredFiles<'a> {
    pub(super) location: &'a Location,
    pub(super) files: &'a [FileEntry],
}

impl<'a> StoredFiles<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        Self {
            location: &snapshot.location,
            files: &snapshot.manifest.files,
        }
    }
}

fn features_of(snapshot: Option<&Snapshot>) -> &[String] {
    snapshot.map_or(&[], |snapshot| &snapshot.manifest.features)
}

/// Registers the tables that a run has stored as `published.*`; those that it has not are empty.
pub(super) async fn register_stored(
    session: &SessionContext,
    engine: &Engine,
    storage: &Storage,
    features: &[String],
    stored: Option<StoredFiles<'_>>,
) -> Result<()> {
    create_schema(session, "published").await?;
    register_all(session, storage, ("published", features), stored)?;
    register_stores(engine, storage)
}

fn register_all(
    session: &SessionContext,
    storage: &Storage,
    (schema, features): (&str, &[String]),
    stored: Option<StoredFiles<'_>>,
) -> Result<()> {
    for name in table_names() {
        let prefix = format!("{name}/");
        let mut files = Vec::new();
        if let Some(stored) = stored {
            for entry in stored
                .files
                .iter()
                .filter(|entry| entry.path.starts_with(&prefix))
            {
                files.push(table_file(stored.location, entry, storage)?);
            }
        }
        let table = published_table(name, files, features)?;
        register_table(session, schema, name, Arc::new(table))?;
    }
    Ok(())
}

/// Registers every table of the current snapshot as `published.<table>`; those that it has not are empty.
///
/// # Errors
/// [`Error::Corrupt`] when the current snapshot cannot be read.
pub(crate) async fn register_published(
    session: &SessionContext,
    engine: &Engine,
    storage: &Storage,
    dataset: Option<&Dataset>,
) -> Result<()> {
    create_schema(session, "published").await?;
    if dataset.is_none() {
        return Ok(());
    }
    let current = snapshot(dataset, Vocabulary::Current).await?;
    let stored = current.as_ref().map(StoredFiles::of);
    register_all(
        session,
        storage,
        ("published", features_of(current.as_ref())),
        stored,
    )?;
    register_stores(engine, storage)
}

pub(crate) fn register_stores(engine: &Engine, storage: &Storage) -> Result<()> {
    for (url, store) in storage.stores()? {
        engine.register_store(&url, store);
    }
    Ok(())
}

pub(crate) fn published_table(
    name: &str,
    files: Vec<TableFile>,
    features: &[String],
) -> Result<FileTable> {
    let schema: Schema = published_schema(name, features)?;
    let has_splits = ["pointwise", "pairs", "lists"].contains(&name);
    let partition_columns = if has_splits {
        vec!["split".to_owned()]
    } else {
        Vec::new()
    };
    Ok(FileTable::new(Arc::new(schema), &partition_columns, files))
}

pub(crate) fn published_files(
    current: &Snapshot,
    name: &str,
    storage: &Storage,
) -> Result<Vec<TableFile>> {
    current
        .files(name)
        .map(|file| table_file(&current.location, file, storage))
        .collect()
}

fn table_file(snapshot: &Location, file: &FileEntry, storage: &Storage) -> Result<TableFile> {
    let location = snapshot.join(&file.path);
    let (_, path) = storage.store(&location)?;
    let store = ObjectStoreUrl::parse(storage.store_url(&location)?)
        .map_err(|error| Error::Bug(error.to_string()))?;
    let folder = file.path.split('/').nth(1).unwrap_or_default();
    let partition_values = SPLITS
        .iter()
        .filter(|split| **split == folder)
        .map(|split| Some((*split).to_owned()))
        .collect();
    Ok(TableFile {
        store,
        path: path.to_string(),
        n_bytes: file.bytes,
        n_rows: usize::try_from(file.rows).unwrap_or(usize::MAX),
        partition_values,
    })
}
