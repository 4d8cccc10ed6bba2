//! Decides about every answer as the data model says, row by row: the slow twin of the quality stage.
//!
//! Written from the specification alone; it never looks at the SQL.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::rows::Row;

const SECOND_US: i64 = 1_000_000;
const TEN_DAYS_US: i64 = 10 * 24 * 3600 * SECOND_US;

/// The tables that a run reads.
pub(super) struct Inputs {
    pub(super) responses: Vec<Row>,
    pub(super) pools: Vec<Row>,
    pub(super) restrictions: Vec<Row>,
}

/// What a run is told, as far as the judge follows it.
#[derive(Clone, Copy, Default)]
pub(super) struct Settings {
    /// `golden_rules.json`: of the last 10 control and training answers more than 3 control
    /// ones, and more than 60 % of these wrong: 10 days without the project.
    pub(super) has_golden_rule: bool,
    pub(super) minimum_skill: f64,
}

/// One input row.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) assignment: String,
    pub(super) task: String,
    task_index: i64,
    pool: String,
    project: String,
    pub(super) worker: String,
    status: String,
    created_at: i64,
    submitted_at: Option<i64>,
    event_at: i64,
    kind: Kind,
    pub(super) query: String,
    pub(super) left: String,
    pub(super) right: String,
    /// The answer that was handed in.
    pub(super) given: Option<String>,
    given_first: Option<String>,
    correct: Option<String>,
    is_repeated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Real,
    Golden,
    Training,
}

/// A ban, observed or replayed; `until` is `None` without an end.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(super) struct Ban {
    pub(super) worker: String,
    pub(super) scope: String,
    pub(super) project: Option<String>,
    pub(super) pool: Option<String>,
    pub(super) started_at: i64,
    pub(super) until: Option<i64>,
    pub(super) source: &'static str,
}

/// Control answers of one worker in one project.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Golden {
    pub(super) n: i64,
    pub(super) n_correct: i64,
}

/// What became of every answer.
pub(super) struct Judged {
    /// With the drop reason, `None` for a kept vote.
    pub(super) answers: Vec<(Answer, Option<&'static str>)>,
    pub(super) bans: Vec<Ban>,
    /// By worker and project.
    pub(super) golden: BTreeMap<(String, String), Golden>,
    /// By worker and project, of everybody who has control answers, before the rescaling.
    weights: BTreeMap<(String, String), f64>,
}

impl Answer {
    /// Whether the page came back with this row standing for its task.
    fn is_handed_in(&self) -> bool {
        !self.is_repeated && matches!(self.status.as_str(), "SUBMITTED" | "ACCEPTED" | "REJECTED")
    }

    fn is_correct(&self) -> bool {
        let given = match self.kind {
            Kind::Training => self.given_first.as_ref().or(self.given.as_ref()),
            Kind::Golden | Kind::Real => self.given.as_ref(),
        };
        given.is_some() && given == self.correct.as_ref()
    }

    fn is_blocked_by(&self, ban: &Ban) -> bool {
        let is_inside = ban.started_at < self.created_at
            && ban.until.is_none_or(|until| self.created_at < until);
        is_inside && ban.covers(self)
    }
}

impl Ban {
    fn covers(&self, answer: &Answer) -> bool {
        let is_in_scope = match self.scope.as_str() {
            "POOL" => self.pool.as_ref() == Some(&answer.pool),
            "PROJECT" => self.project.as_ref() == Some(&answer.project),
            _ => true,
        };
        self.worker == answer.worker && is_in_scope
    }
}

impl Judged {
    /// The vote's weight before the rescaling.
    pub(super) fn weight(&self, answer: &Answer) -> f64 {
        let key = (answer.worker.clone(), answer.project.clone());
        if let Some(weight) = self.weights.get(&key) {
            return *weight;
        }
        let mut of_project: Vec<f64> = self
            .weights
            .iter()
            .filter(|((_, project), _)| *project == answer.project)
            .map(|(_, weight)| *weight)
            .collect();
        of_project.sort_by(f64::total_cmp);
        let n = of_project.len();
        match n {
            0 => 1.0,
            _ => f64::midpoint(of_project[(n - 1) / 2], of_project[n / 2]),
        }
    }

    /// The kept answers.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Answer> {
        self.answers
            .iter()
            .filter(|(_, reason)| reason.is_none())
            .map(|(answer, _)| answer)
    }
}

/// Judges every row of the responses.
pub(super) fn judge(inputs: &Inputs, settings: Settings) -> Judged {
    let answers = parse(inputs);
    let mut bans = observed_bans(inputs);
    if settings.has_golden_rule {
        let replayed = replay_golden_rule(&answers, &bans);
        bans.extend(replayed);
    }
    let golden = golden_counts(&answers, &bans);
    let weights = golden
        .iter()
        .map(|(key, golden)| {
            let (n, c) = (golden.n as f64, golden.n_correct as f64);
            (
                key.clone(),
                ((c + 1.0) / (n - c + 1.0)).ln().clamp(0.0, 3.0),
            )
        })
        .collect();
    let answers = answers
        .into_iter()
        .map(|answer| {
            let reason = drop_reason(&answer, &bans, &golden, settings);
            (answer, reason)
        })
        .collect();
    Judged {
        answers,
        bans,
        golden,
        weights,
    }
}

/// The first reason that fits, in the order of the data model's list.
fn drop_reason(
    answer: &Answer,
    bans: &[Ban],
    golden: &BTreeMap<(String, String), Golden>,
    settings: Settings,
) -> Option<&'static str> {
    let own: Vec<&Ban> = bans.iter().filter(|ban| ban.covers(answer)).collect();
    let is_blocked = own.iter().any(|ban| answer.is_blocked_by(ban));
    let is_before = own
        .iter()
        .any(|ban| ban.scope != "POOL" && answer.submitted_at <= Some(ban.started_at));
    let counts = golden.get(&(answer.worker.clone(), answer.project.clone()));
    let is_unskilled = counts.is_some_and(|golden| {
        100.0 * (golden.n_correct as f64) / (golden.n as f64) < settings.minimum_skill
    });
    let text = answer.given.as_deref();
    let reasons = [
        (
            !matches!(
                answer.status.as_str(),
                "SUBMITTED" | "ACCEPTED" | "REJECTED"
            ),
            "not_submitted",
        ),
        (answer.status == "REJECTED", "rejected"),
        (answer.kind == Kind::Training, "training"),
        (answer.kind == Kind::Golden, "golden"),
        (text.is_none(), "no_answer"),
        (text == Some("error"), "error_answer"),
        (
            !matches!(text, Some("left" | "right" | "tie")),
            "unknown_answer",
        ),
        (answer.left == answer.right, "self_comparison"),
        (is_blocked, "blocked_by_ban"),
        (is_before, "before_ban"),
        (is_unskilled, "skill_below_minimum"),
        (answer.is_repeated, "duplicate"),
    ];
    reasons
        .iter()
        .find(|(fits, _)| *fits)
        .map(|(_, reason)| *reason)
}

fn parse(inputs: &Inputs) -> Vec<Answer> {
    let project_of_pool: BTreeMap<String, String> = inputs
        .pools
        .iter()
        .filter_map(|pool| Some((pool.id("pool_id"), pool.text("project_id")?.to_owned())))
        .collect();
    let mut answers: Vec<Answer> = inputs
        .responses
        .iter()
        .map(|row| parse_row(row, &project_of_pool))
        .collect();
    // The latest event stands for all rows of the same task on the same page.
    let mut standing: BTreeMap<(String, String), usize> = BTreeMap::new();
    for index in 0..answers.len() {
        let key = (
            answers[index].assignment.clone(),
            answers[index].task.clone(),
        );
        let Some(earlier) = standing.insert(key.clone(), index) else {
            continue;
        };
        if answers[earlier].event_at > answers[index].event_at {
            standing.insert(key, earlier);
            answers[index].is_repeated = true;
        } else {
            answers[earlier].is_repeated = true;
        }
    }
    answers
}

fn parse_row(row: &Row, project_of_pool: &BTreeMap<String, String>) -> Answer {
    let text = |column: &str| row.text(column).map(ToOwned::to_owned);
    let pool = row.id("pool_id");
    let project = text("project_id")
        .or_else(|| project_of_pool.get(&pool).cloned())
        .unwrap_or_else(|| "default".to_owned());
    let correct = text("golden_answer");
    let kind = match (row.text("task_kind"), &correct) {
        (Some("TRAINING"), _) => Kind::Training,
        (Some("GOLDEN"), _) | (None, Some(_)) => Kind::Golden,
        (Some("REAL"), _) | (None, None) => Kind::Real,
        (Some(other), _) => panic!("unknown kind {other}"),
    };
    let status = match row.id("status").to_uppercase().as_str() {
        "APPROVED" => "ACCEPTED".to_owned(),
        other => other.to_owned(),
    };
    let instants = [
        "created_at",
        "submitted_at",
        "accepted_at",
        "rejected_at",
        "skipped_at",
        "expired_at",
    ];
    let event_at = instants.iter().filter_map(|column| row.whole(column)).max();
    Answer {
        assignment: row.id("assignment_id"),
        task: row.id("task_id"),
        task_index: row.whole("task_index").unwrap_or(0),
        pool,
        project,
        worker: row.id("worker_id"),
        status,
        created_at: row.whole("created_at").expect("created_at has no null"),
        submitted_at: row.whole("submitted_at"),
        event_at: event_at.expect("created_at has no null"),
        kind,
        query: row.id("query_id"),
        left: row.id("left_item_id"),
        right: row.id("right_item_id"),
        given: text("answer"),
        given_first: text("first_answer"),
        correct,
        is_repeated: false,
    }
}

fn observed_bans(inputs: &Inputs) -> Vec<Ban> {
    let ban = |row: &Row| Ban {
        worker: row.id("worker_id"),
        scope: row.id("scope"),
        project: row.text("project_id").map(ToOwned::to_owned),
        pool: row.text("pool_id").map(ToOwned::to_owned),
        started_at: row.whole("created_at").expect("created_at has no null"),
        until: row.whole("will_expire_at"),
        source: "input",
    };
    inputs.restrictions.iter().map(ban).collect()
}

/// Control answers that no ban blocked, without training; of one task to one worker the first.
fn golden_counts(answers: &[Answer], bans: &[Ban]) -> BTreeMap<(String, String), Golden> {
    let mut counts: BTreeMap<(String, String), Golden> = BTreeMap::new();
    for answer in heard(answers, bans) {
        if answer.kind == Kind::Golden {
            let key = (answer.worker.clone(), answer.project.clone());
            let golden = counts.entry(key).or_default();
            golden.n += 1;
            golden.n_correct += i64::from(answer.is_correct());
        }
    }
    counts
}

/// Control and training answers outside bans, in the order of replay.
fn heard<'a>(answers: &'a [Answer], bans: &[Ban]) -> Vec<&'a Answer> {
    let mut events: Vec<&Answer> = answers
        .iter()
        .filter(|answer| answer.kind != Kind::Real && answer.is_handed_in())
        .filter(|answer| !bans.iter().any(|ban| answer.is_blocked_by(ban)))
        .collect();
    events.sort_by_key(|answer| {
        let submitted_at = answer.submitted_at.expect("handed in at some time");
        (
            submitted_at,
            &answer.assignment,
            answer.task_index,
            &answer.task,
        )
    });
    let mut seen = BTreeSet::new();
    events.retain(|answer| seen.insert((&answer.worker, &answer.task)));
    events
}

fn replay_golden_rule(answers: &[Answer], observed: &[Ban]) -> Vec<Ban> {
    let mut bans: Vec<Ban> = Vec::new();
    let mut windows: BTreeMap<(&str, &str), VecDeque<&Answer>> = BTreeMap::new();
    for answer in heard(answers, observed) {
        let submitted_at = answer.submitted_at.expect("handed in at some time");
        let is_deaf = bans.iter().any(|ban| {
            answer.is_blocked_by(ban) || (ban.covers(answer) && submitted_at <= ban.started_at)
        });
        if is_deaf {
            continue;
        }
        let window = windows
            .entry((&answer.worker, &answer.project))
            .or_default();
        window.push_back(answer);
        if window.len() > 10 {
            window.pop_front();
        }
        let control: Vec<bool> = window
            .iter()
            .filter(|event| event.kind == Kind::Golden)
            .map(|event| event.is_correct())
            .collect();
        let n_wrong = control.iter().filter(|is_correct| !**is_correct).count();
        if control.len() > 3 && n_wrong * 100 > control.len() * 60 {
            window.clear();
            bans.push(Ban {
                worker: answer.worker.clone(),
                scope: "PROJECT".to_owned(),
                project: Some(answer.project.clone()),
                pool: None,
                started_at: submitted_at,
                until: Some(submitted_at + TEN_DAYS_US),
                source: "replay",
            });
        }
    }
    bans
}
