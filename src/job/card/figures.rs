//! The figures that a snapshot's card and report print, read from the run's own tables.
//!
//! It words nothing.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::job::fits::Fits;
use crate::runner::Runner;

const STEP: &str = "the card";

/// Figures of one run.
#[derive(Debug, Default)]
pub(in crate::job) struct Figures {
    pub(super) totals: Totals,
    /// The labels of `pointwise`, by split.
    pub(super) label_mix: BTreeMap<String, LabelMix>,
    /// Labels of a classification project.
    pub(super) labels: Vec<LabelLine>,
    pub(super) agreement: Vec<AgreementLine>,
    pub(super) bans: Vec<BanLine>,
    pub(super) relabel: Vec<RelabelLine>,
    /// How the rankings ended.
    pub(in crate::job) fits: Fits,
}

/// Counts and shares over the whole run; none where nothing was counted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Totals {
    pub(super) n_workers: u64,
    /// Workers with a kept answer.
    pub(super) n_voters: u64,
    pub(super) n_banned: u64,
    pub(super) n_with_skill: u64,
    pub(super) golden_accuracy_median: Option<f64>,
    pub(super) n_votes_median: Option<f64>,
    pub(super) weight_min: Option<f64>,
    pub(super) weight_median: Option<f64>,
    pub(super) weight_max: Option<f64>,
    /// Share of kept answers that the ten busiest workers gave.
    pub(super) busiest_share: Option<f64>,
    pub(super) n_queries: u64,
    pub(super) n_items: u64,
    pub(super) n_items_min: Option<u64>,
    pub(super) n_items_max: Option<u64>,
    pub(super) n_votes: u64,
    /// Share of answers where the candidate with the smaller id stood on the left.
    pub(super) first_id_left_share: Option<f64>,
    pub(super) n_pairs: u64,
    /// Pairs with two or more answers.
    pub(super) n_pairs_asked_again: u64,
    pub(super) n_unanimous_pairs: u64,
    /// Share of answers to such pairs that are the pair's most frequent one.
    pub(super) pair_agreement: Option<f64>,
    pub(super) n_known_items: u64,
    pub(super) n_items_without_title: u64,
    pub(super) n_tasks: u64,
    pub(super) n_label_votes: u64,
    pub(super) n_tasks_asked_again: u64,
    pub(super) n_unanimous_tasks: u64,
    pub(super) task_agreement: Option<f64>,
}

/// The labels of one split of `pointwise`.
#[derive(Debug, Default)]
#[expect(clippy::struct_field_names, reason = "counts begin with n_")]
pub(super) struct LabelMix {
    pub(super) n_queries: u64,
    pub(super) n_rows: u64,
    /// Rows by label, from 0 to 4.
    pub(super) n_by_label: [u64; 5],
}

#[derive(Debug, Deserialize)]
struct MixLine {
    split: String,
    label: usize,
    n_rows: u64,
}

#[derive(Debug, Deserialize)]
struct SplitLine {
    split: String,
    n_queries: u64,
}

/// One label of a classification project.
#[derive(Debug, Deserialize)]
pub(super) struct LabelLine {
    pub(super) label: String,
    pub(super) n_tasks: u64,
    pub(super) confidence: Option<f64>,
    pub(super) n_ties: u64,
}

/// How far the workers of a classification project agree.
#[derive(Debug, Deserialize)]
pub(super) struct AgreementLine {
    pub(super) project_id: String,
    pub(super) krippendorff_alpha: Option<f64>,
    pub(super) n_answers: u64,
}

/// Bans of one rule.
#[derive(Debug, Deserialize)]
pub(super) struct BanLine {
    pub(super) rule: String,
    pub(super) source: String,
    pub(super) scope: String,
    pub(super) n_bans: u64,
    pub(super) n_workers: u64,
}

/// Tasks that want more answers, for one reason.
#[derive(Debug, Deserialize)]
pub(super) struct RelabelLine {
    pub(super) reason: String,
    pub(super) n_tasks: u64,
    pub(super) n_answers: u64,
    pub(super) cost_usd: Option<f64>,
}

const LABEL_MIX: &str = "
select split, label, count(*) as n_rows from training.pointwise group by split, label order by split, label";

const SPLIT_SIZES: &str = "
select split, count(*) as n_queries from training.splits group by split order by split";

const LABELS: &str = "
select label, count(*) as n_tasks, avg(confidence) as confidence, count(*) filter (where is_tie) as n_ties
from labels.labels group by label order by label";

const AGREEMENT: &str = "
select project_id, krippendorff_alpha, n_answers from labels.agreement order by project_id";

const BANS: &str = "
select rule, source, scope, count(*) as n_bans, count(distinct worker_id) as n_workers
from quality.bans group by rule, source, scope order by source desc, rule, scope";

const RELABEL: &str = "
select reason, count(*) as n_tasks, sum(extra_overlap) as n_answers, sum(extra_cost_usd) as cost_usd
from publish.relabel group by reason order by reason";

impl Figures {
    /// Counts what is published.
    pub(in crate::job) async fn read(runner: &Runner) -> Result<Self> {
        let totals = lines(runner, include_str!("figures.sql")).await?;
        Ok(Self {
            totals: totals.into_iter().next().unwrap_or_default(),
            label_mix: label_mix(
                lines(runner, SPLIT_SIZES).await?,
                lines(runner, LABEL_MIX).await?,
            ),
            labels: lines(runner, LABELS).await?,
            agreement: lines(runner, AGREEMENT).await?,
            bans: lines(runner, BANS).await?,
            relabel: lines(runner, RELABEL).await?,
            fits: Fits::read(runner).await?,
        })
    }
}

async fn lines<T: DeserializeOwned>(runner: &Runner, sql: &str) -> Result<Vec<T>> {
    runner.ask(STEP, sql, &[]).await
}

fn label_mix(splits: Vec<SplitLine>, lines: Vec<MixLine>) -> BTreeMap<String, LabelMix> {
    let mut mix: BTreeMap<String, LabelMix> = BTreeMap::new();
    for line in splits {
        mix.entry(line.split).or_default().n_queries = line.n_queries;
    }
    for line in lines {
        let split = mix.entry(line.split).or_default();
        split.n_rows += line.n_rows;
        if let Some(n_rows) = split.n_by_label.get_mut(line.label) {
            *n_rows += line.n_rows;
        }
    }
    mix
}
