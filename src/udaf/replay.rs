//! The quality replay as aggregates over the events of one worker: what rules did, or every look of a rule.
//!
//! `replay(kind, label, project_id, pool_id, assignment_id, task_index, task_id, created_at, submitted_at, at, value,
//! value_max, rules)` and `replay_looks` alike. `rules` is constant JSON, read by `quality::RuleBook`. The rules'
//! meaning lives in `quality`.
//!
//! | kind | label | value | value_max |
//! |---|---|---|---|
//! | SUBMITTED, SKIPPED, EXPIRED: the end of a page | | its pay in US dollars | |
//! | LATER: a page handed in after the end of the log | | | |
//! | GOLDEN, TRAINING: an answer | | its credit, 0..=1 | |
//! | MAJORITY: an answer to a complete task | | votes for it | votes for the answer that has most |
//! | CAPTCHA | | 1 where solved, else 0 | |
//! | REVIEW, SILENT: a verdict of a reviewer, of nobody | ACCEPT or REJECT | | |
//! | SKILL: set on the platform | the skill | its value | |
//! | BAN: known from the platform, from `created_at` to `at` | its scope | | |

mod outcomes;

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{
    DataType, Fields, Float64Type, Int64Type, TimestampMicrosecondType,
};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use rayon::prelude::*;

use outcomes::{looks_as_columns, outcomes_as_columns, result_fields};

use super::columns::{list_of, lists};
use super::grouped_rows::{GroupFunction, fields_of};
use super::{Call, GroupAggregate, Make};
use crate::contract::timestamp_type;
use crate::quality::{
    Event, EventKind, KnownBan, Replay, RuleBook, Scope, Trace, Verdict, replay_worker,
};

const USAGE: &str = "kind, label, project_id, pool_id, assignment_id, task_index, task_id, created_at, submitted_at, at, value, value_max, rules";

/// The place of the constant argument.
const RULES_ARGUMENT: usize = 12;

/// The two aggregates.
pub(super) fn aggregates() -> impl Iterator<Item = GroupAggregate> {
    [("replay", Trace::Off), ("replay_looks", Trace::On)]
        .into_iter()
        .map(|(name, trace)| {
            let mut types: Vec<DataType> = event_fields()
                .iter()
                .map(|field| field.data_type().clone())
                .collect();
            types.push(DataType::Utf8);
            let n_required = types.len();
            let result_type = list_of(result_fields(trace));
            GroupAggregate::new(name, USAGE, types, n_required, result_type, Wanted(trace))
                .described(match trace {
                    Trace::Off => "what the quality rules do to one worker, from the events in the order of time",
                    Trace::On => "the same, with everything that the rules saw",
                })
        })
}

/// Whether the caller wants every look, or what was done.
#[derive(Debug, Clone, Copy)]
struct Wanted(Trace);

impl Make for Wanted {
    fn function(&self, call: Call<'_>) -> Result<Arc<dyn GroupFunction>> {
        Ok(Arc::new(Replayer {
            trace: self.0,
            book: rule_book(&call, RULES_ARGUMENT)?,
        }))
    }
}

/// The rules in a constant argument; none where it is not known yet.
pub(super) fn rule_book(call: &Call<'_>, idx: usize) -> Result<RuleBook> {
    let Some(json) = call.constant_text(idx, "rules")? else {
        return Ok(RuleBook::default());
    };
    let (book, _warnings) =
        RuleBook::parse(&json).map_err(|error| exec_datafusion_err!("{error}"))?;
    Ok(book)
}

#[derive(Debug)]
struct Replayer {
    trace: Trace,
    book: RuleBook,
}

impl Replayer {
    fn replay<'a>(&'a self, columns: &EventColumns<'a>, rows: Range<usize>) -> Result<Replay<'a>> {
        let mut events = Vec::with_capacity(rows.len());
        let mut known_bans = Vec::new();
        for row_idx in rows {
            if columns.kind.value(row_idx) == "BAN" {
                known_bans.push(columns.known_ban(row_idx)?);
            } else {
                events.push(columns.event(row_idx)?);
            }
        }
        Ok(replay_worker(
            &self.book,
            &mut events,
            &known_bans,
            self.trace,
        ))
    }
}

fn event_fields() -> Fields {
    let text = || DataType::Utf8;
    fields_of(&[
        ("kind", text(), true),
        ("label", text(), true),
        ("project_id", text(), true),
        ("pool_id", text(), true),
        ("assignment_id", text(), true),
        ("task_index", DataType::Int64, true),
        ("task_id", text(), true),
        ("created_at", timestamp_type(), true),
        ("submitted_at", timestamp_type(), true),
        ("at", timestamp_type(), true),
        ("value", DataType::Float64, true),
        ("value_max", DataType::Float64, true),
    ])
}

impl GroupFunction for Replayer {
    fn row_fields(&self) -> Fields {
        event_fields()
    }

    fn evaluate(&self, columns: &[ArrayRef], groups: &[Range<usize>]) -> Result<ArrayRef> {
        let columns = EventColumns::new(columns)?;
        let replays: Vec<Replay<'_>> = groups
            .par_iter()
            .map(|rows| self.replay(&columns, rows.clone()))
            .collect::<Result<_>>()?;
        let (lengths, rows) = match self.trace {
            Trace::Off => outcomes_as_columns(&replays),
            Trace::On => looks_as_columns(&replays),
        };
        lists(result_fields(self.trace), rows, lengths)
    }
}

/// The argument columns of all rows.
struct EventColumns<'a> {
    kind: &'a StringArray,
    label: &'a StringArray,
    project_id: &'a StringArray,
    pool_id: &'a StringArray,
    assignment_id: &'a StringArray,
    task_index: &'a Int64Array,
    task_id: &'a StringArray,
    created_at: &'a TimestampMicrosecondArray,
    submitted_at: &'a TimestampMicrosecondArray,
    at: &'a TimestampMicrosecondArray,
    value: &'a Float64Array,
    value_max: &'a Float64Array,
}

impl<'a> EventColumns<'a> {
    fn new(columns: &'a [ArrayRef]) -> Result<Self> {
        let [
            kind,
            label,
            project_id,
            pool_id,
            assignment_id,
            task_index,
            task_id,
            created_at,
            submitted_at,
            at,
            value,
            value_max,
        ] = columns
        else {
            return exec_err!("a replay takes {USAGE}");
        };
        Ok(Self {
            kind: kind.as_string(),
            label: label.as_string(),
            project_id: project_id.as_string(),
            pool_id: pool_id.as_string(),
            assignment_id: assignment_id.as_string(),
            task_index: task_index.as_primitive::<Int64Type>(),
            task_id: task_id.as_string(),
            created_at: created_at.as_primitive::<TimestampMicrosecondType>(),
            submitted_at: submitted_at.as_primitive::<TimestampMicrosecondType>(),
            at: at.as_primitive::<TimestampMicrosecondType>(),
            value: value.as_primitive::<Float64Type>(),
            value_max: value_max.as_primitive::<Float64Type>(),
        })
    }

    fn event(&self, row_idx: usize) -> Result<Event<'a>> {
        if self.at.is_null(row_idx) {
            return exec_err!("an event needs its time");
        }
        let at_us = self.at.value(row_idx);
        let or_at = |column: &TimestampMicrosecondArray| {
            if column.is_valid(row_idx) {
                column.value(row_idx)
            } else {
                at_us
            }
        };
        Ok(Event {
            pool_id: self.pool_id.value(row_idx),
            project_id: self.project_id.value(row_idx),
            assignment_id: self.assignment_id.value(row_idx),
            // Without a position the order of task ids decides.
            task_index: if self.task_index.is_valid(row_idx) {
                self.task_index.value(row_idx)
            } else {
                Default::default()
            },
            task_id: self.task_id.value(row_idx),
            created_at_us: or_at(self.created_at),
            submitted_at_us: or_at(self.submitted_at),
            at_us,
            kind: self.kind_of(row_idx)?,
        })
    }

    fn kind_of(&self, row_idx: usize) -> Result<EventKind<'a>> {
        let value = self.value.value(row_idx);
        let value_max = self.value_max.value(row_idx);
        let kind = self.kind.value(row_idx);
        let is_credit = self.value.is_valid(row_idx) && (0.0..=1.0).contains(&value);
        Ok(match kind {
            "SUBMITTED" => EventKind::Submitted {
                reward_nano_usd: (value * 1e9).round() as i64,
            },
            "LATER" => EventKind::HandedInLater,
            "SKIPPED" => EventKind::Skipped,
            "EXPIRED" => EventKind::Expired,
            "GOLDEN" if is_credit => EventKind::Golden { credit: value },
            "TRAINING" if is_credit => EventKind::Training { credit: value },
            "GOLDEN" | "TRAINING" => {
                return exec_err!("the credit of an answer must lie in 0..1, found {value}");
            }
            "MAJORITY" => EventKind::Majority {
                n_agreeing: value as u32,
                n_top: value_max as u32,
            },
            "CAPTCHA" => EventKind::Captcha {
                is_solved: value > 0.5,
            },
            "REVIEW" => EventKind::Review(verdict_of(self.label.value(row_idx))?),
            "SILENT" => EventKind::SilentVerdict(verdict_of(self.label.value(row_idx))?),
            "SKILL" => EventKind::Skill {
                skill_id: self.label.value(row_idx),
                value,
            },
            other => return exec_err!("unknown kind of event: {other}"),
        })
    }

    fn known_ban(&self, row_idx: usize) -> Result<KnownBan<'a>> {
        let name = self.label.value(row_idx);
        let scope = Scope::from_name(name)
            .ok_or_else(|| exec_datafusion_err!("unknown scope of a ban: {name}"))?;
        let text =
            |column: &'a StringArray| column.is_valid(row_idx).then(|| column.value(row_idx));
        Ok(KnownBan {
            scope,
            project_id: text(self.project_id),
            pool_id: text(self.pool_id),
            started_at_us: self.created_at.value(row_idx),
            will_expire_at_us: self.at.is_valid(row_idx).then(|| self.at.value(row_idx)),
        })
    }
}

/// A verdict by the platform's word.
pub(super) fn verdict_of(word: &str) -> Result<Verdict> {
    match word {
        "ACCEPT" => Ok(Verdict::Accept),
        "REJECT" => Ok(Verdict::Reject),
        other => exec_err!("a review says ACCEPT or REJECT, found {other}"),
    }
}
