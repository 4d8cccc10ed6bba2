//! The columns of `responses` while its rows are gathered.
//!
//! Names, order and types are the contract's; the export's own fields follow. It decides no value.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int32Builder, ListBuilder, StringBuilder,
    StructBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema};

use super::page::{Page, Task};
use super::row_writer::{BATCH_ROWS, instants};
use super::survey::Survey;
use crate::config::ProjectKind;
use crate::contract::{Column, Contract, Kind, Need};
use crate::error::{Error, Result};

/// Bytes of gathered text after which rows are written early: fields may hold whole pages of text.
const BATCH_BYTES_MAX: usize = 32 << 20;

/// Everything that one row says.
pub(super) struct Row<'r> {
    pub(super) page: &'r Page,
    pub(super) task: &'r Task,
    pub(super) task_idx: usize,
    pub(super) pool_id: Option<&'r str>,
    pub(super) project_id: Option<&'r str>,
    pub(super) task_id: Option<&'r str>,
    pub(super) query: Option<&'r str>,
    pub(super) left: Option<&'r str>,
    pub(super) right: Option<&'r str>,
    pub(super) answer: Option<&'r str>,
    pub(super) first_answer: Option<&'r str>,
    pub(super) golden_answer: Option<&'r str>,
    /// With the credit that each earns.
    pub(super) golden_answers: &'r [(String, f64)],
}

impl Row<'_> {
    fn text(&self, column: &str) -> Option<&str> {
        match column {
            "assignment_id" => Some(&self.page.assignment_id),
            "task_suite_id" => self.page.task_suite_id.as_deref(),
            "pool_id" => self.pool_id,
            "project_id" => self.project_id,
            "worker_id" => Some(&self.page.worker_id),
            "status" => Some(self.page.status),
            "task_id" => self.task_id,
            "task_kind" => Some(self.task.kind.name()),
            "query_id" => self.query,
            "left_item_id" => self.left,
            "right_item_id" => self.right,
            "answer" => self.answer,
            "first_answer" => self.first_answer,
            "golden_answer" => self.golden_answer,
            _ => None,
        }
    }

    fn integer(&self, column: &str) -> Option<i32> {
        match column {
            "task_index" => i32::try_from(self.task_idx).ok(),
            "overlap" => self.task.overlap,
            _ => None,
        }
    }

    fn instant(&self, column: &str) -> Option<i64> {
        match column {
            "created_at" => Some(self.page.created_at),
            "submitted_at" => self.page.submitted_at,
            "accepted_at" => self.page.accepted_at,
            "rejected_at" => self.page.rejected_at,
            "skipped_at" => self.page.skipped_at,
            "expired_at" => self.page.expired_at,
            _ => None,
        }
    }

    fn double(&self, column: &str) -> Option<f64> {
        self.page.reward_usd.filter(|_| column == "reward_usd")
    }
}

/// A column of the contract while it grows.
enum Growing {
    Text(StringBuilder),
    Int32(Int32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Double(Float64Builder),
    Flag(BooleanBuilder),
    Solutions(ListBuilder<StructBuilder>),
}

/// All columns, growing together.
pub(super) struct ResponseColumns<'a> {
    kind: ProjectKind,
    columns: Vec<(&'static Column, Growing)>,
    inputs: Vec<(&'a str, StringBuilder)>,
    outputs: Vec<(&'a str, StringBuilder)>,
    n_rows: usize,
    n_bytes: usize,
}

impl<'a> ResponseColumns<'a> {
    pub(super) fn new(survey: &'a Survey, kind: ProjectKind) -> Result<Self> {
        let contract = Contract::of("responses")
            .ok_or_else(|| Error::Bug("there is no contract of responses".to_owned()))?;
        let columns = contract.columns.iter();
        let own = |name: &'a String| (name.as_str(), StringBuilder::new());
        Ok(Self {
            kind,
            columns: columns.map(|c| (c, Growing::new(c.kind))).collect(),
            inputs: survey.inputs.iter().map(own).collect(),
            outputs: survey.outputs.keys().map(own).collect(),
            n_rows: 0,
            n_bytes: 0,
        })
    }

    pub(super) fn schema(&self) -> Schema {
        let canonical = self.columns.iter().map(|(column, _)| {
            let is_of_a_side = matches!(column.name, "query_id" | "left_item_id" | "right_item_id");
            let may_be_null = column.need != Need::Always
                || (is_of_a_side && self.kind == ProjectKind::Classification);
            Field::new(column.name, column.kind.arrow_type(), may_be_null)
        });
        let own = |prefix, name| Field::new(format!("{prefix}:{name}"), DataType::Utf8, true);
        let inputs = self.inputs.iter().map(|(name, _)| own("INPUT", name));
        let outputs = self.outputs.iter().map(|(name, _)| own("OUTPUT", name));
        Schema::new(canonical.chain(inputs).chain(outputs).collect::<Vec<_>>())
    }

    pub(super) fn is_full(&self) -> bool {
        self.n_rows >= BATCH_ROWS || self.n_bytes >= BATCH_BYTES_MAX
    }

    pub(super) fn push(&mut self, row: &Row) {
        for (column, growing) in &mut self.columns {
            growing.push(row, column.name);
        }
        for (name, builder) in &mut self.inputs {
            let text = row.task.inputs.get(*name);
            builder.append_option(text);
            self.n_bytes += text.map_or(0, String::len);
        }
        for (name, builder) in &mut self.outputs {
            let text = row.task.outputs.get(*name);
            builder.append_option(text);
            self.n_bytes += text.map_or(0, String::len);
        }
        self.n_rows += 1;
    }

    /// The gathered rows in the order of the schema; none are left.
    pub(super) fn take(&mut self) -> Vec<ArrayRef> {
        self.n_rows = 0;
        self.n_bytes = 0;
        let canonical = self.columns.iter_mut().map(|(_, growing)| growing.take());
        let own = self.inputs.iter_mut().chain(&mut self.outputs);
        let own = own.map(|(_, builder)| Arc::new(builder.finish()) as ArrayRef);
        canonical.chain(own).collect()
    }
}

impl Growing {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Int32 => Self::Int32(Int32Builder::new()),
            Kind::Timestamp => Self::Timestamp(TimestampMicrosecondBuilder::new()),
            Kind::Double => Self::Double(Float64Builder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::Solutions => {
                let answer = Field::new("answer", DataType::Utf8, true);
                let weight = Field::new("weight", DataType::Float64, true);
                let fields = Fields::from(vec![answer, weight]);
                Self::Solutions(ListBuilder::new(StructBuilder::from_fields(fields, 0)))
            }
        }
    }

    fn push(&mut self, row: &Row, column: &str) {
        match self {
            Self::Text(builder) => builder.append_option(row.text(column)),
            Self::Int32(builder) => builder.append_option(row.integer(column)),
            Self::Timestamp(builder) => builder.append_option(row.instant(column)),
            Self::Double(builder) => builder.append_option(row.double(column)),
            // No column of the responses is one.
            Self::Flag(builder) => builder.append_null(),
            Self::Solutions(builder) => push_solutions(builder, row.golden_answers),
        }
    }

    fn take(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Int32(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => instants(builder),
            Self::Double(builder) => Arc::new(builder.finish()),
            Self::Flag(builder) => Arc::new(builder.finish()),
            Self::Solutions(builder) => Arc::new(builder.finish()),
        }
    }
}

fn push_solutions(builder: &mut ListBuilder<StructBuilder>, answers: &[(String, f64)]) {
    let solutions = builder.values();
    for (answer, weight) in answers {
        if let Some(texts) = solutions.field_builder::<StringBuilder>(0) {
            texts.append_value(answer);
        }
        if let Some(weights) = solutions.field_builder::<Float64Builder>(1) {
            weights.append_value(*weight);
        }
        solutions.append(true);
    }
    builder.append(!answers.is_empty());
}
