//! Preferences for TRL's `DPOTrainer` and `RewardTrainer`: `<split>.jsonl`, one object per decided pair with
//! `prompt`, `chosen`, `rejected` and `margin`, the difference of the scores (log-odds).
//!
//! Read it with `datasets.load_dataset("json", data_files={"train": "train.jsonl"})`. `RewardTrainer` subtracts
//! `margin` in its loss where the column is there: drop the column for the plain loss. `weight`, `query_id`,
//! `chosen_item_id` and `rejected_item_id` are for people; both trainers pass over them.

use datafusion::arrow::array::RecordBatch;
use serde::Serialize;

use super::output::{Output, OutputFile};
use super::rows::DecidedPairs;
use super::{Format, PAIRS, Part, Sink};
use crate::error::{Error, Result};
use crate::ranking::opening_lines;

#[derive(Debug)]
pub(super) struct TrlJsonl;

impl Format for TrlJsonl {
    fn name(&self) -> &'static str {
        "trl-jsonl"
    }

    fn summary(&self) -> &'static str {
        "preferences as JSON lines: TRL's DPO and reward trainers"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("trl_jsonl.rs"))
    }

    fn tables(&self) -> &'static [&'static str] {
        &[PAIRS]
    }

    fn open(&self, part: &Part<'_>, output: &mut Output) -> Result<Box<dyn Sink>> {
        let file = output.file(format!("{}.jsonl", part.split))?;
        Ok(Box::new(Preferences { file }))
    }
}

/// One line.
#[derive(Serialize)]
struct Preference<'a> {
    prompt: &'a str,
    chosen: &'a str,
    rejected: &'a str,
    margin: f32,
    weight: f32,
    query_id: &'a str,
    chosen_item_id: &'a str,
    rejected_item_id: &'a str,
}

struct Preferences {
    file: OutputFile,
}

impl Sink for Preferences {
    fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        let rows = DecidedPairs::of(rows)?;
        for row_idx in 0..rows.n_rows {
            let preference = Preference {
                prompt: rows.prompt.value(row_idx),
                chosen: rows.chosen.value(row_idx),
                rejected: rows.rejected.value(row_idx),
                margin: rows.margin.value(row_idx),
                weight: rows.weight.value(row_idx),
                query_id: rows.query_id.value(row_idx),
                chosen_item_id: rows.chosen_item_id.value(row_idx),
                rejected_item_id: rows.rejected_item_id.value(row_idx),
            };
            let mut line = serde_json::to_vec(&preference)
                .map_err(|error| Error::Bug(format!("a pair is not JSON: {error}")))?;
            line.push(b'\n');
            self.file.row(&line)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<OutputFile>> {
        Ok(vec![self.file])
    }
}
