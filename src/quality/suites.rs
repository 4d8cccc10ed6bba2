//! The replay of `ASSIGNMENTS_ASSESSMENT`: one task suite's verdicts in order, whoever did its pages.
//!
//! It changes nothing that other rules see: more answers are asked for, and that is all.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::assignments_assessment::{ASSESSMENTS, KEYS, NAME};
use super::{Action, Compensation, RuleBook, Statistics, Value, Verdict};

/// More (or fewer) answers to the real tasks of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Raise<'a> {
    /// The page.
    pub assignment_id: &'a str,
    /// Answers.
    pub delta: i32,
    /// `rejected`, `banned` or `skill_lost`.
    pub reason: &'static str,
    /// Whether a review led to it: at one instant, what pages lead to comes first.
    pub is_after_review: bool,
    /// When the rule fired; microseconds since 1970, UTC.
    pub at_us: i64,
    /// `<config index>.<rule index>`, from 0, in the rules that apply to the pool.
    pub rule: String,
}

/// What happened to a page of a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuiteEventKind {
    /// It was handed in.
    Submitted,
    /// A rule decided it: no event of its own.
    DecidedByRule(Verdict),
    /// A reviewer decided it.
    Reviewed(Verdict),
}

/// One thing that happened to a page of a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuiteEvent<'a> {
    /// The pool of the suite.
    pub pool_id: &'a str,
    /// The page.
    pub assignment_id: &'a str,
    /// When; microseconds since 1970, UTC.
    pub at_us: i64,
    /// What.
    pub kind: SuiteEventKind,
}

impl SuiteEvent<'_> {
    /// At one instant: pages, then what rules decided, then reviews, page by page, a rejection before an acceptance.
    fn order(&self, other: &Self) -> Ordering {
        let rank = |event: &Self| match event.kind {
            SuiteEventKind::Submitted => (0, None),
            SuiteEventKind::DecidedByRule(verdict) => (1, Some(verdict)),
            SuiteEventKind::Reviewed(verdict) => (2, Some(verdict)),
        };
        let ((rank_of_self, verdict), (rank_of_other, other_verdict)) = (rank(self), rank(other));
        self.at_us
            .cmp(&other.at_us)
            .then_with(|| rank_of_self.cmp(&rank_of_other))
            .then_with(|| self.assignment_id.cmp(other.assignment_id))
            .then_with(|| other_verdict.cmp(&verdict))
    }
}

/// Replays the rules over one suite of one pool. `events` may come in any order and are left sorted.
#[must_use]
pub fn replay_suite<'a>(book: &RuleBook, events: &mut [SuiteEvent<'a>]) -> Vec<Raise<'a>> {
    events.sort_by(SuiteEvent::order);
    let mut verdicts: BTreeMap<&str, Option<Verdict>> = BTreeMap::new();
    let mut raises: Vec<Raise<'a>> = Vec::new();
    for event in events.iter() {
        match event.kind {
            SuiteEventKind::Submitted => {
                verdicts.entry(event.assignment_id).or_default();
            }
            SuiteEventKind::DecidedByRule(verdict) => {
                verdicts.insert(event.assignment_id, Some(verdict));
            }
            SuiteEventKind::Reviewed(verdict) => {
                let earlier = verdicts
                    .insert(event.assignment_id, Some(verdict))
                    .flatten();
                let statistics = statistics_of(&verdicts, assessment(verdict, earlier));
                fire(book, event, &statistics, &mut raises);
            }
        }
    }
    raises
}

fn assessment(verdict: Verdict, earlier: Option<Verdict>) -> &'static str {
    match (verdict, earlier) {
        (Verdict::Accept, Some(Verdict::Reject)) => ASSESSMENTS[1],
        (Verdict::Accept, _) => ASSESSMENTS[0],
        (Verdict::Reject, _) => ASSESSMENTS[2],
    }
}

fn statistics_of(
    verdicts: &BTreeMap<&str, Option<Verdict>>,
    assessment: &'static str,
) -> Statistics {
    let count = |wanted: Option<Verdict>| {
        Value::count(
            verdicts
                .values()
                .filter(|verdict| **verdict == wanted)
                .count(),
        )
    };
    let values = [
        count(None),
        count(Some(Verdict::Accept)),
        count(Some(Verdict::Reject)),
        Value::Word(assessment),
    ];
    Statistics::new(KEYS, values)
}

fn fire<'a>(
    book: &RuleBook,
    event: &SuiteEvent<'a>,
    statistics: &Statistics,
    raises: &mut Vec<Raise<'a>>,
) {
    let configs = book.rules_of(event.pool_id).configs.iter().enumerate();
    for (config_index, config) in configs.filter(|(_, config)| config.collector.name() == NAME) {
        for (rule_index, rule) in config.rules.iter().enumerate() {
            let is_made_up = raises
                .iter()
                .any(|raise| raise.assignment_id == event.assignment_id && raise.delta > 0);
            let is_spent = is_made_up && book.options.compensation == Compensation::Once;
            if let Action::ChangeOverlap { delta } = rule.action
                && (delta < 0 || !is_spent)
                && rule.is_met(statistics)
            {
                raises.push(Raise {
                    assignment_id: event.assignment_id,
                    delta,
                    reason: "rejected",
                    is_after_review: true,
                    at_us: event.at_us,
                    rule: format!("{config_index}.{rule_index}"),
                });
            }
        }
    }
}
