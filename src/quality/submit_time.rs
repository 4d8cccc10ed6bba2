//! `ASSIGNMENT_SUBMIT_TIME`: how many pages of the window were handed in too fast.
//!
//! A page's time runs from when it was taken to when it was handed in.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use super::{
    Collector, Event, EventKind, Hearing, History, Key, ON_COUNTS, Parameter, Parameters,
    ReplayOptions, Statistics, Value,
};

const KEYS: &[Key] = &[
    Key::count("total_submitted_count"),
    Key::count("fast_submitted_count"),
];

#[derive(Debug)]
pub(super) struct SubmitTime;

impl Collector for SubmitTime {
    fn name(&self) -> &'static str {
        "ASSIGNMENT_SUBMIT_TIME"
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn actions(&self) -> &'static [&'static str] {
        ON_COUNTS
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::HistorySize, Parameter::FastSubmitThreshold]
    }

    fn hears(&self, kind: &EventKind<'_>, _options: &ReplayOptions) -> Hearing {
        match kind {
            EventKind::Submitted { .. } => Hearing::Judges,
            _ => Hearing::Ignores,
        }
    }

    fn history(&self, parameters: &Parameters, _options: &ReplayOptions) -> Box<dyn History> {
        Box::new(Speeds {
            history_size: parameters.history_size,
            fast_submit_threshold_us: parameters.fast_submit_threshold_us,
            window: VecDeque::new(),
            n_pages: 0,
            n_fast: 0,
        })
    }
}

/// Whether each page of the window was fast; without a size only their numbers are kept.
#[derive(Debug)]
struct Speeds {
    history_size: Option<NonZeroUsize>,
    fast_submit_threshold_us: i64,
    window: VecDeque<bool>,
    n_pages: usize,
    n_fast: usize,
}

impl History for Speeds {
    fn push(&mut self, event: &Event<'_>) {
        let elapsed_us = event.submitted_at_us - event.created_at_us;
        let is_fast = elapsed_us < self.fast_submit_threshold_us;
        self.n_pages += 1;
        self.n_fast += usize::from(is_fast);
        let Some(history_size) = self.history_size else {
            return;
        };
        self.window.push_back(is_fast);
        if self.window.len() > history_size.get()
            && let Some(was_fast) = self.window.pop_front()
        {
            self.n_pages -= 1;
            self.n_fast -= usize::from(was_fast);
        }
    }

    fn clear(&mut self) {
        self.window.clear();
        self.n_pages = 0;
        self.n_fast = 0;
    }

    fn statistics(&self) -> Statistics {
        let values = [Value::count(self.n_pages), Value::count(self.n_fast)];
        Statistics::new(KEYS, values)
    }
}
