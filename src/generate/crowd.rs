//! The workers: who they are, how much they work, and who takes the next page when.
//!
//! It does not answer tasks (`answers`) and writes nothing.

use super::Shop;
use super::kinds::{Kind, counts};
use super::random::{Purpose, Stream, rounded, sigmoid};
use super::schedule::{
    MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, PAGE_TIME_MAX, SESSION_PERIOD_HOURS_MAX,
    WINDOW_END, WINDOW_START,
};
use crate::error::{Error, Result};

/// A ban that the platform will open after so many pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlannedBan {
    pub(super) after_n_pages: u64,
    pub(super) scope: Scope,
    /// None: without end.
    pub(super) lasts: Option<i64>,
}

/// How far a ban reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Pool,
    Project,
    AllProjects,
}

/// One worker, with the state that the stream of pages moves on.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub(super) kind: Kind,
    /// Probability of answering a golden task right.
    pub(super) accuracy: f64,
    /// Steepness of the answer to a strength gap; used by those who look.
    pub(super) discrimination: f64,
    /// Probability of solving a captcha.
    pub(super) captcha_share: f64,
    pub(super) seconds_per_task: f64,
    pub(super) n_pages: u64,
    pub(super) ban: Option<PlannedBan>,
    /// The first instant at which the worker is free.
    pub(super) free_at: i64,
    pub(super) is_out: bool,
    session_period: i64,
    session_phase: i64,
    weight: f64,
    golden_first: u64,
    n_golden_seen: u64,
}

impl Worker {
    fn new(seed: u64, number: u64, kind: Kind) -> Self {
        let mut stream = Stream::new(seed, Purpose::Worker, number);
        let (discrimination, accuracy) = ability(kind, &mut stream);
        let joined_at = WINDOW_START + stream.below(MICROSECONDS_PER_DAY as u64) as i64;
        let period_hours = 2 + stream.below(SESSION_PERIOD_HOURS_MAX - 1) as i64;
        let session_period = period_hours * MICROSECONDS_PER_HOUR;
        let traits = kind.traits();
        let (captcha_share_min, captcha_share_max) = traits.captcha_shares;
        // The bad are few: a more even activity keeps their share of the pages near the plan. Both
        // have the same mean.
        let activity = if traits.is_bad {
            stream.lognormal(1.4, 0.5)
        } else {
            stream.lognormal(1.0, 1.0).min(8.0)
        };
        Self {
            kind,
            accuracy,
            discrimination,
            captcha_share: stream.between(captcha_share_min, captcha_share_max),
            seconds_per_task: stream.lognormal(traits.seconds_per_task, 0.2),
            n_pages: 0,
            ban: None,
            free_at: joined_at,
            is_out: false,
            session_period,
            session_phase: stream.below(session_period as u64) as i64,
            weight: traits.appetite * activity,
            golden_first: stream.bits(),
            n_golden_seen: 0,
        }
    }

    /// When the worker would begin a page offered at this time: in the next session, when free.
    pub(super) fn next_start(&self, offered_at: i64) -> i64 {
        let since_phase = offered_at - self.session_phase;
        let wait = (self.session_period - since_phase.rem_euclid(self.session_period))
            % self.session_period;
        (offered_at + wait).max(self.free_at)
    }
}

/// Steepness on real pairs, and the probability to be right on a golden task.
fn ability(kind: Kind, stream: &mut Stream) -> (f64, f64) {
    /// The log-odds of 95 %: what steepness 1 means on a golden task.
    const GOLDEN_LOG_ODDS: f64 = 2.944;
    /// Steepness of the least and the most able honest worker: 75 % and 97 % of golden tasks.
    const HONEST_BOUNDS: (f64, f64) = (0.38, 1.18);
    let (mean, deviation) = match kind {
        Kind::Honest => (0.95, 0.16),
        Kind::Sloppy => (0.47, 0.07),
        Kind::Picker => (0.90, 0.08),
        Kind::Bot | Kind::Spammer => return (0.0, 0.465),
        Kind::AlwaysLeft => return (0.0, 0.5),
        Kind::Colluder => return (1.5, 0.45),
    };
    let (discrimination_min, discrimination_max) = HONEST_BOUNDS;
    let drawn: f64 = mean + deviation * stream.normal();
    let discrimination = match kind {
        Kind::Honest => drawn.clamp(discrimination_min, discrimination_max),
        _ => drawn,
    };
    let accuracy = sigmoid(GOLDEN_LOG_ODDS * discrimination);
    (discrimination, rounded(accuracy, 1e6))
}

/// All workers, and the means to draw one by activity in constant time.
pub(super) struct Crowd {
    pub(super) workers: Vec<Worker>,
    /// Golden tasks in the bank: nobody sees one twice.
    pub(super) n_golden_tasks: u64,
    activity: AliasTable,
}

impl Crowd {
    /// The crowd of a shop that will need about so many pages.
    pub(super) fn new(shop: &Shop, n_pages: f64) -> Self {
        let mut workers: Vec<Worker> = kinds(shop)
            .into_iter()
            .zip(1..)
            .map(|(kind, number)| Worker::new(shop.seed, number, kind))
            .collect();
        let weights: Vec<f64> = workers.iter().map(|worker| worker.weight).collect();
        let pages_per_weight = n_pages / weights.iter().sum::<f64>();
        plan_bans(shop.seed, &mut workers, pages_per_weight);
        let weight_max = weights.iter().copied().fold(0.0, f64::max);
        // Three golden tasks on two pages; a third more, because activity is random.
        let n_golden_tasks = (2.0 * pages_per_weight * weight_max) as u64 + 60;
        Self {
            activity: AliasTable::new(&weights),
            workers,
            n_golden_tasks,
        }
    }

    /// A worker, not yet on the list, who can take a page offered at this time.
    pub(super) fn draw(
        &self,
        stream: &mut Stream,
        offered_at: i64,
        already_drawn: &[usize],
    ) -> Result<usize> {
        const N_TRIES: usize = 200;
        let is_able = |worker_idx: usize| {
            !already_drawn.contains(&worker_idx) && self.can_work(worker_idx, offered_at)
        };
        for _ in 0..N_TRIES {
            let worker_idx = self.activity.draw(stream);
            if is_able(worker_idx) {
                return Ok(worker_idx);
            }
        }
        let first = stream.below(self.workers.len() as u64) as usize;
        (first..self.workers.len())
            .chain(0..first)
            .find(|&worker_idx| is_able(worker_idx))
            .ok_or_else(|| {
                Error::Usage(
                    "the shop has too few workers for its pages; raise n_workers or lower overlap"
                        .to_owned(),
                )
            })
    }

    /// The next golden task of a worker.
    pub(super) fn next_golden(&mut self, worker_idx: usize) -> u64 {
        let worker = &mut self.workers[worker_idx];
        let golden = worker.golden_first.wrapping_add(worker.n_golden_seen) % self.n_golden_tasks;
        worker.n_golden_seen += 1;
        golden
    }

    fn can_work(&self, worker_idx: usize, offered_at: i64) -> bool {
        let worker = &self.workers[worker_idx];
        !worker.is_out
            && worker.n_golden_seen + 2 <= self.n_golden_tasks
            && worker.next_start(offered_at) + PAGE_TIME_MAX <= WINDOW_END
    }
}

/// One kind a worker: the exact shares, in random order.
fn kinds(shop: &Shop) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = counts(shop.n_workers as usize)
        .into_iter()
        .flat_map(|(kind, n_of_kind)| std::iter::repeat_n(kind, n_of_kind))
        .collect();
    Stream::new(shop.seed, Purpose::WorkerOrder, 0).shuffle(&mut kinds);
    kinds
}

/// Every fourth of those who answer blindly will be banned by the platform itself.
fn plan_bans(seed: u64, workers: &mut [Worker], pages_per_weight: f64) {
    let story = [
        (Scope::Project, None),
        (Scope::Project, Some(MICROSECONDS_PER_DAY)),
        (Scope::AllProjects, None),
        (Scope::Pool, Some(MICROSECONDS_PER_DAY / 4)),
    ];
    let mut stream = Stream::new(seed, Purpose::WorkerOrder, 1);
    let bannable =
        |worker: &&mut Worker| matches!(worker.kind, Kind::Bot | Kind::Spammer | Kind::AlwaysLeft);
    let banned = workers.iter_mut().filter(bannable).step_by(4);
    for (worker, &(scope, lasts)) in banned.zip(story.iter().cycle()) {
        // A ban with an end comes early, so that it is over at the end of the thirty days.
        let share = if lasts.is_some() {
            stream.between(0.1, 0.4)
        } else {
            stream.between(0.4, 0.9)
        };
        let after_n_pages = (share * pages_per_weight * worker.weight).max(1.0) as u64;
        worker.ban = Some(PlannedBan {
            after_n_pages,
            scope,
            lasts,
        });
    }
}

/// Draws an index with given weights in constant time (Walker 1977, built as by Vose 1991).
struct AliasTable {
    /// For each column: the probability to stay, and where to go otherwise.
    columns: Vec<(f64, usize)>,
}

impl AliasTable {
    fn new(weights: &[f64]) -> Self {
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let mut columns: Vec<(f64, usize)> = weights
            .iter()
            .enumerate()
            .map(|(idx, weight)| (weight / mean, idx))
            .collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..columns.len()).partition(|&idx| columns[idx].0 < 1.0);
        while let (Some(&small_idx), Some(&large_idx)) = (small.last(), large.last()) {
            small.pop();
            columns[small_idx].1 = large_idx;
            columns[large_idx].0 -= 1.0 - columns[small_idx].0;
            if columns[large_idx].0 < 1.0 {
                large.pop();
                small.push(large_idx);
            }
        }
        Self { columns }
    }

    fn draw(&self, stream: &mut Stream) -> usize {
        let idx = stream.below(self.columns.len() as u64) as usize;
        let (stay, alias) = self.columns[idx];
        if stream.chance(stay) { idx } else { alias }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alias_table_draws_in_proportion_to_the_weights() {
        let weights = [1.0, 2.0, 5.0, 0.5];
        let table = AliasTable::new(&weights);
        let mut stream = Stream::new(3, Purpose::Suite, 0);
        let mut counts = [0.0; 4];
        for _ in 0..85_000 {
            counts[table.draw(&mut stream)] += 1.0;
        }
        for (count, weight) in counts.iter().zip(weights) {
            assert!(
                (count / 10_000.0 - weight).abs() < 0.15 * weight,
                "{counts:?}"
            );
        }
    }
}
