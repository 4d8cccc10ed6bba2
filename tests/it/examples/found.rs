//! What the examples ask of a published snapshot, and of what every rule saw.
//!
//! It knows no example.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::page::page_id;
use crate::published::Snapshot;
use crate::rows::{Row, Value};

/// A percentage or a probability that a division gave: only rounding may differ.
const TOLERANCE: f64 = 1e-9;

/// A ban by a rule.
#[derive(Debug, PartialEq)]
pub(super) struct Ban {
    pub(super) scope: String,
    pub(super) started_at: i64,
    /// None: for good.
    pub(super) will_expire_at: Option<i64>,
    pub(super) rule: String,
}

impl Ban {
    /// A ban by the first rule.
    pub(super) fn new(scope: &str, started_at: i64, duration: i64) -> Self {
        Self {
            scope: scope.to_owned(),
            started_at,
            will_expire_at: Some(started_at + duration),
            rule: "0.0".to_owned(),
        }
    }
}

/// A skill that a rule set.
#[derive(Debug)]
pub(super) struct Skill {
    pub(super) at: i64,
    pub(super) exact_value: f64,
    pub(super) value: i64,
    pub(super) action: String,
}

/// A task to answer again.
#[derive(Debug, PartialEq)]
pub(super) struct Relabel {
    pub(super) task: String,
    pub(super) reason: String,
    pub(super) extra_overlap: i64,
    pub(super) excluded: Vec<String>,
}

impl Relabel {
    /// One more answer, by somebody else than this worker.
    pub(super) fn one(task: &str, reason: &str, excluded: &str) -> Self {
        Self {
            task: task.to_owned(),
            reason: reason.to_owned(),
            extra_overlap: 1,
            excluded: vec![excluded.to_owned()],
        }
    }
}

/// The published tables of one run.
#[derive(Debug)]
pub(super) struct Outcome {
    tables: BTreeMap<&'static str, Vec<Row>>,
    /// What a test may ask for: of a misspelt worker nothing would be found, whatever a run does.
    ids: BTreeSet<String>,
}

const TABLES: [&str; 6] = [
    "bans",
    "pointwise",
    "rejects",
    "relabel",
    "skill_history",
    "workers",
];

impl Outcome {
    /// The tables of a snapshot of a shop that has these pools, workers, pages, queries and items.
    pub(super) fn of(snapshot: &Snapshot, ids: BTreeSet<String>) -> Self {
        let tables = TABLES.map(|table| (table, snapshot.rows(table)));
        Self {
            tables: tables.into(),
            ids,
        }
    }

    /// The bans of a worker that rules opened.
    pub(super) fn bans(&self, worker: &str) -> Vec<Ban> {
        let rows = self.rows("bans", "worker_id", worker);
        let replayed = rows.filter(|row| row.id("source") == "replay");
        replayed
            .map(|row| Ban {
                scope: row.id("scope"),
                started_at: instant(row, "started_at"),
                will_expire_at: row.whole("will_expire_at"),
                rule: row.id("rule"),
            })
            .collect()
    }

    /// The changes of one skill of a worker, in order.
    pub(super) fn skills(&self, worker: &str, skill: &str) -> Vec<Skill> {
        let rows = self.rows("skill_history", "worker_id", worker);
        rows.filter(|row| row.id("skill_id") == skill)
            .map(|row| Skill {
                at: instant(row, "at"),
                exact_value: row.real("exact_value"),
                value: row.whole("value").expect("a value"),
                action: row.id("action"),
            })
            .collect()
    }

    /// The exact values of one skill of a worker, in order.
    pub(super) fn skill_values(&self, worker: &str, skill: &str) -> Vec<f64> {
        let changes = self.skills(worker, skill);
        changes.iter().map(|change| change.exact_value).collect()
    }

    /// The tasks of a pool to answer again, by task.
    pub(super) fn relabels(&self, pool: &str) -> Vec<Relabel> {
        self.rows("relabel", "pool_id", pool)
            .map(|row| Relabel {
                task: row.id("task_id"),
                reason: row.id("reason"),
                extra_overlap: row.whole("extra_overlap").expect("a number of answers"),
                excluded: row
                    .list("excluded_worker_ids")
                    .iter()
                    .map(text_of)
                    .collect(),
            })
            .collect()
    }

    /// Why the answers of a page do not count, each reason once; none: all of them count.
    pub(super) fn reject_reasons(&self, worker: &str, pool: &str, ended_at: i64) -> Vec<String> {
        let page = page_id(worker, pool, ended_at);
        let rows = self.rows("rejects", "assignment_id", &page);
        let mut reasons: Vec<String> = rows.map(|row| row.id("drop_reason")).collect();
        reasons.sort();
        reasons.dedup();
        reasons
    }

    /// The row of a worker who worked in one project.
    pub(super) fn worker(&self, worker: &str) -> &Row {
        let mut rows = self.rows("workers", "worker_id", worker);
        let row = rows.next().expect("the worker is published");
        assert!(rows.next().is_none(), "{worker} worked in one project");
        row
    }

    /// The rows of a table with this id in this column, in order.
    pub(super) fn rows(
        &self,
        table: &str,
        column: &'static str,
        id: &str,
    ) -> impl Iterator<Item = &Row> {
        assert!(self.ids.contains(id), "the shop has no {id}");
        let id = id.to_owned();
        let rows = self.tables.get(table).expect("a table that is read");
        rows.iter().filter(move |row| row.text(column) == Some(&id))
    }
}

fn instant(row: &Row, column: &str) -> i64 {
    row.whole(column).expect("an instant")
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => panic!("no text: {other:?}"),
    }
}

/// What rules saw, worker by worker and rule by rule.
#[derive(Debug)]
pub(super) struct Looks(BTreeMap<(String, String), Vec<Look>>);

/// What a rule saw after one event.
#[derive(Debug)]
pub(super) struct Look {
    statistics: BTreeMap<String, f64>,
}

impl Look {
    /// A statistic that is known.
    pub(super) fn statistic(&self, name: &str) -> f64 {
        let found = self.statistics.get(name);
        *found.unwrap_or_else(|| panic!("no {name}: {:?}", self.statistics))
    }
}

/// The statement whose rows [`Looks::of`] takes.
pub(super) const LOOKS: &str = "select worker_id, concat(config_index, '.', rule_index) as rule, \
     statistics from quality.worker_events order by at";

impl Looks {
    /// From the rows of [`LOOKS`].
    pub(super) fn of(rows: &[Json]) -> Self {
        let mut looks: BTreeMap<(String, String), Vec<Look>> = BTreeMap::new();
        for row in rows {
            let text = |name: &str| row[name].as_str().expect("text").to_owned();
            let pair = |pair: &str| {
                let (name, value) = pair.split_once('=').expect("a name and a value");
                // Words, such as why access was lost, are no statistics here.
                Some((name.to_owned(), value.parse().ok()?))
            };
            let known = text("statistics");
            let look = Look {
                statistics: known.split_whitespace().filter_map(pair).collect(),
            };
            let key = (text("worker_id"), text("rule"));
            looks.entry(key).or_default().push(look);
        }
        Self(looks)
    }

    /// What the first rule saw of a worker, in the order of events.
    pub(super) fn first_rule(&self, worker: &str) -> &[Look] {
        let key = (worker.to_owned(), "0.0".to_owned());
        self.0.get(&key).map_or(&[], Vec::as_slice)
    }

    /// One statistic of the first rule after each event.
    pub(super) fn after_each(&self, worker: &str, statistic: &str) -> Vec<f64> {
        let looks = self.first_rule(worker).iter();
        looks.map(|look| look.statistic(statistic)).collect()
    }
}

/// Equal but for rounding.
pub(super) fn assert_close(found: &[f64], expected: &[f64]) {
    assert_close_to(TOLERANCE, found, expected);
}

/// Equal but for this much.
pub(super) fn assert_close_to(tolerance: f64, found: &[f64], expected: &[f64]) {
    let is_close = |(found, expected): (&f64, &f64)| (found - expected).abs() <= tolerance;
    let are_close = found.iter().zip(expected).all(is_close);
    assert!(
        found.len() == expected.len() && are_close,
        "found {found:?} instead of {expected:?}"
    );
}
