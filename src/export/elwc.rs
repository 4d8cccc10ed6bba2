//! `ExampleListWithContext` records for `TensorFlow` Ranking: `<split>.tfrecord`, one record per query with its
//! candidates as examples, in the order of the snapshot, and `query_id`, `qid`, `group_weight` as the context.
//!
//! Read it with `tfr.data.build_ranking_dataset(data_format=tfr.data.ELWC, ...)`. `label` is an int64, as there.
//! A query has at most 10,000 candidates, which are in memory together.

use datafusion::arrow::array::RecordBatch;

use super::examples::{Example, ExampleListWithContext, write_record};
use super::output::{Output, OutputFile};
use super::rows::Candidates;
use super::{Format, POINTWISE, Part, Sink};
use crate::error::Result;
use crate::ranking::opening_lines;

#[derive(Debug)]
pub(super) struct Elwc;

impl Format for Elwc {
    fn name(&self) -> &'static str {
        "elwc"
    }

    fn summary(&self) -> &'static str {
        "TensorFlow Ranking's lists, one record per query"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("elwc.rs"))
    }

    fn tables(&self) -> &'static [&'static str] {
        &[POINTWISE]
    }

    fn open(&self, part: &Part<'_>, output: &mut Output) -> Result<Box<dyn Sink>> {
        Ok(Box::new(Lists {
            features: part.shape.features.clone(),
            file: output.file(format!("{}.tfrecord", part.split))?,
            qid: None,
            list: ExampleListWithContext::default(),
        }))
    }
}

struct Lists {
    features: Vec<String>,
    file: OutputFile,
    /// The query whose candidates are collected.
    qid: Option<i32>,
    list: ExampleListWithContext,
}

impl Lists {
    fn end_list(&mut self) -> Result<()> {
        let list = std::mem::take(&mut self.list);
        if list.examples.is_empty() {
            return Ok(());
        }
        write_record(&mut self.file, &list)
    }
}

impl Sink for Lists {
    fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        let rows = Candidates::of(rows, &self.features)?;
        for row_idx in 0..rows.n_rows {
            let qid = rows.qid.value(row_idx);
            if self.qid.replace(qid) != Some(qid) {
                self.end_list()?;
                self.list.context = Some(Example::of_query(&rows, row_idx));
            }
            let example = Example::of_item(&rows, &self.features, row_idx);
            self.list.examples.push(example);
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<OutputFile>> {
        self.end_list()?;
        Ok(vec![self.file])
    }
}
