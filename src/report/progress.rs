//! Progress of a run on stderr: a line that moves on a terminal, log lines elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::runner::{Progress, StepReport};

/// Shows one step after the other.
pub(crate) struct Display {
    bar: Option<ProgressBar>,
}

impl Display {
    /// A moving line where stderr is a terminal.
    pub(crate) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Display {
    fn started(&self, table: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(table.to_owned());
        } else {
            tracing::debug!(table, "started");
        }
    }

    fn finished(&self, step: &StepReport) {
        let duration_s = step.duration.as_secs_f64();
        let cpu_s = step.cpu.map(|cpu| cpu.as_secs_f64());
        let table = step.table.as_str();
        match (&self.bar, step.n_rows) {
            (Some(bar), Some(n_rows)) => {
                bar.println(format!("{table:<28} {n_rows:>12} rows {duration_s:>8.2} s"));
            }
            (Some(_), None) => {}
            (None, n_rows) => tracing::info!(table, n_rows, duration_s, cpu_s, "computed"),
        }
    }

    fn warned(&self, table: &str, sentence: &str, rows: &str) {
        let text = format!("{table}: {sentence}\n{rows}");
        if let Some(bar) = &self.bar {
            bar.suspend(|| tracing::warn!("{text}"));
        } else {
            tracing::warn!("{text}");
        }
    }
}
