//! What must not change from one snapshot to the next, and where it did.
//!
//! It reads no rows: the counts of changes tell.

use serde::Serialize;

use super::side_by_side::TableChange;

/// A promise that does not hold between the two.
#[derive(Debug, Serialize)]
pub(super) struct BrokenPromise {
    pub(super) problem: &'static str,
    pub(super) n_rows: u64,
}

/// Columns that keep their value as long as their row is there.
const KEPT_VALUES: [(&str, &str, &str); 5] = [
    ("lists", "split", "queries changed their split"),
    ("pointwise", "item_idx", "candidates changed their item_idx"),
    ("items", "idx", "items changed their idx"),
    ("queries", "idx", "queries changed their idx"),
    ("categories", "code", "categories changed their code"),
];

/// Tables that only grow.
const GROWING_TABLES: [(&str, &str); 3] = [
    ("items", "items left the vocabulary"),
    ("queries", "queries left the vocabulary"),
    ("categories", "categories left the vocabulary"),
];

/// The promises that are broken; vocabularies grow in the order of commits only.
pub(super) fn broken(tables: &[TableChange], is_forward: bool) -> Vec<BrokenPromise> {
    let changed = |name: &str| tables.iter().find(|change| change.table == name);
    let mut promises = Vec::new();
    for (table, column, problem) in KEPT_VALUES {
        let n_rows = changed(table).map_or(0, |change| change.n_changed_in(column));
        promises.push(BrokenPromise { problem, n_rows });
    }
    for (table, problem) in GROWING_TABLES {
        let n_rows = changed(table).map_or(0, |change| change.n_only_before);
        let n_rows = if is_forward { n_rows } else { 0 };
        promises.push(BrokenPromise { problem, n_rows });
    }
    promises.retain(|promise| promise.n_rows > 0);
    promises
}

#[cfg(test)]
mod tests {
    use super::super::side_by_side::ColumnChange;
    use super::*;

    fn change(table: &'static str, n_only_before: u64, changed: &[(&str, u64)]) -> TableChange {
        let changed = changed.iter().map(|&(column, n_changed)| ColumnChange {
            column: column.to_owned(),
            n_changed,
        });
        TableChange {
            table,
            n_before: 10,
            n_after: 10,
            n_same: 10,
            n_changed: 0,
            n_only_before,
            n_only_after: 0,
            changed_columns: changed.collect(),
        }
    }

    #[test]
    fn numbers_codes_and_splits_never_change_and_vocabularies_only_grow() {
        let tables = [
            change("lists", 3, &[("split", 1), ("scores", 9)]),
            change("items", 2, &[("idx", 4), ("title", 5)]),
            change("categories", 0, &[("code", 6)]),
        ];
        let told = |is_forward| {
            let promises = broken(&tables, is_forward);
            let told = promises
                .iter()
                .map(|broken| (broken.problem, broken.n_rows));
            told.collect::<Vec<_>>()
        };
        let changed = [
            ("queries changed their split", 1),
            ("items changed their idx", 4),
            ("categories changed their code", 6),
        ];
        assert_eq!(told(false), changed);
        let vanished = ("items left the vocabulary", 2);
        assert_eq!(told(true), [&changed[..], &[vanished]].concat());
    }
}
