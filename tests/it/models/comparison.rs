//! Holds two small tables against each other: order of rows, nearly equal numbers, differences in words.
//!
//! It reads no file and knows no model.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::Field;

use super::typed_csv::{self, Cell, Fallible};

/// Doubles that differ by less, relative to the larger of 1 and the expected one, are equal.
const DOUBLE_TOLERANCE: f64 = 1e-9;
/// The same for 32-bit numbers, which carry seven digits.
const FLOAT_TOLERANCE: f64 = 1e-6;

/// The columns of `table` that `pattern` has, in its order.
pub(crate) fn columns_like(table: &RecordBatch, pattern: &RecordBatch) -> Fallible<RecordBatch> {
    let schema = table.schema();
    let places = pattern
        .schema()
        .fields()
        .iter()
        .map(|field| schema.index_of(field.name()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(table.project(&places)?)
}

/// The rows in the order of their cells; numbers that are only nearly equal come last.
pub(crate) fn sorted(table: &RecordBatch) -> Fallible<RecordBatch> {
    let columns: Vec<Vec<Cell>> = table
        .columns()
        .iter()
        .map(typed_csv::cells)
        .collect::<Fallible<_>>()?;
    let schema = table.schema();
    let (exact, inexact): (Vec<usize>, Vec<usize>) =
        (0..columns.len()).partition(|&idx| tolerance(schema.field(idx)).is_none());
    let key = |row_idx: &usize| -> Vec<Cell> {
        let in_order = exact.iter().chain(&inexact);
        in_order
            .map(|&idx| columns[idx][*row_idx].clone())
            .collect()
    };
    let mut order: Vec<usize> = (0..table.num_rows()).collect();
    order.sort_by_cached_key(key);
    let rows: Vec<RecordBatch> = order
        .iter()
        .map(|&row_idx| table.slice(row_idx, 1))
        .collect();
    Ok(concat_batches(&schema, &rows)?)
}

/// How far apart equal values of a column may be; none where it holds no broken numbers.
fn tolerance(field: &Field) -> Option<f64> {
    match typed_csv::name_of(field.data_type()).as_str() {
        "double" | "list<double>" => Some(DOUBLE_TOLERANCE),
        "float" | "list<float>" => Some(FLOAT_TOLERANCE),
        _ => None,
    }
}

/// What differs between tables of the same columns, in words; nothing where they agree.
pub(crate) fn difference(expected: &RecordBatch, found: &RecordBatch) -> Fallible<Option<String>> {
    let schema = expected.schema();
    for (wanted, field) in schema.fields().iter().zip(found.schema().fields()) {
        let [wanted_type, found_type] =
            [wanted, field].map(|field| typed_csv::name_of(field.data_type()));
        if wanted_type != found_type {
            let name = wanted.name();
            return Ok(Some(format!(
                "{name}: expected {wanted_type}, found {found_type}"
            )));
        }
    }
    let mut is_equal = expected.num_rows() == found.num_rows();
    for (column_idx, field) in schema.fields().iter().enumerate() {
        let expected_cells = typed_csv::cells(expected.column(column_idx))?;
        let found_cells = typed_csv::cells(found.column(column_idx))?;
        let tolerance = tolerance(field);
        let mut pairs = expected_cells.iter().zip(&found_cells);
        is_equal &=
            pairs.all(|(wanted, cell)| is_same(wanted.as_deref(), cell.as_deref(), tolerance));
    }
    if is_equal {
        return Ok(None);
    }
    let [expected, found] = [typed_csv::write(expected)?, typed_csv::write(found)?];
    Ok(Some(format!("--- expected\n{expected}--- found\n{found}")))
}

fn is_same(expected: Option<&str>, found: Option<&str>, tolerance: Option<f64>) -> bool {
    let (Some(expected), Some(found), Some(tolerance)) = (expected, found, tolerance) else {
        return expected == found;
    };
    let numbers = |cell: &str| -> Vec<Option<f64>> {
        cell.split('|').map(|number| number.parse().ok()).collect()
    };
    let (expected, found) = (numbers(expected), numbers(found));
    let is_near = |(wanted, number): (&Option<f64>, &Option<f64>)| match (wanted, number) {
        (Some(wanted), Some(number)) => {
            (wanted - number).abs() <= tolerance * wanted.abs().max(1.0)
        }
        _ => false,
    };
    expected.len() == found.len() && expected.iter().zip(&found).all(is_near)
}
