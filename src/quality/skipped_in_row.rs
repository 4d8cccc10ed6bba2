//! `SKIPPED_IN_ROW_ASSIGNMENTS`: how many pages of a pool were skipped without one handed in between.
//!
//! A page that ran out of time changes nothing, unless the options say so.

use super::{
    Collector, Event, EventKind, Hearing, History, Key, ON_COUNTS, PageExpired, Parameters,
    ReplayOptions, Statistics, Value,
};

const KEYS: &[Key] = &[Key::count("skipped_in_row_count")];

#[derive(Debug)]
pub(super) struct SkippedInRow;

impl Collector for SkippedInRow {
    fn name(&self) -> &'static str {
        "SKIPPED_IN_ROW_ASSIGNMENTS"
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn actions(&self) -> &'static [&'static str] {
        ON_COUNTS
    }

    fn hears(&self, kind: &EventKind<'_>, _options: &ReplayOptions) -> Hearing {
        match kind {
            EventKind::Submitted { .. } | EventKind::Skipped | EventKind::Expired => {
                Hearing::Judges
            }
            _ => Hearing::Ignores,
        }
    }

    fn history(&self, _parameters: &Parameters, options: &ReplayOptions) -> Box<dyn History> {
        Box::new(Streak {
            expired_page: options.expired_page,
            n_skipped: 0,
        })
    }
}

#[derive(Debug)]
struct Streak {
    expired_page: PageExpired,
    n_skipped: usize,
}

impl History for Streak {
    fn push(&mut self, event: &Event<'_>) {
        match event.kind {
            EventKind::Skipped => self.n_skipped += 1,
            EventKind::Submitted { .. } => self.n_skipped = 0,
            EventKind::Expired if self.expired_page == PageExpired::Reset => self.n_skipped = 0,
            _ => {}
        }
    }

    fn clear(&mut self) {
        self.n_skipped = 0;
    }

    fn statistics(&self) -> Statistics {
        Statistics::new(KEYS, [Value::count(self.n_skipped)])
    }
}
