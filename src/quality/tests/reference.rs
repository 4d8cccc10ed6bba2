//! A slow, obvious replay that looks at the whole log again for every answer, and random logs on which both agree.

use super::*;
use crate::quality::{Action, KnownBan, Scope};

const POOLS: [(&str, &str); 6] = [
    ("A", "P"),
    ("B", "P"),
    ("C", "P"),
    ("X", "Q"),
    ("Y", "Q"),
    ("Z", "R"),
];

/// A ban, what opened it, and what it covers, in the plainest form.
#[derive(Clone)]
struct PlainBan {
    rule: Option<PlainRule>,
    is_clearing: bool,
    scope: Scope,
    place: (String, String),
    start: i64,
    end: i64,
}

/// A rule's identity: whose file, where in it, and how far its history reaches.
#[derive(Clone, PartialEq)]
struct PlainRule(Option<String>, usize, usize, String);

struct Reference<'a> {
    default: &'a Rules,
    own: &'a BTreeMap<String, Rules>,
    log: &'a [Event<'a>],
    bans: Vec<PlainBan>,
    skills: Vec<(i64, f64)>,
}

/// One judged answer: rule, instant, total count, correct rate, control count, fired.
type Judged = (String, i64, f64, f64, f64, bool);

impl Reference<'_> {
    fn rules_of(&self, pool_id: &str) -> &Rules {
        self.own.get(pool_id).unwrap_or(self.default)
    }

    fn is_blocked(&self, event: &Event<'_>) -> bool {
        self.bans.iter().any(|ban| {
            let covers = match ban.scope {
                Scope::Pool => ban.place.0 == event.pool_id,
                Scope::Project => ban.place.1 == event.project_id,
                Scope::AllProjects | Scope::System => true,
            };
            covers && ban.start < event.created_at_us && event.created_at_us < ban.end
        })
    }

    fn counts(&self, idx: usize) -> bool {
        let event = &self.log[idx];
        let is_repeat = (0..idx).any(|earlier| {
            let first = &self.log[earlier];
            first.kind == EventKind::Golden
                && first.task_id == event.task_id
                && !self.is_blocked(first)
        });
        !self.is_blocked(event) && (event.kind != EventKind::Golden || !is_repeat)
    }

    fn identity(&self, event: &Event<'_>, config_idx: usize, rule_idx: usize) -> PlainRule {
        let config = &self.rules_of(event.pool_id).configs[config_idx];
        let is_own = self.own.contains_key(event.pool_id);
        let reach = match (config.history_size, &config.uuid) {
            (Some(_), Some(_)) if !is_own => "everywhere".to_owned(),
            (Some(_), None) if !is_own => format!("project {}", event.project_id),
            _ => format!("pool {}", event.pool_id),
        };
        PlainRule(
            is_own.then(|| event.pool_id.to_owned()),
            config_idx,
            rule_idx,
            reach,
        )
    }

    /// Whether the answer `past` enters the window of a rule that judges the answer `now`.
    fn is_remembered(&self, past: &Event<'_>, now: &Event<'_>, config_idx: usize) -> bool {
        let config = &self.rules_of(now.pool_id).configs[config_idx];
        if past.pool_id == now.pool_id {
            return true;
        }
        if config.history_size.is_none() {
            return false;
        }
        let is_same_side =
            self.own.contains_key(past.pool_id) == self.own.contains_key(now.pool_id);
        self.rules_of(past.pool_id).configs.iter().any(|other| {
            let is_same_uuid = other.uuid.is_some() && other.uuid == config.uuid;
            let is_same_project = past.project_id == now.project_id;
            other.history_size.is_some() && (is_same_uuid || is_same_side && is_same_project)
        })
    }

    fn judge(&mut self, now_idx: usize, config_idx: usize, rule_idx: usize) -> Option<Judged> {
        let now = self.log[now_idx];
        let identity = self.identity(&now, config_idx, rule_idx);
        let cleared = self
            .bans
            .iter()
            .filter(|ban| ban.is_clearing && ban.rule.as_ref() == Some(&identity));
        let cleared_at = cleared.map(|ban| ban.start).max().unwrap_or(i64::MIN);
        if now.submitted_at_us <= cleared_at {
            return None;
        }
        let mut window: Vec<&Event<'_>> = (0..=now_idx)
            .filter(|idx| self.counts(*idx))
            .map(|idx| &self.log[idx])
            .filter(|past| past.submitted_at_us > cleared_at)
            .filter(|past| self.is_remembered(past, &now, config_idx))
            .collect();
        let config = &self.rules_of(now.pool_id).configs[config_idx];
        if let Some(size) = config.history_size {
            window.drain(..window.len().saturating_sub(size.get()));
        }
        let rate = |events: &[&Event<'_>]| {
            let credit: f64 = events.iter().map(|event| event.score).sum();
            100.0 * credit / events.len() as f64
        };
        let control: Vec<&Event<'_>> = window
            .iter()
            .copied()
            .filter(|event| event.kind == EventKind::Golden)
            .collect();
        let values = [
            window.len() as f64,
            rate(&window),
            100.0 - rate(&window),
            control.len() as f64,
            rate(&control),
            100.0 - rate(&control),
        ];
        let rule = &config.rules[rule_idx];
        let is_fired = rule.conditions.iter().all(|condition| {
            let value = values[condition.key_idx];
            !value.is_nan() && condition.holds(value)
        });
        let judged = (
            format!("{config_idx}.{rule_idx}"),
            now.submitted_at_us,
            values[0],
            values[1],
            values[3],
            is_fired,
        );
        if is_fired {
            let (action, has_size) = (rule.action.clone(), config.history_size.is_some());
            self.act(&action, identity, has_size, &now, values);
        }
        Some(judged)
    }

    fn act(
        &mut self,
        action: &Action,
        rule: PlainRule,
        has_size: bool,
        now: &Event<'_>,
        values: [f64; 6],
    ) {
        let start = now.submitted_at_us;
        match action {
            Action::SetSkill { value, .. } => self.skills.push((start, f64::from(*value))),
            Action::SetSkillFromField { key_idx, .. } => {
                self.skills.push((start, values[*key_idx]));
            }
            Action::Restrict(restriction) => self.bans.push(PlainBan {
                rule: Some(rule),
                is_clearing: restriction.scope != Scope::Pool || !has_size,
                scope: restriction.scope,
                place: (now.pool_id.to_owned(), now.project_id.to_owned()),
                start,
                end: restriction.duration_us.map_or(i64::MAX, |us| start + us),
            }),
        }
    }

    fn run(&mut self) -> Vec<Judged> {
        let mut all = Vec::new();
        for now_idx in 0..self.log.len() {
            if !self.counts(now_idx) {
                continue;
            }
            let sizes: Vec<usize> = {
                let configs = &self.rules_of(self.log[now_idx].pool_id).configs;
                configs.iter().map(|config| config.rules.len()).collect()
            };
            for (config_idx, n_rules) in sizes.into_iter().enumerate() {
                for rule_idx in 0..n_rules {
                    all.extend(self.judge(now_idx, config_idx, rule_idx));
                }
            }
        }
        all
    }
}

/// A small generator of repeatable randomness (Knuth's multiplier).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.roll(choices.len() as u64)).expect("small")]
    }

    fn rules(&mut self) -> Rules {
        let mut entries = Vec::new();
        for _ in 0..=self.roll(2) {
            let size = self.pick(&["", "", r#""history_size": 3"#, r#""history_size": 5"#]);
            let uuid = self.pick(&["", "", r#", "uuid": "u""#, r#", "uuid": "v""#]);
            let mut written = Vec::new();
            for _ in 0..=self.roll(2) {
                let count =
                    self.pick(&["total_answers_count GTE 2", "golden_set_answers_count EQ 3"]);
                let rate = self.pick(&[
                    "correct_answers_rate LT 50",
                    "golden_set_incorrect_answers_rate GTE 50",
                    "incorrect_answers_rate NE 0",
                ]);
                let scope = self.pick(&["POOL", "PROJECT", "ALL_PROJECTS"]);
                let minutes = self.pick(&[5, 20, 60]);
                let action = format!(
                    r#"{{"type": "RESTRICTION_V2", "parameters": {{"scope": "{scope}", "duration_unit": "MINUTES", "duration": {minutes}}}}}"#
                );
                let action = if self.roll(4) == 0 {
                    skill_from("correct_answers_rate")
                } else {
                    action
                };
                written.push(rule(&format!("{count} AND {rate}"), &action));
            }
            entries.push(format!(
                r#"{{"collector_config": {{"type": "GOLDEN_SET"{uuid}, "parameters": {{{size}}}}}, "rules": [{}]}}"#,
                written.join(",")
            ));
        }
        configs(&entries)
    }

    fn events(&mut self) -> Vec<Event<'static>> {
        let mut events = Vec::new();
        let mut minute = 10;
        for page in 0..40 {
            minute += i64::try_from(self.roll(6)).expect("small"); // pages may share an instant
            let (pool_id, project_id) = self.pick(&POOLS);
            let assignment_id: &'static str = format!("{page:03}").leak();
            let taken = i64::try_from(self.roll(9)).expect("small");
            for task_index in 0..=i64::try_from(self.roll(3)).expect("small") {
                let task_id: &'static str = format!("t{}", self.roll(60)).leak();
                events.push(Event {
                    pool_id,
                    project_id,
                    assignment_id,
                    task_index,
                    task_id,
                    created_at_us: (minute - taken) * MINUTE_US,
                    submitted_at_us: minute * MINUTE_US,
                    kind: self.pick(&[EventKind::Golden, EventKind::Golden, EventKind::Training]),
                    score: self.pick(&[0.0, 0.0, 0.5, 1.0]),
                });
            }
        }
        events
    }
}

/// The same random log through both replays; gives the numbers of (bans, judged answers, blocked answers).
fn compare(seed: u64) -> (usize, usize, usize) {
    let mut dice = Dice(seed);
    let default = dice.rules();
    let mut own = BTreeMap::new();
    for (pool_id, _) in POOLS {
        if dice.roll(3) == 0 {
            own.insert(pool_id.to_owned(), dice.rules());
        }
    }
    let sorted = dice.events();
    let mut events = sorted.clone();
    events.rotate_left(sorted.len() / 3);
    let (start, end) = (30 * MINUTE_US, 40 * MINUTE_US);
    let known = KnownBan {
        scope: Scope::Project,
        project_id: Some("P"),
        pool_id: None,
        started_at_us: start,
        will_expire_at_us: Some(end),
    };
    let options = ReplayOptions::default();
    let fast = replay_worker(&default, &own, options, &mut events, &[known]);
    assert_eq!(events, sorted, "seed {seed}: sorted in place");

    let known = PlainBan {
        rule: None,
        is_clearing: false,
        scope: Scope::Project,
        place: (String::new(), "P".to_owned()),
        start,
        end,
    };
    let mut reference = Reference {
        default: &default,
        own: &own,
        log: &sorted,
        bans: vec![known],
        skills: Vec::new(),
    };
    let slow = reference.run();
    assert_same_judgements(seed, &fast, &slow);
    assert_same_consequences(seed, &fast, &reference);
    let blocked = sorted.iter().filter(|event| reference.is_blocked(event));
    (fast.bans.len(), slow.len(), blocked.count())
}

fn assert_same_judgements(seed: u64, fast: &Replay<'_>, slow: &[Judged]) {
    assert_eq!(fast.events.len(), slow.len(), "seed {seed}");
    for (event, (rule, at_us, total, rate, control, is_fired)) in fast.events.iter().zip(slow) {
        let value = |key| event.statistics.get(key).expect("a value");
        let found_rule = format!("{}.{}", event.config_index, event.rule_index);
        assert_eq!((&found_rule, event.at_us), (rule, *at_us), "seed {seed}");
        assert_eq!(value("total_answers_count"), *total, "seed {seed}");
        assert_eq!(value("golden_set_answers_count"), *control, "seed {seed}");
        let difference = value("correct_answers_rate") - rate;
        assert!(difference.abs() < 1e-9, "seed {seed}: {difference}");
        assert_eq!(event.is_fired, *is_fired, "seed {seed}");
    }
}

fn assert_same_consequences(seed: u64, fast: &Replay<'_>, reference: &Reference<'_>) {
    let replayed = &reference.bans[1..];
    assert_eq!(fast.bans.len(), replayed.len(), "seed {seed}");
    for (ban, plain) in fast.bans.iter().zip(replayed) {
        let found = (ban.scope, ban.started_at_us, ban.will_expire_at_us);
        let expected = (plain.scope, plain.start, Some(plain.end));
        assert_eq!(found, expected, "seed {seed}");
    }
    assert_eq!(fast.skills.len(), reference.skills.len(), "seed {seed}");
    for (change, (at_us, exact_value)) in fast.skills.iter().zip(&reference.skills) {
        assert_eq!(change.at_us, *at_us, "seed {seed}");
        let difference = change.exact_value - exact_value;
        assert!(difference.abs() < 1e-9, "seed {seed}: {difference}");
    }
}

#[test]
fn a_slow_obvious_replay_agrees_on_random_logs() {
    let (mut n_bans, mut n_judged, mut n_blocked) = (0, 0, 0);
    for seed in 0..400 {
        let (bans, judged, blocked) = compare(seed);
        n_bans += bans;
        n_judged += judged;
        n_blocked += blocked;
    }
    assert!(n_bans > 1000, "{n_bans} bans");
    assert!(n_judged > 10_000, "{n_judged} judged answers");
    assert!(n_blocked > 1000, "{n_blocked} blocked answers");
}
