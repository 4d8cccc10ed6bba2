//! One query of a split as the stored files tell it: its candidates, its list and its pairs, side by side.
//!
//! It judges nothing: the laws do.

use std::ops::Range;

use datafusion::arrow::array::{ArrayRef, AsArray, ListArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Float32Type, Int8Type, Int32Type, Int64Type,
};

use crate::error::{Error, Result};
use crate::publish::shard::SORTING_COLUMN;

/// The group of `pointwise`, and what stands at its place in `lists` and `pairs`.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) split: &'a str,
    /// The file of `pointwise`.
    pub(super) path: &'a str,
    pub(super) qid: i32,
    pub(super) query_id: &'a str,
    /// The group's first row in the split's `pointwise`.
    pub(super) first_row: i64,
    pub(super) candidates: Candidates<'a>,
    /// The candidates' places by falling score.
    pub(super) by_score: &'a [usize],
    pub(super) list: Option<List<'a>>,
    pub(super) pairs: Option<Pairs<'a>>,
}

/// The rows of one group of `pointwise`.
#[derive(Debug)]
pub(super) struct Candidates<'a> {
    pub(super) query_ids: Texts<'a>,
    pub(super) item_ids: Texts<'a>,
    pub(super) item_idx: &'a [i64],
    pub(super) pos: &'a [i32],
    pub(super) labels: &'a [i8],
    pub(super) scores: &'a [f32],
    pub(super) ranks: &'a [i32],
    pub(super) weights: &'a [f32],
    pub(super) group_weights: &'a [f32],
    /// Days since 1970-01-01.
    pub(super) as_of: &'a [i32],
}

/// One row of `lists`.
#[derive(Debug)]
pub(super) struct List<'a> {
    pub(super) query_id: &'a str,
    pub(super) item_ids: Texts<'a>,
    pub(super) item_idx: &'a [i64],
    pub(super) labels: &'a [i8],
    pub(super) scores: &'a [f32],
    pub(super) list_size: i32,
    pub(super) group_weight: f32,
}

/// The rows of one group of `pairs`.
#[derive(Debug)]
pub(super) struct Pairs<'a> {
    pub(super) query_ids: Texts<'a>,
    pub(super) chosen_item_ids: Texts<'a>,
    pub(super) rejected_item_ids: Texts<'a>,
    pub(super) chosen_rows: &'a [i64],
    pub(super) rejected_rows: &'a [i64],
    pub(super) probs: &'a [f32],
    pub(super) margins: &'a [f32],
    pub(super) weights: &'a [f32],
    pub(super) n_votes: &'a [i32],
    pub(super) n_ties: &'a [i32],
}

/// Consecutive texts of a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts<'a> {
    column: &'a StringArray,
    start: usize,
    length: usize,
}

impl<'a> Texts<'a> {
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn get(&self, index: usize) -> &'a str {
        self.column.value(self.start + index)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (column, start) = (self.column, self.start);
        (start..start + self.length).map(move |index| column.value(index))
    }
}

impl Candidates<'_> {
    pub(super) fn len(&self) -> usize {
        self.scores.len()
    }
}

/// The rows of one row group; a row group has whole groups.
#[derive(Debug)]
pub(super) struct RowGroupRows(RecordBatch);

impl RowGroupRows {
    pub(super) fn new(batch: RecordBatch) -> Self {
        Self(batch)
    }

    pub(super) fn qids(&self) -> Result<&[i32]> {
        let all = 0..self.0.num_rows();
        self.numbers::<Int32Type>(SORTING_COLUMN, &all)
    }

    pub(super) fn candidates(&self, range: &Range<usize>) -> Result<Candidates<'_>> {
        Ok(Candidates {
            query_ids: self.texts("query_id", range)?,
            item_ids: self.texts("item_id", range)?,
            item_idx: self.numbers::<Int64Type>("item_idx", range)?,
            pos: self.numbers::<Int32Type>("pos", range)?,
            labels: self.numbers::<Int8Type>("label", range)?,
            scores: self.numbers::<Float32Type>("score", range)?,
            ranks: self.numbers::<Int32Type>("rank", range)?,
            weights: self.numbers::<Float32Type>("weight", range)?,
            group_weights: self.numbers::<Float32Type>("group_weight", range)?,
            as_of: self.numbers::<Date32Type>("as_of", range)?,
        })
    }

    pub(super) fn list(&self, row: usize) -> Result<List<'_>> {
        let this = row..row + 1;
        Ok(List {
            query_id: self.texts("query_id", &this)?.get(0),
            item_ids: {
                let (values, range) = self.element_range("item_ids", row)?;
                texts_of(values, &range).ok_or_else(|| unlike("item_ids"))?
            },
            item_idx: self.elements::<Int64Type>("item_idx", row)?,
            labels: self.elements::<Int8Type>("labels", row)?,
            scores: self.elements::<Float32Type>("scores", row)?,
            list_size: self.numbers::<Int32Type>("list_size", &this)?[0],
            group_weight: self.numbers::<Float32Type>("group_weight", &this)?[0],
        })
    }

    pub(super) fn pairs(&self, range: &Range<usize>) -> Result<Pairs<'_>> {
        Ok(Pairs {
            query_ids: self.texts("query_id", range)?,
            chosen_item_ids: self.texts("chosen_item_id", range)?,
            rejected_item_ids: self.texts("rejected_item_id", range)?,
            chosen_rows: self.numbers::<Int64Type>("chosen_row", range)?,
            rejected_rows: self.numbers::<Int64Type>("rejected_row", range)?,
            probs: self.numbers::<Float32Type>("prob", range)?,
            margins: self.numbers::<Float32Type>("margin", range)?,
            weights: self.numbers::<Float32Type>("weight", range)?,
            n_votes: self.numbers::<Int32Type>("n_votes", range)?,
            n_ties: self.numbers::<Int32Type>("n_ties", range)?,
        })
    }

    fn column(&self, name: &str) -> Result<&ArrayRef> {
        self.0.column_by_name(name).ok_or_else(|| unlike(name))
    }

    fn texts(&self, name: &str, range: &Range<usize>) -> Result<Texts<'_>> {
        texts_of(self.column(name)?, range).ok_or_else(|| unlike(name))
    }

    fn numbers<T: ArrowPrimitiveType>(
        &self,
        name: &str,
        range: &Range<usize>,
    ) -> Result<&[T::Native]> {
        let column = self.column(name)?.as_primitive_opt::<T>();
        let numbers = column.and_then(|column| column.values().get(range.clone()));
        numbers.ok_or_else(|| unlike(name))
    }

    fn element_range(&self, name: &str, row: usize) -> Result<(&ArrayRef, Range<usize>)> {
        let lists: &ListArray = self
            .column(name)?
            .as_list_opt()
            .ok_or_else(|| unlike(name))?;
        let offsets = lists.value_offsets();
        let end_of = |index: usize| usize::try_from(offsets[index]).map_err(|_| unlike(name));
        Ok((lists.values(), end_of(row)?..end_of(row + 1)?))
    }

    fn elements<T: ArrowPrimitiveType>(&self, name: &str, row: usize) -> Result<&[T::Native]> {
        let (values, range) = self.element_range(name, row)?;
        let values = values.as_primitive_opt::<T>();
        let numbers = values.and_then(|values| values.values().get(range));
        numbers.ok_or_else(|| unlike(name))
    }
}

fn texts_of<'a>(column: &'a ArrayRef, range: &Range<usize>) -> Option<Texts<'a>> {
    Some(Texts {
        column: column.as_string_opt::<i32>()?,
        start: range.start,
        length: range.len(),
    })
}

/// The schema was checked before, so this is our own mistake.
fn unlike(name: &str) -> Error {
    Error::Bug(format!("the stored column {name} is not of its type"))
}
