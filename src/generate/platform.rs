//! The platform: offers pages to workers in query order and records what became of them.
//!
//! It holds a window of tasks and the crowd, never the log: memory does not grow with the scale.

use std::path::Path;

use super::answers::{Answer, answer_known, answer_real};
use super::columns::{PageFacts, RESPONSES, ResponseRows, TaskFacts, schema};
use super::crowd::{Crowd, Scope};
use super::ids::Id;
use super::parts::{BATCH_ROWS, PartWriter};
use super::random::{Purpose, Stream};
use super::schedule::{
    MICROSECONDS_PER_HOUR, MICROSECONDS_PER_MINUTE, MICROSECONDS_PER_SECOND, N_REGULAR_POOLS,
    PAGE_TIME_MAX, WINDOW_END, microseconds, offered_at, regular_pool_idx,
};
use super::tasks::{KnownTask, Task, TaskSource, known_tasks};
use super::{Shop, WrittenTable};
use crate::error::Result;

pub(super) const PROJECT: &str = "goes-well-with";
pub(super) const TRAINING_POOL: &str = "training";
pub(super) const REGULAR_POOLS: [&str; N_REGULAR_POOLS] = ["week-1", "week-2", "week-3", "week-4"];
pub(super) const REWARD_USD: f64 = 0.05;

pub(super) const TASKS_PER_PAGE: u64 = 10;
pub(super) const TRAINING_TASKS_PER_PAGE: u64 = 6;
/// Nine real tasks and one golden, then eight and two, and so on.
pub(super) const REAL_TASKS_PER_PAGE_MEAN: f64 = 8.5;
/// Pages given back unanswered, per page taken.
const SKIPPED_SHARE: f64 = 0.015;
const EXPIRED_SHARE: f64 = 0.007;
/// Pages taken per page answered.
pub(super) const TAKEN_PER_ANSWERED: f64 = 1.0 / (1.0 - SKIPPED_SHARE - EXPIRED_SHARE);

const WORKERS_PER_OPEN_PAGE: usize = 40;

/// Twenty pages of real tasks are mixed with each other, so that one page rarely shows a query
/// twice.
const WINDOW_TASKS: u64 = 170;

/// A ban that was opened, as `restrictions` shows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Restriction {
    pub(super) worker: Id,
    pub(super) scope: Scope,
    pub(super) pool: &'static str,
    pub(super) created_at: i64,
    pub(super) will_expire_at: Option<i64>,
}

/// Lets the crowd do all the work of a shop; returns the log's size and the bans opened.
pub(super) fn write_responses(
    shop: &Shop,
    crowd: &mut Crowd,
    directory: &Path,
) -> Result<(WrittenTable, Vec<Restriction>)> {
    let n_rows = shop.n_responses_expected() as u64;
    let mut platform = Platform {
        shop,
        golden: known_tasks(shop, Purpose::Golden, crowd.n_golden_tasks),
        training: known_tasks(shop, Purpose::Training, TRAINING_TASKS_PER_PAGE),
        crowd,
        writer: PartWriter::create(directory, "responses", schema(RESPONSES), n_rows)?,
        rows: ResponseRows::default(),
        n_pages: 0,
        n_suites: 0,
        n_left_open: 0,
        restrictions: Vec::new(),
    };
    platform.train_everybody()?;
    platform.offer_all_tasks()?;
    platform.flush()?;
    Ok((platform.writer.finish()?, platform.restrictions))
}

struct Platform<'a> {
    shop: &'a Shop,
    crowd: &'a mut Crowd,
    golden: Vec<KnownTask>,
    training: Vec<KnownTask>,
    writer: PartWriter,
    rows: ResponseRows,
    n_pages: u64,
    n_suites: u64,
    n_left_open: usize,
    restrictions: Vec<Restriction>,
}

/// Real tasks that stand together on a page.
struct Suite<'a> {
    number: u64,
    tasks: &'a [Task],
    pool: &'static str,
    offered_at: i64,
}

/// What the worker does with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    Skipped,
    Expired,
    /// Still open at the end of the log.
    Active,
}

impl Platform<'_> {
    fn train_everybody(&mut self) -> Result<()> {
        for worker_idx in 0..self.crowd.workers.len() {
            let mut stream = self.page_stream();
            let worker = &self.crowd.workers[worker_idx];
            let tasks: Vec<TaskFacts> = self
                .training
                .iter()
                .zip(1..)
                .map(|(task, number)| {
                    let golden_answer = Answer::of_known(task, true);
                    TaskFacts {
                        // The page goes on only with the right answer.
                        answer: Some(golden_answer),
                        first_answer: Some(answer_known(worker, task, &mut stream)),
                        ..known_facts(Id::training_task(number), "TRAINING", task)
                    }
                })
                .collect();
            let created_at = worker.joined_at;
            let submitted_at = created_at + self.time_on_page(worker_idx, tasks.len(), &mut stream);
            let mut page = self.open_page(0, TRAINING_POOL, worker_idx, created_at);
            page.reward_usd = 0.0;
            page.status = "ACCEPTED";
            page.submitted_at = Some(submitted_at);
            page.accepted_at = Some(submitted_at);
            self.crowd.workers[worker_idx].free_at =
                submitted_at + pause_between_pages(&mut stream);
            self.record(&page, &tasks)?;
        }
        Ok(())
    }

    fn offer_all_tasks(&mut self) -> Result<()> {
        let n_tasks = self.shop.n_queries * u64::from(self.shop.pairs_per_query);
        let mut source = TaskSource::new(self.shop);
        let mut window: Vec<Task> = Vec::with_capacity(WINDOW_TASKS as usize);
        for first in (0..n_tasks).step_by(WINDOW_TASKS as usize) {
            let end = (first + WINDOW_TASKS).min(n_tasks);
            window.clear();
            window.extend((first..end).map(|number| source.task(number)));
            Stream::new(self.shop.seed, Purpose::Shuffle, !first).shuffle(&mut window);
            let mut n_done = 0;
            while n_done < window.len() {
                let n_real = 9 - (self.n_suites % 2) as usize;
                let n_next = (n_done + n_real).min(window.len());
                let progress_share = (first + n_done as u64) as f64 / n_tasks as f64;
                self.n_suites += 1;
                let suite = Suite {
                    number: self.n_suites,
                    tasks: &window[n_done..n_next],
                    pool: REGULAR_POOLS[regular_pool_idx(progress_share)],
                    offered_at: offered_at(progress_share),
                };
                self.offer(&suite, end == n_tasks)?;
                n_done = n_next;
            }
        }
        Ok(())
    }

    /// Offers a suite until enough workers have answered it; in the last window, a page of each
    /// suite stays open, until one worker in forty has one.
    fn offer(&mut self, suite: &Suite, is_in_last_window: bool) -> Result<()> {
        /// A suite's number has two digits for its pages.
        const N_OFFERS_MAX: usize = 99;
        let mut stream = Stream::new(self.shop.seed, Purpose::Suite, suite.number);
        let mut takers: Vec<usize> = Vec::with_capacity(self.shop.overlap as usize + 2);
        let mut n_answered = 0;
        while n_answered < self.shop.overlap as usize {
            let worker_idx = self.crowd.draw(&mut stream, suite.offered_at, &takers)?;
            takers.push(worker_idx);
            let n_wanted = self.shop.overlap as usize - n_answered;
            let can_give_back = takers.len() + n_wanted < N_OFFERS_MAX;
            let fate = match stream.unit() {
                draw if can_give_back && draw < SKIPPED_SHARE => Fate::Skipped,
                draw if can_give_back && draw < SKIPPED_SHARE + EXPIRED_SHARE => Fate::Expired,
                _ => Fate::Answered,
            };
            n_answered += usize::from(fate == Fate::Answered);
            self.take_page(suite, takers.len(), worker_idx, fate)?;
        }
        let n_open_max = self.crowd.workers.len() / WORKERS_PER_OPEN_PAGE;
        if is_in_last_window && self.n_left_open < n_open_max && takers.len() < N_OFFERS_MAX {
            self.n_left_open += 1;
            let worker_idx = self.crowd.draw(&mut stream, suite.offered_at, &takers)?;
            self.take_page(suite, takers.len() + 1, worker_idx, Fate::Active)?;
        }
        Ok(())
    }

    fn take_page(
        &mut self,
        suite: &Suite,
        offer: usize,
        worker_idx: usize,
        fate: Fate,
    ) -> Result<()> {
        let mut stream = self.page_stream();
        let tasks = self.tasks_on_page(suite, worker_idx, fate, &mut stream);
        let created_at = match fate {
            Fate::Active => WINDOW_END - microseconds(stream.between(60.0, 1_500.0)),
            _ => self.crowd.workers[worker_idx].next_start(suite.offered_at),
        };
        let suite_number = suite.number * 100 + offer as u64;
        let mut page = self.open_page(suite_number, suite.pool, worker_idx, created_at);
        let ended_at = match fate {
            Fate::Answered => {
                let time = self.time_on_page(worker_idx, tasks.len(), &mut stream);
                self.submit(&mut page, worker_idx, created_at + time, &mut stream);
                created_at + time
            }
            Fate::Skipped => {
                page.status = "SKIPPED";
                let skipped_at = created_at + microseconds(stream.between(3.0, 40.0));
                page.skipped_at = Some(skipped_at);
                skipped_at
            }
            Fate::Expired => {
                page.status = "EXPIRED";
                page.expired_at = Some(created_at + PAGE_TIME_MAX);
                created_at + PAGE_TIME_MAX
            }
            Fate::Active => WINDOW_END,
        };
        let worker = &mut self.crowd.workers[worker_idx];
        worker.n_pages += 1;
        worker.is_out |= fate == Fate::Active;
        worker.free_at = ended_at + pause_between_pages(&mut stream);
        self.open_planned_ban(&page, worker_idx, ended_at);
        self.record(&page, &tasks)
    }

    /// The suite's real tasks in order, with golden tasks new to the worker in between.
    fn tasks_on_page(
        &mut self,
        suite: &Suite,
        worker_idx: usize,
        fate: Fate,
        stream: &mut Stream,
    ) -> Vec<TaskFacts> {
        let n_golden = 1 + usize::from(suite.number.is_multiple_of(2));
        let overlap = i32::try_from(self.shop.overlap).ok();
        let is_answered = fate == Fate::Answered;
        let mut tasks = Vec::with_capacity(TASKS_PER_PAGE as usize);
        let worker = &self.crowd.workers[worker_idx];
        for task in suite.tasks {
            tasks.push(TaskFacts {
                task: Id::real_task(task.number),
                kind: "REAL",
                query: task.query,
                left: task.left,
                right: task.right,
                answer: is_answered.then(|| answer_real(worker, task, stream)),
                first_answer: None,
                golden_answer: None,
                overlap,
            });
        }
        for _ in 0..n_golden {
            let number = self.crowd.next_golden(worker_idx);
            let task = &self.golden[number as usize];
            let worker = &self.crowd.workers[worker_idx];
            let facts = TaskFacts {
                answer: is_answered.then(|| answer_known(worker, task, stream)),
                ..known_facts(Id::golden_task(number), "GOLDEN", task)
            };
            let position = stream.below(tasks.len() as u64 + 1) as usize;
            tasks.insert(position, facts);
        }
        tasks
    }

    /// Submits the page and lets the requester look at it, if there is time before the end.
    fn submit(
        &self,
        page: &mut PageFacts,
        worker_idx: usize,
        submitted_at: i64,
        stream: &mut Stream,
    ) {
        page.submitted_at = Some(submitted_at);
        page.status = "SUBMITTED";
        let review_hours = stream.lognormal(5.0, 0.9);
        let reviewed_at = submitted_at + (review_hours * MICROSECONDS_PER_HOUR as f64) as i64;
        let is_overlooked = stream.chance(0.005);
        if is_overlooked || reviewed_at > WINDOW_END {
            return;
        }
        let kind = self.crowd.workers[worker_idx].kind;
        if stream.chance(kind.rejection_share()) {
            page.status = "REJECTED";
            page.rejected_at = Some(reviewed_at);
        } else {
            page.status = "ACCEPTED";
            page.accepted_at = Some(reviewed_at);
        }
    }

    fn open_planned_ban(&mut self, page: &PageFacts, worker_idx: usize, ended_at: i64) {
        let worker = &mut self.crowd.workers[worker_idx];
        let Some(ban) = worker.ban.filter(|ban| ban.after_n_pages == worker.n_pages) else {
            return;
        };
        if worker.is_out {
            return;
        }
        let created_at = ended_at + MICROSECONDS_PER_SECOND;
        let will_expire_at = ban.lasts.map(|time| created_at + time);
        match will_expire_at {
            Some(end) => worker.free_at = end + MICROSECONDS_PER_MINUTE,
            None => worker.is_out = true,
        }
        self.restrictions.push(Restriction {
            worker: page.worker,
            scope: ban.scope,
            pool: page.pool,
            created_at,
            will_expire_at,
        });
    }

    /// Microseconds on a page, below the platform's limit.
    fn time_on_page(&self, worker_idx: usize, n_tasks: usize, stream: &mut Stream) -> i64 {
        let median_seconds = self.crowd.workers[worker_idx].seconds_per_task * n_tasks as f64;
        microseconds(stream.lognormal(median_seconds, 0.35)).min(PAGE_TIME_MAX - 1)
    }

    fn open_page(
        &mut self,
        suite_number: u64,
        pool: &'static str,
        worker_idx: usize,
        created_at: i64,
    ) -> PageFacts {
        self.n_pages += 1;
        PageFacts {
            assignment: Id::assignment(self.n_pages),
            suite: Id::suite(suite_number),
            pool,
            project: PROJECT,
            worker: Id::worker(worker_idx as u64 + 1),
            reward_usd: REWARD_USD,
            status: "ACTIVE",
            created_at,
            submitted_at: None,
            accepted_at: None,
            rejected_at: None,
            skipped_at: None,
            expired_at: None,
        }
    }

    fn page_stream(&self) -> Stream {
        Stream::new(self.shop.seed, Purpose::Page, self.n_pages)
    }

    fn record(&mut self, page: &PageFacts, tasks: &[TaskFacts]) -> Result<()> {
        self.rows.push_page(page, tasks);
        if self.rows.len() >= BATCH_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let columns = self.rows.take();
        let batch = self.writer.batch(columns)?;
        self.writer.write(&batch)
    }
}

fn known_facts(task: Id, kind: &'static str, known: &KnownTask) -> TaskFacts {
    TaskFacts {
        task,
        kind,
        query: known.query,
        left: known.left,
        right: known.right,
        answer: None,
        first_answer: None,
        golden_answer: Some(Answer::of_known(known, true)),
        overlap: None,
    }
}

fn pause_between_pages(stream: &mut Stream) -> i64 {
    microseconds(stream.between(2.0, 45.0))
}
