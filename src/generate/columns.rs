//! The columns of every generated table, and builders that gather their rows.
//!
//! It does not decide what a row says.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int32Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};

use super::answers::Answer;
use super::captchas::Captcha;
use super::ids::Id;
use super::parts::Rows;
use super::reviews::Review;

/// A column's type, without its name.
#[derive(Clone, Copy, Debug)]
pub(super) enum ColumnType {
    Text,
    Int32,
    Float64,
    Boolean,
    /// Microseconds, UTC.
    Instant,
}

use ColumnType::{Boolean, Float64, Instant, Int32, Text};

/// Name, type, may be null.
pub(super) type ColumnRow = (&'static str, ColumnType, bool);

#[rustfmt::skip]
pub(super) const RESPONSES: &[ColumnRow] = &[
    ("assignment_id", Text, false),
    ("task_suite_id", Text, true),
    ("task_index", Int32, true),
    ("pool_id", Text, false),
    ("project_id", Text, true),
    ("worker_id", Text, false),
    ("status", Text, false),
    ("created_at", Instant, false),
    ("submitted_at", Instant, true),
    ("accepted_at", Instant, true),
    ("rejected_at", Instant, true),
    ("skipped_at", Instant, true),
    ("expired_at", Instant, true),
    ("reward_usd", Float64, true),
    ("task_id", Text, false),
    ("task_kind", Text, true),
    ("query_id", Text, false),
    ("left_item_id", Text, false),
    ("right_item_id", Text, false),
    ("answer", Text, true),
    ("first_answer", Text, true),
    ("golden_answer", Text, true),
    ("overlap", Int32, true),
];

#[rustfmt::skip]
pub(super) const PRODUCTS: &[ColumnRow] = &[
    ("product_id", Text, false),
    ("title", Text, true),
    ("brand", Text, true),
    ("category", Text, true),
    ("price_usd", Float64, true),
    ("rating", Float64, true),
    ("image_url", Text, true),
    ("url", Text, true),
    ("updated_at", Instant, true),
];

#[rustfmt::skip]
pub(super) const POOLS: &[ColumnRow] = &[
    ("pool_id", Text, false),
    ("project_id", Text, true),
    ("type", Text, true),
    ("default_overlap", Int32, true),
    ("reward_usd", Float64, true),
    ("filter", Text, true),
    ("quality_control", Text, true),
];

#[rustfmt::skip]
pub(super) const RESTRICTIONS: &[ColumnRow] = &[
    ("worker_id", Text, false),
    ("scope", Text, false),
    ("project_id", Text, true),
    ("pool_id", Text, true),
    ("created_at", Instant, false),
    ("will_expire_at", Instant, true),
    ("comment", Text, true),
];

#[rustfmt::skip]
pub(super) const TRUTH: &[ColumnRow] = &[
    ("query_id", Text, false),
    ("item_id", Text, false),
    ("score", Float64, false),
];

#[rustfmt::skip]
pub(super) const WORKERS_TRUTH: &[ColumnRow] = &[
    ("worker_id", Text, false),
    ("kind", Text, false),
    ("accuracy", Float64, false),
    ("is_bad", Boolean, false),
];

#[rustfmt::skip]
pub(super) const CAPTCHA_EVENTS: &[ColumnRow] = &[
    ("worker_id", Text, false),
    ("pool_id", Text, false),
    ("at", Instant, false),
    ("is_solved", Boolean, false),
];

#[rustfmt::skip]
pub(super) const REVIEW_EVENTS: &[ColumnRow] = &[
    ("assignment_id", Text, false),
    ("at", Instant, false),
    ("event", Text, false),
    ("comment", Text, true),
];

/// The Arrow schema of a table.
pub(super) fn schema(columns: &[ColumnRow]) -> Schema {
    let field = |&(name, column_type, is_nullable): &ColumnRow| {
        let data_type = match column_type {
            Text => DataType::Utf8,
            Int32 => DataType::Int32,
            Float64 => DataType::Float64,
            Boolean => DataType::Boolean,
            Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        };
        Field::new(name, data_type, is_nullable)
    };
    Schema::new(columns.iter().map(field).collect::<Vec<Field>>())
}

/// What every row of a page repeats.
#[derive(Clone, Debug)]
pub(super) struct PageFacts {
    pub(super) assignment: Id,
    pub(super) suite: Id,
    pub(super) pool: &'static str,
    pub(super) project: &'static str,
    pub(super) worker: Id,
    pub(super) reward_usd: f64,
    pub(super) status: &'static str,
    pub(super) created_at: i64,
    pub(super) submitted_at: Option<i64>,
    pub(super) accepted_at: Option<i64>,
    pub(super) rejected_at: Option<i64>,
    pub(super) skipped_at: Option<i64>,
    pub(super) expired_at: Option<i64>,
}

/// One task on a page, with the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct TaskFacts {
    pub(super) task: Id,
    pub(super) kind: &'static str,
    pub(super) query: u64,
    pub(super) left: u64,
    pub(super) right: u64,
    pub(super) answer: Option<Answer>,
    pub(super) first_answer: Option<Answer>,
    pub(super) golden_answer: Option<Answer>,
    pub(super) overlap: Option<i32>,
}

/// Gathers rows of `responses`.
#[derive(Default)]
pub(super) struct ResponseRows {
    n_rows: usize,
    assignment_id: StringBuilder,
    task_suite_id: StringBuilder,
    task_index: Int32Builder,
    pool_id: StringBuilder,
    project_id: StringBuilder,
    worker_id: StringBuilder,
    status: StringBuilder,
    /// created, submitted, accepted, rejected, skipped, expired.
    times: [TimestampMicrosecondBuilder; 6],
    reward_usd: Float64Builder,
    task_id: StringBuilder,
    task_kind: StringBuilder,
    query_id: StringBuilder,
    left_item_id: StringBuilder,
    right_item_id: StringBuilder,
    answer: StringBuilder,
    first_answer: StringBuilder,
    golden_answer: StringBuilder,
    overlap: Int32Builder,
}

impl ResponseRows {
    /// Appends one row per task.
    pub(super) fn push_page(&mut self, page: &PageFacts, tasks: &[TaskFacts]) {
        let times = [
            Some(page.created_at),
            page.submitted_at,
            page.accepted_at,
            page.rejected_at,
            page.skipped_at,
            page.expired_at,
        ];
        let n_tasks = tasks.len();
        for (builder, time) in self.times.iter_mut().zip(times) {
            match time {
                Some(time) => builder.append_value_n(time, n_tasks),
                None => builder.append_nulls(n_tasks),
            }
        }
        self.reward_usd.append_value_n(page.reward_usd, n_tasks);
        for (task_index, task) in (0..).zip(tasks) {
            self.assignment_id.append_value(page.assignment.as_str());
            self.task_suite_id.append_value(page.suite.as_str());
            self.task_index.append_value(task_index);
            self.pool_id.append_value(page.pool);
            self.project_id.append_value(page.project);
            self.worker_id.append_value(page.worker.as_str());
            self.status.append_value(page.status);
            self.push_task(task);
        }
        self.n_rows += n_tasks;
    }

    fn push_task(&mut self, task: &TaskFacts) {
        self.task_id.append_value(task.task.as_str());
        self.task_kind.append_value(task.kind);
        self.query_id.append_value(Id::product(task.query).as_str());
        self.left_item_id
            .append_value(Id::product(task.left).as_str());
        self.right_item_id
            .append_value(Id::product(task.right).as_str());
        self.answer.append_option(task.answer.map(Answer::as_str));
        self.first_answer
            .append_option(task.first_answer.map(Answer::as_str));
        self.golden_answer
            .append_option(task.golden_answer.map(Answer::as_str));
        self.overlap.append_option(task.overlap);
    }
}

impl Rows for ResponseRows {
    fn len(&self) -> usize {
        self.n_rows
    }

    fn take(&mut self) -> Vec<ArrayRef> {
        self.n_rows = 0;
        let [created, submitted, accepted, rejected, skipped, expired] =
            std::mem::take(&mut self.times).map(instants);
        vec![
            Arc::new(self.assignment_id.finish()),
            Arc::new(self.task_suite_id.finish()),
            Arc::new(self.task_index.finish()),
            Arc::new(self.pool_id.finish()),
            Arc::new(self.project_id.finish()),
            Arc::new(self.worker_id.finish()),
            Arc::new(self.status.finish()),
            created,
            submitted,
            accepted,
            rejected,
            skipped,
            expired,
            Arc::new(self.reward_usd.finish()),
            Arc::new(self.task_id.finish()),
            Arc::new(self.task_kind.finish()),
            Arc::new(self.query_id.finish()),
            Arc::new(self.left_item_id.finish()),
            Arc::new(self.right_item_id.finish()),
            Arc::new(self.answer.finish()),
            Arc::new(self.first_answer.finish()),
            Arc::new(self.golden_answer.finish()),
            Arc::new(self.overlap.finish()),
        ]
    }
}

/// Gathers rows of `captcha_events`.
#[derive(Default)]
pub(super) struct CaptchaRows {
    n_rows: usize,
    worker_id: StringBuilder,
    pool_id: StringBuilder,
    at: TimestampMicrosecondBuilder,
    is_solved: BooleanBuilder,
}

impl CaptchaRows {
    pub(super) fn push(&mut self, page: &PageFacts, captcha: Captcha) {
        self.n_rows += 1;
        self.worker_id.append_value(page.worker.as_str());
        self.pool_id.append_value(page.pool);
        self.at.append_value(captcha.at);
        self.is_solved.append_value(captcha.is_solved);
    }
}

impl Rows for CaptchaRows {
    fn len(&self) -> usize {
        self.n_rows
    }

    fn take(&mut self) -> Vec<ArrayRef> {
        self.n_rows = 0;
        vec![
            Arc::new(self.worker_id.finish()),
            Arc::new(self.pool_id.finish()),
            instants(std::mem::take(&mut self.at)),
            Arc::new(self.is_solved.finish()),
        ]
    }
}

/// Gathers rows of `review_events`.
#[derive(Default)]
pub(super) struct ReviewRows {
    n_rows: usize,
    assignment_id: StringBuilder,
    at: TimestampMicrosecondBuilder,
    event: StringBuilder,
    comment: StringBuilder,
}

impl ReviewRows {
    /// Appends the events of a page that the requester judged, in their order.
    pub(super) fn push(&mut self, page: &PageFacts, review: Review) {
        let acceptance = review.rejected_at.map(|_| "after an appeal");
        let events = [
            ("REJECT", review.rejected_at, Some("evident mistakes")),
            ("ACCEPT", review.accepted_at, acceptance),
        ];
        for (event, at, comment) in events {
            let Some(at) = at else { continue };
            self.n_rows += 1;
            self.assignment_id.append_value(page.assignment.as_str());
            self.at.append_value(at);
            self.event.append_value(event);
            self.comment.append_option(comment);
        }
    }
}

impl Rows for ReviewRows {
    fn len(&self) -> usize {
        self.n_rows
    }

    fn take(&mut self) -> Vec<ArrayRef> {
        self.n_rows = 0;
        vec![
            Arc::new(self.assignment_id.finish()),
            instants(std::mem::take(&mut self.at)),
            Arc::new(self.event.finish()),
            Arc::new(self.comment.finish()),
        ]
    }
}

/// A finished column of times, with the time zone of the schema.
pub(super) fn instants(mut builder: TimestampMicrosecondBuilder) -> ArrayRef {
    Arc::new(builder.finish().with_timezone("UTC"))
}
