//! The implementation, worker by worker and task by task, agrees with the slow replay of the whole log on random logs.

use std::collections::{BTreeMap, BTreeSet};

use super::random_logs::{Case, Dice, Log, Page, PageEnd, TaskKind};
use super::reference::{Outcome, Reference};
use super::*;
use crate::quality::{
    Ballot, BallotBox, BlockedAnswers, SuiteEvent, SuiteEventKind, judge_ballots, replay_suite,
};

/// What rules did that matters to other workers: pages that they made vanish, and their verdicts.
#[derive(Clone, Debug, Default, PartialEq)]
struct Feedback {
    blocked: BTreeSet<String>,
    verdicts: BTreeMap<String, (Verdict, i64)>,
}

/// The implementation over one log; whatever has no order of its own is shuffled.
struct Rounds<'a> {
    book: &'a RuleBook,
    log: &'a Log,
    dice: Dice,
    feedback: Feedback,
}

impl<'a> Rounds<'a> {
    /// Rounds of majorities and replays until nothing changes; gives their number too.
    fn run(book: &'a RuleBook, log: &'a Log, shuffle_seed: u64) -> (Outcome, usize) {
        let mut rounds = Self {
            book,
            log,
            dice: Dice::of(shuffle_seed),
            feedback: Feedback::default(),
        };
        for n_rounds in 1..1000 {
            let before = rounds.feedback.clone();
            let outcome = rounds.round();
            if rounds.feedback == before {
                return (outcome, n_rounds);
            }
        }
        panic!("the rounds never end");
    }

    fn round(&mut self) -> Outcome {
        let majorities = self.majorities();
        let workers: BTreeSet<&str> = self.log.pages.iter().map(|page| page.worker).collect();
        let others = self.log.captchas.iter().map(|captcha| captcha.worker);
        let others = others.chain(self.log.given_skills.iter().map(|given| given.worker));
        let others = others.chain(self.log.known_bans.iter().map(|(worker, _)| *worker));
        let workers: BTreeSet<&str> = workers.into_iter().chain(others).collect();
        let mut outcome = Outcome::default();
        let mut feedback = Feedback::default();
        for worker in workers {
            let judged = majorities.iter().filter(|(of, _)| *of == worker);
            let mut events: Vec<_> = judged.map(|(_, event)| *event).collect();
            events.extend(self.events_of(worker));
            self.dice.shuffle(&mut events);
            let of_worker = self
                .log
                .known_bans
                .iter()
                .filter(|(banned, _)| *banned == worker);
            let mut bans: Vec<_> = of_worker.map(|(_, ban)| *ban).collect();
            self.dice.shuffle(&mut bans);
            let replay = replay_worker(self.book, &mut events, &bans, Trace::Off);
            feedback
                .blocked
                .extend(replay.blocked_pages.iter().map(|page| (*page).to_owned()));
            for (page, verdict, at_us) in &replay.verdicts {
                feedback
                    .verdicts
                    .insert((*page).to_owned(), (*verdict, *at_us));
            }
            add_rows(worker, &replay, &mut outcome);
        }
        self.feedback = feedback;
        outcome.suite_raises = self.suite_raises();
        outcome
    }

    fn is_out(&self, page: &Page) -> bool {
        self.book.options.blocked_answers == BlockedAnswers::Excluded
            && self.feedback.blocked.contains(page.id)
    }

    fn majorities(&mut self) -> Vec<(&'static str, Event<'static>)> {
        let mut boxes: BTreeMap<&'static str, BallotBox<'static>> = BTreeMap::new();
        let mut pages: Vec<&Page> = self.log.pages.iter().collect();
        pages.retain(|page| page.is_handed_in() && !self.is_out(page));
        for page in &pages {
            for (task_idx, task) in page.tasks.iter().enumerate() {
                let TaskKind::Real {
                    answer: Some(answer),
                    overlap,
                } = task.kind
                else {
                    continue;
                };
                let ballot_box = boxes.entry(task.id).or_insert_with(|| BallotBox {
                    ballots: Vec::new(),
                    verdicts: Vec::new(),
                    min_overlap: self.book.options.majority_min_overlap,
                    ends_at_us: self.log.ends_at_us,
                });
                ballot_box.ballots.push(Ballot {
                    worker_id: page.worker,
                    assignment_id: page.id,
                    task_index: task_idx as i64,
                    answer,
                    submitted_at_us: page.ended_us,
                    overlap,
                });
                ballot_box.verdicts.extend(self.verdicts_on(page));
            }
        }
        let mut events = Vec::new();
        for (task, mut ballot_box) in boxes {
            self.dice.shuffle(&mut ballot_box.ballots);
            self.dice.shuffle(&mut ballot_box.verdicts);
            for judged in judge_ballots(ballot_box) {
                let is_its = |page: &&&Page| page.id == judged.ballot.assignment_id;
                let page = pages.iter().find(is_its).expect("a page");
                let kind = EventKind::Majority {
                    n_agreeing: judged.n_agreeing,
                    n_top: judged.n_top,
                };
                events.push((
                    page.worker,
                    Event {
                        task_index: judged.ballot.task_index,
                        task_id: task,
                        at_us: judged.at_us,
                        ..page_event(page, kind)
                    },
                ));
            }
        }
        events
    }

    /// Reviews, and the rules' verdict unless a reviewer spoke at that very instant.
    fn verdicts_on(&self, page: &Page) -> Vec<(&'static str, i64, bool)> {
        let of_page = self
            .log
            .reviews
            .iter()
            .filter(|review| review.page == page.id);
        let mut verdicts: Vec<_> = of_page
            .map(|review| (page.id, review.at_us, review.verdict == Verdict::Reject))
            .collect();
        if let Some((verdict, at_us)) = self.feedback.verdicts.get(page.id)
            && verdicts
                .iter()
                .all(|(_, reviewed_us, _)| reviewed_us != at_us)
        {
            verdicts.push((page.id, *at_us, *verdict == Verdict::Reject));
        }
        verdicts
    }

    fn events_of(&self, worker: &str) -> Vec<Event<'static>> {
        let mut events = Vec::new();
        for page in self.log.pages.iter().filter(|page| page.worker == worker) {
            let end = match page.end {
                PageEnd::HandedIn { reward_nano_usd } => EventKind::Submitted { reward_nano_usd },
                PageEnd::Skipped => EventKind::Skipped,
                PageEnd::Expired => EventKind::Expired,
            };
            events.push(page_event(page, end));
            for (task_idx, task) in page
                .tasks
                .iter()
                .enumerate()
                .filter(|_| page.is_handed_in())
            {
                let kind = match task.kind {
                    TaskKind::Control { credit } => EventKind::Golden { credit },
                    TaskKind::Training { credit } => EventKind::Training { credit },
                    TaskKind::Real { .. } => continue,
                };
                events.push(Event {
                    task_index: task_idx as i64,
                    task_id: task.id,
                    ..page_event(page, kind)
                });
            }
            for review in self
                .log
                .reviews
                .iter()
                .filter(|review| review.page == page.id)
            {
                events.push(Event {
                    at_us: review.at_us,
                    ..page_event(page, EventKind::Review(review.verdict))
                });
            }
        }
        for captcha in self
            .log
            .captchas
            .iter()
            .filter(|captcha| captcha.worker == worker)
        {
            let kind = EventKind::Captcha {
                is_solved: captcha.is_solved,
            };
            let (pool_id, project_id) = (captcha.pool, captcha.project);
            events.push(Event {
                pool_id,
                project_id,
                ..pageless(captcha.at_us, kind)
            });
        }
        for given in self
            .log
            .given_skills
            .iter()
            .filter(|given| given.worker == worker)
        {
            let (skill_id, value) = (given.skill_id, given.value);
            events.push(pageless(given.at_us, EventKind::Skill { skill_id, value }));
        }
        events
    }

    fn suite_raises(&mut self) -> Vec<(String, String)> {
        let mut suites: BTreeMap<&str, Vec<SuiteEvent<'static>>> = BTreeMap::new();
        for page in self
            .log
            .pages
            .iter()
            .filter(|page| page.is_handed_in() && !self.is_out(page))
        {
            let mut add = |at_us, kind| {
                suites.entry(page.suite_id).or_default().push(SuiteEvent {
                    pool_id: page.pool,
                    assignment_id: page.id,
                    at_us,
                    kind,
                });
            };
            add(page.ended_us, SuiteEventKind::Submitted);
            for review in self
                .log
                .reviews
                .iter()
                .filter(|review| review.page == page.id)
            {
                add(review.at_us, SuiteEventKind::Reviewed(review.verdict));
            }
            if let Some((verdict, at_us)) = self.feedback.verdicts.get(page.id) {
                add(*at_us, SuiteEventKind::DecidedByRule(*verdict));
            }
        }
        let mut rows = Vec::new();
        for mut events in suites.into_values() {
            self.dice.shuffle(&mut events);
            for raise in replay_suite(self.book, &mut events) {
                let row = format!(
                    "{} {} {} {}",
                    raise.delta, raise.reason, raise.at_us, raise.rule
                );
                rows.push((raise.assignment_id.to_owned(), row));
            }
        }
        rows.sort();
        rows
    }
}

fn page_event(page: &Page, kind: EventKind<'static>) -> Event<'static> {
    Event {
        pool_id: page.pool,
        project_id: page.project,
        assignment_id: page.id,
        created_at_us: page.created_us,
        ..pageless(page.ended_us, kind)
    }
}

fn pageless(at_us: i64, kind: EventKind<'static>) -> Event<'static> {
    Event {
        pool_id: "",
        project_id: "",
        assignment_id: "",
        task_index: 0,
        task_id: "",
        created_at_us: at_us,
        submitted_at_us: at_us,
        at_us,
        kind,
    }
}

fn add_rows(worker: &str, replay: &Replay<'_>, outcome: &mut Outcome) {
    let row = |text: String| (worker.to_owned(), text);
    for ban in &replay.bans {
        let known = KnownBan {
            scope: ban.scope,
            project_id: ban.project_id.as_deref(),
            pool_id: ban.pool_id.as_deref(),
            started_at_us: ban.started_at_us,
            will_expire_at_us: ban.will_expire_at_us,
        };
        let text = format!("{known:?} {} {}", ban.rule, ban.statistics);
        outcome.bans.push(row(text));
    }
    for change in &replay.skills {
        outcome.skills.push(row(format!(
            "{} {:.9} {} {} {} {} {}",
            change.skill_id,
            change.exact_value,
            change.value,
            change.at_us,
            change.pool_id,
            change.rule,
            change.action.name()
        )));
    }
    for (page, verdict, at_us) in &replay.verdicts {
        outcome
            .verdicts
            .push(row(format!("{page} {verdict:?} {at_us}")));
    }
    for raise in &replay.raises {
        outcome.raises.push(row(format!(
            "{} {} {} {} {}",
            raise.assignment_id, raise.delta, raise.reason, raise.at_us, raise.rule
        )));
    }
    let pages =
        |pages: &[&str]| -> Vec<_> { pages.iter().map(|page| row((*page).to_owned())).collect() };
    outcome.blocked.extend(pages(&replay.blocked_pages));
    outcome.unadmitted.extend(pages(&replay.unadmitted_pages));
}

/// How many cases had what.
#[derive(Debug, Default)]
struct Figures {
    cases: usize,
    bans: usize,
    skills: usize,
    verdicts: usize,
    raises: usize,
    suite_raises: usize,
    blocked: usize,
    unadmitted: usize,
    three_rounds: usize,
    four_rounds: usize,
    rounds_max: usize,
}

impl Figures {
    fn add(&mut self, outcome: &Outcome, n_rounds: usize) {
        self.cases += 1;
        self.bans += usize::from(!outcome.bans.is_empty());
        self.skills += usize::from(!outcome.skills.is_empty());
        self.verdicts += usize::from(!outcome.verdicts.is_empty());
        self.raises += usize::from(!outcome.raises.is_empty());
        self.suite_raises += usize::from(!outcome.suite_raises.is_empty());
        self.blocked += usize::from(!outcome.blocked.is_empty());
        self.unadmitted += usize::from(!outcome.unadmitted.is_empty());
        self.three_rounds += usize::from(n_rounds > 2);
        self.four_rounds += usize::from(n_rounds > 3);
        self.rounds_max = self.rounds_max.max(n_rounds);
    }
}

fn compare(seeds: std::ops::Range<u64>) -> Figures {
    let mut figures = Figures::default();
    for seed in seeds {
        let mut case = Case::of(seed);
        let log = case.log();
        let book = case.book();
        let expected = Reference::run(&book, &log);
        let (found, n_rounds) = Rounds::run(&book, &log, seed);
        assert_eq!(found.bans, expected.bans, "bans, seed {seed}");
        assert_eq!(found.skills, expected.skills, "skills, seed {seed}");
        assert_eq!(found.verdicts, expected.verdicts, "verdicts, seed {seed}");
        assert_eq!(found.raises, expected.raises, "raises, seed {seed}");
        assert_eq!(
            found.suite_raises, expected.suite_raises,
            "raises of suites, seed {seed}"
        );
        assert_eq!(
            found.blocked, expected.blocked,
            "blocked pages, seed {seed}"
        );
        assert_eq!(
            found.unadmitted, expected.unadmitted,
            "unadmitted pages, seed {seed}"
        );
        figures.add(&found, n_rounds);
    }
    figures
}

/// The cases are not trivial.
fn assert_eventful(figures: &Figures) {
    let at_least = |n_cases: usize, percent: usize| 100 * n_cases >= percent * figures.cases;
    assert!(at_least(figures.bans, 30), "{figures:?}");
    assert!(at_least(figures.skills, 15), "{figures:?}");
    assert!(at_least(figures.verdicts, 15), "{figures:?}");
    assert!(at_least(figures.raises, 5), "{figures:?}");
    assert!(at_least(figures.suite_raises, 3), "{figures:?}");
    assert!(at_least(figures.blocked, 20), "{figures:?}");
    assert!(at_least(figures.unadmitted, 10), "{figures:?}");
    assert!(at_least(figures.three_rounds, 5), "{figures:?}");
    assert!(figures.four_rounds > 20, "{figures:?}");
    assert!(figures.rounds_max > 4, "{figures:?}");
}

#[test]
fn a_slow_obvious_replay_agrees_on_random_logs() {
    assert_eventful(&compare(0..2000));
}

#[test]
fn a_slow_obvious_replay_agrees_on_more_random_logs() {
    assert_eventful(&compare(2000..4000));
}

#[test]
fn the_order_of_rows_changes_nothing() {
    for seed in 0..200 {
        let mut case = Case::of(seed);
        let log = case.log();
        let book = case.book();
        let one = Rounds::run(&book, &log, seed + 1);
        let other = Rounds::run(&book, &log, seed + 1000);
        assert_eq!(one, other, "seed {seed}");
    }
}

/// The log with one more worker, who repeats what w0 did but answers other tasks of other suites.
fn with_a_stranger(log: &Log) -> Log {
    let mut log = log.clone();
    let strange = |id: &str| -> &'static str { format!("strange {id}").leak() };
    let of_first: Vec<Page> = log
        .pages
        .iter()
        .filter(|page| page.worker == "w0")
        .cloned()
        .collect();
    for mut page in of_first {
        let reviews: Vec<_> = log
            .reviews
            .iter()
            .filter(|review| review.page == page.id)
            .copied()
            .collect();
        page.id = strange(page.id);
        page.suite_id = strange(page.suite_id);
        page.worker = "stranger";
        for task in &mut page.tasks {
            task.id = strange(task.id);
        }
        for mut review in reviews {
            review.page = page.id;
            log.reviews.push(review);
        }
        log.pages.push(page);
    }
    log
}

#[test]
fn a_worker_who_shares_no_task_changes_nothing_for_the_others() {
    let mut n_events = 0;
    for seed in 0..300 {
        let mut case = Case::of(seed);
        let log = case.log();
        let book = case.book();
        let (alone, _) = Rounds::run(&book, &log, seed);
        let (mut together, _) = Rounds::run(&book, &with_a_stranger(&log), seed);
        for rows in [
            &mut together.bans,
            &mut together.skills,
            &mut together.verdicts,
            &mut together.raises,
            &mut together.suite_raises,
            &mut together.blocked,
            &mut together.unadmitted,
        ] {
            let n_before = rows.len();
            rows.retain(|(of, _)| !of.starts_with("strange"));
            n_events += n_before - rows.len();
        }
        assert_eq!(together, alone, "seed {seed}");
    }
    assert!(n_events > 300, "the stranger had {n_events} events");
}
