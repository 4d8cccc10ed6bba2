//! Everything that is told of a worker, asked from the tables of a run.
//!
//! It prints nothing.

use std::collections::BTreeMap;

use datafusion::common::ScalarValue;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::moments::{Kind, Moment};
use super::rule_words::{RuleWords, duration};
use super::worker::Worker;
use crate::error::Result;
use crate::manifest::AsOf;
use crate::runner::Runner;

/// How errors name what is asked here.
const STEP: &str = "the story of a worker";

/// A worker's story.
#[derive(Debug, Serialize)]
pub(super) struct Story {
    pub(super) worker_id: String,
    pub(super) pseudonym: String,
    pub(super) as_of: AsOf,
    pub(super) projects: BTreeMap<String, ProjectStory>,
    /// In the order of their beginning.
    pub(super) bans: Vec<BanStory>,
    pub(super) timeline: Vec<Moment>,
}

/// The worker in one project.
#[derive(Debug, Default, Serialize)]
pub(super) struct ProjectStory {
    pub(super) pages: Vec<Visit>,
    pub(super) n_answers: u64,
    pub(super) n_kept: u64,
    pub(super) dropped: BTreeMap<String, u64>,
    pub(super) skills: Vec<SkillValue>,
    #[serde(flatten)]
    pub(super) standing: Option<Standing>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Visit {
    #[serde(skip_serializing)]
    project_id: String,
    pub(super) pool_id: String,
    pub(super) status: String,
    pub(super) n_pages: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SkillValue {
    #[serde(skip_serializing)]
    project_id: String,
    pub(super) source: String,
    pub(super) skill: Option<f64>,
    pub(super) n_answers: u64,
    pub(super) n_right: u64,
    /// Whether it is the one that counts.
    pub(super) is_chosen: bool,
}

/// How much the worker counts at the as-of time.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Standing {
    #[serde(skip_serializing)]
    project_id: String,
    pub(super) weight: f64,
    pub(super) n_votes: u64,
    /// Whether a ban is in force at the as-of time.
    pub(super) is_banned: bool,
    pub(super) ban_rule: Option<String>,
}

#[derive(Deserialize)]
struct AnswerRow {
    project_id: String,
    drop_reason: Option<String>,
    n_answers: u64,
}

/// A ban, what it took, and why it came.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct BanStory {
    pub(super) scope: String,
    pub(super) project_id: Option<String>,
    pub(super) pool_id: Option<String>,
    pub(super) source: String,
    pub(super) rule: String,
    pub(super) statistics: String,
    pub(super) started_at: AsOf,
    pub(super) will_expire_at: Option<AsOf>,
    pub(super) n_pages_before: u64,
    pub(super) n_answers_before: u64,
    pub(super) n_pages_inside: u64,
    pub(super) n_answers_inside: u64,
    #[serde(default)]
    pub(super) why: String,
}

impl Story {
    /// Asks for everything about `worker`; the session must not deal rows to several partitions.
    pub(super) async fn gather(
        runner: &Runner,
        worker: Worker,
        as_of: AsOf,
        words: &RuleWords<'_>,
    ) -> Result<Self> {
        let asked = Asked {
            runner,
            worker_id: &worker.worker_id,
        };
        let projects = asked.projects().await?;
        let mut bans: Vec<BanStory> = asked.rows(include_str!("bans.sql")).await?;
        let mut moments: Vec<Moment> = asked.rows(include_str!("pages.sql")).await?;
        for sql in [
            include_str!("judgements.sql"),
            include_str!("looks.sql"),
            include_str!("deeds.sql"),
        ] {
            moments.extend(asked.rows::<Moment>(sql).await?);
        }
        // Stable: the looks at one instant keep the replay's order.
        moments.sort_by_key(|moment| (moment.at, moment.kind));
        for moment in &mut moments {
            moment.words = moment.describe(words);
        }
        explain_bans(&mut bans, &mut moments, words);
        let timeline = with_bans(moments, &bans, as_of);
        Ok(Self {
            worker_id: worker.worker_id,
            pseudonym: worker.pseudonym,
            as_of,
            projects,
            bans,
            timeline,
        })
    }
}

/// Questions about one worker.
struct Asked<'a> {
    runner: &'a Runner,
    worker_id: &'a str,
}

impl Asked<'_> {
    async fn rows<T: DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>> {
        let worker_id = ScalarValue::Utf8(Some(self.worker_id.to_owned()));
        self.runner
            .ask(STEP, sql, &[("worker_id", worker_id)])
            .await
    }

    async fn projects(&self) -> Result<BTreeMap<String, ProjectStory>> {
        let mut projects: BTreeMap<String, ProjectStory> = BTreeMap::new();
        for visit in self.rows::<Visit>(include_str!("visits.sql")).await? {
            let project = projects.entry(visit.project_id.clone()).or_default();
            project.pages.push(visit);
        }
        for row in self.rows::<AnswerRow>(include_str!("answers.sql")).await? {
            let project = projects.entry(row.project_id).or_default();
            project.n_answers += row.n_answers;
            match row.drop_reason {
                Some(reason) => {
                    project.dropped.insert(reason, row.n_answers);
                }
                None => project.n_kept = row.n_answers,
            }
        }
        for skill in self.rows::<SkillValue>(include_str!("skills.sql")).await? {
            let project = projects.entry(skill.project_id.clone()).or_default();
            project.skills.push(skill);
        }
        for standing in self.rows::<Standing>(include_str!("weights.sql")).await? {
            let project = projects.entry(standing.project_id.clone()).or_default();
            project.standing = Some(standing);
        }
        Ok(projects)
    }
}

impl BanStory {
    /// `banned from project p`, `paused in pool q`.
    pub(super) fn what(&self) -> String {
        let name = |id: &Option<String>| id.clone().unwrap_or_else(|| "unknown".to_owned());
        match self.scope.as_str() {
            "POOL" => format!("paused in pool {}", name(&self.pool_id)),
            "PROJECT" => format!("banned from project {}", name(&self.project_id)),
            _ => "banned from all projects".to_owned(),
        }
    }

    /// `until 2026-11-03 06:39:07, for 10 days`.
    pub(super) fn how_long(&self) -> String {
        let Some(end) = self.will_expire_at else {
            return duration(None);
        };
        let length_us = (end.0 - self.started_at.0).num_microseconds();
        format!("until {}, {}", seconds(end), duration(length_us))
    }

    /// What it took away.
    pub(super) fn took(&self) -> String {
        if self.n_pages_before + self.n_pages_inside == 0 {
            return "takes no page".to_owned();
        }
        format!(
            "takes {} handed in before it ({}) and {} after it began ({})",
            counted(self.n_pages_before, "page"),
            counted(self.n_answers_before, "answer"),
            counted(self.n_pages_inside, "page"),
            counted(self.n_answers_inside, "answer"),
        )
    }
}

/// Finds the look that opened each ban of a rule, and says why the ban came.
fn explain_bans(bans: &mut [BanStory], moments: &mut [Moment], words: &RuleWords<'_>) {
    for (ban_idx, ban) in bans.iter_mut().enumerate() {
        if ban.source == "input" {
            ban.why = match ban.statistics.as_str() {
                "" => "in force on the platform".to_owned(),
                comment => format!("in force on the platform: \"{comment}\""),
            };
            continue;
        }
        let is_it = |moment: &Moment| {
            moment.kind == Kind::Look
                && moment.ban_idx.is_none()
                && moment.at == ban.started_at
                && moment.rule.as_deref() == Some(&ban.rule)
                && moment.statistics.as_deref() == Some(&ban.statistics)
        };
        // A snapshot acts on its last looks, which did not fire by themselves.
        let fired = |moment: &Moment| is_it(moment) && moment.is_fired == Some(true);
        let look_idx = moments.iter().position(fired);
        let look_idx = look_idx.or_else(|| moments.iter().position(is_it));
        let look = look_idx.map(|idx| &mut moments[idx]);
        let pool_id = look.as_ref().and_then(|look| look.pool_id.clone());
        let pool_id = pool_id.or_else(|| ban.pool_id.clone());
        ban.why = match words.find(pool_id.as_deref(), &ban.rule) {
            Some(named) => {
                // The name of a pool's own rule says the pool.
                let told = pool_id.filter(|_| named.own_pool_id.is_none());
                let place = told.map_or_else(String::new, |id| format!(", in pool {id}"));
                format!(
                    "{}{place}: {}",
                    named.name,
                    named.conditions(&ban.statistics)
                )
            }
            None => format!("rule {}: {}", ban.rule, ban.statistics),
        };
        if let Some(look) = look {
            look.ban_idx = Some(ban_idx);
        }
    }
}

/// Adds the beginnings of bans, right after the looks that opened them, and their ends.
fn with_bans(moments: Vec<Moment>, bans: &[BanStory], as_of: AsOf) -> Vec<Moment> {
    let begins = |ban_idx: usize| {
        let ban: &BanStory = &bans[ban_idx];
        let words = format!("{} {}; {}", ban.what(), ban.how_long(), ban.why);
        Moment::of_ban(ban.started_at, Kind::Ban, ban_idx, words)
    };
    let is_opened = |ban_idx: usize| moments.iter().any(|moment| moment.ban_idx == Some(ban_idx));
    let mut loose = Vec::new();
    for (ban_idx, ban) in bans.iter().enumerate() {
        if !is_opened(ban_idx) {
            loose.push(begins(ban_idx));
        }
        if let Some(end) = ban.will_expire_at.filter(|end| *end <= as_of) {
            let words = format!("end of ban {}: {}", ban_idx + 1, ban.what());
            loose.push(Moment::of_ban(end, Kind::BanEnd, ban_idx, words));
        }
    }
    loose.sort_by_key(|moment| (moment.at, moment.kind));
    let mut loose = loose.into_iter().peekable();
    let mut timeline = Vec::new();
    for moment in moments {
        let key = (moment.at, moment.kind);
        while let Some(earlier) = loose.next_if(|earlier| (earlier.at, earlier.kind) < key) {
            timeline.push(earlier);
        }
        let opened = moment.ban_idx;
        timeline.push(moment);
        timeline.extend(opened.map(begins));
    }
    timeline.extend(loose);
    timeline
}

/// `2026-10-24 06:39:07`.
pub(super) fn seconds(at: AsOf) -> String {
    at.0.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// `1 page`, `2 pages`.
pub(super) fn counted(n: u64, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}
