//! Texts as numbers: the place of each among the different texts of its column, in byte order.
//!
//! Numbers do not depend on the order of rows. What the texts mean is the caller's.

use std::ops::Range;

use datafusion::arrow::array::{Array, StringArray};
use hashbrown::HashMap;

/// The different texts of some rows in byte order, and each row's place among them.
pub(super) struct Numbered<'a> {
    pub(super) texts: Vec<&'a str>,
    /// None where the row is null.
    pub(super) numbers: Vec<Option<u32>>,
}

impl<'a> Numbered<'a> {
    pub(super) fn new(column: &'a StringArray, rows: &Range<usize>) -> Self {
        let mut arrivals: HashMap<&str, u32> = HashMap::new();
        let mut texts: Vec<&str> = Vec::new();
        let mut numbers: Vec<Option<u32>> = Vec::with_capacity(rows.len());
        for row_idx in rows.clone() {
            numbers.push(text_at(column, row_idx).map(|text| {
                *arrivals.entry(text).or_insert_with(|| {
                    texts.push(text);
                    texts.len() as u32 - 1
                })
            }));
        }
        let mut by_text: Vec<u32> = (0..texts.len() as u32).collect();
        by_text.sort_unstable_by_key(|arrival| texts[*arrival as usize]);
        let mut place_of_arrival = vec![0; texts.len()];
        for (place, arrival) in (0..).zip(&by_text) {
            place_of_arrival[*arrival as usize] = place;
        }
        for number in numbers.iter_mut().flatten() {
            *number = place_of_arrival[*number as usize];
        }
        texts.sort_unstable();
        Self { texts, numbers }
    }
}

/// The text of a row; none where it is null.
pub(super) fn text_at(column: &StringArray, row_idx: usize) -> Option<&str> {
    column.is_valid(row_idx).then(|| column.value(row_idx))
}
