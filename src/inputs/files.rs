//! The files of an input: listed, their footers read, held against each other, and made a table.
//!
//! What their columns mean is `mapping`'s.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::execution::object_store::ObjectStoreUrl;
use futures::stream::{self, StreamExt, TryStreamExt};
use percent_encoding::percent_decode_str;

use super::footer::{self, Footer};
use super::mapping::MappedColumn;
use crate::error::{Error, Result};
use crate::file_table::{FileTable, TableFile};
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
    let partition_columns = partition_names(&files, &schema);
    file_table(&files, &rows, schema, &partition_columns, storage)
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

/// The hive columns; a column that the files hold themselves is read from them.
pub(super) fn partition_names(files: &[InputFile], schema: &Schema) -> Vec<String> {
    let Some(first) = files.first() else {
        return Vec::new();
    };
    let names = first.partitions.iter().map(|(name, _)| name);
    names
        .filter(|name| schema.field_with_name(name).is_err())
        .cloned()
        .collect()
}

/// What Hive and Spark write for a null.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

fn partition_values(file: &InputFile, columns: &[String]) -> Vec<Option<String>> {
    let of_column = |column: &String| {
        let found = file.partitions.iter().find(|(name, _)| name == column);
        let value = found
            .map(|(_, value)| value)
            .filter(|value| *value != HIVE_NULL)?;
        Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
    };
    columns.iter().map(of_column).collect()
}

/// Every column of any file, with the type of the first file that has values of it.
pub(super) fn merged_schema(footers: &[Footer]) -> Schema {
    let mut fields: Vec<Field> = Vec::new();
    for field in footers.iter().flat_map(|footer| footer.schema.fields()) {
        let nullable = field.as_ref().clone().with_nullable(true);
        match fields.iter_mut().find(|known| known.name() == field.name()) {
            None => fields.push(nullable),
            Some(known) if known.data_type().is_null() => *known = nullable,
            Some(_) => {}
        }
    }
    Schema::new(fields)
}

pub(super) fn check_partitions(files: &[InputFile], expected: &[String]) -> Result<()> {
    for file in files {
        let has = |column: &String| file.partitions.iter().any(|(name, _)| name == column);
        if !expected.iter().all(has) {
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
    columns: &[MappedColumn],
    partition_columns: &[String],
    merged: &Schema,
    (first_file, (file, footer)): (&InputFile, (&InputFile, &Footer)),
) -> Result<()> {
    let read = columns.iter().filter(|column| !column.is_absent);
    for (column, name) in read.flat_map(|c| c.source_columns.iter().map(move |name| (c, name))) {
        if partition_columns.contains(name) {
            continue;
        }
        let expected = merged.field_with_name(name).ok().map(Field::data_type);
        let found = footer
            .schema
            .field_with_name(name)
            .ok()
            .map(Field::data_type);
        // What is only renamed is cast to one canonical type, file by file.
        let is_castable =
            column.is_renamed_only && found.is_some_and(|found| column.kind.accepts(found));
        if expected == found || is_castable {
            continue;
        }
        let describe = |data_type: Option<&DataType>| {
            data_type.map_or_else(|| "no such column".to_owned(), ToString::to_string)
        };
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
            partition_values: partition_values(file, partition_columns),
        });
    }
    Ok(FileTable::new(schema, partition_columns, table_files))
}
