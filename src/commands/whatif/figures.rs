//! The figures of one rule set, counted by SQL on the tables of its run.
//!
//! It prints nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::error::DataFusionError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::runner::{Runner, create_schema, register, step_error, typed};
use crate::session::Engine;

/// How errors name what is computed here.
const STEP: &str = "the figures of a rule set";

/// Reasons that quality control decides by; the others lie in the answers themselves.
const REASONS_OF_QUALITY: [&str; 6] = [
    REJECTED,
    "blocked_by_ban",
    "before_ban",
    "not_admitted",
    "skill_below_minimum",
    "over_worker_cap",
];

/// Such answers are not paid.
const REJECTED: &str = "rejected";

/// Billionths of a dollar, or of one.
const NANO: f64 = 1e9;

/// What one rule set does to the log.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// The file as it was typed.
    pub(super) rules: String,
    pub(super) bans: Bans,
    pub(super) answers: Answers,
    pub(super) relabel: Relabel,
    pub(super) remaining: Remaining,
    /// Absent where nothing is ranked: in a classification project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) n_queries_ranked: Option<u64>,
    /// Absent for the first rule set itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) against_first: Option<AgainstFirst>,
}

/// Bans by scope.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Bans {
    #[serde(rename = "PROJECT")]
    pub(super) project: u64,
    #[serde(rename = "ALL_PROJECTS")]
    pub(super) all_projects: u64,
    #[serde(rename = "POOL")]
    pub(super) pool: u64,
    /// Of them, those that the platform had in force and no rule opened.
    pub(super) n_of_platform: u64,
    /// Workers with a ban of scope PROJECT or `ALL_PROJECTS`, at any time.
    pub(super) n_banned_workers: u64,
}

/// What became of the input rows: `n_kept` and `dropped` add up to `n_all`.
#[derive(Debug, Serialize)]
pub(super) struct Answers {
    pub(super) n_all: u64,
    pub(super) n_kept: u64,
    pub(super) dropped: BTreeMap<String, u64>,
    /// Of the dropped, those that quality control dropped.
    pub(super) n_lost: u64,
    /// What the lost ones cost that were paid: all but the rejected; none where no reward is known.
    pub(super) paid_for_lost_usd: Option<f64>,
}

/// Tasks to answer again.
#[derive(Debug, Serialize)]
pub(super) struct Relabel {
    pub(super) n_tasks: u64,
    pub(super) n_answers: u64,
    /// None where no reward is known.
    pub(super) cost_usd: Option<f64>,
}

/// How good the kept answers are.
#[derive(Debug, Serialize)]
pub(super) struct Remaining {
    /// The share of right control answers of each worker, weighted by the worker's kept answers.
    pub(super) golden_accuracy: Option<f64>,
    /// Kept answers of workers who had a control task: what the accuracy speaks for.
    pub(super) golden_covered_share: Option<f64>,
    /// Of the kept answers to pairs (or tasks) with several, those that are the most frequent one there.
    pub(super) agreement_share: Option<f64>,
    pub(super) krippendorff_alpha: Option<f64>,
}

/// What differs from the first rule set.
#[derive(Debug, Serialize)]
pub(super) struct AgainstFirst {
    /// Answers that the first keeps and this one does not.
    pub(super) n_answers_lost: u64,
    /// Answers that this one keeps and the first does not.
    pub(super) n_answers_won_back: u64,
    /// Absent where nothing is ranked.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) ranking: Option<RankChanges>,
}

/// How far the rankings of the common queries are from each other.
#[derive(Debug, Serialize)]
pub(super) struct RankChanges {
    pub(super) n_common_queries: u64,
    /// The mean over the common queries in which both orders exist; 1 is the same order.
    pub(super) mean_kendall_tau: Option<f64>,
    pub(super) top_changed_share: Option<f64>,
}

#[derive(Deserialize)]
struct AnswerRow {
    drop_reason: Option<String>,
    n_answers: u64,
    cost_nano_usd: Option<i64>,
}

#[derive(Deserialize)]
struct RelabelRow {
    n_tasks: u64,
    n_answers: u64,
    cost_nano_usd: Option<i64>,
}

#[derive(Deserialize)]
struct GoldenRow {
    n_kept: u64,
    n_measured: u64,
    accuracy_nano: Option<i64>,
}

#[derive(Deserialize)]
struct AgreementRow {
    n_compared: u64,
    n_agreeing: u64,
}

#[derive(Deserialize)]
struct AlphaRow {
    alpha: Option<f64>,
}

#[derive(Deserialize)]
struct CountRow {
    n_queries: u64,
}

#[derive(Deserialize)]
struct SwappedRow {
    n_lost: u64,
    n_won_back: u64,
}

#[derive(Default, Deserialize)]
struct RankRow {
    n_queries: u64,
    n_tops_changed: u64,
    n_taus: u64,
    tau_nano: i64,
}

impl Figures {
    /// Counts what `runner` computed.
    pub(super) async fn measure(rules: &str, runner: &Runner, is_ranked: bool) -> Result<Self> {
        let answers = runner.ask(STEP, include_str!("answers.sql"), &[]).await?;
        let relabel: RelabelRow = one(runner, include_str!("relabel.sql")).await?;
        let n_queries_ranked = if is_ranked {
            let sql = "select count(distinct query_id) as n_queries from ranking.scores";
            Some(one::<CountRow>(runner, sql).await?.n_queries)
        } else {
            None
        };
        Ok(Self {
            rules: rules.to_owned(),
            bans: one(runner, include_str!("bans.sql")).await?,
            answers: Answers::of(answers),
            relabel: Relabel {
                n_tasks: relabel.n_tasks,
                n_answers: relabel.n_answers,
                cost_usd: relabel.cost_nano_usd.map(from_nano),
            },
            remaining: Remaining::measure(runner).await?,
            n_queries_ranked,
            against_first: None,
        })
    }

    /// Adds what differs from the tables of `first`.
    pub(super) async fn compare(
        &mut self,
        runner: &Runner,
        first: &Runner,
        engine: &Engine,
        is_ranked: bool,
    ) -> Result<()> {
        let decisions = TableReference::partial("quality", "decisions");
        let provider = first.session().table_provider(decisions).await;
        let provider = provider.map_err(|error| step_error(STEP, error))?;
        create_schema(runner.session(), "first").await?;
        register(runner.session(), "first", "decisions", provider)?;
        let swapped: SwappedRow = one(runner, include_str!("swapped.sql")).await?;
        self.against_first = Some(AgainstFirst {
            n_answers_lost: swapped.n_lost,
            n_answers_won_back: swapped.n_won_back,
            ranking: if is_ranked {
                Some(RankChanges::measure(runner, first, engine).await?)
            } else {
                None
            },
        });
        Ok(())
    }
}

impl Answers {
    fn of(rows: Vec<AnswerRow>) -> Self {
        let is_of_quality = |reason: &str| REASONS_OF_QUALITY.contains(&reason);
        let n_all = rows.iter().map(|row| row.n_answers).sum();
        let is_paid_and_lost = |row: &&AnswerRow| {
            let reason = row.drop_reason.as_deref().unwrap_or_default();
            is_of_quality(reason) && reason != REJECTED
        };
        let is_price_known = rows.iter().any(|row| row.cost_nano_usd.is_some());
        let paid_nano_usd: i64 = rows
            .iter()
            .filter(is_paid_and_lost)
            .filter_map(|row| row.cost_nano_usd)
            .sum();
        let mut n_kept = 0;
        let mut dropped = BTreeMap::new();
        for row in rows {
            match row.drop_reason {
                Some(reason) => {
                    dropped.insert(reason, row.n_answers);
                }
                None => n_kept = row.n_answers,
            }
        }
        let of_quality = dropped.iter().filter(|(reason, _)| is_of_quality(reason));
        Self {
            n_all,
            n_kept,
            n_lost: of_quality.map(|(_, n_answers)| n_answers).sum(),
            paid_for_lost_usd: is_price_known.then(|| from_nano(paid_nano_usd)),
            dropped,
        }
    }
}

impl Remaining {
    async fn measure(runner: &Runner) -> Result<Self> {
        let golden: GoldenRow = one(runner, include_str!("golden.sql")).await?;
        create_schema(runner.session(), "whatif").await?;
        let votes = runner
            .frame(STEP, include_str!("kept_votes.sql"), &[])
            .await?;
        register(runner.session(), "whatif", "kept_votes", votes.into_view())?;
        let agreement: AgreementRow = one(runner, include_str!("agreement.sql")).await?;
        let alpha: AlphaRow = one(runner, include_str!("alpha.sql")).await?;
        let accuracy_nano = golden.accuracy_nano.unwrap_or_default();
        Ok(Self {
            golden_accuracy: mean(from_nano(accuracy_nano), golden.n_measured),
            golden_covered_share: mean(golden.n_measured as f64, golden.n_kept),
            agreement_share: mean(agreement.n_agreeing as f64, agreement.n_compared),
            krippendorff_alpha: alpha.alpha,
        })
    }
}

impl RankChanges {
    /// Shard by shard: both runners cut the queries alike, so that a shard fits in memory.
    async fn measure(runner: &Runner, first: &Runner, engine: &Engine) -> Result<Self> {
        let table = "ranking.scores";
        let (scores, first_scores) = (runner.table(table)?, first.table(table)?);
        let mut total = RankRow::default();
        for shard_idx in 0..scores.shards.len() {
            let session = engine.session(engine.n_threads);
            create_schema(&session, "shard").await?;
            let here = Arc::new(scores.shard(shard_idx));
            register(&session, "shard", "here", here)?;
            let there = Arc::new(first_scores.shard(shard_idx));
            register(&session, "shard", "first", there)?;
            let failed = |error: DataFusionError| step_error(STEP, error);
            let frame = session.sql(include_str!("rank_changes.sql")).await;
            let rows = frame.map_err(failed)?.collect().await.map_err(failed)?;
            for row in typed::<RankRow>(STEP, &rows)? {
                total.n_queries += row.n_queries;
                total.n_tops_changed += row.n_tops_changed;
                total.n_taus += row.n_taus;
                total.tau_nano += row.tau_nano;
            }
        }
        Ok(Self {
            n_common_queries: total.n_queries,
            mean_kendall_tau: mean(from_nano(total.tau_nano), total.n_taus),
            top_changed_share: mean(total.n_tops_changed as f64, total.n_queries),
        })
    }
}

fn from_nano(nano: i64) -> f64 {
    nano as f64 / NANO
}

/// The sum over its number, where there is any.
fn mean(sum: f64, n: u64) -> Option<f64> {
    (n > 0).then(|| sum / n as f64)
}

/// The one row of a query without groups.
async fn one<T: DeserializeOwned>(runner: &Runner, sql: &str) -> Result<T> {
    let mut rows = runner.ask(STEP, sql, &[]).await?;
    rows.pop()
        .ok_or_else(|| Error::Bug(format!("{STEP}: a count has no row")))
}
