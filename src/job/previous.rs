//! Snapshots as tables: `previous.*` for a run, `published.*` for its audits and for people.
//!
//! It changes nothing of a dataset.

use std::sync::Arc;

use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::prelude::SessionContext;

use crate::error::{Error, Result};
use crate::file_table::{FileTable, TableFile};
use crate::manifest::FileEntry;
use crate::publish::{Dataset, SPLITS, Snapshot, is_in_splits, published_schema, table_names};
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
    register_all(session, storage, "previous", Stored::of(current.as_ref()))?;
    register_stores(engine, storage)
}

/// What is stored of a snapshot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored<'a> {
    /// The snapshot's place and its files; none where there is none.
    pub(crate) files: Option<(&'a Location, &'a [FileEntry])>,
    /// The feature columns of `pointwise`.
    pub(crate) features: &'a [String],
}

impl<'a> Stored<'a> {
    pub(crate) fn of(snapshot: Option<&'a Snapshot>) -> Self {
        Self {
            files: snapshot.map(|found| (&found.location, found.manifest.files.as_slice())),
            features: snapshot.map_or(&[], |found| &found.manifest.features),
        }
    }

    /// A published table, empty where nothing of it is stored.
    pub(crate) fn table(&self, name: &str, storage: &Storage) -> Result<FileTable> {
        let prefix = format!("{name}/");
        let mut files = Vec::new();
        if let Some((location, entries)) = self.files {
            let is_of_table = |entry: &&FileEntry| entry.path.starts_with(&prefix);
            for entry in entries.iter().filter(is_of_table) {
                files.push(table_file(location, entry, storage)?);
            }
        }
        let schema = published_schema(name, self.features)?;
        let partition_columns = if is_in_splits(name) {
            vec!["split".to_owned()]
        } else {
            Vec::new()
        };
        Ok(FileTable::new(Arc::new(schema), &partition_columns, files))
    }
}

/// Registers the tables that a run has stored as `published.*`; those that it has not are empty.
pub(super) async fn register_stored(
    session: &SessionContext,
    engine: &Engine,
    storage: &Storage,
    stored: Stored<'_>,
) -> Result<()> {
    create_schema(session, "published").await?;
    register_all(session, storage, "published", stored)?;
    register_stores(engine, storage)
}

fn register_all(
    session: &SessionContext,
    storage: &Storage,
    schema: &str,
    stored: Stored<'_>,
) -> Result<()> {
    for name in table_names() {
        let table = stored.table(name, storage)?;
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
    if dataset.is_none() {
        return create_schema(session, "published").await;
    }
    let current = snapshot(dataset, Vocabulary::Current).await?;
    register_stored(session, engine, storage, Stored::of(current.as_ref())).await
}

pub(crate) fn register_stores(engine: &Engine, storage: &Storage) -> Result<()> {
    for (url, store) in storage.stores()? {
        engine.register_store(&url, store);
    }
    Ok(())
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
