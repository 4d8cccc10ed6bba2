//! Accepted and rejected pages as review events, and their table.
//!
//! It does not judge whether a review was right.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringBuilder, TimestampMicrosecondBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Schema};

use super::page::{Page, Review};
use super::row_writer::{BATCH_ROWS, RowWriter, WrittenTable, instants};
use crate::contract::timestamp_type;
use crate::error::Result;

/// One decision of a reviewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReviewEvent {
    pub(super) at: i64,
    pub(super) review: Review,
    /// The export knows the verdict and not its time.
    pub(super) is_undated: bool,
}

/// The reviews of a page, in the order of their times.
pub(super) fn events(page: &Page) -> Vec<ReviewEvent> {
    let dated = |at: Option<i64>, review| {
        at.map(|at| ReviewEvent {
            at,
            review,
            is_undated: false,
        })
    };
    let rejected = dated(page.rejected_at, Review::Reject);
    let accepted = dated(page.accepted_at, Review::Accept);
    let mut events: Vec<ReviewEvent> = rejected.into_iter().chain(accepted).collect();
    events.sort_by_key(|event| event.at);
    let is_told = |verdict| events.iter().any(|event| event.review == verdict);
    if let Some(review) = page.verdict
        && !is_told(review)
    {
        events.push(ReviewEvent {
            at: page.submitted_at.unwrap_or(page.created_at),
            review,
            is_undated: true,
        });
    }
    events
}

/// The open table `review_events`.
pub(super) struct ReviewWriter {
    rows: RowWriter,
    assignment_id: StringBuilder,
    at: TimestampMicrosecondBuilder,
    event: StringBuilder,
    comment: StringBuilder,
    n_gathered: usize,
}

impl ReviewWriter {
    pub(super) fn create(directory: &Path) -> Result<Self> {
        let schema = Schema::new(vec![
            Field::new("assignment_id", DataType::Utf8, false),
            Field::new("at", timestamp_type(), false),
            Field::new("event", DataType::Utf8, false),
            Field::new("comment", DataType::Utf8, true),
        ]);
        Ok(Self {
            rows: RowWriter::create(directory, "review_events", schema)?,
            assignment_id: StringBuilder::new(),
            at: TimestampMicrosecondBuilder::new(),
            event: StringBuilder::new(),
            comment: StringBuilder::new(),
            n_gathered: 0,
        })
    }

    pub(super) fn push(&mut self, page: &Page) -> Result<()> {
        for event in events(page) {
            self.assignment_id.append_value(&page.assignment_id);
            self.at.append_value(event.at);
            self.event.append_value(match event.review {
                Review::Accept => "ACCEPT",
                Review::Reject => "REJECT",
            });
            self.comment.append_option(page.comment.as_deref());
            self.n_gathered += 1;
        }
        if self.n_gathered < BATCH_ROWS {
            return Ok(());
        }
        self.flush()
    }

    pub(super) fn finish(mut self) -> Result<WrittenTable> {
        self.flush()?;
        self.rows.finish()
    }

    fn flush(&mut self) -> Result<()> {
        self.n_gathered = 0;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.assignment_id.finish()),
            instants(&mut self.at),
            Arc::new(self.event.finish()),
            Arc::new(self.comment.finish()),
        ];
        self.rows.write(columns)
    }
}
