//! A difference as lines of text.
//!
//! It prints nothing.

use serde_json::Value;

use super::queries::{Queries, QueryChanges};
use super::side_by_side::TableChange;
use super::{Difference, Side};

/// The difference for people.
pub(crate) fn lines(difference: &Difference) -> Vec<String> {
    let mut lines = vec![
        side_line("before", &difference.before),
        side_line("after", &difference.after),
    ];
    if difference.has_same_content {
        lines.push("nothing changed: every file has the same content".to_owned());
    } else {
        lines.extend(table_lines(&difference.tables));
    }
    if let Some(queries) = &difference.queries
        && !difference.has_same_content
    {
        lines.push(String::new());
        lines.extend(query_lines(queries));
    }
    for promise in &difference.broken_promises {
        lines.push(format!("warning    {} {}", promise.n_rows, promise.problem));
    }
    if !difference.settings.is_empty() {
        lines.push(String::new());
    }
    for setting in &difference.settings {
        let (before, after) = (short(&setting.before), short(&setting.after));
        lines.push(format!("{:<40} {before} -> {after}", setting.name));
    }
    if difference.has_same_content {
        return lines;
    }
    lines.push(String::new());
    for count in &difference.counts {
        let name = format!("{} {}", count.what, count.value);
        let change = i128::from(count.n_after) - i128::from(count.n_before);
        let change = if change == 0 {
            String::new()
        } else {
            format!("{change:+}")
        };
        let line = format!(
            "{name:<40} {:>12} {:>12} {change:>10}",
            count.n_before, count.n_after
        );
        lines.push(line.trim_end().to_owned());
    }
    lines
}

fn side_line(name: &str, side: &Side) -> String {
    format!(
        "{name:<10} commit {} as of {}: {}",
        side.commit, side.as_of, side.snapshot
    )
}

fn table_lines(tables: &[TableChange]) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!(
            "{:<14}{:>12}{:>12}{:>12}{:>12}{:>13}{:>12}  {}",
            "table",
            "before",
            "after",
            "same",
            "changed",
            "only before",
            "only after",
            "changed columns"
        ),
    ];
    for change in tables {
        let columns: Vec<String> = change
            .changed_columns
            .iter()
            .map(|column| format!("{} {}", column.column, column.n_changed))
            .collect();
        let line = format!(
            "{:<14}{:>12}{:>12}{:>12}{:>12}{:>13}{:>12}  {}",
            change.table,
            change.n_before,
            change.n_after,
            change.n_same,
            change.n_changed,
            change.n_only_before,
            change.n_only_after,
            columns.join(", ")
        );
        lines.push(line.trim_end().to_owned());
    }
    lines
}

fn query_lines(queries: &QueryChanges) -> Vec<String> {
    let line = |kind: &str, queries: &Queries| {
        let n_more = queries.n_queries - queries.first.len() as u64;
        let more = if n_more > 0 && !queries.first.is_empty() {
            format!(", and {n_more} more")
        } else {
            String::new()
        };
        let line = format!(
            "{kind:<34}{:>10}  {}{more}",
            queries.n_queries,
            queries.first.join(", ")
        );
        line.trim_end().to_owned()
    };
    vec![
        line("queries with new answers", &queries.new_answers),
        line("queries that moved without", &queries.moved),
        line("queries only before", &queries.only_before),
        line("queries only after", &queries.only_after),
        format!("{:<34}{:>10}", "queries that are the same", queries.n_same),
    ]
}

/// A value without the end of a long hash.
fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { text[..12].to_owned() } else { text }
}
