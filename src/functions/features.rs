//! Features of training rows as functions: categories of a product, its vector, and the row of two products.
//!
//! The first argument of each is the constant JSON list of features. What the numbers mean is `crate::features`'s.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float32Array, Int32Array, Int32Builder, ListArray, StringArray,
    StringBuilder, StructArray,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Float32Type, Float64Type, Int32Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use crate::features::Features;

/// `list<struct<position, feature, value>>`.
pub(super) fn category_values_type() -> DataType {
    DataType::new_list(DataType::Struct(category_fields()), true)
}

/// `list<struct<position, code>>`.
pub(super) fn codes_type() -> DataType {
    let position = Field::new("position", DataType::Int32, true);
    let code = Field::new("code", DataType::Int32, true);
    DataType::new_list(DataType::Struct(Fields::from(vec![position, code])), true)
}

/// The type of vectors and of feature rows.
pub(super) fn vector_type() -> DataType {
    DataType::new_list(DataType::Float32, true)
}

fn category_fields() -> Fields {
    Fields::from(vec![
        Field::new("position", DataType::Int32, true),
        Field::new("feature", DataType::Utf8, true),
        Field::new("value", DataType::Utf8, true),
    ])
}

/// `category_values(features, texts)`: the values that need codes, each with its place in the product's vector.
pub(super) fn category_values(columns: &[ArrayRef], n_rows: usize) -> Result<ArrayRef> {
    let features = features_of(&columns[0])?;
    let texts = columns[1].as_list::<i32>();
    let mut positions = Int32Builder::new();
    let (mut names, mut values) = (StringBuilder::new(), StringBuilder::new());
    let mut lengths = Vec::with_capacity(n_rows);
    for row_idx in 0..n_rows {
        let texts_of_row = list_row(texts, row_idx);
        let found = features.category_values(&texts_in(texts_of_row.as_ref()));
        lengths.push(found.len());
        for value in found {
            positions.append_value(value.position as i32);
            names.append_value(value.feature);
            values.append_value(value.value);
        }
    }
    let rows: Vec<ArrayRef> = vec![
        Arc::new(positions.finish()),
        Arc::new(names.finish()),
        Arc::new(values.finish()),
    ];
    let rows = StructArray::try_new(category_fields(), rows, None)?;
    list_array(&category_values_type(), Arc::new(rows), lengths)
}

/// `product_vector(features, numbers, texts, codes)`: the numbers of one product.
pub(super) fn product_vector(columns: &[ArrayRef], n_rows: usize) -> Result<ArrayRef> {
    let features = features_of(&columns[0])?;
    let numbers = columns[1].as_list::<i32>();
    let texts = columns[2].as_list::<i32>();
    let codes = columns[3].as_list::<i32>();
    let n_numbers = features.vector_length();
    let mut vectors = Vec::with_capacity(n_rows * n_numbers);
    for row_idx in 0..n_rows {
        let (numbers, texts) = (list_row(numbers, row_idx), list_row(texts, row_idx));
        let numbers: Vec<Option<f64>> = numbers
            .as_ref()
            .map(|row| row.as_primitive::<Float64Type>().iter().collect())
            .unwrap_or_default();
        let codes = list_row(codes, row_idx).map_or_else(Vec::new, |row| position_codes(&row));
        let texts = texts_in(texts.as_ref());
        features.push_vector(&numbers, &texts, codes.into_iter(), &mut vectors);
    }
    let values = Arc::new(Float32Array::from(vectors));
    list_array(&vector_type(), values, vec![n_numbers; n_rows])
}

/// `pair_features(features, query_vector, item_vector)`: the feature columns of one row, in their order.
pub(super) fn pair_features(columns: &[ArrayRef], n_rows: usize) -> Result<ArrayRef> {
    let features = features_of(&columns[0])?;
    let vectors = [&columns[1], &columns[2]].map(AsArray::as_list::<i32>);
    let n_numbers = features.vector_length();
    let n_columns = features.columns().len();
    let mut rows = Vec::with_capacity(n_rows * n_columns);
    for row_idx in 0..n_rows {
        let [query, item] = vectors.map(|column| vector_of(column, row_idx));
        for vector in [query, item].into_iter().flatten() {
            if vector.len() != n_numbers {
                return exec_err!(
                    "pair_features: a vector of {} numbers, where these features have {n_numbers}",
                    vector.len()
                );
            }
        }
        features.push_row(query, item, &mut rows);
    }
    let values = Arc::new(Float32Array::from(rows));
    list_array(&vector_type(), values, vec![n_columns; n_rows])
}

fn features_of(column: &ArrayRef) -> Result<Features> {
    let texts = column.as_string::<i32>();
    if texts.is_empty() {
        return Ok(Features::default());
    }
    serde_json::from_str(texts.value(0))
        .map_err(|error| exec_datafusion_err!("features are not readable: {error}"))
}

fn list_row(column: &ListArray, row_idx: usize) -> Option<ArrayRef> {
    column.is_valid(row_idx).then(|| column.value(row_idx))
}

fn vector_of(column: &ListArray, row_idx: usize) -> Option<&[f32]> {
    let offsets = column.value_offsets();
    let range = offsets[row_idx] as usize..offsets[row_idx + 1] as usize;
    let values = column.values().as_primitive::<Float32Type>().values();
    column.is_valid(row_idx).then(|| &values[range])
}

fn texts_in(row: Option<&ArrayRef>) -> Vec<Option<&str>> {
    row.map_or_else(Vec::new, |row| {
        let row: &StringArray = row.as_string::<i32>();
        row.iter().collect()
    })
}

fn position_codes(row: &ArrayRef) -> Vec<(usize, i32)> {
    let row = row.as_struct();
    let column = |idx: usize| -> &Int32Array { row.column(idx).as_primitive::<Int32Type>() };
    let pairs = column(0).iter().zip(column(1).iter());
    pairs
        .filter_map(|(position, code)| Some((usize::try_from(position?).ok()?, code?)))
        .collect()
}

fn list_array(data_type: &DataType, values: ArrayRef, lengths: Vec<usize>) -> Result<ArrayRef> {
    let DataType::List(element) = data_type else {
        return exec_err!("{data_type} is no list");
    };
    let offsets = OffsetBuffer::from_lengths(lengths);
    let list = ListArray::try_new(Arc::clone(element), offsets, values, None)?;
    Ok(Arc::new(list))
}
