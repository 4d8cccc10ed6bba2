//! `ANSWER_COUNT`: how many pages of a pool the worker handed in (by choice: that stand accepted).
//!
//! "One page a day" is this with a pause of a day, which clears the count.

use std::collections::BTreeSet;

use super::{
    AnswerCounted, Collector, Event, EventKind, Hearing, History, Key, ON_COUNTS, Parameters,
    ReplayOptions, Statistics, Value, Verdict,
};

const KEYS: &[Key] = &[Key::count("assignments_accepted_count")];

#[derive(Debug)]
pub(super) struct AnswerCount;

impl Collector for AnswerCount {
    fn name(&self) -> &'static str {
        "ANSWER_COUNT"
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn actions(&self) -> &'static [&'static str] {
        ON_COUNTS
    }

    fn hears(&self, kind: &EventKind<'_>, options: &ReplayOptions) -> Hearing {
        match (kind, options.answer_count) {
            (EventKind::Submitted { .. }, AnswerCounted::Submitted)
            | (EventKind::Review(_), AnswerCounted::Accepted) => Hearing::Judges,
            (EventKind::SilentVerdict(_), AnswerCounted::Accepted) => Hearing::Remembers,
            _ => Hearing::Ignores,
        }
    }

    fn history(&self, _parameters: &Parameters, options: &ReplayOptions) -> Box<dyn History> {
        match options.answer_count {
            AnswerCounted::Submitted => Box::new(Submitted { n_pages: 0 }),
            AnswerCounted::Accepted => Box::new(Accepted::default()),
        }
    }
}

#[derive(Debug)]
struct Submitted {
    n_pages: usize,
}

impl History for Submitted {
    fn push(&mut self, _event: &Event<'_>) {
        self.n_pages += 1;
    }

    fn clear(&mut self) {
        self.n_pages = 0;
    }

    fn statistics(&self) -> Statistics {
        Statistics::new(KEYS, [Value::count(self.n_pages)])
    }
}

/// The pages that stand accepted: by name, so that a page accepted again counts once.
#[derive(Debug, Default)]
struct Accepted {
    pages: BTreeSet<Box<str>>,
}

impl History for Accepted {
    fn push(&mut self, event: &Event<'_>) {
        match event.kind {
            EventKind::Review(Verdict::Accept) | EventKind::SilentVerdict(Verdict::Accept) => {
                self.pages.insert(event.assignment_id.into());
            }
            _ => {
                self.pages.remove(event.assignment_id);
            }
        }
    }

    fn clear(&mut self) {
        self.pages.clear();
    }

    fn statistics(&self) -> Statistics {
        Statistics::new(KEYS, [Value::count(self.pages.len())])
    }
}
