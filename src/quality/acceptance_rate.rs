//! `ACCEPTANCE_RATE`: how many reviewed pages of the window were accepted and rejected.
//!
//! A later verdict on a page of the window takes the place of the earlier one, unless the options say so.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;

use super::tally::{Tally, credit_of};
use super::{
    Collector, Event, EventKind, Hearing, History, Key, ON_RATES, Parameter, Parameters,
    ReplayOptions, ReviewedAgain, Statistics, Verdict,
};

const KEYS: &[Key] = &[
    Key::count("total_assignments_count"),
    Key::percent("accepted_assignments_rate"),
    Key::percent("rejected_assignments_rate"),
];

#[derive(Debug)]
pub(super) struct AcceptanceRate;

impl Collector for AcceptanceRate {
    fn name(&self) -> &'static str {
        "ACCEPTANCE_RATE"
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn actions(&self) -> &'static [&'static str] {
        ON_RATES
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::HistorySize]
    }

    fn hears(&self, kind: &EventKind<'_>, _options: &ReplayOptions) -> Hearing {
        match kind {
            EventKind::Review(_) => Hearing::Judges,
            _ => Hearing::Ignores,
        }
    }

    fn history(&self, parameters: &Parameters, options: &ReplayOptions) -> Box<dyn History> {
        Box::new(Reviews {
            history_size: parameters.history_size,
            reviewed_again: options.reviewed_again,
            ..Reviews::default()
        })
    }
}

/// The verdicts of the window, the number of those that left it, and where each page stands.
#[derive(Debug, Default)]
struct Reviews {
    history_size: Option<NonZeroUsize>,
    reviewed_again: ReviewedAgain,
    window: VecDeque<(Box<str>, Verdict)>,
    n_gone: usize,
    positions: HashMap<Box<str>, usize>,
    tally: Tally,
}

impl History for Reviews {
    fn push(&mut self, event: &Event<'_>) {
        let EventKind::Review(verdict) = event.kind else {
            return;
        };
        let position = self.positions.get(event.assignment_id).copied();
        if let (Some(position), ReviewedAgain::Replaces) = (position, self.reviewed_again) {
            self.replace(position, verdict);
        } else {
            self.add(event.assignment_id, verdict);
        }
    }

    fn clear(&mut self) {
        self.n_gone += self.window.len();
        self.window.clear();
        self.positions.clear();
        self.tally = Tally::default();
    }

    fn statistics(&self) -> Statistics {
        self.tally.statistics(KEYS)
    }
}

impl Reviews {
    /// A page that left the window keeps its place outside it: a second verdict does not bring it back.
    fn replace(&mut self, position: usize, verdict: Verdict) {
        let window_idx = position.checked_sub(self.n_gone);
        let Some((_, current)) = window_idx.and_then(|idx| self.window.get_mut(idx)) else {
            return;
        };
        self.tally.remove(credit_of(*current == Verdict::Accept));
        self.tally.add(credit_of(verdict == Verdict::Accept));
        *current = verdict;
    }

    fn add(&mut self, assignment_id: &str, verdict: Verdict) {
        let position = self.n_gone + self.window.len();
        self.positions.insert(assignment_id.into(), position);
        self.window.push_back((assignment_id.into(), verdict));
        self.tally.add(credit_of(verdict == Verdict::Accept));
        if self
            .history_size
            .is_some_and(|size| self.window.len() > size.get())
            && let Some((_, oldest)) = self.window.pop_front()
        {
            self.n_gone += 1;
            self.tally.remove(credit_of(oldest == Verdict::Accept));
        }
    }
}
