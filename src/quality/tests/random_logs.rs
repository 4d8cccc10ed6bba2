//! Random logs of several workers, and random rules that fire on them.

use super::*;
use crate::quality::Scope;

/// All that happened, in no order that matters.
#[derive(Clone, Default)]
pub(super) struct Log {
    pub(super) pages: Vec<Page>,
    pub(super) captchas: Vec<Captcha>,
    pub(super) reviews: Vec<Review>,
    pub(super) given_skills: Vec<GivenSkill>,
    pub(super) known_bans: Vec<(&'static str, KnownBan<'static>)>,
    pub(super) ends_at_us: i64,
}

#[derive(Clone)]
pub(super) struct Page {
    pub(super) id: &'static str,
    pub(super) suite_id: &'static str,
    pub(super) worker: &'static str,
    pub(super) pool: &'static str,
    pub(super) project: &'static str,
    pub(super) created_us: i64,
    pub(super) ended_us: i64,
    pub(super) end: PageEnd,
    pub(super) tasks: Vec<Task>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum PageEnd {
    HandedIn { reward_nano_usd: i64 },
    Skipped,
    Expired,
}

impl Page {
    pub(super) fn is_handed_in(&self) -> bool {
        matches!(self.end, PageEnd::HandedIn { .. })
    }
}

#[derive(Clone, Copy)]
pub(super) struct Task {
    pub(super) id: &'static str,
    pub(super) kind: TaskKind,
}

#[derive(Clone, Copy)]
pub(super) enum TaskKind {
    Control {
        credit: f64,
    },
    Training {
        credit: f64,
    },
    Real {
        answer: Option<&'static str>,
        overlap: Option<u32>,
    },
}

#[derive(Clone, Copy)]
pub(super) struct Captcha {
    pub(super) worker: &'static str,
    pub(super) pool: &'static str,
    pub(super) project: &'static str,
    pub(super) at_us: i64,
    pub(super) is_solved: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Review {
    pub(super) page: &'static str,
    pub(super) at_us: i64,
    pub(super) verdict: Verdict,
}

#[derive(Clone, Copy)]
pub(super) struct GivenSkill {
    pub(super) worker: &'static str,
    pub(super) skill_id: &'static str,
    pub(super) at_us: i64,
    pub(super) value: f64,
}

/// A small generator of repeatable randomness (Knuth's multiplier).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        dice.roll(2);
        dice
    }

    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn time(&mut self, sides: u64) -> i64 {
        i64::try_from(self.roll(sides)).expect("small")
    }

    fn is(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }

    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.roll(choices.len() as u64)).expect("small")]
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for position in (1..items.len()).rev() {
            let other = usize::try_from(self.roll(position as u64 + 1)).expect("small");
            items.swap(position, other);
        }
    }
}

const POOLS: [(&str, &str); 4] = [("A", "P"), ("B", "P"), ("X", "Q"), ("C", "P")];
const WORKERS: [&str; 6] = ["w0", "w1", "w2", "w3", "w4", "w5"];
const SKILLS: [&str; 2] = ["s1", "s2"];

fn name(text: String) -> &'static str {
    text.leak()
}

/// The coarse grid of one case: often several things happen at one instant.
pub(super) struct Case {
    dice: Dice,
    unit_us: i64,
    n_pools: usize,
    n_workers: usize,
    /// Mostly votes, and rules on them: what happens to one worker then changes much for the others.
    is_poll: bool,
}

impl Case {
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed);
        let is_poll = dice.is(30);
        Self {
            unit_us: dice.pick(&[MINUTE_US, 4 * HOUR_US]),
            n_pools: if is_poll {
                1
            } else {
                1 + dice.pick(&[0, 0, 1, 1, 2, 3])
            },
            n_workers: if is_poll {
                6
            } else {
                2 + dice.pick(&[0, 1, 2, 3, 3, 4])
            },
            is_poll,
            dice,
        }
    }

    fn pool(&mut self) -> (&'static str, &'static str) {
        let pools = &POOLS[..self.n_pools];
        self.dice.pick(pools)
    }

    pub(super) fn log(&mut self) -> Log {
        let suites = self.suites();
        let mut log = Log::default();
        let mut now = 20;
        let n_pages = 12 + self.dice.roll(18) + if self.is_poll { 20 } else { 0 };
        for page_idx in 0..n_pages {
            now += self.dice.time(3);
            let (suite_id, pool, project, tasks) = self.suite(&suites);
            let worker = self.dice.pick(&WORKERS[..self.n_workers]);
            let ended_us = now * self.unit_us;
            let page = Page {
                id: name(format!("p{:02}", (page_idx * 7) % 53)),
                suite_id,
                worker,
                pool,
                project,
                created_us: ended_us - self.dice.time(6) * self.unit_us / 2,
                ended_us,
                end: self.page_end(),
                tasks: tasks.iter().map(|task| self.answered(*task)).collect(),
            };
            if page.is_handed_in() && self.dice.is(30) {
                self.review(&page, &mut log);
            }
            log.pages.push(page);
        }
        self.rest(now, &mut log);
        log.ends_at_us = 1000 * self.unit_us;
        log
    }

    fn review(&mut self, page: &Page, log: &mut Log) {
        let mut at_us = page.ended_us;
        for _ in 0..self.dice.pick(&[1, 1, 1, 2, 3]) {
            at_us += self.dice.time(7) * self.unit_us / 2;
            log.reviews.push(Review {
                page: page.id,
                at_us,
                verdict: self.dice.pick(&[Verdict::Accept, Verdict::Reject]),
            });
        }
    }

    /// What has no page.
    fn rest(&mut self, last: i64, log: &mut Log) {
        let moment = |case: &mut Self| (10 + case.dice.time(last.unsigned_abs())) * case.unit_us;
        for _ in 0..self.dice.roll(9) {
            let (pool, project) = self.pool();
            log.captchas.push(Captcha {
                worker: self.dice.pick(&WORKERS[..self.n_workers]),
                pool,
                project,
                at_us: moment(self),
                is_solved: self.dice.is(50),
            });
        }
        for _ in 0..self.dice.roll(4) {
            let given = GivenSkill {
                worker: self.dice.pick(&WORKERS[..self.n_workers]),
                skill_id: self.dice.pick(&SKILLS),
                at_us: moment(self),
                value: self.dice.pick(&[0.0, 40.0, 60.0, 100.0]),
            };
            log.given_skills.push(given);
        }
        for _ in 0..self.dice.pick(&[0, 0, 1, 2]) {
            let (pool, project) = self.pool();
            let started_at_us = moment(self);
            let end_us = started_at_us + (1 + self.dice.time(6)) * self.unit_us;
            let scope = self.dice.pick(&[
                Scope::Pool,
                Scope::Project,
                Scope::AllProjects,
                Scope::System,
            ]);
            let ban = KnownBan {
                scope,
                project_id: Some(project),
                pool_id: Some(pool),
                started_at_us,
                will_expire_at_us: self.dice.pick(&[None, Some(end_us), Some(end_us)]),
            };
            let worker = self.dice.pick(&WORKERS[..self.n_workers]);
            log.known_bans.push((worker, ban));
        }
    }

    fn page_end(&mut self) -> PageEnd {
        match self.dice.roll(10) {
            0 => PageEnd::Skipped,
            1 => self.dice.pick(&[PageEnd::Skipped, PageEnd::Expired]),
            _ => PageEnd::HandedIn {
                reward_nano_usd: self.dice.pick(&[0, 500_000_000, 1_000_000_000]),
            },
        }
    }

    fn suite<'s>(
        &mut self,
        suites: &'s [(&'static str, &'static str, &'static str, Vec<Task>)],
    ) -> (&'static str, &'static str, &'static str, &'s [Task]) {
        let idx = usize::try_from(self.dice.roll(suites.len() as u64)).expect("small");
        let (suite_id, pool, project, tasks) = &suites[idx];
        (suite_id, pool, project, tasks)
    }

    fn suites(&mut self) -> Vec<(&'static str, &'static str, &'static str, Vec<Task>)> {
        let mut suites = Vec::new();
        for (pool, project) in &POOLS[..self.n_pools] {
            let n_suites = if self.is_poll {
                7
            } else {
                1 + self.dice.roll(2)
            };
            for suite_idx in 0..n_suites {
                let suite_id = name(format!("{pool}-{suite_idx}"));
                let tasks =
                    (0..=1 + self.dice.roll(2)).map(|task_idx| self.task(suite_id, task_idx));
                suites.push((suite_id, *pool, *project, tasks.collect()));
            }
        }
        suites
    }

    fn task(&mut self, suite_id: &str, task_idx: u64) -> Task {
        let own_id = name(format!("{suite_id}-{task_idx}"));
        let side = if self.is_poll { 9 } else { self.dice.roll(10) };
        let (id, kind) = match side {
            0 | 1 => (
                self.dice.pick(&["c0", "c1", "c2", own_id, own_id]),
                TaskKind::Control { credit: 0.0 },
            ),
            2 => (own_id, TaskKind::Training { credit: 0.0 }),
            _ => {
                let (one, two, three) = (Some(1), Some(2), Some(3));
                let overlap = self.dice.pick(&[None, one, two, two, three, three]);
                let answer = None;
                (own_id, TaskKind::Real { answer, overlap })
            }
        };
        Task { id, kind }
    }

    fn answered(&mut self, task: Task) -> Task {
        let credit = self.dice.pick(&[0.0, 0.0, 0.5, 1.0]);
        let kind = match task.kind {
            TaskKind::Control { .. } => TaskKind::Control { credit },
            TaskKind::Training { .. } => TaskKind::Training { credit },
            TaskKind::Real { overlap, .. } => TaskKind::Real {
                answer: self.dice.pick(&[
                    None,
                    Some("a"),
                    Some("a"),
                    Some("a"),
                    Some("b"),
                    Some("b"),
                    Some("c"),
                ]),
                overlap,
            },
        };
        Task { kind, ..task }
    }

    /// Rules, filters and options as the caller of a replay writes them.
    pub(super) fn book(&mut self) -> RuleBook {
        let rules = self.rules();
        let (mut pools, mut filters) = (Vec::new(), Vec::new());
        for (pool, _) in &POOLS[..self.n_pools] {
            if self.dice.is(30) {
                pools.push(format!("\"{pool}\": {}", self.rules()));
            }
            if self.dice.is(35) {
                filters.push(format!("\"{pool}\": {}", self.filter()));
            }
        }
        let json = format!(
            r#"{{"rules": {rules}, "pools": {{{}}}, "filters": {{{}}}, "options": {{{}}}}}"#,
            pools.join(","),
            filters.join(","),
            self.options()
        );
        RuleBook::parse(&json)
            .unwrap_or_else(|error| panic!("{error}: {json}"))
            .0
    }

    fn options(&mut self) -> String {
        let others = [
            ("granularity", "\"page\""),
            ("history_scope", "\"everywhere\""),
            ("history_clearing", "\"collector\""),
            ("late_events", "\"counted\""),
            ("blocked_answers", "\"counted\""),
            ("in_flight", "\"blocked\""),
            ("expired_page", "\"reset\""),
            ("answer_count", "\"accepted\""),
            ("golden_rates", "\"control_and_training\""),
            ("partial_credit", "\"none\""),
            ("repeated_control", "\"all\""),
            ("rejected_income", "\"counted\""),
            ("reviewed_again", "\"adds\""),
            ("skill_value", "\"rounded\""),
            ("compensation", "\"each\""),
            ("majority_min_overlap", "1"),
        ];
        let chosen = others.iter().filter(|_| self.dice.is(10));
        let written: Vec<_> = chosen
            .map(|(key, word)| format!("\"{key}\": {word}"))
            .collect();
        written.join(",")
    }

    fn filter(&mut self) -> String {
        let skill = self.dice.pick(&SKILLS);
        let condition = |operator: &str, value: &str| {
            format!(r#"{{"category": "skill", "key": "{skill}", "operator": "{operator}"{value}}}"#)
        };
        match self.dice.roll(4) {
            0 => condition("GTE", r#", "value": 50"#),
            1 => condition("EQ", ""),
            2 => condition("NE", r#", "value": null"#),
            _ => {
                let other = r#"{"category": "skill", "key": "s1", "operator": "LT", "value": 67}"#;
                let (missing, high) = (condition("EQ", ""), condition("GTE", r#", "value": 40"#));
                format!(
                    r#"{{"and": [{{"or": [{missing}, {high}]}}, {{"or": [{other}, {missing}]}}]}}"#
                )
            }
        }
    }

    fn rules(&mut self) -> String {
        let mut configs = Vec::new();
        for _ in 0..self.dice.pick(&[1, 2, 2, 3]) {
            configs.push(self.config());
        }
        if self.dice.is(40) {
            let (key, value) = self.dice.pick(&[
                ("pool_access_revoked_reason", "RESTRICTION"),
                ("pool_access_revoked_reason", "SKILL_CHANGE"),
                ("skill_id", "s1"),
            ]);
            let lost = rule(
                &format!("{key} EQ {value}"),
                &raise_by(self.dice.pick(&[1, 2, -1])),
            );
            configs.push(config("USERS_ASSESSMENT", "", &[lost]));
        }
        if self.dice.is(20) {
            let conditions = self.dice.pick(&[
                "assessment_event EQ REJECT",
                "assessment_event EQ ACCEPT_AFTER_REJECT",
                "assessment_event EQ ACCEPT AND pending_assignments_count GTE 1",
                "rejected_assignments_count GTE 1 AND accepted_assignments_count LT 2",
            ]);
            configs.push(config(
                "ASSIGNMENTS_ASSESSMENT",
                "",
                &[rule(conditions, &raise_by(self.dice.pick(&[1, 1, -1])))],
            ));
        }
        let gate = if self.dice.is(10) {
            let required = self.dice.pick(&[0, 50, 75]);
            format!(
                r#", "training_requirement": {{"training_pool_id": "A", "training_passing_skill_value": {required}}}"#
            )
        } else {
            String::new()
        };
        format!(r#"{{"configs": [{}]{gate}}}"#, configs.join(","))
    }

    fn config(&mut self) -> String {
        let choices = if self.is_poll {
            &COLLECTORS_AND_CONDITIONS[1..4] // majorities
        } else {
            &COLLECTORS_AND_CONDITIONS[..]
        };
        let (collector, parameter, conditions, rates) = self.dice.pick(choices);
        let has_size = !parameter.contains("no size");
        let mut parameters = match collector {
            "ASSIGNMENT_SUBMIT_TIME" => {
                let seconds = self.unit_us / SECOND_US;
                vec![format!("\"fast_submit_threshold_seconds\": {seconds}")]
            }
            "MAJORITY_VOTE" => {
                vec![format!(
                    "\"answer_threshold\": {}",
                    self.dice.pick(&[1, 2, 2])
                )]
            }
            _ => Vec::new(),
        };
        if has_size && self.dice.is(60) {
            parameters.push(format!(
                "\"history_size\": {}",
                self.dice.pick(&[1, 2, 3, 4])
            ));
        }
        let uuid = self
            .dice
            .pick(&["", "", "", r#", "uuid": "u""#, r#", "uuid": "v""#]);
        let mut rules = Vec::new();
        for _ in 0..self.dice.pick(&[1, 1, 2]) {
            let mut chosen = vec![self.dice.pick(conditions)];
            if self.dice.is(35) {
                chosen.push(self.dice.pick(conditions));
            }
            let action = self.action(rates);
            rules.push(rule(&chosen.join(" AND "), &action));
        }
        format!(
            r#"{{"collector_config": {{"type": "{collector}"{uuid}, "parameters": {{{}}}}}, "rules": [{}]}}"#,
            parameters.join(","),
            rules.join(",")
        )
    }

    fn action(&mut self, rates: &[&str]) -> String {
        let skill = self.dice.pick(&SKILLS);
        match self.dice.roll(20) {
            0..=2 => set_skill(skill, self.dice.pick(&[0, 45, 66, 90])),
            3..=6 if !rates.is_empty() => {
                let rate = self.dice.pick(rates);
                format!(
                    r#"{{"type": "SET_SKILL_FROM_OUTPUT_FIELD", "parameters": {{"skill_id": "{skill}", "from_field": "{rate}"}}}}"#
                )
            }
            7..=10 => REJECT_ALL.to_owned(),
            11 => APPROVE_ALL.to_owned(),
            12 => r#"{"type": "RESTRICTION", "parameters": {"scope": "PROJECT"}}"#.to_owned(),
            _ => {
                let scope = self
                    .dice
                    .pick(&["POOL", "PROJECT", "PROJECT", "ALL_PROJECTS"]);
                let minutes = self.dice.pick(&[1, 3, 8]) * self.unit_us / MINUTE_US;
                format!(
                    r#"{{"type": "RESTRICTION_V2", "parameters": {{"scope": "{scope}", "duration_unit": "MINUTES", "duration": {minutes}}}}}"#
                )
            }
        }
    }
}

type Choice = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// Collector, whether it has a size, conditions that small logs meet, rates for a skill. Majorities come often.
const COLLECTORS_AND_CONDITIONS: [Choice; 12] = [
    (
        "GOLDEN_SET",
        "",
        &[
            "total_answers_count GTE 2",
            "golden_set_answers_count EQ 1",
            "correct_answers_rate LT 60",
            "golden_set_incorrect_answers_rate GTE 50",
            "incorrect_answers_rate EQ 50",
            "correct_answers_rate NE 0",
        ],
        &[
            "correct_answers_rate",
            "golden_set_correct_answers_rate",
            "wrong_answers_rate",
        ],
    ),
    ("MAJORITY_VOTE", "", MAJORITY_CONDITIONS, MAJORITY_RATES),
    ("MAJORITY_VOTE", "", MAJORITY_CONDITIONS, MAJORITY_RATES),
    ("MAJORITY_VOTE", "", MAJORITY_CONDITIONS, MAJORITY_RATES),
    (
        "ASSIGNMENT_SUBMIT_TIME",
        "",
        &[
            "total_submitted_count GTE 2",
            "fast_submitted_count GTE 1",
            "fast_submitted_count EQ 2",
        ],
        &[],
    ),
    (
        "SKIPPED_IN_ROW_ASSIGNMENTS",
        "no size",
        &[
            "skipped_in_row_count GTE 1",
            "skipped_in_row_count EQ 2",
            "skipped_in_row_count EQ 0",
        ],
        &[],
    ),
    (
        "ANSWER_COUNT",
        "no size",
        &[
            "assignments_accepted_count EQ 1",
            "assignments_accepted_count GTE 3",
            "assignments_accepted_count LT 2",
        ],
        &[],
    ),
    (
        "INCOME",
        "no size",
        &[
            "income_sum_for_last_24_hours GT 1",
            "income_sum_for_last_24_hours EQ 0.5",
            "income_sum_for_last_24_hours GTE 2",
        ],
        &[],
    ),
    (
        "CAPTCHA",
        "",
        &[
            "stored_results_count GTE 1",
            "success_rate LTE 50",
            "fail_rate GT 0",
        ],
        &["success_rate", "fail_rate"],
    ),
    (
        "ACCEPTANCE_RATE",
        "",
        &[
            "total_assignments_count GTE 1",
            "accepted_assignments_rate LT 70",
            "rejected_assignments_rate GT 50",
        ],
        &["accepted_assignments_rate", "rejected_assignments_rate"],
    ),
    (
        "TRAINING",
        "no size",
        &[
            "submitted_assignments_count EQ 1",
            "total_answers_count GTE 2",
            "correct_answers_rate LTE 50",
            "next_assignment_available EQ false",
            "next_assignment_available EQ true",
        ],
        &["correct_answers_rate", "incorrect_answers_rate"],
    ),
    (
        "GOLDEN_SET",
        "",
        &["total_answers_count GTE 1", "incorrect_answers_rate GT 30"],
        &["incorrect_answers_rate"],
    ),
];

const MAJORITY_CONDITIONS: &[&str] = &[
    "total_answers_count GTE 1",
    "total_answers_count EQ 2",
    "correct_answers_rate LT 60",
    "incorrect_answers_rate GTE 50",
];

const MAJORITY_RATES: &[&str] = &["correct_answers_rate", "incorrect_answers_rate"];
