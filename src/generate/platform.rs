//! The platform: offers pages to workers in query order and records what became of them.
//!
//! It holds a window of tasks and the crowd, never the log: memory does not grow with the scale.

use std::path::Path;

use super::captchas::captcha;
use super::columns::{
    CAPTCHA_EVENTS, CaptchaRows, PageFacts, RESPONSES, REVIEW_EVENTS, ResponseRows, ReviewRows,
    schema,
};
use super::crowd::{Crowd, Scope};
use super::ids::Id;
use super::kinds::{Kind, skipped_share};
use super::parts::{PartWriter, RowWriter};
use super::random::{Purpose, Stream};
use super::reviews::review;
use super::schedule::{
    MICROSECONDS_PER_MINUTE, MICROSECONDS_PER_SECOND, N_REGULAR_POOLS, PAGE_TIME_MAX, WINDOW_END,
    microseconds, offered_at, regular_pool_idx,
};
use super::tasks::{KnownTask, Task, TaskSource, known_tasks};
use super::{Shop, WrittenTable};
use crate::error::Result;

mod admission;
mod page;

use page::PageTasks;

pub(super) const PROJECT: &str = "goes-well-with";
pub(super) const TRAINING_POOL: &str = "training";
pub(super) const EXAM_POOL: &str = "exam";
pub(super) const REGULAR_POOLS: [&str; N_REGULAR_POOLS] = ["week-1", "week-2", "week-3", "week-4"];
pub(super) const REWARD_USD: f64 = 0.05;

pub(super) const TASKS_PER_PAGE: u64 = 10;
const TRAINING_TASKS: u64 = 6;
const EXAM_TASKS: u64 = 5;
/// Everybody trains, every second worker sits the exam.
pub(super) const UNPAID_TASKS_PER_WORKER: f64 = TRAINING_TASKS as f64 + 0.5 * EXAM_TASKS as f64;
/// Nine real tasks and one golden, then eight and two, and so on.
pub(super) const REAL_TASKS_PER_PAGE_MEAN: f64 = 8.5;
/// Pages never handed in, per page taken.
const EXPIRED_SHARE: f64 = 0.007;

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

/// Pages taken per page answered by such a crowd.
pub(super) fn taken_per_answered(n_workers: u64) -> f64 {
    1.0 / (1.0 - skipped_share(n_workers as usize) - EXPIRED_SHARE)
}

/// What the platform wrote, and the bans that it opened.
pub(super) struct Log {
    pub(super) responses: WrittenTable,
    pub(super) captcha_events: WrittenTable,
    pub(super) review_events: WrittenTable,
    pub(super) restrictions: Vec<Restriction>,
}

/// Lets the crowd do all the work of a shop.
pub(super) fn write_log(shop: &Shop, crowd: &mut Crowd, directory: &Path) -> Result<Log> {
    let n_rows = shop.n_responses_expected() as u64;
    // A fifth of the pages is reviewed, a tenth has a captcha, and a page has ten rows.
    let n_events = n_rows / 50;
    let create =
        |table, columns, n_rows| PartWriter::create(directory, table, schema(columns), n_rows);
    let mut platform = Platform {
        shop,
        golden: known_tasks(shop, Purpose::Golden, crowd.n_golden_tasks),
        training: known_tasks(shop, Purpose::Training, TRAINING_TASKS),
        exam: known_tasks(shop, Purpose::Exam, EXAM_TASKS),
        crowd,
        responses: RowWriter::new(create("responses", RESPONSES, n_rows)?),
        captcha_events: RowWriter::new(create("captcha_events", CAPTCHA_EVENTS, n_events)?),
        review_events: RowWriter::new(create("review_events", REVIEW_EVENTS, n_events)?),
        n_pages: 0,
        n_suites: 0,
        n_left_open: 0,
        restrictions: Vec::new(),
    };
    platform.admit_everybody()?;
    platform.offer_all_tasks()?;
    Ok(Log {
        responses: platform.responses.finish()?,
        captcha_events: platform.captcha_events.finish()?,
        review_events: platform.review_events.finish()?,
        restrictions: platform.restrictions,
    })
}

struct Platform<'a> {
    shop: &'a Shop,
    crowd: &'a mut Crowd,
    golden: Vec<KnownTask>,
    training: Vec<KnownTask>,
    exam: Vec<KnownTask>,
    responses: RowWriter<ResponseRows>,
    captcha_events: RowWriter<CaptchaRows>,
    review_events: RowWriter<ReviewRows>,
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
    /// Mean absolute gap: the wider, the easier the page.
    gap_mean: f64,
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
                let tasks = &window[n_done..n_next];
                let suite = Suite {
                    number: self.n_suites,
                    tasks,
                    pool: REGULAR_POOLS[regular_pool_idx(progress_share)],
                    offered_at: offered_at(progress_share),
                    gap_mean: tasks.iter().map(|task| task.gap.abs()).sum::<f64>()
                        / tasks.len() as f64,
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
            let kind = self.crowd.workers[worker_idx].kind;
            let fate = if can_give_back {
                fate(kind, suite, &mut stream)
            } else {
                Fate::Answered
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
        let PageTasks { tasks, n_mistakes } =
            self.tasks_on_page(suite, worker_idx, fate, &mut stream);
        let created_at = match fate {
            Fate::Active => WINDOW_END - microseconds(stream.between(60.0, 1_500.0)),
            _ => self.crowd.workers[worker_idx].next_start(suite.offered_at),
        };
        let suite_number = suite.number * 100 + offer as u64;
        let mut page = self.open_page(suite_number, suite.pool, worker_idx, created_at);
        self.show_captcha(&page, worker_idx)?;
        let ended_at = match fate {
            Fate::Answered => {
                let time = self.time_on_page(worker_idx, tasks.len(), &mut stream);
                self.submit(&mut page, created_at + time, n_mistakes)?;
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
        self.responses.push(|rows| rows.push_page(&page, &tasks))
    }

    fn show_captcha(&mut self, page: &PageFacts, worker_idx: usize) -> Result<()> {
        let worker = &self.crowd.workers[worker_idx];
        let Some(captcha) = captcha(self.shop.seed, worker, self.n_pages, page.created_at) else {
            return Ok(());
        };
        self.captcha_events.push(|rows| rows.push(page, captcha))
    }

    /// Submits the page and lets the requester look at it, if there is time before the end.
    fn submit(&mut self, page: &mut PageFacts, submitted_at: i64, n_mistakes: usize) -> Result<()> {
        let review = review(self.shop.seed, self.n_pages, submitted_at, n_mistakes);
        page.submitted_at = Some(submitted_at);
        page.status = review.status;
        page.accepted_at = review.accepted_at;
        page.rejected_at = review.rejected_at;
        if review.is_judged {
            self.review_events.push(|rows| rows.push(page, review))?;
        }
        Ok(())
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
        /// Seconds a task when somebody only clicks.
        const CLICKING: (f64, f64) = (0.5, 1.2);
        let worker = &self.crowd.workers[worker_idx];
        let seconds_per_task = if stream.chance(worker.kind.traits().fast_page_share) {
            stream.between(CLICKING.0, CLICKING.1)
        } else {
            stream.lognormal(worker.seconds_per_task, 0.35)
        };
        microseconds(seconds_per_task * n_tasks as f64).min(PAGE_TIME_MAX - 1)
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
}

/// What a worker of this kind does with the suite.
fn fate(kind: Kind, suite: &Suite, stream: &mut Stream) -> Fate {
    let skip_share = kind.skip_share(suite.gap_mean);
    match stream.unit() {
        draw if draw < skip_share => Fate::Skipped,
        draw if draw < skip_share + EXPIRED_SHARE => Fate::Expired,
        _ => Fate::Answered,
    }
}

fn pause_between_pages(stream: &mut Stream) -> i64 {
    microseconds(stream.between(2.0, 45.0))
}
