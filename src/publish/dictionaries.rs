//! Decides by a look at a column's first values whether a dictionary makes its chunk smaller.
//!
//! It encodes nothing. A dictionary of values that nearly all differ costs time to build and space to store; one of few
//! values saves both, since a page then holds numbers of a few bits.

use std::hash::{DefaultHasher, Hasher};

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::DataType;
use hashbrown::HashSet;

/// So many values are looked at.
const N_LOOKED_AT: usize = 8192;

/// More values than one byte tells apart.
const N_MANY: usize = 256;

/// Whether at most half of the values looked at are new ones: then a four-byte number is stored in about four bytes,
/// its share of the dictionary included, however the rows go on.
///
/// Many numbers in runs, such as group numbers, are the exception: the compressor alone makes of them as few bytes in
/// less time. Texts in runs keep their dictionary, since readers take it over as it is.
///
/// The arrays follow each other in one column; how the column is divided does not matter.
pub(super) fn pays<'a>(arrays: impl Iterator<Item = &'a dyn Array>) -> bool {
    let mut seen = Seen::default();
    for array in arrays {
        seen.look_at(array);
        if seen.n_values == N_LOOKED_AT {
            break;
        }
    }
    let is_in_runs = seen.distinct.len() > N_MANY && seen.n_changes * 4 <= seen.n_values;
    seen.distinct.len() * 2 <= seen.n_values && !is_in_runs
}

/// What was looked at so far.
#[derive(Default)]
struct Seen {
    n_values: usize,
    /// Numbers that differ from the one before; every text counts.
    n_changes: usize,
    last: Option<u64>,
    /// The bits of numbers, and hashes of texts.
    distinct: HashSet<u64>,
}

impl Seen {
    fn look_at(&mut self, array: &dyn Array) {
        match array.data_type() {
            DataType::Utf8 => {
                let texts = array.as_string::<i32>();
                self.add(array, |row| hash(texts.value(row).as_bytes()));
                self.n_changes = self.n_values;
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                let offsets = list.value_offsets();
                let start = offsets.first().map_or(0, |start| *start as usize);
                let end = offsets.last().map_or(0, |end| *end as usize);
                self.look_at(&list.values().slice(start, end - start));
            }
            // One bit each: nothing can be smaller, and Parquet has no dictionary for them.
            DataType::Boolean => self.add(array, |row| row as u64),
            fixed => {
                let width = fixed.primitive_width().unwrap_or(1);
                let data = array.to_data();
                let bytes = data.buffers().first().map_or(&[][..], |bytes| bytes);
                let bytes = &bytes[data.offset() * width..];
                self.add(array, |row| {
                    let value = &bytes[row * width..(row + 1) * width];
                    let mut bits = [0; 8];
                    match bits.get_mut(..width) {
                        Some(low) => low.copy_from_slice(value),
                        None => bits = hash(value).to_le_bytes(),
                    }
                    u64::from_le_bytes(bits)
                });
            }
        }
    }

    fn add(&mut self, array: &dyn Array, key: impl Fn(usize) -> u64) {
        let n_rows = array.len().min(N_LOOKED_AT - self.n_values);
        for row in 0..n_rows {
            if array.is_valid(row) && self.distinct.len() * 2 <= N_LOOKED_AT {
                let key = Some(key(row));
                if self.last != key {
                    self.n_changes += 1;
                    self.last = key;
                    self.distinct.extend(key);
                }
            }
        }
        self.n_values += n_rows;
    }
}

/// The same in every process.
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{
        ArrayRef, BooleanArray, Float32Array, Int64Array, ListArray, StringArray,
    };
    use datafusion::arrow::buffer::NullBuffer;
    use datafusion::arrow::datatypes::Int8Type;

    use super::*;

    fn column_pays(column: &dyn Array) -> bool {
        pays(std::iter::once(column))
    }

    #[test]
    fn few_values_get_a_dictionary_and_many_do_not() {
        let n_rows = 20_000;
        let numbers = |n_values: i64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(
                (0..n_rows).map(|row| row * 7919 % n_values),
            ))
        };
        let groups: ArrayRef = Arc::new(StringArray::from_iter_values(
            (0..n_rows).map(|row| format!("query {}", row / 3)),
        ));
        let runs = |length: i64| -> ArrayRef {
            let values = (0..n_rows).map(|row| row / length);
            Arc::new(Int64Array::from_iter_values(values))
        };
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values(
            (0..n_rows).map(|row| format!("item {row}")),
        ));
        let labels: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int8Type, _, _>(
            (0..100_i8).map(|row| Some(vec![Some(row % 5), Some(1)])),
        ));
        let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true; 10]));
        for (column, expected) in [
            (numbers(4000), true),
            (numbers(4097), false),
            (groups, true),
            (runs(2), true),
            (runs(15), false),
            (runs(100), true),
            (texts, false),
            (labels, true),
            (flags, false),
            (numbers(1).slice(0, 0), true),
        ] {
            assert_eq!(
                column_pays(&column),
                expected,
                "{:?}",
                column.slice(0, column.len().min(3))
            );
        }
    }

    #[test]
    fn what_lies_under_a_null_or_outside_a_slice_does_not_count() {
        let values: Vec<f32> = (0_u8..100).map(f32::from).collect();
        let nulls = (0..100).map(|row| row < 10).collect::<NullBuffer>();
        let hidden = Float32Array::new(values.clone().into(), Some(nulls));
        assert!(column_pays(&hidden));
        let mut tail = values;
        tail.extend([1.0; 100]);
        let tail: ArrayRef = Arc::new(Float32Array::from(tail));
        assert!(!column_pays(&tail.slice(0, 100)));
        assert!(column_pays(&tail.slice(100, 100)));
    }
}
