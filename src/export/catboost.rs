//! Pools for `CatBoost`: `<split>.tsv` with the column description `pool.cd`, and `<split>.pairs` with
//! `winner TAB loser TAB weight`, both by their row in the pool, counted from 0.
//!
//! Read it with `catboost.Pool("train.tsv", column_description="pool.cd", pairs="train.pairs")`, or
//! `catboost fit -f train.tsv --cd pool.cd --learn-pairs train.pairs`. The group is the qid, its weight the group
//! weight. The weight and the score of a row stand there as auxiliary columns: pairwise losses know no weights of
//! rows; to use one, change its word in `pool.cd`. `CatBoost` takes no pool without a factor, so that without
//! features the item is one. In ids white space, control characters and `% " # |` are percent-encoded.

use std::io::Write;

use datafusion::arrow::array::RecordBatch;

use super::output::{Output, OutputFile};
use super::rows::{Candidates, DecidedPairs};
use super::text::word;
use super::{Format, PAIRS, POINTWISE, Part, Shape, Sink};
use crate::error::Result;
use crate::ranking::opening_lines;

/// The columns in front of the features: what `CatBoost` does with them, and their names.
const COLUMNS: [(&str, &str); 7] = [
    ("Label", "label"),
    ("GroupId", "qid"),
    ("GroupWeight", "group_weight"),
    ("Auxiliary", "query_id"),
    ("SampleId", "item_id"),
    ("Auxiliary", "weight"),
    ("Auxiliary", "score"),
];

#[derive(Debug)]
pub(super) struct CatBoost;

impl Format for CatBoost {
    fn name(&self) -> &'static str {
        "catboost"
    }

    fn summary(&self) -> &'static str {
        "CatBoost pools with column description, groups and pairs"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("catboost.rs"))
    }

    fn tables(&self) -> &'static [&'static str] {
        &[POINTWISE, PAIRS]
    }

    fn begin(&self, shape: &Shape, output: &mut Output) -> Result<()> {
        let mut file = output.file("pool.cd".to_owned())?;
        for line in description(&shape.features) {
            file.row(line.as_bytes())?;
        }
        output.keep(file)
    }

    fn open(&self, part: &Part<'_>, output: &mut Output) -> Result<Box<dyn Sink>> {
        if part.table == PAIRS {
            let file = output.file(format!("{}.pairs", part.split))?;
            return Ok(Box::new(PairLines { file }));
        }
        Ok(Box::new(PoolLines {
            features: part.shape.features.clone(),
            file: output.file(format!("{}.tsv", part.split))?,
        }))
    }
}

/// The lines of the column description.
fn description(features: &[String]) -> Vec<String> {
    let known = COLUMNS.map(|(kind, name)| match kind {
        "SampleId" if features.is_empty() => ("Categ", name),
        _ => (kind, name),
    });
    let features = features.iter().map(|name| ("Num", name.as_str()));
    let columns = known.into_iter().chain(features).enumerate();
    columns
        .map(|(column_idx, (kind, name))| format!("{column_idx}\t{kind}\t{name}\n"))
        .collect()
}

struct PoolLines {
    features: Vec<String>,
    file: OutputFile,
}

impl Sink for PoolLines {
    fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        let rows = Candidates::of(rows, &self.features)?;
        let mut line = Vec::new();
        for row_idx in 0..rows.n_rows {
            line.clear();
            // Writing to a vector cannot fail.
            let _written = write!(
                line,
                "{}\t{}\t{}\t{}\t{}\t{}\t{}",
                rows.label.value(row_idx),
                rows.qid.value(row_idx),
                rows.group_weight.value(row_idx),
                word(rows.query_id.value(row_idx)),
                word(rows.item_id.value(row_idx)),
                rows.weight.value(row_idx),
                rows.score.value(row_idx),
            );
            rows.push_features(&mut line, row_idx);
            self.file.row(&line)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<OutputFile>> {
        Ok(vec![self.file])
    }
}

struct PairLines {
    file: OutputFile,
}

impl Sink for PairLines {
    fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        let rows = DecidedPairs::of(rows)?;
        for row_idx in 0..rows.n_rows {
            let line = format!(
                "{}\t{}\t{}\n",
                rows.chosen_row.value(row_idx),
                rows.rejected_row.value(row_idx),
                rows.weight.value(row_idx)
            );
            self.file.row(line.as_bytes())?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<OutputFile>> {
        Ok(vec![self.file])
    }
}
