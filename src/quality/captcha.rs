//! `CAPTCHA`: how many captchas of the window were solved.
//!
//! The platform no longer offers it; logs of it are an input of their own.

use super::tally::{CreditWindow, credit_of};
use super::{
    Collector, Event, EventKind, Hearing, History, Key, ON_RATES, Parameter, Parameters,
    ReplayOptions, Statistics,
};

const KEYS: &[Key] = &[
    Key::count("stored_results_count"),
    Key::percent("success_rate"),
    Key::percent("fail_rate"),
];

#[derive(Debug)]
pub(super) struct Captcha;

impl Collector for Captcha {
    fn name(&self) -> &'static str {
        "CAPTCHA"
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
            EventKind::Captcha { .. } => Hearing::Judges,
            _ => Hearing::Ignores,
        }
    }

    fn history(&self, parameters: &Parameters, _options: &ReplayOptions) -> Box<dyn History> {
        Box::new(Entries(CreditWindow::new(parameters.history_size)))
    }
}

#[derive(Debug)]
struct Entries(CreditWindow);

impl History for Entries {
    fn push(&mut self, event: &Event<'_>) {
        if let EventKind::Captcha { is_solved } = event.kind {
            self.0.push(credit_of(is_solved));
        }
    }

    fn clear(&mut self) {
        self.0.clear();
    }

    fn statistics(&self) -> Statistics {
        self.0.tally.statistics(KEYS)
    }
}
