//! Reads `<model>.check.sql`: each query returns offending rows under `-- fail:` or `-- warn:` and a sentence.
//!
//! It runs nothing: `runner` does.

use crate::error::{Error, Result};

/// What offending rows mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    /// The run stops; nothing is published.
    Fail,
    /// The run goes on; the report says so.
    Warn,
}

/// One query that must return no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) severity: Severity,
    pub(crate) sentence: String,
    pub(crate) sql: String,
}

/// The checks of one file.
pub(crate) fn parse(text: &str, file: &str) -> Result<Vec<Check>> {
    let mut checks: Vec<Check> = Vec::new();
    for line in text.lines() {
        if let Some((severity, sentence)) = heading(line) {
            checks.push(Check {
                severity,
                sentence: sentence.to_owned(),
                sql: String::new(),
            });
        } else if let Some(check) = checks.last_mut() {
            check.sql.push_str(line);
            check.sql.push('\n');
        } else if !line.trim().is_empty() {
            return Err(Error::Bug(format!(
                "{file}: the first line must be \"-- fail: …\" or \"-- warn: …\""
            )));
        }
    }
    for check in &mut checks {
        let query = check.sql.trim().trim_end_matches(';');
        if query.is_empty() {
            return Err(Error::Bug(format!(
                "{file}: \"{}\" has no query",
                check.sentence
            )));
        }
        check.sql = query.to_owned();
    }
    Ok(checks)
}

fn heading(line: &str) -> Option<(Severity, &str)> {
    let fail = line.strip_prefix("-- fail:").map(|s| (Severity::Fail, s));
    let warn = || line.strip_prefix("-- warn:").map(|s| (Severity::Warn, s));
    fail.or_else(warn)
        .map(|(severity, sentence)| (severity, sentence.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_cut_at_its_headings() {
        let text = "-- fail: a is null\nselect 1\nwhere false;\n\n-- warn: b is odd\nselect 2;\n";
        let checks = parse(text, "x").unwrap();
        assert_eq!(checks.len(), 2);
        assert_eq!(checks[0].sql, "select 1\nwhere false");
        assert_eq!(checks[1].severity, Severity::Warn);
        assert!(parse("select 1", "x").is_err());
    }
}
