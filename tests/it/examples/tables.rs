//! Rows as Parquet files, typed by column.
//!
//! It knows no table.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int32Array, ListArray, RecordBatch, StringArray,
    StructArray, TimestampMicrosecondArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema};

use crate::rows::{Value, write_file};

/// What a column holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    Whole,
    Real,
    Flag,
    /// Microseconds since 1970.
    Instant,
    /// Pairs of an answer and its weight.
    Solutions,
}

/// The columns of one table.
pub(super) type Columns = &'static [(&'static str, Kind)];

/// Writes one Parquet file; each row has a value for each column.
pub(super) fn write_table(path: &Path, columns: &[(&str, Kind)], rows: &[Vec<Value>]) {
    let mut fields = Vec::new();
    let mut arrays = Vec::new();
    for (column_idx, (name, kind)) in columns.iter().enumerate() {
        let values: Vec<&Value> = rows.iter().map(|row| &row[column_idx]).collect();
        let array = array(*kind, &values);
        fields.push(Field::new(*name, array.data_type().clone(), true));
        arrays.push(array);
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema, arrays).expect("columns of one length");
    write_file(path, &batch);
}

/// Microseconds since 1970 as a value.
pub(super) fn instant(microseconds: i64) -> Value {
    Value::Whole(microseconds)
}

/// A text, or null.
pub(super) fn maybe(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

/// The value, or null.
pub(super) fn optional(is_there: bool, value: Value) -> Value {
    if is_there { value } else { Value::Null }
}

fn array(kind: Kind, values: &[&Value]) -> ArrayRef {
    let wholes = || values.iter().map(|value| whole(value));
    match kind {
        Kind::Text => Arc::new(values.iter().map(|v| text(v)).collect::<StringArray>()),
        Kind::Whole => Arc::new(
            wholes()
                .map(|number| number.map(|number| number as i32))
                .collect::<Int32Array>(),
        ),
        Kind::Real => Arc::new(values.iter().map(|v| real(v)).collect::<Float64Array>()),
        Kind::Flag => Arc::new(
            wholes()
                .map(|number| number.map(|number| number != 0))
                .collect::<BooleanArray>(),
        ),
        Kind::Instant => Arc::new(
            wholes()
                .collect::<TimestampMicrosecondArray>()
                .with_timezone("UTC"),
        ),
        Kind::Solutions => solutions(values),
    }
}

fn solutions(values: &[&Value]) -> ArrayRef {
    let lists = || values.iter().map(|value| list(value).unwrap_or_default());
    let part = |idx: usize| {
        lists()
            .flatten()
            .map(move |pair| &list(pair).expect("an answer and its weight")[idx])
    };
    let fields = Fields::from(vec![
        Field::new("answer", DataType::Utf8, true),
        Field::new("weight", DataType::Float64, true),
    ]);
    let pairs = StructArray::new(
        fields.clone(),
        vec![
            Arc::new(part(0).map(text).collect::<StringArray>()),
            Arc::new(part(1).map(real).collect::<Float64Array>()),
        ],
        None,
    );
    let nulls: NullBuffer = values.iter().map(|value| list(value).is_some()).collect();
    Arc::new(ListArray::new(
        Arc::new(Field::new("item", DataType::Struct(fields), true)),
        OffsetBuffer::from_lengths(lists().map(<[Value]>::len)),
        Arc::new(pairs),
        Some(nulls),
    ))
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Null => None,
        other => panic!("no text: {other:?}"),
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Whole(number) => Some(*number),
        Value::Null => None,
        other => panic!("no whole number: {other:?}"),
    }
}

fn real(value: &Value) -> Option<f64> {
    match value {
        Value::Real(number) => Some(*number),
        Value::Null => None,
        other => panic!("no real number: {other:?}"),
    }
}

fn list(value: &Value) -> Option<&[Value]> {
    match value {
        Value::List(values) => Some(values),
        Value::Null => None,
        other => panic!("no list: {other:?}"),
    }
}
