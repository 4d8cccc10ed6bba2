//! The arguments of a ranking as columns, row by row, held against what an answer may be.
//!
//! It keeps nothing.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringArray};
use datafusion::arrow::datatypes::Float64Type;
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::texts::Texts;
use crate::ranking::Outcome;

/// The argument columns of some rows.
pub(super) struct Columns<'a> {
    left: &'a StringArray,
    right: &'a StringArray,
    outcome: &'a StringArray,
    weight: Option<&'a Float64Array>,
    worker: Option<&'a StringArray>,
}

impl<'a> Columns<'a> {
    pub(super) fn new(columns: &'a [ArrayRef]) -> Result<Self> {
        let [left, right, outcome, rest @ ..] = columns else {
            return exec_err!("a ranking needs left, right and outcome");
        };
        Ok(Self {
            left: left.as_string(),
            right: right.as_string(),
            outcome: outcome.as_string(),
            weight: rest.first().map(AsArray::as_primitive::<Float64Type>),
            worker: rest.get(1).map(AsArray::as_string),
        })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.left.len()
    }

    /// The number of the item on the left of every row, then of that on the right.
    pub(super) fn items(&self, texts: &mut Texts) -> Result<[Vec<u32>; 2]> {
        if self.left.null_count() + self.right.null_count() > 0 {
            return exec_err!("an item is null; filter such rows out first");
        }
        let [left, right] = [self.left, self.right].map(|column| {
            (0..column.len())
                .map(|row_idx| texts.number(column.value(row_idx)))
                .collect()
        });
        Ok([left, right])
    }

    /// The number of every row's worker; an unknown worker has the empty name.
    pub(super) fn workers(&self, texts: &mut Texts) -> Vec<u32> {
        let Some(column) = self.worker else {
            return vec![texts.number(""); self.n_rows()];
        };
        let name = |row_idx: usize| {
            if column.is_valid(row_idx) {
                column.value(row_idx)
            } else {
                ""
            }
        };
        (0..column.len())
            .map(|row_idx| texts.number(name(row_idx)))
            .collect()
    }

    pub(super) fn outcome(&self, row_idx: usize) -> Result<Outcome> {
        let column = self.outcome;
        match column.is_valid(row_idx).then(|| column.value(row_idx)) {
            Some("left") => Ok(Outcome::Left),
            Some("right") => Ok(Outcome::Right),
            Some("tie") => Ok(Outcome::Tie),
            other => Err(exec_datafusion_err!(
                "outcome must be left, right or tie, found {}; filter other answers out first",
                other.unwrap_or("null")
            )),
        }
    }

    pub(super) fn weight(&self, row_idx: usize) -> Result<f64> {
        let Some(column) = self.weight else {
            return Ok(1.0);
        };
        match column.is_valid(row_idx).then(|| column.value(row_idx)) {
            Some(weight) if weight.is_finite() && weight >= 0.0 => Ok(weight),
            other => exec_err!("weight must be a finite number >= 0, found {other:?}"),
        }
    }
}
