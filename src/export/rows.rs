//! Published rows with the types of their columns.
//!
//! It reads no file.

use std::io::Write;

use datafusion::arrow::array::{
    Array, Float32Array, Float64Array, Int8Array, Int32Array, Int64Array, RecordBatch, StringArray,
};

use crate::error::{Error, Result};

/// Rows of `pointwise`.
pub(super) struct Candidates<'a> {
    pub(super) n_rows: usize,
    pub(super) query_id: &'a StringArray,
    pub(super) qid: &'a Int32Array,
    pub(super) item_id: &'a StringArray,
    pub(super) item_idx: &'a Int64Array,
    pub(super) pos: &'a Int32Array,
    pub(super) label: &'a Int8Array,
    pub(super) score: &'a Float32Array,
    pub(super) score_lo: &'a Float32Array,
    pub(super) score_hi: &'a Float32Array,
    pub(super) rank: &'a Int32Array,
    pub(super) n_comparisons: &'a Int32Array,
    pub(super) n_workers: &'a Int32Array,
    pub(super) weight: &'a Float32Array,
    pub(super) group_weight: &'a Float32Array,
    /// In the order of the manifest.
    pub(super) features: Vec<&'a Float32Array>,
}

impl<'a> Candidates<'a> {
    pub(super) fn of(rows: &'a RecordBatch, features: &[String]) -> Result<Self> {
        let features = features.iter().map(|name| column(rows, name));
        Ok(Self {
            n_rows: rows.num_rows(),
            query_id: column(rows, "query_id")?,
            qid: column(rows, "qid")?,
            item_id: column(rows, "item_id")?,
            item_idx: column(rows, "item_idx")?,
            pos: column(rows, "pos")?,
            label: column(rows, "label")?,
            score: column(rows, "score")?,
            score_lo: column(rows, "score_lo")?,
            score_hi: column(rows, "score_hi")?,
            rank: column(rows, "rank")?,
            n_comparisons: column(rows, "n_comparisons")?,
            n_workers: column(rows, "n_workers")?,
            weight: column(rows, "weight")?,
            group_weight: column(rows, "group_weight")?,
            features: features.collect::<Result<_>>()?,
        })
    }
}

impl Candidates<'_> {
    /// Ends a line of tab-separated values with the features of a row.
    pub(super) fn push_features(&self, line: &mut Vec<u8>, row_idx: usize) {
        for feature in &self.features {
            // Writing to a vector cannot fail.
            let _written = write!(line, "\t{}", feature.value(row_idx));
        }
        line.push(b'\n');
    }
}

/// Rows of `pairs`.
pub(super) struct DecidedPairs<'a> {
    pub(super) n_rows: usize,
    pub(super) query_id: &'a StringArray,
    pub(super) chosen_item_id: &'a StringArray,
    pub(super) rejected_item_id: &'a StringArray,
    pub(super) chosen_row: &'a Int64Array,
    pub(super) rejected_row: &'a Int64Array,
    pub(super) margin: &'a Float32Array,
    pub(super) weight: &'a Float32Array,
    pub(super) prompt: &'a StringArray,
    pub(super) chosen: &'a StringArray,
    pub(super) rejected: &'a StringArray,
}

impl<'a> DecidedPairs<'a> {
    pub(super) fn of(rows: &'a RecordBatch) -> Result<Self> {
        Ok(Self {
            n_rows: rows.num_rows(),
            query_id: column(rows, "query_id")?,
            chosen_item_id: column(rows, "chosen_item_id")?,
            rejected_item_id: column(rows, "rejected_item_id")?,
            chosen_row: column(rows, "chosen_row")?,
            rejected_row: column(rows, "rejected_row")?,
            margin: column(rows, "margin")?,
            weight: column(rows, "weight")?,
            prompt: column(rows, "prompt")?,
            chosen: column(rows, "chosen")?,
            rejected: column(rows, "rejected")?,
        })
    }
}

/// Rows of `items` or `queries`.
pub(super) struct Entities<'a> {
    pub(super) n_rows: usize,
    pub(super) id: &'a StringArray,
    pub(super) title: &'a StringArray,
    pub(super) brand: &'a StringArray,
    pub(super) category: &'a StringArray,
    pub(super) price_usd: &'a Float64Array,
}

impl<'a> Entities<'a> {
    pub(super) fn of(rows: &'a RecordBatch) -> Result<Self> {
        Ok(Self {
            n_rows: rows.num_rows(),
            id: column(rows, "id")?,
            title: column(rows, "title")?,
            brand: column(rows, "brand")?,
            category: column(rows, "category")?,
            price_usd: column(rows, "price_usd")?,
        })
    }
}

fn column<'a, T: Array + 'static>(rows: &'a RecordBatch, name: &str) -> Result<&'a T> {
    let found = rows.column_by_name(name);
    let typed = found.and_then(|column| column.as_any().downcast_ref());
    typed.ok_or_else(|| Error::Corrupt {
        location: format!("column {name} of the snapshot"),
        problem: match found {
            None => "is not there; export with the binary version of its manifest".to_owned(),
            Some(column) => format!(
                "has the type {}; export with the binary version of its manifest",
                column.data_type()
            ),
        },
    })
}
