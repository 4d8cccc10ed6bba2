//! Columns of results, from the values of their rows; and lists of such rows, one list per group.
//!
//! It knows no meaning of them.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Float64Builder, Int32Builder, ListArray, StringBuilder, StructArray,
    TimestampMicrosecondBuilder,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;

/// The type of a list of rows.
pub(super) fn list_of(fields: Fields) -> DataType {
    DataType::new_list(DataType::Struct(fields), true)
}

/// One list of rows per group: `lengths` says how many of the rows each has.
pub(super) fn lists(
    fields: Fields,
    columns: Vec<ArrayRef>,
    lengths: Vec<usize>,
) -> Result<ArrayRef> {
    let field = Field::new_list_field(DataType::Struct(fields.clone()), true);
    let rows = StructArray::try_new(fields, columns, None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(
        Arc::new(field),
        offsets,
        Arc::new(rows),
        None,
    )?))
}

/// Instants in microseconds since 1970, UTC.
pub(super) fn instants(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    let mut column = TimestampMicrosecondBuilder::new().with_timezone("UTC");
    values.for_each(|value| column.append_option(value));
    Arc::new(column.finish())
}

pub(super) fn texts<T: AsRef<str>>(values: impl Iterator<Item = Option<T>>) -> ArrayRef {
    let mut column = StringBuilder::new();
    values.for_each(|value| column.append_option(value));
    Arc::new(column.finish())
}

pub(super) fn wholes(values: impl Iterator<Item = Option<i32>>) -> ArrayRef {
    let mut column = Int32Builder::new();
    values.for_each(|value| column.append_option(value));
    Arc::new(column.finish())
}

pub(super) fn numbers(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    let mut column = Float64Builder::new();
    values.for_each(|value| column.append_option(value));
    Arc::new(column.finish())
}
