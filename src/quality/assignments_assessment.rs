//! `ASSIGNMENTS_ASSESSMENT`: the pages of a task suite by verdict, whoever did them, at each verdict.
//!
//! Its events concern a suite, not a worker: `suites` replays them, and a worker's replay hears none.

use super::{
    Collector, Event, EventKind, Hearing, History, Key, KeyUnit, ON_LOSSES, Parameters,
    ReplayOptions, Statistics, Value,
};

/// What a verdict was, in the platform's words.
pub(super) const ASSESSMENTS: &[&str] = &["ACCEPT", "ACCEPT_AFTER_REJECT", "REJECT"];

pub(super) const KEYS: &[Key] = &[
    Key::count("pending_assignments_count"),
    Key::count("accepted_assignments_count"),
    Key::count("rejected_assignments_count"),
    Key {
        name: "assessment_event",
        unit: KeyUnit::Word(ASSESSMENTS),
    },
];

/// The platform's type.
pub(super) const NAME: &str = "ASSIGNMENTS_ASSESSMENT";

#[derive(Debug)]
pub(super) struct AssignmentsAssessment;

impl Collector for AssignmentsAssessment {
    fn name(&self) -> &'static str {
        NAME
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn actions(&self) -> &'static [&'static str] {
        ON_LOSSES
    }

    fn hears(&self, _kind: &EventKind<'_>, _options: &ReplayOptions) -> Hearing {
        Hearing::Ignores
    }

    fn history(&self, _parameters: &Parameters, _options: &ReplayOptions) -> Box<dyn History> {
        Box::new(Nothing)
    }
}

#[derive(Debug)]
struct Nothing;

impl History for Nothing {
    fn push(&mut self, _event: &Event<'_>) {}

    fn clear(&mut self) {}

    fn statistics(&self) -> Statistics {
        Statistics::new(KEYS, [const { Value::Unknown }; 4])
    }
}
