//! A slow, obvious replay of a whole log, all workers at once, in the order of time.
//!
//! It remembers no windows: at every event it looks through all that was seen again. It shares the parsed rules with
//! the implementation and nothing else.

mod rules;
mod suites;
mod votes;
mod windows;

use std::collections::BTreeSet;

use rules::admits;
use windows::percent;

use super::random_logs::{Log, Page, PageEnd, Task, TaskKind};
use super::*;
use crate::quality::{
    Action, AnswerCounted, BlockedAnswers, Compensation, Condition, Config, Filter, GoldenRates,
    Granularity, HistoryClearing, HistoryScope, InFlight, LateEvents, Operator, PageExpired,
    PartialCredit, RejectedIncome, RepeatedControl, ReviewedAgain, Scope, SkillValue, Threshold,
};

/// What came of a log: rows by worker (raises of suites: by page), in the order in which they happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub(super) bans: Vec<(String, String)>,
    pub(super) skills: Vec<(String, String)>,
    pub(super) verdicts: Vec<(String, String)>,
    pub(super) raises: Vec<(String, String)>,
    pub(super) suite_raises: Vec<(String, String)>,
    pub(super) blocked: Vec<(String, String)>,
    pub(super) unadmitted: Vec<(String, String)>,
}

#[derive(Clone)]
enum What {
    HandedIn {
        elapsed_us: i64,
        reward_nano_usd: i64,
        is_listed: bool,
    },
    Skipped,
    Expired,
    Control {
        task: &'static str,
        credit: f64,
    },
    Training {
        credit: f64,
    },
    TrainingPage {
        credits: Vec<f64>,
        has_next: bool,
    },
    Majority {
        n_agreeing: usize,
        n_top: usize,
    },
    Captcha {
        is_solved: bool,
    },
    Review {
        verdict: Verdict,
    },
    Lost {
        reason: &'static str,
        skill_id: Option<String>,
    },
}

/// Something that counted.
#[derive(Clone)]
struct Seen {
    worker: &'static str,
    pool: &'static str,
    project: &'static str,
    page: &'static str,
    handed_in_us: i64,
    at_us: i64,
    what: What,
}

#[derive(Clone)]
enum Statistic {
    Unknown,
    Number(f64),
    Word(String),
}

/// A rule: whose file, the position of its collector, its own, and how far its history reaches.
#[derive(Clone, PartialEq)]
struct RuleName(Option<&'static str>, usize, usize, String);

struct Clearing {
    worker: &'static str,
    rule: RuleName,
    until_us: i64,
    after_seen: usize,
}

struct Setting {
    worker: &'static str,
    skill_id: String,
    at_us: i64,
    value: f64,
}

/// A verdict that counted.
struct Decision {
    worker: &'static str,
    pool: &'static str,
    page: &'static str,
    handed_in_us: i64,
    at_us: i64,
    verdict: Verdict,
    is_by_rule: bool,
    /// Rules see it from this event on: what one rule decides at an event the others see at the next.
    from_seen: usize,
}

/// Lost access: the pools, when, why, and which skill.
type Loss = (
    Vec<(&'static str, &'static str)>,
    i64,
    &'static str,
    Option<String>,
);

pub(super) struct Reference<'a> {
    book: &'a RuleBook,
    options: ReplayOptions,
    log: &'a Log,
    seen: Vec<Seen>,
    bans: Vec<(&'static str, KnownBan<'static>)>,
    clearings: Vec<Clearing>,
    settings: Vec<Setting>,
    decisions: Vec<Decision>,
    losses: Vec<Loss>,
    judged_tasks: BTreeSet<&'static str>,
    blocked_pages: BTreeSet<&'static str>,
    compensated: BTreeSet<&'static str>,
    outcome: Outcome,
}

impl<'a> Reference<'a> {
    pub(super) fn run(book: &'a RuleBook, log: &'a Log) -> Outcome {
        let mut reference = Self {
            book,
            options: book.options,
            log,
            seen: Vec::new(),
            bans: log.known_bans.clone(),
            clearings: Vec::new(),
            settings: Vec::new(),
            decisions: Vec::new(),
            losses: Vec::new(),
            judged_tasks: BTreeSet::new(),
            blocked_pages: BTreeSet::new(),
            compensated: BTreeSet::new(),
            outcome: Outcome::default(),
        };
        for now_us in reference.instants() {
            reference.pass(now_us);
        }
        reference.end();
        reference.suites();
        let mut outcome = reference.outcome;
        for rows in [
            &mut outcome.bans,
            &mut outcome.skills,
            &mut outcome.verdicts,
            &mut outcome.raises,
            &mut outcome.blocked,
            &mut outcome.unadmitted,
        ] {
            rows.sort_by(|one, other| one.0.cmp(&other.0)); // keeps the order of time of each worker
        }
        outcome.suite_raises.sort();
        outcome
    }

    fn instants(&self) -> BTreeSet<i64> {
        let log = self.log;
        let mut instants = BTreeSet::new();
        instants.extend(log.pages.iter().map(|page| page.ended_us));
        instants.extend(log.captchas.iter().map(|captcha| captcha.at_us));
        instants.extend(log.reviews.iter().map(|review| review.at_us));
        instants.extend(log.given_skills.iter().map(|given| given.at_us));
        instants.extend(log.known_bans.iter().map(|(_, ban)| ban.started_at_us));
        instants
    }

    fn pass(&mut self, now_us: i64) {
        for (worker, ban) in self.log.known_bans.clone() {
            if ban.started_at_us == now_us {
                self.lose_by_ban(&ban);
                self.settle(worker);
            }
        }
        let mut given: Vec<_> = self
            .log
            .given_skills
            .iter()
            .filter(|given| given.at_us == now_us)
            .copied()
            .collect();
        given.sort_by(|one, other| {
            (one.skill_id, one.value)
                .partial_cmp(&(other.skill_id, other.value))
                .expect("finite")
        });
        for given in given {
            self.set_skill(given.worker, given.skill_id, now_us, given.value);
            self.settle(given.worker);
        }
        let mut pages: Vec<Page> = self
            .log
            .pages
            .iter()
            .filter(|page| page.ended_us == now_us)
            .cloned()
            .collect();
        pages.sort_by_key(|page| page.id);
        for page in &pages {
            self.see_page(page);
        }
        self.see_majorities(now_us, false);
        let mut captchas: Vec<_> = self
            .log
            .captchas
            .iter()
            .filter(|captcha| captcha.at_us == now_us)
            .copied()
            .collect();
        captchas.sort_by_key(|captcha| (captcha.pool, captcha.is_solved));
        for captcha in captchas {
            if !self.blocks(
                captcha.worker,
                captcha.pool,
                captcha.project,
                [now_us, now_us],
            ) || self.counts_blocked()
            {
                let what = What::Captcha {
                    is_solved: captcha.is_solved,
                };
                self.see(
                    Seen {
                        worker: captcha.worker,
                        pool: captcha.pool,
                        project: captcha.project,
                        page: "",
                        handed_in_us: now_us,
                        at_us: now_us,
                        what,
                    },
                    true,
                );
            }
        }
        self.see_reviews(now_us);
    }

    fn see_reviews(&mut self, now_us: i64) {
        let mut reviews: Vec<(Page, Verdict)> = Vec::new();
        for review in self
            .log
            .reviews
            .iter()
            .filter(|review| review.at_us == now_us)
        {
            reviews.push((self.page(review.page).clone(), review.verdict));
        }
        reviews
            .sort_by_key(|(page, verdict)| (page.ended_us, page.id, *verdict == Verdict::Accept));
        for (page, verdict) in reviews {
            if self.is_out(&page) {
                continue;
            }
            self.decisions.push(Decision {
                worker: page.worker,
                pool: page.pool,
                page: page.id,
                handed_in_us: page.ended_us,
                at_us: now_us,
                verdict,
                is_by_rule: false,
                from_seen: self.seen.len(),
            });
            self.see(on_page(&page, now_us, What::Review { verdict }), true);
        }
    }

    fn end(&mut self) {
        if self.options.majority_min_overlap > 0 {
            self.see_majorities(self.log.ends_at_us, true);
        }
    }

    fn page(&self, id: &str) -> &'a Page {
        self.log
            .pages
            .iter()
            .find(|page| page.id == id)
            .expect("a page")
    }

    fn counts_blocked(&self) -> bool {
        self.options.blocked_answers == BlockedAnswers::Counted
    }

    fn is_out(&self, page: &Page) -> bool {
        self.blocked_pages.contains(page.id) && !self.counts_blocked()
    }

    fn blocks(&self, worker: &str, pool: &str, project: &str, span_us: [i64; 2]) -> bool {
        let is_inside = |at_us: i64| {
            self.bans.iter().any(|(banned, ban)| {
                let covers = match ban.scope {
                    Scope::Pool => ban.pool_id == Some(pool),
                    Scope::Project => ban.project_id == Some(project),
                    Scope::AllProjects | Scope::System => true,
                };
                let is_over = ban.will_expire_at_us.is_some_and(|end_us| end_us <= at_us);
                *banned == worker && covers && ban.started_at_us < at_us && !is_over
            })
        };
        is_inside(span_us[0])
            || self.options.in_flight == InFlight::Blocked && is_inside(span_us[1])
    }

    fn see_page(&mut self, page: &Page) {
        let span_us = [page.created_us, page.ended_us];
        let is_blocked = self.blocks(page.worker, page.pool, page.project, span_us);
        if page.is_handed_in() {
            if !self.is_admitted(page) {
                self.outcome
                    .unadmitted
                    .push((page.worker.to_owned(), page.id.to_owned()));
            }
            if is_blocked {
                self.blocked_pages.insert(page.id);
                self.outcome
                    .blocked
                    .push((page.worker.to_owned(), page.id.to_owned()));
            }
        }
        if is_blocked && !self.counts_blocked() {
            return;
        }
        let end = match page.end {
            PageEnd::HandedIn { reward_nano_usd } => What::HandedIn {
                elapsed_us: page.ended_us - page.created_us,
                reward_nano_usd,
                is_listed: !is_blocked,
            },
            PageEnd::Skipped => What::Skipped,
            PageEnd::Expired => What::Expired,
        };
        self.see(on_page(page, page.ended_us, end), true);
        if page.is_handed_in() {
            self.see_answers(page);
        }
    }

    fn see_answers(&mut self, page: &Page) {
        let (mut answers, mut credits) = (Vec::new(), Vec::new());
        let mut controls_here = BTreeSet::new();
        for task in &page.tasks {
            match task.kind {
                TaskKind::Control { credit } => {
                    let is_repeated = self.seen.iter().any(|seen| {
                        seen.worker == page.worker
                            && matches!(seen.what, What::Control { task: earlier, .. } if earlier == task.id)
                    }) || !controls_here.insert(task.id);
                    if !is_repeated || self.options.repeated_control == RepeatedControl::All {
                        answers.push(What::Control {
                            task: task.id,
                            credit,
                        });
                    }
                }
                TaskKind::Training { credit } => {
                    answers.push(What::Training { credit });
                    credits.push(credit);
                }
                TaskKind::Real { .. } => {}
            }
        }
        let n_answers = answers.len();
        for (position, what) in answers.into_iter().enumerate() {
            let is_looked_at =
                self.options.granularity == Granularity::Answer || position + 1 == n_answers;
            self.see(on_page(page, page.ended_us, what), is_looked_at);
        }
        if credits.is_empty() {
            return;
        }
        let is_training = |task: &Task| matches!(task.kind, TaskKind::Training { .. });
        let has_next = self.log.pages.iter().any(|other| {
            other.worker == page.worker
                && other.pool == page.pool
                && other.is_handed_in()
                && (other.ended_us, other.id) > (page.ended_us, page.id)
                && other.tasks.iter().any(is_training)
        });
        self.see(
            on_page(
                page,
                page.ended_us,
                What::TrainingPage { credits, has_next },
            ),
            true,
        );
    }

    fn is_admitted(&self, page: &Page) -> bool {
        let skill = |skill_id: &str| self.skill_at(page.worker, skill_id, page.created_us);
        let has_skills = self
            .book
            .filters
            .get(page.pool)
            .is_none_or(|filter| admits(filter, &skill));
        let required = self.rules_of(page.pool).training_requirement.as_ref();
        let is_trained = required.is_none_or(|required| {
            if required.training_pool_id == page.pool {
                return true;
            }
            let first_attempts: Vec<f64> = self
                .seen
                .iter()
                .filter(|seen| {
                    seen.worker == page.worker
                        && seen.pool == required.training_pool_id
                        && seen.at_us <= page.created_us
                })
                .filter_map(|seen| match seen.what {
                    What::Training { credit } => Some(credit),
                    _ => None,
                })
                .collect();
            percent(first_attempts.iter().sum(), first_attempts.len())
                .is_some_and(|result| self.rounded(result) >= required.passing_pct)
        });
        has_skills && is_trained
    }

    fn rules_of(&self, pool: &str) -> &'a Rules {
        self.book.pool_rules.get(pool).unwrap_or(&self.book.rules)
    }
}

fn on_page(page: &Page, at_us: i64, what: What) -> Seen {
    Seen {
        worker: page.worker,
        pool: page.pool,
        project: page.project,
        page: page.id,
        handed_in_us: page.ended_us,
        at_us,
        what,
    }
}

fn count(n_events: usize) -> Statistic {
    Statistic::Number(n_events as f64)
}

fn holds(condition: &Condition, statistics: &[Statistic]) -> bool {
    match (&statistics[condition.key_idx], &condition.threshold) {
        (Statistic::Number(value), Threshold::Number(threshold)) => {
            compare(condition.operator, *value, *threshold)
        }
        (Statistic::Word(word), Threshold::Word(wanted)) => word == wanted,
        _ => false,
    }
}

fn compare(operator: Operator, value: f64, threshold: f64) -> bool {
    match operator {
        Operator::Eq => (value - threshold).abs() < 1e-9,
        Operator::Ne => (value - threshold).abs() >= 1e-9,
        Operator::Gt => value > threshold,
        Operator::Lt => value < threshold,
        Operator::Gte => value >= threshold,
        Operator::Lte => value <= threshold,
    }
}
