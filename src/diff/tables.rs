//! What makes a row of each published table the same row in another snapshot.
//!
//! It compares nothing.

/// A published table and its key.
#[derive(Debug)]
pub(super) struct KeyedTable {
    pub(super) name: &'static str,
    /// The names of the key's columns, and what each is; the first is never null.
    pub(super) key: &'static [(&'static str, &'static str)],
    /// Columns that are no change: part of the key, or following from other rows.
    pub(super) passed_over: &'static [&'static str],
    pub(super) repetition: Repetition,
}

/// Whether a key can stand in several rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repetition {
    Never,
    /// The rows of a key are then numbered in the order of their other columns.
    Possible,
}

/// Every published table.
pub(super) const KEYED_TABLES: &[KeyedTable] = &[
    KeyedTable {
        name: "pointwise",
        key: &[("query_id", "query_id"), ("item_id", "item_id")],
        passed_over: &["qid", "pos", "as_of"],
        repetition: Repetition::Never,
    },
    KeyedTable {
        name: "pairs",
        // A pair that turned round is the same pair.
        key: &[
            ("query_id", "query_id"),
            ("first_item_id", "least(chosen_item_id, rejected_item_id)"),
            (
                "second_item_id",
                "greatest(chosen_item_id, rejected_item_id)",
            ),
        ],
        passed_over: &["qid", "rejected_item_id", "chosen_row", "rejected_row"],
        repetition: Repetition::Never,
    },
    KeyedTable {
        name: "lists",
        key: &[("query_id", "query_id")],
        passed_over: &["qid"],
        repetition: Repetition::Never,
    },
    KeyedTable {
        name: "items",
        key: &[("id", "id")],
        passed_over: &[],
        repetition: Repetition::Never,
    },
    KeyedTable {
        name: "queries",
        key: &[("id", "id")],
        passed_over: &[],
        repetition: Repetition::Never,
    },
    KeyedTable {
        name: "categories",
        key: &[("feature", "feature"), ("value", "value")],
        passed_over: &[],
        repetition: Repetition::Never,
    },
    KeyedTable {
        name: "workers",
        key: &[("worker_id", "worker_id"), ("project_id", "project_id")],
        passed_over: &[],
        repetition: Repetition::Never,
    },
    KeyedTable {
        name: "rejects",
        key: &[("assignment_id", "assignment_id"), ("task_id", "task_id")],
        passed_over: &[],
        repetition: Repetition::Possible,
    },
    KeyedTable {
        name: "bans",
        key: &[
            ("worker_id", "worker_id"),
            ("scope", "scope"),
            ("project_id", "coalesce(project_id, '')"),
            ("pool_id", "coalesce(pool_id, '')"),
            ("started_at", "started_at"),
        ],
        passed_over: &[],
        repetition: Repetition::Possible,
    },
    KeyedTable {
        name: "skill_history",
        key: &[
            ("worker_id", "worker_id"),
            ("skill_id", "skill_id"),
            ("at", "at"),
        ],
        passed_over: &[],
        repetition: Repetition::Possible,
    },
    KeyedTable {
        name: "relabel",
        key: &[("task_id", "task_id"), ("pool_id", "pool_id")],
        passed_over: &[],
        repetition: Repetition::Never,
    },
    KeyedTable {
        name: "labels",
        key: &[("task_id", "task_id")],
        passed_over: &[],
        repetition: Repetition::Never,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::table_names;

    #[test]
    fn every_published_table_has_a_key() {
        for name in table_names() {
            let is_keyed = KEYED_TABLES.iter().any(|keyed| keyed.name == name);
            assert!(is_keyed, "{name}");
        }
    }
}
