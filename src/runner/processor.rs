//! The processor time of this process, for the report of each step.
//!
//! Nothing that is published depends on it.

use std::time::Duration;

/// Processor time that this process has used: user and system, in Linux's ticks of 10 ms.
pub(crate) fn cpu_time() -> Option<Duration> {
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
