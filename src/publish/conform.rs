//! Brings a batch to the published schema without changing a value, and refuses what must not be published.
//!
//! It changes representations (string views, list field names), never types: a wrong type is the
//! model's mistake.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, ListArray, OffsetSizeTrait, RecordBatch, RecordBatchOptions,
};
use datafusion::arrow::buffer::{OffsetBuffer, ScalarBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Field, Float32Type, Float64Type, SchemaRef,
};

use crate::error::{Error, Result};

/// The batch under exactly `schema`; `n_rows_before` rows of the table came earlier.
///
/// # Errors
/// [`Error::Check`] that names the column when names, order or types differ, a required column has
/// a null, or a number is not finite.
pub(super) fn conform(
    table: &str,
    schema: &SchemaRef,
    batch: &RecordBatch,
    n_rows_before: u64,
) -> Result<RecordBatch> {
    let found = batch.schema();
    let names = |fields: &[Arc<Field>]| -> Vec<String> {
        fields.iter().map(|field| field.name().clone()).collect()
    };
    if names(found.fields()) != names(schema.fields()) {
        return Err(refused(
            table,
            format!(
                "columns are {}, expected {}",
                names(found.fields()).join(", "),
                names(schema.fields()).join(", ")
            ),
        ));
    }
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let column = represented(field, column)
            .and_then(|column| check_values(field, &column, n_rows_before).map(|()| column))
            .map_err(|problem| refused(table, format!("column {}: {problem}", field.name())))?;
        columns.push(column);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
        .map_err(|error| refused(table, error.to_string()))
}

fn refused(table: &str, problem: String) -> Error {
    Error::Check {
        name: table.to_owned(),
        problem,
    }
}

/// The column in the type of `field`, or why its own type will not do.
fn represented(field: &Field, column: &ArrayRef) -> Result<ArrayRef, String> {
    let (found, expected) = (column.data_type(), field.data_type());
    if found == expected {
        return Ok(Arc::clone(column));
    }
    match (found, expected) {
        (DataType::Utf8View | DataType::LargeUtf8, DataType::Utf8) => cast_text(column),
        (DataType::Dictionary(_, values), DataType::Utf8)
            if matches!(
                **values,
                DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8
            ) =>
        {
            cast_text(column)
        }
        (DataType::List(_), DataType::List(element)) => represented_list::<i32>(element, column),
        (DataType::LargeList(_), DataType::List(element)) => {
            represented_list::<i64>(element, column)
        }
        _ => Err(format!("is {found}, expected {expected}")),
    }
}

fn cast_text(column: &ArrayRef) -> Result<ArrayRef, String> {
    cast(column, &DataType::Utf8).map_err(|error| error.to_string())
}

fn represented_list<O: OffsetSizeTrait>(
    element: &Arc<Field>,
    column: &ArrayRef,
) -> Result<ArrayRef, String> {
    let list = column.as_list::<O>();
    let offsets = list.value_offsets();
    let start = offsets.first().map_or(0, |offset| offset.as_usize());
    let end = offsets.last().map_or(0, |offset| offset.as_usize());
    let values = represented(element, &list.values().slice(start, end - start))?;
    if !element.is_nullable() && values.null_count() > 0 {
        return Err(format!(
            "{} null elements in its lists",
            values.null_count()
        ));
    }
    let rebased: Result<Vec<i32>, _> = offsets
        .iter()
        .map(|offset| i32::try_from(offset.as_usize() - start))
        .collect();
    let rebased = rebased.map_err(|_| "its lists hold over 2^31 elements".to_owned())?;
    let rebased = OffsetBuffer::new(ScalarBuffer::from(rebased));
    ListArray::try_new(Arc::clone(element), rebased, values, list.nulls().cloned())
        .map(|list| Arc::new(list) as ArrayRef)
        .map_err(|error| error.to_string())
}

fn check_values(field: &Field, column: &ArrayRef, n_rows_before: u64) -> Result<(), String> {
    if !field.is_nullable() && column.null_count() > 0 {
        let n_nulls = column.null_count();
        let first = (0..column.len()).find(|row| column.is_null(*row));
        let row = n_rows_before + first.unwrap_or_default() as u64;
        return Err(format!("{n_nulls} nulls, the first in row {row}"));
    }
    match non_finite(column) {
        Some((index, value)) if matches!(field.data_type(), DataType::List(_)) => {
            Err(format!("{value} in a list, element {index} of its batch"))
        }
        Some((index, value)) => Err(format!("{value} in row {}", n_rows_before + index as u64)),
        None => Ok(()),
    }
}

/// The first NaN or infinity of a float column, or among the elements of a list column.
pub(super) fn non_finite(column: &dyn Array) -> Option<(usize, f64)> {
    match column.data_type() {
        DataType::Float32 => non_finite_of::<Float32Type>(column),
        DataType::Float64 => non_finite_of::<Float64Type>(column),
        DataType::List(_) => non_finite(column.as_list::<i32>().values()),
        _ => None,
    }
}

fn non_finite_of<T>(column: &dyn Array) -> Option<(usize, f64)>
where
    T: ArrowPrimitiveType<Native: Into<f64>>,
{
    let column = column.as_primitive::<T>();
    let is_finite = |value: &T::Native| (*value).into().is_finite();
    // Without a branch per value; a value under a null may be anything.
    if column
        .values()
        .iter()
        .fold(true, |all, value| all & is_finite(value))
    {
        return None;
    }
    column
        .iter()
        .enumerate()
        .filter_map(|(index, value)| Some((index, value?.into())))
        .find(|(_, value)| !value.is_finite())
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{
        Float32Array, Int64Array, ListBuilder, StringBuilder, StringViewArray,
    };
    use datafusion::arrow::datatypes::Schema;

    use super::*;

    fn schema(fields: Vec<Field>) -> SchemaRef {
        Arc::new(Schema::new(fields))
    }

    fn conformed(expected: &SchemaRef, columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch> {
        conform(
            "table",
            expected,
            &RecordBatch::try_from_iter(columns).unwrap(),
            100,
        )
    }

    #[test]
    fn string_views_and_engine_lists_become_plain() {
        let element = Arc::new(Field::new("element", DataType::Utf8, false));
        let expected = schema(vec![
            Field::new("id", DataType::Utf8, false),
            Field::new("ids", DataType::List(element), false),
        ]);
        let mut lists = ListBuilder::new(StringBuilder::new());
        for list in [vec!["p"], vec!["q", "r"], vec![]] {
            lists.append_value(list.into_iter().map(Some));
        }
        let lists: ArrayRef = Arc::new(lists.finish());
        let ids: ArrayRef = Arc::new(StringViewArray::from(vec!["x", "y"]));
        let batch = conformed(&expected, vec![("id", ids), ("ids", lists.slice(1, 2))]).unwrap();
        assert_eq!(batch.schema(), expected);
        assert_eq!(batch.column(1).as_list::<i32>().value(0).len(), 2);
    }

    #[test]
    fn nulls_not_a_number_and_wrong_types_are_refused_with_their_place() {
        let expected = schema(vec![Field::new("score", DataType::Float32, false)]);
        let null: ArrayRef = Arc::new(Float32Array::from(vec![Some(1.0), None]));
        let nan: ArrayRef = Arc::new(Float32Array::from(vec![1.0, 2.0, f32::NAN]));
        let wide: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        for (name, column, words) in [
            ("score", null, "1 nulls, the first in row 101"),
            ("score", nan, "NaN in row 102"),
            ("score", Arc::clone(&wide), "is Int64, expected Float32"),
            ("points", wide, "columns are points, expected score"),
        ] {
            let error = conformed(&expected, vec![(name, column)]).unwrap_err();
            assert_eq!(error.exit_code(), 3);
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
