//! Ranked items as Arrow columns: a struct for each item, a list of them for each group.
//!
//! It computes nothing.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, Float64Builder, Int32Builder, Int64Array, StringArray, StringBuilder,
    new_empty_array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{DataType, Fields};
use datafusion::common::Result;

use super::super::columns::lists;
use super::super::grouped_rows::fields_of;
use super::Ranking;
use super::ranker::Group;
use crate::ranking::{self, RankedItem};

/// The columns of an item.
pub(super) fn item_fields() -> Fields {
    fields_of(&[
        ("item_id", DataType::Utf8, false),
        ("score", DataType::Float64, true),
        ("score_se", DataType::Float64, true),
        ("score_lo", DataType::Float64, true),
        ("score_hi", DataType::Float64, true),
        ("win_probability", DataType::Float64, true),
        ("mean_win_probability", DataType::Float64, true),
        ("rank", DataType::Int32, true),
        ("n_at_rank", DataType::Int64, false),
        ("n_comparisons", DataType::Int64, false),
        ("n_workers", DataType::Int64, false),
        ("component_id", DataType::Int32, false),
        ("status", DataType::Utf8, false),
        ("iterations", DataType::Int32, false),
    ])
}

/// The items of some neighbouring groups.
#[derive(Default)]
pub(super) struct RankedGroups {
    /// The number of items of each group.
    n_items: Vec<usize>,
    /// The bytes of all ids, and the length of each.
    id_bytes: Vec<u8>,
    id_lengths: Vec<usize>,
    items: Vec<RankedItem>,
    /// Items that share the rank.
    n_at_rank: Vec<i64>,
    /// Mean chance to win against each other item of the group.
    mean_win_probabilities: Float64Builder,
}

impl RankedGroups {
    /// Ranks the items of one more group.
    pub(super) fn push(&mut self, ranking: &Ranking, group: &mut Group<'_>) {
        for id in group.items() {
            self.id_lengths.push(group.ids().length(id));
            group.ids().append(id, &mut self.id_bytes);
        }
        let items = ranking::rank_group(ranking.method, &group.outcomes(), &ranking.parameters);
        self.n_items.push(items.len());
        self.n_at_rank.extend(ranking::items_at_rank(&items));
        self.mean_win_probabilities
            .extend(ranking::mean_win_probabilities(&items));
        self.items.extend(items);
    }

    pub(super) fn finish(mut self) -> Result<Piece> {
        let items = &self.items;
        let doubles = |value: fn(&RankedItem) -> Option<f64>| -> ArrayRef {
            let mut column = Float64Builder::with_capacity(items.len());
            items
                .iter()
                .for_each(|item| column.append_option(value(item)));
            Arc::new(column.finish())
        };
        let counts = |value: fn(&RankedItem) -> i64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(items.iter().map(value)))
        };
        let integers = |value: fn(&RankedItem) -> Option<i32>| -> ArrayRef {
            let mut column = Int32Builder::with_capacity(items.len());
            items
                .iter()
                .for_each(|item| column.append_option(value(item)));
            Arc::new(column.finish())
        };
        let id_offsets = OffsetBuffer::from_lengths(self.id_lengths.iter().copied());
        let item_ids = StringArray::try_new(id_offsets, self.id_bytes.into(), None)?;
        let mut statuses = StringBuilder::new();
        items
            .iter()
            .for_each(|item| statuses.append_value(item.status.as_str()));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(item_ids),
            doubles(|item| item.score),
            doubles(|item| item.score_se),
            doubles(|item| item.score_lo),
            doubles(|item| item.score_hi),
            doubles(|item| item.win_probability),
            Arc::new(self.mean_win_probabilities.finish()),
            integers(|item| item.rank),
            Arc::new(Int64Array::from(self.n_at_rank)),
            counts(|item| item.n_comparisons),
            counts(|item| item.n_workers),
            integers(|item| Some(item.component_id)),
            Arc::new(statuses.finish()),
            integers(|item| i32::try_from(item.iterations).ok()),
        ];
        Ok(Piece {
            n_items: self.n_items,
            columns: columns.into(),
        })
    }
}

/// The columns of some neighbouring groups.
pub(super) struct Piece {
    n_items: Vec<usize>,
    columns: std::collections::VecDeque<ArrayRef>,
}

/// One list for each group; each column's parts go as soon as they are joined.
pub(super) fn as_lists(mut pieces: Vec<Piece>) -> Result<ArrayRef> {
    let fields = item_fields();
    let mut columns = Vec::with_capacity(fields.len());
    for field in &fields {
        let parts: Vec<ArrayRef> = pieces
            .iter_mut()
            .filter_map(|piece| piece.columns.pop_front())
            .collect();
        let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        columns.push(match parts[..] {
            [] => new_empty_array(field.data_type()),
            _ => concat(&parts)?,
        });
    }
    let lengths = pieces.into_iter().flat_map(|piece| piece.n_items).collect();
    lists(fields, columns, lengths)
}
