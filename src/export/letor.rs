//! LETOR lines for `RankLib`, `SVMrank` and scikit-learn, one file per split in the order of the snapshot:
//! `label qid:Q 1:v 2:v # query_id item_id`. Features have the numbers of `features.txt`, zeros included.
//!
//! `<split>.weight.txt` has the weight of each line, `<split>.group_weight.txt` that of each query.
//! Read it with `sklearn.datasets.load_svmlight_file(path, query_id=True)` and hand the arrays to `LightGBM`
//! (`group` is the number of lines per qid, `weight` the first file) or `XGBoost` (`qid`, `weight` the second
//! file). `LightGBM`'s own text reader stops at `qid:`; `XGBoost`'s rounds numbers and ignores weights.
//! In ids white space, control characters and `% " # |` are percent-encoded.

use std::io::Write;

use datafusion::arrow::array::RecordBatch;

use super::output::{Output, OutputFile};
use super::rows::Candidates;
use super::text::word;
use super::{Format, POINTWISE, Part, Shape, Sink};
use crate::error::Result;
use crate::ranking::opening_lines;

#[derive(Debug)]
pub(super) struct Letor;

impl Format for Letor {
    fn name(&self) -> &'static str {
        "letor"
    }

    fn summary(&self) -> &'static str {
        "LETOR (SVMlight) lines: RankLib, SVMrank, scikit-learn's loader"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("letor.rs"))
    }

    fn tables(&self) -> &'static [&'static str] {
        &[POINTWISE]
    }

    fn begin(&self, shape: &Shape, output: &mut Output) -> Result<()> {
        let mut file = output.file("features.txt".to_owned())?;
        for (number, name) in (1..).zip(&shape.features) {
            file.row(format!("{number}\t{name}\n").as_bytes())?;
        }
        output.keep(file)
    }

    fn open(&self, part: &Part<'_>, output: &mut Output) -> Result<Box<dyn Sink>> {
        let split = part.split;
        Ok(Box::new(LetorLines {
            features: part.shape.features.clone(),
            lines: output.file(format!("{split}.txt"))?,
            weights: output.file(format!("{split}.weight.txt"))?,
            group_weights: output.file(format!("{split}.group_weight.txt"))?,
            last_qid: None,
        }))
    }
}

struct LetorLines {
    features: Vec<String>,
    lines: OutputFile,
    weights: OutputFile,
    group_weights: OutputFile,
    last_qid: Option<i32>,
}

impl Sink for LetorLines {
    fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        let rows = Candidates::of(rows, &self.features)?;
        let mut line = Vec::new();
        for row_idx in 0..rows.n_rows {
            line.clear();
            push_line(&mut line, &rows, row_idx);
            self.lines.row(&line)?;
            let weight = format!("{}\n", rows.weight.value(row_idx));
            self.weights.row(weight.as_bytes())?;
            let qid = rows.qid.value(row_idx);
            if self.last_qid.replace(qid) != Some(qid) {
                let group_weight = format!("{}\n", rows.group_weight.value(row_idx));
                self.group_weights.row(group_weight.as_bytes())?;
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<OutputFile>> {
        Ok(vec![self.lines, self.weights, self.group_weights])
    }
}

fn push_line(line: &mut Vec<u8>, rows: &Candidates<'_>, row_idx: usize) {
    // Writing to a vector cannot fail.
    let _written = write!(
        line,
        "{} qid:{}",
        rows.label.value(row_idx),
        rows.qid.value(row_idx)
    );
    for (number, feature) in (1..).zip(&rows.features) {
        let _written = write!(line, " {number}:{}", feature.value(row_idx));
    }
    let _written = writeln!(
        line,
        " # {} {}",
        word(rows.query_id.value(row_idx)),
        word(rows.item_id.value(row_idx))
    );
}
