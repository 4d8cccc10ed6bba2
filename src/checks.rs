//! Reads checks and audits: each query returns offending rows under `-- fail:` or `-- warn:` and a sentence.
//!
//! It runs nothing: `runner` and `audits` do.
//!
//! An audit may also say `-- note:` (its rows are figures, not offences), and, on the line below its sentence,
//! `-- allowed: 0.5 % of pointwise`: so many rows for each row of that table offend nobody.

use crate::error::{Error, Result};

/// What offending rows mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    /// The run stops; nothing is published.
    Fail,
    /// The run goes on; the report says so.
    Warn,
    /// The rows are figures.
    Note,
}

/// How many offending rows are tolerated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Allowed {
    /// Of the rows of the table.
    pub(crate) share: f64,
    pub(crate) table: String,
}

/// One query that must return no row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Check {
    pub(crate) severity: Severity,
    pub(crate) sentence: String,
    pub(crate) allowed: Option<Allowed>,
    pub(crate) sql: String,
    /// The line of the file that the query's text starts on, from 1.
    pub(crate) line: usize,
}

/// What is wrong with a file of checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) problem: String,
}

/// The checks of one of our own files.
pub(crate) fn parse(text: &str, file: &str) -> Result<Vec<Check>> {
    parse_lines(text)
        .map_err(|Mistake { line, problem }| Error::Bug(format!("{file}:{line}: {problem}")))
}

/// The checks of one file, or what is wrong with it.
pub(crate) fn parse_lines(text: &str) -> Result<Vec<Check>, Mistake> {
    let mut checks: Vec<Check> = Vec::new();
    let text = text.trim_start_matches('\u{feff}');
    for (number, line) in (1..).zip(text.lines()) {
        let mistake = |problem: &str| Mistake {
            line: number,
            problem: problem.to_owned(),
        };
        if let Some((severity, sentence)) = heading(line) {
            checks.push(Check {
                severity,
                sentence: sentence.to_owned(),
                allowed: None,
                sql: String::new(),
                line: number + 1,
            });
        } else if let Some(check) = checks.last_mut() {
            let allowed = line.strip_prefix("-- allowed:");
            if let Some(allowed) = allowed.filter(|_| check.sql.trim().is_empty()) {
                check.allowed = Some(parse_allowed(allowed).ok_or_else(|| {
                    mistake("write a share of a table's rows, such as \"-- allowed: 0.5 % of pointwise\"")
                })?);
                check.line = number + 1;
                continue;
            }
            if line.replace(' ', "").starts_with("--allowed:") {
                return Err(mistake(
                    "\"-- allowed: 0.5 % of pointwise\" stands right below \"-- fail:\" or \"-- warn:\"",
                ));
            }
            check.sql.push_str(line);
            check.sql.push('\n');
        } else if !line.trim().is_empty() && !line.starts_with("--") {
            return Err(mistake(
                "before the first query there must be \"-- fail: …\" or \"-- warn: …\"",
            ));
        }
    }
    for check in &mut checks {
        let query = check.sql.trim_end().trim_end_matches(';').to_owned();
        if query.trim().is_empty() {
            return Err(Mistake {
                line: check.line,
                problem: format!("\"{}\" has no query", check.sentence),
            });
        }
        check.sql = query;
    }
    Ok(checks)
}

fn heading(line: &str) -> Option<(Severity, &str)> {
    let words = [
        ("-- fail:", Severity::Fail),
        ("-- warn:", Severity::Warn),
        ("-- note:", Severity::Note),
    ];
    words.into_iter().find_map(|(word, severity)| {
        let sentence = line.strip_prefix(word)?;
        Some((severity, sentence.trim()))
    })
}

/// `0.5 % of pointwise`.
fn parse_allowed(text: &str) -> Option<Allowed> {
    let (percent, table) = text.split_once("% of ")?;
    let share = percent.trim().parse::<f64>().ok()? / 100.0;
    let table = table.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
    let is_valid = (0.0..=1.0).contains(&share) && !table.is_empty() && table.chars().all(is_name);
    is_valid.then(|| Allowed {
        share,
        table: if table.contains('.') {
            table.to_owned()
        } else {
            format!("published.{table}")
        },
    })
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
        assert_eq!((checks[0].line, checks[1].line), (2, 6));
        assert!(parse("select 1", "x").is_err());
    }

    #[test]
    fn a_share_of_a_table_may_be_allowed_and_must_make_sense() {
        let text = "-- warn: few prices\n-- allowed: 0.5 % of pointwise\nselect 1\n";
        let checks = parse_lines(text).unwrap();
        let allowed = checks[0].allowed.clone().unwrap();
        assert_eq!(
            (allowed.share, allowed.table.as_str()),
            (0.005, "published.pointwise")
        );
        assert_eq!(checks[0].line, 3);
        for wrong in [
            "half of pointwise",
            "120 % of pointwise",
            "1 % of a; drop",
            "1 % of ",
        ] {
            let text = format!("-- fail: x\n-- allowed: {wrong}\nselect 1");
            assert_eq!(parse_lines(&text).unwrap_err().line, 2, "{wrong}");
        }
    }
}
