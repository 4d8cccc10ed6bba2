//! The features of a row, one list in the models, as columns of `pointwise`.
//!
//! It computes none of them.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float32Array, RecordBatch};
use datafusion::arrow::datatypes::{Float32Type, SchemaRef};
use datafusion::arrow::error::ArrowError;

/// The list column of `training.pointwise`.
pub(super) const FEATURE_LIST: &str = "features";

/// Those of `features` that a published table has.
pub(super) fn names_in(schema: &SchemaRef, features: &[String]) -> Vec<String> {
    let is_there = |name: &&String| schema.index_of(name).is_ok();
    features.iter().filter(is_there).cloned().collect()
}

/// The batch with a column for each feature instead of the list of them.
pub(super) fn with_feature_columns(
    batch: &RecordBatch,
    features: &[String],
) -> Result<RecordBatch, ArrowError> {
    let n_features = features.len();
    let wrong = || {
        let problem = format!("{FEATURE_LIST} are not {n_features} numbers a row");
        ArrowError::InvalidArgumentError(problem)
    };
    let list_idx = batch.schema_ref().index_of(FEATURE_LIST)?;
    let list = batch
        .column(list_idx)
        .as_list_opt::<i32>()
        .ok_or_else(wrong)?;
    let offsets = list.value_offsets();
    let is_whole = |ends: &[i32]| usize::try_from(ends[1] - ends[0]) == Ok(n_features);
    if list.null_count() > 0 || !offsets.windows(2).all(is_whole) {
        return Err(wrong());
    }
    let numbers = list
        .values()
        .as_primitive_opt::<Float32Type>()
        .ok_or_else(wrong)?;
    let first = offsets.first().map_or(0, |offset| *offset as usize);
    let numbers = &numbers.values()[first..];
    let names = batch
        .schema_ref()
        .fields()
        .iter()
        .map(|field| field.name().clone());
    let mut columns: Vec<(String, ArrayRef)> = names.zip(batch.columns().iter().cloned()).collect();
    columns.remove(list_idx);
    columns.extend(features.iter().enumerate().map(|(feature_idx, name)| {
        let of_rows = numbers.iter().skip(feature_idx).step_by(n_features);
        let column = Float32Array::from_iter_values(of_rows.take(batch.num_rows()).copied());
        (name.clone(), Arc::new(column) as ArrayRef)
    }));
    RecordBatch::try_from_iter(columns)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Int32Array, ListArray};

    use super::*;

    #[test]
    fn each_number_of_a_list_goes_to_its_column() {
        let rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
        let lists = rows.map(|row| Some(row.map(Some)));
        let list = ListArray::from_iter_primitive::<Float32Type, _, _>(lists);
        let ids: ArrayRef = Arc::new(Int32Array::from(vec![7, 8, 9]));
        let columns: [(&str, ArrayRef); 2] = [(FEATURE_LIST, Arc::new(list)), ("id", ids)];
        let batch = RecordBatch::try_from_iter(columns).unwrap().slice(1, 2);
        let features = ["f_x".to_owned(), "f_y".to_owned()];
        let columns = with_feature_columns(&batch, &features).unwrap();
        let numbers = |name: &str| -> Vec<f32> {
            let column = columns.column_by_name(name).unwrap();
            column.as_primitive::<Float32Type>().values().to_vec()
        };
        assert_eq!(numbers("f_x").as_slice(), [3.0_f32, 5.0].as_slice());
        assert_eq!(numbers("f_y").as_slice(), [4.0_f32, 6.0].as_slice());
        assert!(columns.column_by_name(FEATURE_LIST).is_none());
        assert!(with_feature_columns(&batch, &features[..1]).is_err());
    }
}
