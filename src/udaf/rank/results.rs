//! Ranked items as Arrow columns: a struct for each item, a list of them for each group.
//!
//! It computes nothing.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, Float64Builder, Int32Builder, Int64Array, StringArray, StringBuilder,
    new_empty_array, new_null_array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{DataType, Fields};
use datafusion::common::Result;

use super::super::columns::lists;
use super::super::grouped_rows::fields_of;
use super::Ranking;
use super::ranker::Group;
use crate::ranking::{self, ErrorModel, Found, RankedItem};

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
        ("rank_lo", DataType::Int32, true),
        ("rank_hi", DataType::Int32, true),
        ("n_at_rank", DataType::Int64, false),
        ("n_comparisons", DataType::Int64, false),
        ("n_workers", DataType::Int64, false),
        ("component_id", DataType::Int32, false),
        ("status", DataType::Utf8, false),
        ("iterations", DataType::Int32, false),
        ("gradient_norm", DataType::Float64, false),
        ("position_bias", DataType::Float64, true),
        ("tie_parameter", DataType::Float64, true),
        ("inconsistent_share", DataType::Float64, true),
        ("prior", DataType::Float64, true),
        ("n_self_pairs", DataType::Int64, false),
        ("n_rejected", DataType::Int64, false),
    ])
}

/// What holds for a group as a whole.
struct OfGroup {
    found: Found,
    /// Rows that compare an item with itself.
    n_self_pairs: i64,
    /// Rows whose weight is none.
    n_rejected: i64,
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
    /// What holds for each group as a whole.
    of_groups: Vec<OfGroup>,
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
        let n_rejected = group.reject() as i64;
        if ranking.parameters.errors == ErrorModel::ByWorker {
            group.separate_unknown_workers();
        }
        let outcomes = group.outcomes(ranking.order());
        let n_self_pairs = outcomes.n_self_pairs() as i64;
        let ranked = ranking::rank_group(ranking.method, &outcomes, &ranking.parameters);
        let items = ranked.items;
        self.n_items.push(items.len());
        self.of_groups.push(OfGroup {
            found: ranked.found,
            n_self_pairs,
            n_rejected,
        });
        self.n_at_rank.extend(ranking::items_at_rank(&items));
        self.mean_win_probabilities
            .extend(ranking::mean_win_probabilities(&items));
        self.items.extend(items);
    }

    /// A value of each group on all its items.
    fn found(&self, value: fn(&Found) -> Option<f64>) -> ArrayRef {
        let of_groups = || self.of_groups.iter().map(|group| value(&group.found));
        if of_groups().all(|value| value.is_none()) {
            return new_null_array(&DataType::Float64, self.items.len());
        }
        let mut column = Float64Builder::with_capacity(self.items.len());
        for (value, n_items) in of_groups().zip(&self.n_items) {
            (0..*n_items).for_each(|_| column.append_option(value));
        }
        Arc::new(column.finish())
    }

    /// A count of each group on all its items.
    fn counted(&self, count: fn(&OfGroup) -> i64) -> ArrayRef {
        let groups = self.of_groups.iter().zip(&self.n_items);
        let counts =
            groups.flat_map(|(group, n_items)| std::iter::repeat_n(count(group), *n_items));
        Arc::new(Int64Array::from_iter_values(counts))
    }

    pub(super) fn finish(mut self) -> Result<Piece> {
        let mean_win_probabilities: ArrayRef = Arc::new(self.mean_win_probabilities.finish());
        let items = &self.items;
        let doubles = |value: fn(&RankedItem) -> Option<f64>| -> ArrayRef {
            let mut column = Float64Builder::with_capacity(items.len());
            for item in items {
                column.append_option(value(item));
            }
            Arc::new(column.finish())
        };
        let counts = |value: fn(&RankedItem) -> i64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(items.iter().map(value)))
        };
        let integers = |value: fn(&RankedItem) -> Option<i32>| -> ArrayRef {
            let mut column = Int32Builder::with_capacity(items.len());
            for item in items {
                column.append_option(value(item));
            }
            Arc::new(column.finish())
        };
        let id_offsets = OffsetBuffer::from_lengths(self.id_lengths.iter().copied());
        let item_ids =
            StringArray::try_new(id_offsets, std::mem::take(&mut self.id_bytes).into(), None)?;
        let mut statuses = StringBuilder::new();
        for item in items {
            statuses.append_value(item.status.as_str());
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(item_ids),
            doubles(|item| item.score),
            doubles(|item| item.score_se),
            doubles(|item| item.score_lo),
            doubles(|item| item.score_hi),
            doubles(|item| item.win_probability),
            mean_win_probabilities,
            integers(|item| item.rank),
            integers(|item| item.rank_lo),
            integers(|item| item.rank_hi),
            Arc::new(Int64Array::from_iter_values(self.n_at_rank.iter().copied())),
            counts(|item| item.n_comparisons),
            counts(|item| item.n_workers),
            integers(|item| Some(item.component_id)),
            Arc::new(statuses.finish()),
            integers(|item| i32::try_from(item.iterations).ok()),
            doubles(|item| Some(item.gradient_norm)),
            self.found(|found| found.position_bias),
            self.found(|found| found.tie_parameter),
            self.found(|found| found.inconsistent_share),
            self.found(|found| found.prior),
            self.counted(|group| group.n_self_pairs),
            self.counted(|group| group.n_rejected),
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
