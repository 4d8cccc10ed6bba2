//! A shop written by hand, page by page, and what the binary makes of it.
//!
//! Every shop has an anchor: a query that honest workers decide in a pool without rules, so that each run has something
//! to publish. It judges nothing.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::found::{LOOKS, Looks, Outcome};
use super::tables::{Kind, write_table};
use crate::binary::{Ran, crowdrank, text};
use crate::published::Snapshot;
use crate::rows::Value;

/// Microseconds.
pub(super) const SECOND: i64 = 1_000_000;
pub(super) const HOUR: i64 = 3_600 * SECOND;
pub(super) const DAY: i64 = 24 * HOUR;

/// Day 0 is 2026-11-01, in days since 1970.
const FIRST_DAY: i64 = 20_758;

/// How long a page takes where nothing is said.
const PAGE_DURATION: i64 = 60 * SECOND;

/// Later than every example.
const ANCHOR_DAY: i64 = 60;

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

    fn rows(&self) -> impl Iterator<Item = Vec<Value>> {
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

fn instant(microseconds: i64) -> Value {
    Value::Whole(microseconds)
}

fn maybe(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

fn optional(is_there: bool, value: Value) -> Value {
    if is_there { value } else { Value::Null }
}

/// One pool.
#[derive(Debug)]
pub(super) struct Pool {
    project: String,
    overlap: Option<i64>,
    filter: Option<Json>,
    /// The whole of `quality_control`; none: the rules of the shop.
    quality_control: Option<Json>,
}

impl Pool {
    /// Its own rules.
    pub(super) fn rules(&mut self, configs: &[Json]) -> &mut Self {
        self.quality_control = Some(json!({"configs": configs}));
        self
    }

    pub(super) fn project(&mut self, project: &str) -> &mut Self {
        project.clone_into(&mut self.project);
        self
    }

    pub(super) fn overlap(&mut self, overlap: i64) -> &mut Self {
        self.overlap = Some(overlap);
        self
    }

    pub(super) fn filter(&mut self, filter: Json) -> &mut Self {
        self.filter = Some(filter);
        self
    }
}

/// The tables of a shop.
#[derive(Debug)]
pub(super) struct Handmade {
    rules: Json,
    pools: BTreeMap<String, Pool>,
    pages: Vec<Page>,
    captchas: Vec<Vec<Value>>,
    reviews: Vec<Vec<Value>>,
    restrictions: Vec<Vec<Value>>,
    skills: Vec<Vec<Value>>,
}

impl Handmade {
    /// A shop with these rules, whose anchor is later than every example.
    pub(super) fn new(configs: &[Json]) -> Self {
        Self::anchored(ANCHOR_DAY, configs)
    }

    /// A shop whose anchor is decided on that day.
    pub(super) fn anchored(day: i64, configs: &[Json]) -> Self {
        let mut shop = Self {
            rules: json!({"configs": configs}),
            pools: BTreeMap::new(),
            pages: Vec::new(),
            captchas: Vec::new(),
            reviews: Vec::new(),
            restrictions: Vec::new(),
            skills: Vec::new(),
        };
        shop.pool("anchor").rules(&[]);
        // Not unanimous: without a prior the scores would have no end.
        for (worker, answer) in [("one", "left"), ("two", "left"), ("three", "right")] {
            let worker = format!("honest {worker}");
            shop.page(&worker, "anchor", at(day, 0))
                .answers("anchor", answer);
        }
        shop
    }

    /// The pool of that name, in a project of that name where none is said.
    pub(super) fn pool(&mut self, pool: &str) -> &mut Pool {
        self.pools.entry(pool.to_owned()).or_insert_with(|| Pool {
            project: pool.to_owned(),
            overlap: None,
            filter: None,
            quality_control: None,
        })
    }

    /// A page that ended then. Its id is [`page_id`], so that a test can name it.
    pub(super) fn page(&mut self, worker: &str, pool: &str, ended_at: i64) -> &mut Page {
        self.pool(pool);
        let id = page_id(worker, pool, ended_at);
        let is_new = self.pages.iter().all(|page| page.id != id);
        assert!(is_new, "two pages {id}");
        self.pages.push(Page {
            id,
            worker: worker.to_owned(),
            pool: pool.to_owned(),
            suite: None,
            status: "SUBMITTED",
            created_at: ended_at - PAGE_DURATION,
            ended_at,
            reward_usd: None,
            tasks: Vec::new(),
        });
        self.pages.last_mut().expect("the page just added")
    }

    pub(super) fn captcha(&mut self, worker: &str, pool: &str, at: i64, is_solved: bool) {
        let solved = Value::Whole(is_solved.into());
        let [worker, pool] = [worker, pool].map(|id| Value::Text(id.to_owned()));
        self.captchas.push(vec![worker, pool, instant(at), solved]);
    }

    pub(super) fn review(&mut self, page: &str, at: i64, event: &str) {
        let [page, event] = [page, event].map(|word| Value::Text(word.to_owned()));
        self.reviews.push(vec![page, instant(at), event]);
    }

    /// A ban from a project that the platform had in force.
    pub(super) fn restriction(&mut self, worker: &str, project: &str, from: i64, to: i64) {
        let [worker, scope, project] =
            [worker, "PROJECT", project].map(|word| Value::Text(word.to_owned()));
        self.restrictions
            .push(vec![worker, scope, project, instant(from), instant(to)]);
    }

    pub(super) fn skill(&mut self, worker: &str, skill: &str, value: f64, at: i64) {
        let [worker, skill] = [worker, skill].map(|id| Value::Text(id.to_owned()));
        self.skills
            .push(vec![worker, skill, Value::Real(value), instant(at)]);
    }

    /// Writes everything: Parquet, rules, configuration.
    pub(super) fn write(self) -> Written {
        let written = Written {
            folder: TempDir::new().expect("a temporary folder"),
        };
        let pools = self.pools.iter().map(|(id, pool)| {
            let json = |value: &Option<Json>| maybe(value.as_ref().map(Json::to_string).as_deref());
            vec![
                Value::Text(id.clone()),
                Value::Text(pool.project.clone()),
                pool.overlap.map_or(Value::Null, Value::Whole),
                json(&pool.filter),
                json(&pool.quality_control),
            ]
        });
        let tables = [
            ("pools", POOLS, pools.collect()),
            ("products", PRODUCTS, products()),
            ("captcha_events", CAPTCHAS, self.captchas),
            ("review_events", REVIEWS, self.reviews),
            ("restrictions", RESTRICTIONS, self.restrictions),
            ("worker_skills", SKILLS, self.skills),
            (
                "responses",
                RESPONSES,
                self.pages.iter().flat_map(Page::rows).collect(),
            ),
        ];
        let mut toml = CONFIGURATION.to_owned();
        for (table, columns, rows) in tables {
            // An input that is named says more than one that is not: nobody reviewed, nobody was banned.
            if !rows.is_empty() {
                write_table(&written.path(&format!("{table}.parquet")), columns, &rows);
                let lines = format!("[inputs.{table}]\nurls = [\"{table}.parquet\"]\n");
                toml.push_str(&lines);
            }
        }
        let rules = self.rules.to_string();
        std::fs::write(written.path("rules.json"), rules).expect("the rules are written");
        std::fs::write(written.path(CONFIG), toml).expect("the configuration is written");
        written
    }
}

const CONFIG: &str = "crowdrank.toml";

const CONFIGURATION: &str = r#"[quality]
rules = "rules.json"
[skills]
weight = "equal"
[output]
url = "published"
publish_worker_ids = true
"#;

fn products() -> Vec<Vec<Value>> {
    ["query of anchor", "anchor, one", "anchor, two"]
        .map(|id| vec![Value::Text(id.to_owned()), Value::Text(id.to_owned())])
        .to_vec()
}

type Columns = &'static [(&'static str, Kind)];

const RESPONSES: Columns = &[
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
const POOLS: Columns = &[
    ("pool_id", Kind::Text),
    ("project_id", Kind::Text),
    ("default_overlap", Kind::Whole),
    ("filter", Kind::Text),
    ("quality_control", Kind::Text),
];
const PRODUCTS: Columns = &[("product_id", Kind::Text), ("title", Kind::Text)];
const CAPTCHAS: Columns = &[
    ("worker_id", Kind::Text),
    ("pool_id", Kind::Text),
    ("at", Kind::Instant),
    ("is_solved", Kind::Flag),
];
const REVIEWS: Columns = &[
    ("assignment_id", Kind::Text),
    ("at", Kind::Instant),
    ("event", Kind::Text),
];
const RESTRICTIONS: Columns = &[
    ("worker_id", Kind::Text),
    ("scope", Kind::Text),
    ("project_id", Kind::Text),
    ("created_at", Kind::Instant),
    ("will_expire_at", Kind::Instant),
];
const SKILLS: Columns = &[
    ("worker_id", Kind::Text),
    ("skill_id", Kind::Text),
    ("value", Kind::Real),
    ("modified_at", Kind::Instant),
];

/// A shop on disk.
#[derive(Debug)]
pub(super) struct Written {
    folder: TempDir,
}

impl Written {
    fn path(&self, relative: &str) -> std::path::PathBuf {
        self.folder.path().join(relative)
    }

    fn crowdrank(&self, command: &str, arguments: &[&str]) -> Ran {
        let config = self.path(CONFIG);
        let mut all = vec![command, "--config", text(&config)];
        all.extend(arguments);
        crowdrank(&all).succeeded()
    }

    /// What a run publishes.
    pub(super) fn publish(&self, arguments: &[&str]) -> Outcome {
        self.crowdrank("run", arguments);
        Outcome::of(&Snapshot::current(&self.path("published")))
    }

    /// What every rule saw.
    pub(super) fn looks(&self) -> Looks {
        Looks::of(&self.sql(LOOKS))
    }

    /// The rows of a statement.
    pub(super) fn sql(&self, statement: &str) -> Vec<Json> {
        let ran = self.crowdrank("sql", &["--format", "json", "-c", statement]);
        let rows: Json = serde_json::from_str(&ran.stdout).expect("JSON");
        rows.as_array().expect("rows").clone()
    }
}
