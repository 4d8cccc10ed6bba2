//! `INCOME`: what the worker earned in a pool in the last 24 hours, by the pages' prices.
//!
//! Bonuses are no income. The pay of a rejected page is none from the moment of the rejection.

use std::collections::{BTreeSet, VecDeque};

use super::{
    Collector, Event, EventKind, Hearing, History, Key, KeyUnit, ON_COUNTS, Parameters,
    RejectedIncome, ReplayOptions, Statistics, Value, Verdict,
};

const KEYS: &[Key] = &[Key {
    name: "income_sum_for_last_24_hours",
    unit: KeyUnit::Usd,
}];

const DAY_US: i64 = 86_400_000_000;

#[derive(Debug)]
pub(super) struct Income;

impl Collector for Income {
    fn name(&self) -> &'static str {
        "INCOME"
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn actions(&self) -> &'static [&'static str] {
        ON_COUNTS
    }

    fn hears(&self, kind: &EventKind<'_>, options: &ReplayOptions) -> Hearing {
        match kind {
            EventKind::Submitted { .. } => Hearing::Judges,
            EventKind::Review(_) | EventKind::SilentVerdict(_)
                if options.rejected_income == RejectedIncome::Excluded =>
            {
                Hearing::Remembers
            }
            _ => Hearing::Ignores,
        }
    }

    fn history(&self, _parameters: &Parameters, _options: &ReplayOptions) -> Box<dyn History> {
        Box::new(Pay::default())
    }
}

/// The pages of the last 24 hours, in billionths of a dollar.
#[derive(Debug, Default)]
struct Pay {
    pages: VecDeque<Page>,
    rejected: BTreeSet<Box<str>>,
    sum_nano_usd: i64,
}

#[derive(Debug)]
struct Page {
    assignment_id: Box<str>,
    submitted_at_us: i64,
    reward_nano_usd: i64,
}

impl History for Pay {
    fn push(&mut self, event: &Event<'_>) {
        match event.kind {
            EventKind::Submitted { reward_nano_usd } => self.earn(event, reward_nano_usd),
            EventKind::Review(verdict) | EventKind::SilentVerdict(verdict) => {
                self.review(event.assignment_id, verdict);
            }
            _ => {}
        }
    }

    fn clear(&mut self) {
        self.pages.clear();
        self.rejected.clear();
        self.sum_nano_usd = 0;
    }

    fn statistics(&self) -> Statistics {
        let usd = self.sum_nano_usd as f64 / 1e9;
        Statistics::new(KEYS, [Value::Number(usd)])
    }
}

impl Pay {
    fn earn(&mut self, event: &Event<'_>, reward_nano_usd: i64) {
        let is_over = |page: &Page| page.submitted_at_us <= event.at_us - DAY_US;
        while self.pages.front().is_some_and(is_over) {
            if let Some(page) = self.pages.pop_front()
                && !self.rejected.remove(&page.assignment_id)
            {
                self.sum_nano_usd -= page.reward_nano_usd;
            }
        }
        self.sum_nano_usd += reward_nano_usd;
        self.pages.push_back(Page {
            assignment_id: event.assignment_id.into(),
            submitted_at_us: event.submitted_at_us,
            reward_nano_usd,
        });
    }

    fn review(&mut self, assignment_id: &str, verdict: Verdict) {
        let is_of_page = |page: &&Page| &*page.assignment_id == assignment_id;
        let Some(page) = self.pages.iter().find(is_of_page) else {
            return;
        };
        match verdict {
            Verdict::Reject => {
                if self.rejected.insert(page.assignment_id.clone()) {
                    self.sum_nano_usd -= page.reward_nano_usd;
                }
            }
            Verdict::Accept => {
                if self.rejected.remove(&page.assignment_id) {
                    self.sum_nano_usd += page.reward_nano_usd;
                }
            }
        }
    }
}
