//! A shop written by hand, page by page, and what the binary makes of it.
//!
//! Every shop has an anchor: a query that honest workers decide in a pool without rules, so that each run has something
//! to publish. It judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::found::{LOOKS, Looks, Outcome};
use super::page::{Page, RESPONSES, at};
use super::tables::{Columns, Kind, instant, maybe, write_table};
use crate::binary::{Ran, crowdrank, text};
use crate::published::Snapshot;
use crate::rows::Value;

/// Later than every example.
const ANCHOR_DAY: i64 = 60;

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

    /// Only rules of another kind: to have trained in that pool, with that result.
    pub(super) fn requires(&mut self, training_pool: &str, result_pct: i64) -> &mut Self {
        self.quality_control = Some(json!({
            "configs": [],
            "training_requirement": {
                "training_pool_id": training_pool,
                "training_passing_skill_value": result_pct,
            },
        }));
        self
    }

    /// Admits workers of at least that skill.
    pub(super) fn admits(&mut self, skill: &str, value: i64) -> &mut Self {
        self.filter = Some(json!({
            "category": "skill", "key": skill, "operator": "GTE", "value": value,
        }));
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

    /// A page that ended then. Its id is [`super::page::page_id`], so that a test can name it.
    pub(super) fn page(&mut self, worker: &str, pool: &str, ended_at: i64) -> &mut Page {
        self.pool(pool);
        let page = Page::new(worker, pool, ended_at);
        let is_new = self.pages.iter().all(|other| other.id != page.id);
        assert!(is_new, "two pages {}", page.id);
        self.pages.push(page);
        self.pages.last_mut().expect("the page just added")
    }

    pub(super) fn captcha(&mut self, worker: &str, pool: &str, at: i64, is_solved: bool) {
        let solved = Value::Whole(is_solved.into());
        let [worker, pool] = [worker, pool].map(|id| Value::Text(id.to_owned()));
        self.captchas.push(vec![worker, pool, instant(at), solved]);
    }

    /// A verdict on the page added last.
    pub(super) fn review(&mut self, at: i64, event: &str) {
        let page = self.pages.last().expect("a page");
        let [page, event] = [&page.id, event].map(|word| Value::Text(word.to_owned()));
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

    fn ids(&self) -> BTreeSet<String> {
        let ids = self.pages.iter().flat_map(Page::ids);
        ids.map(str::to_owned).collect()
    }

    /// Writes everything: Parquet, rules, configuration.
    pub(super) fn write(self) -> Written {
        let written = Written {
            folder: TempDir::new().expect("a temporary folder"),
            ids: self.ids(),
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
    ids: BTreeSet<String>,
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
        let snapshot = Snapshot::current(&self.path("published"));
        Outcome::of(&snapshot, self.ids.clone())
    }

    /// What every rule saw.
    pub(super) fn looks(&self) -> Looks {
        Looks::of(&self.sql(LOOKS))
    }

    /// The rows of a statement.
    pub(super) fn sql(&self, statement: &str) -> Vec<Json> {
        rows_of(&self.crowdrank("sql", &["--format", "json", "-c", statement]))
    }
}

/// The rows of a statement that needs no shop.
pub(super) fn sql(statement: &str) -> Vec<Json> {
    rows_of(&crowdrank(&["sql", "--format", "json", "-c", statement]).succeeded())
}

fn rows_of(ran: &Ran) -> Vec<Json> {
    let rows: Json = serde_json::from_str(&ran.stdout).expect("JSON");
    rows.as_array().expect("rows").clone()
}
