//! What a step costs: time, and processor time of this process.
//!
//! Nothing that is published depends on it.

use std::time::{Duration, Instant};

use super::StepReport;

/// Runs from the start of a step to its report.
pub(crate) struct Stopwatch {
    started: Instant,
    cpu_before: Option<Duration>,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            cpu_before: cpu_time(),
        }
    }

    pub(crate) fn report(&self, table: &str, n_rows: Option<usize>) -> StepReport {
        let used = cpu_time().zip(self.cpu_before);
        StepReport {
            table: table.to_owned(),
            n_rows,
            duration: self.started.elapsed(),
            cpu: used.map(|(after, before)| after.saturating_sub(before)),
        }
    }
}

/// Processor time that this process has used: user and system, in Linux's ticks of 10 ms.
fn cpu_time() -> Option<Duration> {
    let line = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may hold spaces; user and system time are the 12th and 13th field after it.
    let (_, after_name) = line.rsplit_once(')')?;
    let ticks: Vec<u64> = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    Some(Duration::from_millis(ticks.iter().sum::<u64>() * 10))
}
