//! One page of tasks, written by hand, and when things happen.
//!
//! It writes no file.

use super::tables::{Columns, Kind, instant, maybe, optional};
use crate::rows::Value;

/// In microseconds, like the next two.
const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
pub(super) const DAY: i64 = 24 * HOUR;

/// Day 0 is 2026-11-01, in days since 1970.
const FIRST_DAY: i64 = 20_758;

/// How long a page takes where nothing is said.
const PAGE_DURATION: i64 = 60 * SECOND;

/// An instant, in microseconds since 1970.
pub(super) fn at(day: i64, hour: i64) -> i64 {
    (FIRST_DAY + day) * DAY + hour * HOUR
}

/// Midnight of a day below 30, as the command line takes it.
pub(super) fn midnight(day: i64) -> String {
    format!("2026-11-{:02}T00:00:00Z", day + 1)
}

/// How a page is called.
pub(super) fn page_id(worker: &str, pool: &str, ended_at: i64) -> String {
    format!(
        "{worker} in {pool} at hour {}",
        (ended_at - at(0, 0)) / HOUR
    )
}

/// One page of tasks.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) id: String,
    worker: String,
    pool: String,
    suite: Option<String>,
    status: &'static str,
    created_at: i64,
    ended_at: i64,
    reward_usd: Option<f64>,
    tasks: Vec<Task>,
}

#[derive(Debug)]
struct Task {
    id: String,
    kind: &'static str,
    /// The query and its two candidates.
    shown: [String; 3],
    answer: Option<String>,
    first_answer: Option<String>,
    solutions: Vec<(String, f64)>,
}

impl Page {
    /// Without tasks; handed in after a minute.
    pub(super) fn new(worker: &str, pool: &str, ended_at: i64) -> Self {
        Self {
            id: page_id(worker, pool, ended_at),
            worker: worker.to_owned(),
            pool: pool.to_owned(),
            suite: None,
            status: "SUBMITTED",
            created_at: ended_at - PAGE_DURATION,
            ended_at,
            reward_usd: None,
            tasks: Vec::new(),
        }
    }

    /// What a test may ask for: itself, its worker, its pool, what it shows.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        let shown = self.tasks.iter().flat_map(|task| &task.shown);
        [&self.id, &self.worker, &self.pool]
            .into_iter()
            .chain(shown)
            .map(String::as_str)
    }

    /// Handed in after so many milliseconds.
    pub(super) fn lasting_ms(&mut self, milliseconds: i64) -> &mut Self {
        self.created_at = self.ended_at - milliseconds * 1_000;
        self
    }

    /// Handed in, skipped or out of time.
    pub(super) fn status(&mut self, status: &'static str) -> &mut Self {
        self.status = status;
        self
    }

    pub(super) fn suite(&mut self, suite: &str) -> &mut Self {
        self.suite = Some(suite.to_owned());
        self
    }

    pub(super) fn reward_usd(&mut self, reward_usd: f64) -> &mut Self {
        self.reward_usd = Some(reward_usd);
        self
    }

    /// A real task, a query of its own.
    pub(super) fn answers(&mut self, task: &str, answer: &str) -> &mut Self {
        let shown = [
            format!("query of {task}"),
            format!("{task}, one"),
            format!("{task}, two"),
        ];
        self.task(task, "REAL", shown, answer)
    }

    /// A real task on two candidates of a query.
    pub(super) fn compares(&mut self, task: &str, shown: [&str; 3], answer: &str) -> &mut Self {
        self.task(task, "REAL", shown.map(str::to_owned), answer)
    }

    /// A control task, answered rightly or wrongly.
    pub(super) fn control(&mut self, is_right: bool) -> &mut Self {
        let answer = if is_right { "left" } else { "right" };
        self.control_with(answer, &[("left", 1.0)])
    }

    /// A control task with these solutions and their weights.
    pub(super) fn control_with(&mut self, answer: &str, solutions: &[(&str, f64)]) -> &mut Self {
        let id = format!("control {} of page {}", self.tasks.len(), self.id);
        self.task(&id, "GOLDEN", shown_with_control(), answer);
        self.solutions(solutions)
    }

    /// A training task, in the end answered rightly.
    pub(super) fn training(&mut self, is_first_attempt_right: bool) -> &mut Self {
        let id = format!("training {} of page {}", self.tasks.len(), self.id);
        self.task(&id, "TRAINING", shown_with_control(), "left");
        let first = if is_first_attempt_right {
            "left"
        } else {
            "right"
        };
        if let Some(task) = self.tasks.last_mut() {
            task.first_answer = Some(first.to_owned());
        }
        self.solutions(&[("left", 1.0)])
    }

    fn task(
        &mut self,
        id: &str,
        kind: &'static str,
        shown: [String; 3],
        answer: &str,
    ) -> &mut Self {
        self.tasks.push(Task {
            id: id.to_owned(),
            kind,
            shown,
            answer: Some(answer.to_owned()),
            first_answer: None,
            solutions: Vec::new(),
        });
        self
    }

    fn solutions(&mut self, solutions: &[(&str, f64)]) -> &mut Self {
        if let Some(task) = self.tasks.last_mut() {
            let owned = solutions.iter();
            task.solutions = owned
                .map(|(text, weight)| ((*text).to_owned(), *weight))
                .collect();
        }
        self
    }

    /// One row for each task, by the columns of [`RESPONSES`].
    pub(super) fn rows(&self) -> impl Iterator<Item = Vec<Value>> {
        let ends = ["SUBMITTED", "SKIPPED", "EXPIRED"];
        let ended_at = ends.map(|status| optional(status == self.status, instant(self.ended_at)));
        self.tasks.iter().zip(0..).map(move |(task, task_index)| {
            let is_answered = self.status == "SUBMITTED";
            let weighed = task.solutions.iter().map(|(text, weight)| {
                Value::List(vec![Value::Text(text.clone()), Value::Real(*weight)])
            });
            let [submitted_at, skipped_at, expired_at] = ended_at.clone();
            vec![
                Value::Text(self.id.clone()),
                maybe(self.suite.as_deref()),
                Value::Whole(task_index),
                Value::Text(self.pool.clone()),
                Value::Text(self.worker.clone()),
                Value::Text(self.status.to_owned()),
                instant(self.created_at),
                submitted_at,
                skipped_at,
                expired_at,
                self.reward_usd.map_or(Value::Null, Value::Real),
                Value::Text(task.id.clone()),
                Value::Text(task.kind.to_owned()),
                Value::Text(task.shown[0].clone()),
                Value::Text(task.shown[1].clone()),
                Value::Text(task.shown[2].clone()),
                optional(is_answered, maybe(task.answer.as_deref())),
                optional(is_answered, maybe(task.first_answer.as_deref())),
                optional(!task.solutions.is_empty(), Value::List(weighed.collect())),
            ]
        })
    }
}

fn shown_with_control() -> [String; 3] {
    ["a known product", "the right one", "the wrong one"].map(str::to_owned)
}

/// The columns of the raw answers.
pub(super) const RESPONSES: Columns = &[
    ("assignment_id", Kind::Text),
    ("task_suite_id", Kind::Text),
    ("task_index", Kind::Whole),
    ("pool_id", Kind::Text),
    ("worker_id", Kind::Text),
    ("status", Kind::Text),
    ("created_at", Kind::Instant),
    ("submitted_at", Kind::Instant),
    ("skipped_at", Kind::Instant),
    ("expired_at", Kind::Instant),
    ("reward_usd", Kind::Real),
    ("task_id", Kind::Text),
    ("task_kind", Kind::Text),
    ("query_id", Kind::Text),
    ("left_item_id", Kind::Text),
    ("right_item_id", Kind::Text),
    ("answer", Kind::Text),
    ("first_answer", Kind::Text),
    ("golden_answers", Kind::Solutions),
];
