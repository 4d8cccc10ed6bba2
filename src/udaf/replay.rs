//! The quality replay as aggregates over the events of one worker: bans, skill changes, or every look of a rule.
//!
//! `replay_bans(kind, project_id, pool_id, assignment_id, task_index, task_id, starts_at, ends_at, credit,
//! scope, rules)`, and `replay_skills`, `replay_looks` alike. `kind` is GOLDEN, TRAINING or BAN (a ban
//! observed on the platform, with its scope); `rules` is constant JSON: `{"rules": …, "pools": {…},
//! "rate_unit": …}`. The rules' meaning lives in `quality`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Float64Array, Float64Builder, Int32Builder,
    Int64Array, ListArray, StringArray, StringBuilder, StructArray, TimestampMicrosecondArray,
    TimestampMicrosecondBuilder,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{
    DataType, Field, Fields, Float64Type, Int64Type, TimestampMicrosecondType,
};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::grouped_rows::{GroupFunction, fields_of};
use super::{Call, GroupAggregate, Make};
use crate::contract::timestamp_type;
use crate::quality::{
    Event, EventKind, KnownBan, Replay, ReplayOptions, Rules, Scope, replay_worker,
};

const USAGE: &str = "kind, project_id, pool_id, assignment_id, task_index, task_id, starts_at, ends_at, credit, scope, rules";

/// The place of the constant argument.
const RULES_ARGUMENT: usize = 10;

/// The three aggregates.
pub(super) fn aggregates() -> impl Iterator<Item = GroupAggregate> {
    [
        ("replay_bans", Wanted::Bans),
        ("replay_skills", Wanted::Skills),
        ("replay_looks", Wanted::Looks),
    ]
    .into_iter()
    .map(|(name, wanted)| {
        let mut types: Vec<DataType> = event_fields()
            .iter()
            .map(|field| field.data_type().clone())
            .collect();
        types.push(DataType::Utf8);
        let n_required = types.len();
        GroupAggregate::new(name, USAGE, types, n_required, wanted.result_type(), wanted)
    })
}

/// Which part of the replay the caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Bans,
    Skills,
    Looks,
}

impl Wanted {
    fn fields(self) -> Fields {
        let text = || DataType::Utf8;
        match self {
            Self::Bans => fields_of(&[
                ("scope", text(), false),
                ("project_id", text(), true),
                ("pool_id", text(), true),
                ("started_at", timestamp_type(), false),
                ("will_expire_at", timestamp_type(), true),
                ("rule", text(), false),
                ("statistics", text(), false),
            ]),
            Self::Skills => fields_of(&[
                ("skill_id", text(), false),
                ("exact_value", DataType::Float64, false),
                ("value", DataType::Int32, false),
                ("at", timestamp_type(), false),
                ("pool_id", text(), true),
                ("rule", text(), false),
                ("action", text(), false),
            ]),
            Self::Looks => fields_of(&[
                ("config_index", DataType::Int32, false),
                ("rule_index", DataType::Int32, false),
                ("pool_id", text(), false),
                ("project_id", text(), false),
                ("at", timestamp_type(), false),
                ("statistics", text(), false),
                ("is_fired", DataType::Boolean, false),
            ]),
        }
    }

    fn result_type(self) -> DataType {
        DataType::new_list(DataType::Struct(self.fields()), true)
    }
}

/// The constant argument as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesArgument<'a> {
    #[serde(borrow)]
    rules: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pools: BTreeMap<String, &'a RawValue>,
    #[serde(default)]
    options: ReplayOptions,
}

impl Make for Wanted {
    fn function(&self, call: Call<'_>) -> Result<Arc<dyn GroupFunction>> {
        let mut replayer = Replayer {
            wanted: *self,
            rules: Rules::default(),
            pool_rules: BTreeMap::new(),
            options: ReplayOptions::default(),
        };
        if let Some(json) = call.constant_text(RULES_ARGUMENT, "rules")? {
            replayer.read(&json)?;
        }
        Ok(Arc::new(replayer))
    }
}

/// The rules of one run.
#[derive(Debug)]
struct Replayer {
    wanted: Wanted,
    rules: Rules,
    pool_rules: BTreeMap<String, Rules>,
    options: ReplayOptions,
}

impl Replayer {
    fn read(&mut self, json: &str) -> Result<()> {
        let argument: RulesArgument<'_> = serde_json::from_str(json)
            .map_err(|error| exec_datafusion_err!("rules are not of the expected JSON: {error}"))?;
        self.options = argument.options;
        let parse = |raw: &RawValue| {
            Rules::parse(raw.get(), argument.options)
                .map(|(rules, _warnings)| rules)
                .map_err(|error| exec_datafusion_err!("{error}"))
        };
        if let Some(raw) = argument.rules {
            self.rules = parse(raw)?;
        }
        for (pool_id, raw) in argument.pools {
            self.pool_rules.insert(pool_id, parse(raw)?);
        }
        Ok(())
    }

    fn replay<'a>(&self, columns: &EventColumns<'a>, rows: Range<usize>) -> Result<Replay<'a>> {
        let mut events = Vec::with_capacity(rows.len());
        let mut known_bans = Vec::new();
        for row_idx in rows {
            match columns.kind.value(row_idx) {
                "GOLDEN" => events.push(columns.event(row_idx, EventKind::Golden)?),
                "TRAINING" => events.push(columns.event(row_idx, EventKind::Training)?),
                "BAN" => known_bans.push(columns.known_ban(row_idx)?),
                other => return exec_err!("kind must be GOLDEN, TRAINING or BAN, found {other}"),
            }
        }
        Ok(replay_worker(
            &self.rules,
            &self.pool_rules,
            self.options,
            &mut events,
            &known_bans,
        ))
    }
}

fn event_fields() -> Fields {
    let text = || DataType::Utf8;
    fields_of(&[
        ("kind", text(), true),
        ("project_id", text(), true),
        ("pool_id", text(), true),
        ("assignment_id", text(), true),
        ("task_index", DataType::Int64, true),
        ("task_id", text(), true),
        ("starts_at", timestamp_type(), true),
        ("ends_at", timestamp_type(), true),
        ("credit", DataType::Float64, true),
        ("scope", text(), true),
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
        let (lengths, rows) = match self.wanted {
            Wanted::Bans => bans_as_columns(&replays),
            Wanted::Skills => skills_as_columns(&replays),
            Wanted::Looks => looks_as_columns(&replays),
        };
        let fields = self.wanted.fields();
        let field = Arc::new(Field::new_list_field(
            DataType::Struct(fields.clone()),
            true,
        ));
        let values = Arc::new(StructArray::try_new(fields, rows, None)?);
        let offsets = OffsetBuffer::from_lengths(lengths);
        Ok(Arc::new(ListArray::try_new(field, offsets, values, None)?))
    }
}

/// The argument columns of all rows.
struct EventColumns<'a> {
    kind: &'a StringArray,
    project_id: &'a StringArray,
    pool_id: &'a StringArray,
    assignment_id: &'a StringArray,
    task_index: &'a Int64Array,
    task_id: &'a StringArray,
    starts_at: &'a TimestampMicrosecondArray,
    ends_at: &'a TimestampMicrosecondArray,
    credit: &'a Float64Array,
    scope: &'a StringArray,
}

impl<'a> EventColumns<'a> {
    fn new(columns: &'a [ArrayRef]) -> Result<Self> {
        let [
            kind,
            project_id,
            pool_id,
            assignment_id,
            task_index,
            task_id,
            starts_at,
            ends_at,
            credit,
            scope,
        ] = columns
        else {
            return exec_err!("a replay takes {USAGE}");
        };
        Ok(Self {
            kind: kind.as_string(),
            project_id: project_id.as_string(),
            pool_id: pool_id.as_string(),
            assignment_id: assignment_id.as_string(),
            task_index: task_index.as_primitive::<Int64Type>(),
            task_id: task_id.as_string(),
            starts_at: starts_at.as_primitive::<TimestampMicrosecondType>(),
            ends_at: ends_at.as_primitive::<TimestampMicrosecondType>(),
            credit: credit.as_primitive::<Float64Type>(),
            scope: scope.as_string(),
        })
    }

    fn event(&self, row_idx: usize, kind: EventKind) -> Result<Event<'a>> {
        let score = self.credit.value(row_idx);
        if self.credit.is_null(row_idx) || !(0.0..=1.0).contains(&score) {
            return exec_err!("the credit of an answer must lie in 0..1, found {score}");
        }
        if self.starts_at.is_null(row_idx) || self.ends_at.is_null(row_idx) {
            return exec_err!("an answer needs the times when its page was taken and handed in");
        }
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
            created_at_us: self.starts_at.value(row_idx),
            submitted_at_us: self.ends_at.value(row_idx),
            kind,
            score,
        })
    }

    fn known_ban(&self, row_idx: usize) -> Result<KnownBan<'a>> {
        let name = self.scope.value(row_idx);
        let scope = Scope::from_name(name)
            .ok_or_else(|| exec_datafusion_err!("unknown scope of a ban: {name}"))?;
        let text =
            |column: &'a StringArray| column.is_valid(row_idx).then(|| column.value(row_idx));
        Ok(KnownBan {
            scope,
            project_id: text(self.project_id),
            pool_id: text(self.pool_id),
            started_at_us: self.starts_at.value(row_idx),
            will_expire_at_us: self
                .ends_at
                .is_valid(row_idx)
                .then(|| self.ends_at.value(row_idx)),
        })
    }
}

fn instants(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    let mut column = TimestampMicrosecondBuilder::new().with_timezone("UTC");
    values.for_each(|value| column.append_option(value));
    Arc::new(column.finish())
}

fn texts<T: AsRef<str>>(values: impl Iterator<Item = Option<T>>) -> ArrayRef {
    let mut column = StringBuilder::new();
    values.for_each(|value| column.append_option(value));
    Arc::new(column.finish())
}

fn indices(values: impl Iterator<Item = usize>) -> ArrayRef {
    let mut column = Int32Builder::new();
    values.for_each(|value| column.append_option(i32::try_from(value).ok()));
    Arc::new(column.finish())
}

fn bans_as_columns(replays: &[Replay<'_>]) -> (Vec<usize>, Vec<ArrayRef>) {
    let bans = || replays.iter().flat_map(|replay| &replay.bans);
    let columns = vec![
        texts(bans().map(|ban| Some(ban.scope.name()))),
        texts(bans().map(|ban| ban.project_id.as_deref())),
        texts(bans().map(|ban| ban.pool_id.as_deref())),
        instants(bans().map(|ban| Some(ban.started_at_us))),
        instants(bans().map(|ban| ban.will_expire_at_us)),
        texts(bans().map(|ban| Some(ban.rule.as_str()))),
        texts(bans().map(|ban| Some(ban.statistics.as_str()))),
    ];
    (
        replays.iter().map(|replay| replay.bans.len()).collect(),
        columns,
    )
}

fn skills_as_columns(replays: &[Replay<'_>]) -> (Vec<usize>, Vec<ArrayRef>) {
    let skills = || replays.iter().flat_map(|replay| &replay.skills);
    let mut exact = Float64Builder::new();
    skills().for_each(|skill| exact.append_value(skill.exact_value));
    let mut rounded = Int32Builder::new();
    skills().for_each(|skill| rounded.append_value(skill.value));
    let columns: Vec<ArrayRef> = vec![
        texts(skills().map(|skill| Some(skill.skill_id.as_str()))),
        Arc::new(exact.finish()),
        Arc::new(rounded.finish()),
        instants(skills().map(|skill| Some(skill.at_us))),
        texts(skills().map(|skill| Some(skill.pool_id.as_str()))),
        texts(skills().map(|skill| Some(skill.rule.as_str()))),
        texts(skills().map(|skill| Some(skill.action.name()))),
    ];
    (
        replays.iter().map(|replay| replay.skills.len()).collect(),
        columns,
    )
}

fn looks_as_columns(replays: &[Replay<'_>]) -> (Vec<usize>, Vec<ArrayRef>) {
    let looks = || replays.iter().flat_map(|replay| &replay.events);
    let mut is_fired = BooleanBuilder::new();
    looks().for_each(|look| is_fired.append_value(look.is_fired));
    let columns: Vec<ArrayRef> = vec![
        indices(looks().map(|look| look.config_index)),
        indices(looks().map(|look| look.rule_index)),
        texts(looks().map(|look| Some(look.pool_id))),
        texts(looks().map(|look| Some(look.project_id))),
        instants(looks().map(|look| Some(look.at_us))),
        texts(looks().map(|look| Some(look.statistics.to_string()))),
        Arc::new(is_fired.finish()),
    ];
    (
        replays.iter().map(|replay| replay.events.len()).collect(),
        columns,
    )
}
