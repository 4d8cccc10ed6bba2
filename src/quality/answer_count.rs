//! `ANSWER_COUNT`: how many pages of a pool the worker handed in (by choice: had accepted).
//!
//! "One page a day" is this with a pause of a day, which clears the count.

use super::{
    AnswerCounted, Collector, Event, EventKind, Hearing, History, Key, ON_COUNTS, Parameter,
    Parameters, ReplayOptions, Statistics, Value, Verdict,
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

    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    fn hears(&self, kind: &EventKind<'_>, options: &ReplayOptions) -> Hearing {
        match (kind, options.answer_count) {
            (EventKind::Submitted { .. }, AnswerCounted::Submitted)
            | (EventKind::Review { .. }, AnswerCounted::Accepted) => Hearing::Judges,
            _ => Hearing::Ignores,
        }
    }

    fn history(&self, _parameters: &Parameters, _options: &ReplayOptions) -> Box<dyn History> {
        Box::new(Pages { n_pages: 0 })
    }
}

#[derive(Debug)]
struct Pages {
    n_pages: usize,
}

impl History for Pages {
    fn takes(&self, event: &Event<'_>) -> bool {
        let is_rejection = matches!(
            event.kind,
            EventKind::Review {
                verdict: Verdict::Reject,
                ..
            }
        );
        !is_rejection
    }

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
