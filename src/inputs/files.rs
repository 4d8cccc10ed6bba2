//! The files of an input: listed, their footers read, held against each other, and made a table.
//!
//! What their columns mean is `mapping`'s.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::execution::object_store::ObjectStoreUrl;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::footer::{self, Footer};
use crate::error::{Error, Result};
use crate::file_table::{FileFormat, FileTable, TableFile};
use crate::session::Engine;
use crate::storage::{InputFile, Location, Storage};

/// Footers that are read at once.
const FOOTERS_AT_ONCE: usize = 16;

/// Any Parquet files as a table, for ad-hoc SQL.
pub(crate) async fn parquet_table(
    locations: &[Location],
    storage: &Storage,
    engine: &Engine,
) -> Result<FileTable> {
    let (files, footers) = read_footers(locations, storage, engine).await?;
    let rows: Vec<u64> = footers.iter().map(|footer| footer.n_rows).collect();
    let schema = Arc::new(merged_schema(&footers));
    file_table(&files, &rows, schema, &partition_names(&files), storage)
}

pub(super) async fn read_footers(
    locations: &[Location],
    storage: &Storage,
    engine: &Engine,
) -> Result<(Vec<InputFile>, Vec<Footer>)> {
    let files = storage.list_inputs(locations).await?;
    for (url, store) in storage.stores()? {
        engine.register_store(&url, store);
    }
    let footers = stream::iter(&files)
        .map(|file| footer::read(file, storage))
        .buffered(FOOTERS_AT_ONCE)
        .try_collect()
        .await?;
    Ok((files, footers))
}

pub(super) fn partition_names(files: &[InputFile]) -> Vec<String> {
    files
        .first()
        .map(|file| {
            file.partitions
                .iter()
                .map(|(name, _)| name.clone())
                .collect()
        })
        .unwrap_or_default()
}

/// Every column of any file, with the type of the first file that has it.
pub(super) fn merged_schema(footers: &[Footer]) -> Schema {
    let mut fields: Vec<Field> = Vec::new();
    for field in footers.iter().flat_map(|footer| footer.schema.fields()) {
        if !fields.iter().any(|known| known.name() == field.name()) {
            fields.push(field.as_ref().clone().with_nullable(true));
        }
    }
    Schema::new(fields)
}

pub(super) fn check_partitions(files: &[InputFile], expected: &[String]) -> Result<()> {
    for file in files {
        let found = file.partitions.iter().map(|(name, _)| name);
        if !found.eq(expected.iter()) {
            return Err(Error::Corrupt {
                location: file.location.to_string(),
                problem: format!(
                    "lies in other hive partitions than the first file, which has {expected:?}; give the folders separately or move the file"
                ),
            });
        }
    }
    Ok(())
}

/// A column that is renamed or retyped in one file would silently read as null.
pub(super) fn check_same_columns(
    used: &[&str],
    partition_columns: &[String],
    (first_file, first): (&InputFile, &Footer),
    (file, footer): (&InputFile, &Footer),
) -> Result<()> {
    for name in used {
        if partition_columns.iter().any(|column| column == name) {
            continue;
        }
        let expected = first.schema.field_with_name(name).ok();
        let found = footer.schema.field_with_name(name).ok();
        let describe = |field: Option<&Field>| {
            field.map_or_else(
                || "no such column".to_owned(),
                |f| f.data_type().to_string(),
            )
        };
        if expected.map(Field::data_type) != found.map(Field::data_type) {
            return Err(Error::Corrupt {
                location: file.location.to_string(),
                problem: format!(
                    "column {name}: expected {} as in {}, found {}; write all files of a table with one schema",
                    describe(expected),
                    first_file.location,
                    describe(found)
                ),
            });
        }
    }
    Ok(())
}

pub(super) fn file_table(
    files: &[InputFile],
    rows: &[u64],
    schema: SchemaRef,
    partition_columns: &[String],
    storage: &Storage,
) -> Result<FileTable> {
    let mut table_files = Vec::with_capacity(files.len());
    for (file, n_rows) in files.iter().zip(rows) {
        let store = ObjectStoreUrl::parse(storage.store_url(&file.location)?)
            .map_err(|error| Error::Bug(error.to_string()))?;
        table_files.push(TableFile {
            store,
            path: file.path.clone(),
            n_bytes: file.size,
            n_rows: usize::try_from(*n_rows).unwrap_or(usize::MAX),
            partition_values: file
                .partitions
                .iter()
                .map(|(_, value)| value.clone())
                .collect(),
        });
    }
    Ok(FileTable::new(
        FileFormat::Parquet,
        schema,
        partition_columns,
        table_files,
    ))
}
