//! `tf.train.Example` records for `TensorFlow`: `<split>.tfrecord`, one record per candidate with every column of
//! `pointwise` but `as_of`: text as bytes, whole numbers as int64, the others as float.
//!
//! Read it with `tf.data.TFRecordDataset` and `tf.io.parse_example`. The records of a query follow each other.

use datafusion::arrow::array::RecordBatch;

use super::examples::{Example, write_record};
use super::output::{Output, OutputFile};
use super::rows::Candidates;
use super::{Format, POINTWISE, Part, Sink};
use crate::error::Result;
use crate::ranking::opening_lines;

#[derive(Debug)]
pub(super) struct TfRecord;

impl Format for TfRecord {
    fn name(&self) -> &'static str {
        "tfrecord"
    }

    fn summary(&self) -> &'static str {
        "TensorFlow examples, one record per candidate"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("tfrecord.rs"))
    }

    fn tables(&self) -> &'static [&'static str] {
        &[POINTWISE]
    }

    fn open(&self, part: &Part<'_>, output: &mut Output) -> Result<Box<dyn Sink>> {
        Ok(Box::new(Records {
            features: part.shape.features.clone(),
            file: output.file(format!("{}.tfrecord", part.split))?,
        }))
    }
}

struct Records {
    features: Vec<String>,
    file: OutputFile,
}

impl Sink for Records {
    fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        let rows = Candidates::of(rows, &self.features)?;
        for row_idx in 0..rows.n_rows {
            let example = Example::of_row(&rows, &self.features, row_idx);
            write_record(&mut self.file, &example)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<OutputFile>> {
        Ok(vec![self.file])
    }
}
