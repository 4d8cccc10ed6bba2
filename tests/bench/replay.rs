//! How fast one thread replays eight quality rules over 10 million answers of 50,000 workers.
//!
//! Run with `cargo bench --bench replay`. Reading and grouping are not in it: events are made in memory, a thousand
//! workers at a time, and only the replay is timed.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints what it measured, and one that cannot start has nothing to report"
)]

use std::time::{Duration, Instant};

use crowdrank::quality::{Event, EventKind, RuleBook, Trace, Verdict, replay_worker};

const N_WORKERS: u64 = 50_000;
const N_PAGES: u64 = 20;
const N_TASKS: u64 = 10;
const MINUTE_US: i64 = 60_000_000;

/// The default rules: eight rules on seven collectors.
const RULES: &str = include_str!("../../data/rules/default.json");

/// A small generator (`SplitMix64`), so that every run measures the same log.
fn draw(seed: u64) -> u64 {
    let mut bits = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// Names of pages and tasks, made once: events borrow them.
struct Names {
    pages: Vec<String>,
    tasks: Vec<String>,
}

fn event<'a>(page_id: &'a str, taken_us: i64, at_us: i64, kind: EventKind<'a>) -> Event<'a> {
    Event {
        pool_id: "pool-1",
        project_id: "shoes",
        assignment_id: page_id,
        task_index: 0,
        task_id: "",
        created_at_us: taken_us,
        submitted_at_us: taken_us + MINUTE_US,
        at_us,
        kind,
    }
}

/// One worker's log: 20 pages of a control task and nine real ones, a captcha every fourth page, a review of every
/// fifth, and a majority on each real answer a day later.
fn log_of<'a>(worker: u64, names: &'a Names, events: &mut Vec<Event<'a>>) {
    events.clear();
    for page in 0..N_PAGES {
        let page_id = names.pages[page as usize].as_str();
        let taken_us = page as i64 * 10 * MINUTE_US;
        let handed_in_us = taken_us + MINUTE_US;
        let luck = draw(worker * N_PAGES + page);
        let submitted = EventKind::Submitted {
            reward_nano_usd: 50_000_000,
        };
        events.push(event(page_id, taken_us, handed_in_us, submitted));
        let control = EventKind::Golden {
            credit: f64::from(u8::from(luck % 10 < 9)),
        };
        events.push(Event {
            task_id: &names.tasks[page as usize],
            ..event(page_id, taken_us, handed_in_us, control)
        });
        if page % 4 == 0 {
            let captcha = EventKind::Captcha {
                is_solved: !luck.is_multiple_of(50),
            };
            events.push(event("", taken_us, taken_us, captcha));
        }
        if page % 5 == 0 {
            let review = EventKind::Review(Verdict::Accept);
            events.push(event(
                page_id,
                taken_us,
                handed_in_us + 60 * MINUTE_US,
                review,
            ));
        }
        for task in 1..N_TASKS {
            let majority = EventKind::Majority {
                n_agreeing: if draw(luck + task).is_multiple_of(5) {
                    1
                } else {
                    4
                },
                n_top: 4,
            };
            let at_us = handed_in_us + 1440 * MINUTE_US + task as i64;
            events.push(Event {
                task_index: task as i64,
                ..event(page_id, taken_us, at_us, majority)
            });
        }
    }
}

fn main() {
    let book_json = format!("{{\"rules\": {RULES}}}");
    let (book, _) = RuleBook::parse(&book_json).expect("valid rules");
    let names = Names {
        pages: (0..N_PAGES).map(|page| format!("page-{page:08}")).collect(),
        tasks: (0..N_PAGES)
            .map(|page| format!("control-{page:05}"))
            .collect(),
    };
    let mut replaying = Duration::ZERO;
    let mut events = Vec::new();
    let (mut n_events, mut n_bans, mut n_skills) = (0, 0, 0);
    for worker in 0..N_WORKERS {
        log_of(worker, &names, &mut events);
        n_events += events.len();
        let started = Instant::now();
        let replay = replay_worker(&book, &mut events, &[], Trace::Off);
        replaying += started.elapsed();
        n_bans += replay.bans.len();
        n_skills += replay.skills.len();
    }
    let n_answers = (N_WORKERS * N_PAGES * N_TASKS) as f64;
    let seconds = replaying.as_secs_f64();
    println!(
        "{n_answers:.0} answers of {N_WORKERS} workers, {n_events} events, eight rules: {seconds:.2} s on one thread, {:.2} million answers per second; {n_bans} bans, {n_skills} skills",
        n_answers / seconds / 1e6
    );
}
