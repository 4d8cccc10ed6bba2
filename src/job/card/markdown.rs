//! Small pieces of Markdown: tables, counts and shares.
//!
//! It knows nothing of what they say.

use std::fmt::Display;

/// A table; nothing where there are no rows.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut lines = vec![
        format!("| {} |\n", headings.join(" | ")),
        format!("|{}\n", "---|".repeat(headings.len())),
    ];
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell_text(cell)).collect();
        lines.push(format!("| {} |\n", cells.join(" | ")));
    }
    lines.concat()
}

/// What would end a cell is written so that it does not.
fn cell_text(cell: &str) -> String {
    cell.replace('|', "\\|").replace(['\n', '\r'], " ")
}

/// A count with commas between thousands: 1,234,567.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 query`, `2 queries`.
pub(super) fn counted(value: u64, one: &str, many: &str) -> String {
    let word = if value == 1 { one } else { many };
    format!("{} {word}", count(value))
}

/// A share as a percentage, `12.3 %`.
pub(super) fn percentage(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A part of a whole as a percentage; nothing where there is no whole.
pub(super) fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return String::new();
    }
    percentage(part as f64 / whole as f64)
}

/// A number with so many digits behind the point, or a dash where there is none.
pub(super) fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

/// Words as one says them: `a`, `a and b`, `a, b and c`.
pub(super) fn listed<T: Display>(words: &[T]) -> String {
    let words: Vec<String> = words.iter().map(ToString::to_string).collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_or_a_new_line_does_not_end_a_cell() {
        let rows = [vec!["a|b".to_owned(), "c\nd".to_owned()]];
        let text = table(&["x", "y"], &rows);
        assert_eq!(text, "| x | y |\n|---|---|\n| a\\|b | c d |\n");
        assert_eq!(table(&["x"], &[]), "");
    }

    #[test]
    fn counts_and_shares_read_well() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "query", "queries"), "1 query");
        assert_eq!(counted(1000, "query", "queries"), "1,000 queries");
        assert_eq!(
            (share(1, 8), share(1, 0)),
            ("12.5 %".to_owned(), String::new())
        );
        assert_eq!(number(None, 2), "–");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
    }
}
