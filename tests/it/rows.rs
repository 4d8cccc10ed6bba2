//! Parquet files as plain rows, and back: slow, and independent of the engine.
//!
//! It knows no table.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt64Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Float32Type, Float64Type, Int8Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// One value of a row.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(crate) enum Value {
    Null,
    Whole(i64),
    Real(f64),
    Text(String),
    List(Vec<Value>),
}

/// One row, by column name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row(BTreeMap<String, Value>);

impl Row {
    /// The value of a column.
    pub(crate) fn get(&self, column: &str) -> &Value {
        self.0
            .get(column)
            .unwrap_or_else(|| panic!("no column {column}: {:?}", self.0))
    }

    /// The text of a column, `None` for null or for a column that the file lacks.
    pub(crate) fn text(&self, column: &str) -> Option<&str> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Some(text),
            Some(Value::Null) | None => None,
            Some(other) => panic!("{column} is no text: {other:?}"),
        }
    }

    /// The text of a column without nulls.
    pub(crate) fn id(&self, column: &str) -> String {
        self.text(column)
            .unwrap_or_else(|| panic!("{column} is null: {:?}", self.0))
            .to_owned()
    }

    /// A whole number, or an instant in microseconds.
    pub(crate) fn whole(&self, column: &str) -> Option<i64> {
        match self.0.get(column) {
            Some(Value::Whole(number)) => Some(*number),
            Some(Value::Null) | None => None,
            Some(other) => panic!("{column} is no whole number: {other:?}"),
        }
    }

    /// A number without nulls.
    pub(crate) fn real(&self, column: &str) -> f64 {
        match self.get(column) {
            Value::Real(number) => *number,
            other => panic!("{column} is no real number: {other:?}"),
        }
    }

    /// The values of a list column.
    pub(crate) fn list(&self, column: &str) -> &[Value] {
        match self.get(column) {
            Value::List(values) => values,
            other => panic!("{column} is no list: {other:?}"),
        }
    }
}

/// The rows of Parquet files, in their order.
pub(crate) fn read_files(paths: &[PathBuf]) -> Vec<Row> {
    paths
        .iter()
        .flat_map(|path| read_batches(path))
        .flat_map(|batch| rows_of(&batch))
        .collect()
}

/// The batches of one Parquet file.
pub(crate) fn read_batches(path: &Path) -> Vec<RecordBatch> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet footer");
    let reader = builder.build().expect("a Parquet file");
    reader.map(|batch| batch.expect("readable rows")).collect()
}

/// All rows of several files of one schema.
pub(crate) fn read_one_batch(paths: &[PathBuf]) -> RecordBatch {
    let batches: Vec<RecordBatch> = paths.iter().flat_map(|path| read_batches(path)).collect();
    let schema = batches.first().expect("at least one row").schema();
    concat_batches(&schema, &batches).expect("files of one schema")
}

/// The rows of `batch` at `indices`, in that order.
pub(crate) fn taken(batch: &RecordBatch, indices: &[u64]) -> RecordBatch {
    take_record_batch(batch, &UInt64Array::from(indices.to_vec()))
        .expect("indices within the batch")
}

/// A copy of `batch` with one column in the place of another.
pub(crate) fn with_column(batch: &RecordBatch, name: &str, column: ArrayRef) -> RecordBatch {
    let index = batch.schema().index_of(name).expect("a known column");
    let mut columns = batch.columns().to_vec();
    columns[index] = column;
    RecordBatch::try_new(batch.schema(), columns).expect("a column of the same type and length")
}

/// A copy of `batch` with the columns of these indices only.
pub(crate) fn without_column(batch: &RecordBatch, name: &str) -> RecordBatch {
    let unwanted = batch.schema().index_of(name).expect("a known column");
    let kept: Vec<usize> = (0..batch.num_columns())
        .filter(|index| *index != unwanted)
        .collect();
    batch.project(&kept).expect("known columns")
}

/// Writes one Parquet file, folders included.
pub(crate) fn write_file(path: &Path, batch: &RecordBatch) {
    let folder = path.parent().expect("a file lies in a folder");
    std::fs::create_dir_all(folder).expect("a new folder");
    let file = File::create(path).expect("a new file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writable schema");
    writer.write(batch).expect("written rows");
    writer.close().expect("a written footer");
}

fn rows_of(batch: &RecordBatch) -> Vec<Row> {
    let schema = batch.schema();
    (0..batch.num_rows())
        .map(|row_idx| {
            let columns = schema.fields().iter().zip(batch.columns());
            Row(columns
                .map(|(field, column)| (field.name().clone(), value_at(column, row_idx)))
                .collect())
        })
        .collect()
}

fn value_at(column: &ArrayRef, row_idx: usize) -> Value {
    if column.is_null(row_idx) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => Value::Text(column.as_string::<i32>().value(row_idx).to_owned()),
        DataType::Int8 => Value::Whole(column.as_primitive::<Int8Type>().value(row_idx).into()),
        DataType::Int32 => Value::Whole(column.as_primitive::<Int32Type>().value(row_idx).into()),
        DataType::Int64 => Value::Whole(column.as_primitive::<Int64Type>().value(row_idx)),
        DataType::Date32 => Value::Whole(column.as_primitive::<Date32Type>().value(row_idx).into()),
        DataType::Boolean => Value::Whole(column.as_boolean().value(row_idx).into()),
        DataType::Timestamp(_, _) => {
            let instants = column.as_primitive::<TimestampMicrosecondType>();
            Value::Whole(instants.value(row_idx))
        }
        DataType::Float32 => {
            Value::Real(column.as_primitive::<Float32Type>().value(row_idx).into())
        }
        DataType::Float64 => Value::Real(column.as_primitive::<Float64Type>().value(row_idx)),
        DataType::List(_) => {
            let values: ArrayRef = Arc::clone(&column.as_list::<i32>().value(row_idx));
            Value::List(
                (0..values.len())
                    .map(|index| value_at(&values, index))
                    .collect(),
            )
        }
        other => panic!("no test reads {other}"),
    }
}
