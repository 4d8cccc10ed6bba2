//! The votes on one task as an aggregate, and the verdicts on one suite: what needs more than one worker.
//!
//! `judge_majority(kind, worker_id, project_id, assignment_id, task_index, answer, created_at, submitted_at, at, overlap,
//! options)`: `kind` is BALLOT, or ACCEPT or REJECT for a verdict `at` an instant on a page; `options` is constant JSON
//! `{"min_overlap": 0, "ends_at_us": …}`.
//! `replay_suite(kind, pool_id, assignment_id, at, rules)`: `kind` is SUBMITTED, ACCEPT, REJECT, or
//! `ACCEPT_BY_RULE`, `REJECT_BY_RULE`. What they mean lives in `quality`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{
    DataType, Fields, Int32Type, Int64Type, TimestampMicrosecondType,
};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use rayon::prelude::*;
use serde::Deserialize;

use super::columns::{instants, list_of, lists, texts, wholes};
use super::grouped_rows::{GroupFunction, fields_of};
use super::replay::{rule_book, verdict_of};
use super::{Call, GroupAggregate, Make};
use crate::contract::timestamp_type;
use crate::quality::{
    Ballot, BallotBox, Judged, Raise, RuleBook, SuiteEvent, SuiteEventKind, judge_ballots,
    replay_suite,
};

/// Both aggregates.
pub(super) fn aggregates() -> [GroupAggregate; 2] {
    let types = |fields: &Fields| {
        let mut types: Vec<DataType> = fields.iter().map(|f| f.data_type().clone()).collect();
        types.push(DataType::Utf8);
        types
    };
    let (ballots, suites) = (types(&ballot_fields()), types(&suite_fields()));
    let (n_ballot, n_suite) = (ballots.len(), suites.len());
    [
        GroupAggregate::new(
            "judge_majority",
            "kind, worker_id, project_id, assignment_id, task_index, answer, created_at, submitted_at, at, overlap, options",
            ballots,
            n_ballot,
            list_of(judged_fields()),
            MakeJudge,
        )
        .described("which answers of a task agree with its majority, as the platform's rules judge them"),
        GroupAggregate::new(
            "replay_suite",
            "kind, pool_id, assignment_id, at, rules",
            suites,
            n_suite,
            list_of(raise_fields()),
            MakeSuites,
        )
        .described("what the rules for pages decide on one task suite"),
    ]
}

#[derive(Debug)]
struct MakeJudge;

/// The constant argument of `judge_majority`.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Judge {
    min_overlap: u32,
    ends_at_us: i64,
}

impl Make for MakeJudge {
    fn function(&self, call: Call<'_>) -> Result<Arc<dyn GroupFunction>> {
        let judge = match call.constant_text(10, "options")? {
            Some(json) => serde_json::from_str(&json)
                .map_err(|error| exec_datafusion_err!("judge_majority: options: {error}"))?,
            None => Judge::default(),
        };
        Ok(Arc::new(judge))
    }
}

fn ballot_fields() -> Fields {
    let text = || DataType::Utf8;
    fields_of(&[
        ("kind", text(), true),
        ("worker_id", text(), true),
        ("project_id", text(), true),
        ("assignment_id", text(), true),
        ("task_index", DataType::Int64, true),
        ("answer", text(), true),
        ("created_at", timestamp_type(), true),
        ("submitted_at", timestamp_type(), true),
        ("at", timestamp_type(), true),
        ("overlap", DataType::Int32, true),
    ])
}

fn judged_fields() -> Fields {
    let text = || DataType::Utf8;
    fields_of(&[
        ("worker_id", text(), false),
        ("project_id", text(), false),
        ("assignment_id", text(), false),
        ("task_index", DataType::Int32, false),
        ("created_at", timestamp_type(), false),
        ("submitted_at", timestamp_type(), false),
        ("at", timestamp_type(), false),
        ("n_agreeing", DataType::Int32, false),
        ("n_top", DataType::Int32, false),
        ("n_votes", DataType::Int32, false),
    ])
}

impl GroupFunction for Judge {
    fn row_fields(&self) -> Fields {
        ballot_fields()
    }

    fn evaluate(&self, columns: &[ArrayRef], groups: &[Range<usize>]) -> Result<ArrayRef> {
        let columns = BallotColumns::new(columns)?;
        let judged: Vec<Vec<(Judged<'_>, usize)>> = groups
            .par_iter()
            .map(|rows| self.judge(&columns, rows.clone()))
            .collect();
        let all = || judged.iter().flatten();
        let created_at = |row_idx: usize| columns.created_at.value(row_idx);
        let rows = vec![
            texts(all().map(|(judged, _)| Some(judged.ballot.worker_id))),
            texts(all().map(|(_, row_idx)| Some(columns.project_id.value(*row_idx)))),
            texts(all().map(|(judged, _)| Some(judged.ballot.assignment_id))),
            wholes(all().map(|(judged, _)| i32::try_from(judged.ballot.task_index).ok())),
            instants(all().map(|(_, row_idx)| Some(created_at(*row_idx)))),
            instants(all().map(|(judged, _)| Some(judged.ballot.submitted_at_us))),
            instants(all().map(|(judged, _)| Some(judged.at_us))),
            wholes(all().map(|(judged, _)| i32::try_from(judged.n_agreeing).ok())),
            wholes(all().map(|(judged, _)| i32::try_from(judged.n_top).ok())),
            wholes(all().map(|(judged, _)| i32::try_from(judged.n_votes).ok())),
        ];
        lists(judged_fields(), rows, judged.iter().map(Vec::len).collect())
    }
}

impl Judge {
    /// The judged votes of one task, each with its row.
    fn judge<'a>(
        self,
        columns: &BallotColumns<'a>,
        rows: Range<usize>,
    ) -> Vec<(Judged<'a>, usize)> {
        let mut ballot_box = BallotBox {
            ballots: Vec::with_capacity(rows.len()),
            verdicts: Vec::new(),
            min_overlap: self.min_overlap,
            ends_at_us: self.ends_at_us,
        };
        let mut row_of_page = BTreeMap::new();
        for row_idx in rows {
            let page = columns.assignment_id.value(row_idx);
            let kind = columns.kind.value(row_idx);
            if kind == "BALLOT" {
                row_of_page.insert(page, row_idx);
                ballot_box.ballots.push(columns.ballot(row_idx));
            } else {
                let verdict = (page, columns.at.value(row_idx), kind == "REJECT");
                ballot_box.verdicts.push(verdict);
            }
        }
        judge_ballots(ballot_box)
            .into_iter()
            .filter_map(|judged| {
                let row_idx = *row_of_page.get(judged.ballot.assignment_id)?;
                Some((judged, row_idx))
            })
            .collect()
    }
}

/// The argument columns of all rows.
struct BallotColumns<'a> {
    kind: &'a StringArray,
    worker_id: &'a StringArray,
    project_id: &'a StringArray,
    assignment_id: &'a StringArray,
    task_index: &'a Int64Array,
    answer: &'a StringArray,
    created_at: &'a TimestampMicrosecondArray,
    submitted_at: &'a TimestampMicrosecondArray,
    at: &'a TimestampMicrosecondArray,
    overlap: &'a Int32Array,
}

impl<'a> BallotColumns<'a> {
    fn new(columns: &'a [ArrayRef]) -> Result<Self> {
        let [
            kind,
            worker_id,
            project_id,
            assignment_id,
            task_index,
            answer,
            created_at,
            submitted_at,
            at,
            overlap,
        ] = columns
        else {
            return exec_err!("judge_majority takes eleven arguments");
        };
        Ok(Self {
            kind: kind.as_string(),
            worker_id: worker_id.as_string(),
            project_id: project_id.as_string(),
            assignment_id: assignment_id.as_string(),
            task_index: task_index.as_primitive::<Int64Type>(),
            answer: answer.as_string(),
            created_at: created_at.as_primitive::<TimestampMicrosecondType>(),
            submitted_at: submitted_at.as_primitive::<TimestampMicrosecondType>(),
            at: at.as_primitive::<TimestampMicrosecondType>(),
            overlap: overlap.as_primitive::<Int32Type>(),
        })
    }

    fn ballot(&self, row_idx: usize) -> Ballot<'a> {
        let wanted = self
            .overlap
            .is_valid(row_idx)
            .then(|| self.overlap.value(row_idx));
        Ballot {
            worker_id: self.worker_id.value(row_idx),
            assignment_id: self.assignment_id.value(row_idx),
            // Without a position the order of task ids decides.
            task_index: if self.task_index.is_valid(row_idx) {
                self.task_index.value(row_idx)
            } else {
                Default::default()
            },
            answer: self.answer.value(row_idx),
            submitted_at_us: self.submitted_at.value(row_idx),
            overlap: wanted.and_then(|wanted| u32::try_from(wanted).ok()),
        }
    }
}

#[derive(Debug)]
struct MakeSuites;

#[derive(Debug)]
struct Suites {
    book: RuleBook,
}

impl Make for MakeSuites {
    fn function(&self, call: Call<'_>) -> Result<Arc<dyn GroupFunction>> {
        let book = rule_book(&call, 4)?;
        Ok(Arc::new(Suites { book }))
    }
}

fn suite_fields() -> Fields {
    let text = || DataType::Utf8;
    fields_of(&[
        ("kind", text(), true),
        ("pool_id", text(), true),
        ("assignment_id", text(), true),
        ("at", timestamp_type(), true),
    ])
}

fn raise_fields() -> Fields {
    let text = || DataType::Utf8;
    fields_of(&[
        ("assignment_id", text(), false),
        ("rule", text(), false),
        ("reason", text(), false),
        ("delta", DataType::Int32, false),
        ("at", timestamp_type(), false),
    ])
}

impl GroupFunction for Suites {
    fn row_fields(&self) -> Fields {
        suite_fields()
    }

    fn evaluate(&self, columns: &[ArrayRef], groups: &[Range<usize>]) -> Result<ArrayRef> {
        let [kind, pool_id, assignment_id, at] = columns else {
            return exec_err!("replay_suite takes five arguments");
        };
        let (kind, pool_id) = (kind.as_string::<i32>(), pool_id.as_string::<i32>());
        let assignment_id = assignment_id.as_string::<i32>();
        let at = at.as_primitive::<TimestampMicrosecondType>();
        let raises: Vec<Vec<Raise<'_>>> = groups
            .par_iter()
            .map(|rows| {
                let mut events = Vec::with_capacity(rows.len());
                for row_idx in rows.clone() {
                    events.push(SuiteEvent {
                        pool_id: pool_id.value(row_idx),
                        assignment_id: assignment_id.value(row_idx),
                        at_us: at.value(row_idx),
                        kind: suite_kind(kind.value(row_idx))?,
                    });
                }
                Ok(replay_suite(&self.book, &mut events))
            })
            .collect::<Result<_>>()?;
        let all = || raises.iter().flatten();
        let rows = vec![
            texts(all().map(|raise| Some(raise.assignment_id))),
            texts(all().map(|raise| Some(raise.rule.as_str()))),
            texts(all().map(|raise| Some(raise.reason))),
            wholes(all().map(|raise| Some(raise.delta))),
            instants(all().map(|raise| Some(raise.at_us))),
        ];
        lists(raise_fields(), rows, raises.iter().map(Vec::len).collect())
    }
}

fn suite_kind(word: &str) -> Result<SuiteEventKind> {
    if word == "SUBMITTED" {
        return Ok(SuiteEventKind::Submitted);
    }
    match word.strip_suffix("_BY_RULE") {
        Some(verdict) => verdict_of(verdict).map(SuiteEventKind::DecidedByRule),
        None => verdict_of(word).map(SuiteEventKind::Reviewed),
    }
}
