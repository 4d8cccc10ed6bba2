//! The arguments of a ranking as columns, row by row, held against what an answer may be.
//!
//! It keeps nothing.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringArray};
use datafusion::arrow::datatypes::Float64Type;
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::ids::{Id, Ids};
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

    /// An error where an item is null.
    pub(super) fn check_items(&self) -> Result<()> {
        if self.left.null_count() + self.right.null_count() > 0 {
            return exec_err!("an item is null; filter such rows out first");
        }
        Ok(())
    }

    /// The items on the left and on the right, and the worker; an unknown worker has the empty id.
    pub(super) fn ids(&self, row_idx: usize, ids: &mut Ids) -> [Id; 3] {
        let worker = self.worker.filter(|column| column.is_valid(row_idx));
        [
            ids.id(self.left.value(row_idx).as_bytes()),
            ids.id(self.right.value(row_idx).as_bytes()),
            worker.map_or(Id::EMPTY, |column| ids.id(column.value(row_idx).as_bytes())),
        ]
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
