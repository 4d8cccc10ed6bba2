//! The arguments of a ranking as columns, row by row, held against what an answer may be.
//!
//! It keeps nothing.

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{Float64Type, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err};

use super::super::numbering::text_at;
use super::super::panels::{is_weight, outcome_of};
use super::ids::{Id, Ids};
use crate::ranking::Outcome;

/// The argument columns of some rows.
pub(super) struct Columns<'a> {
    left: &'a StringArray,
    right: &'a StringArray,
    outcome: &'a StringArray,
    weight: Option<&'a Float64Array>,
    worker: Option<&'a StringArray>,
    at: Option<&'a TimestampMicrosecondArray>,
}

impl<'a> Columns<'a> {
    /// Weights are all 1 where the column is only a null in its place.
    pub(super) fn new(columns: &'a [ArrayRef], is_weighted: bool) -> Result<Self> {
        let [left, right, outcome, rest @ ..] = columns else {
            return exec_err!("a ranking needs left, right and outcome");
        };
        Ok(Self {
            left: left.as_string(),
            right: right.as_string(),
            outcome: outcome.as_string(),
            weight: rest
                .first()
                .filter(|_| is_weighted)
                .map(AsArray::as_primitive::<Float64Type>),
            worker: rest.get(1).map(AsArray::as_string),
            at: None,
        })
    }

    /// The same with the instants of the answers.
    pub(super) fn at(self, at: Option<&'a ArrayRef>) -> Self {
        Self {
            at: at.map(AsArray::as_primitive::<TimestampMicrosecondType>),
            ..self
        }
    }

    /// An error where an item is null.
    pub(super) fn check_items(&self) -> Result<()> {
        if self.left.null_count() + self.right.null_count() > 0 {
            return exec_err!("an item is null; filter such rows out first");
        }
        Ok(())
    }

    /// The items on the left and on the right, and the worker; an unknown worker has the empty id.
    ///
    /// Where instants count, the worker's id begins with [`instant_key`]: so rows are no longer for the
    /// methods that do without.
    pub(super) fn ids(&self, row_idx: usize, ids: &mut Ids) -> [Id; 3] {
        let worker = self.worker.filter(|column| column.is_valid(row_idx));
        let worker = worker.map(|column| column.value(row_idx).as_bytes());
        let worker = match self.at {
            None => worker.map_or(Id::EMPTY, |bytes| ids.id(bytes)),
            Some(column) => {
                let instant = column.is_valid(row_idx).then(|| column.value(row_idx));
                let key = instant_key(instant.unwrap_or(i64::MIN));
                ids.id(&[&key, worker.unwrap_or_default()].concat())
            }
        };
        [
            ids.id(self.left.value(row_idx).as_bytes()),
            ids.id(self.right.value(row_idx).as_bytes()),
            worker,
        ]
    }

    pub(super) fn outcome(&self, row_idx: usize) -> Result<Outcome> {
        outcome_of(text_at(self.outcome, row_idx))
    }

    /// How much the answer counts; NaN where it is no weight: the row is rejected, and counted.
    pub(super) fn weight(&self, row_idx: usize) -> f64 {
        let Some(column) = self.weight else {
            return 1.0;
        };
        let given = column.is_valid(row_idx).then(|| column.value(row_idx));
        given
            .filter(|weight| is_weight(*weight))
            .unwrap_or(f64::NAN)
    }
}

/// Bytes of an instant's key.
pub(super) const INSTANT_BYTES: usize = 8;

/// Bytes whose order is that of the instants.
fn instant_key(microseconds: i64) -> [u8; INSTANT_BYTES] {
    // The sign bit reversed: negative numbers come first.
    (microseconds.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}
