//! Holds a published snapshot against what the slow twin expects.
//!
//! Scores, weights and shares agree to 1e-5 (they are float32); everything else exactly.

use std::collections::BTreeMap;

use super::expected::{Expected, Group};
use crate::published::Snapshot;
use crate::rows::{Row, Value};

const SPLITS: [&str; 3] = ["train", "validation", "test"];

/// The 97.5 % quantile of the normal distribution.
const NORMAL_975: f64 = 1.959_963_984_540_054;

/// Fails unless the snapshot says exactly what is expected.
pub(super) fn compare(snapshot: &Snapshot, expected: &Expected) {
    compare_rejects(snapshot, expected);
    let items = Entities::read(snapshot, "items");
    let queries = Entities::read(snapshot, "queries");
    for split in SPLITS {
        let groups = expected.splits.get(split).map_or(&[][..], Vec::as_slice);
        let pointwise = snapshot.rows(&format!("pointwise/{split}"));
        compare_pointwise(groups, &pointwise, &items);
        let pairs = snapshot.rows(&format!("pairs/{split}"));
        compare_pairs(groups, &pairs, &pointwise, &items, &queries);
        compare_lists(groups, &snapshot.rows(&format!("lists/{split}")), &items);
    }
}

/// A published catalog table: dense numbers in byte order of the id.
struct Entities(BTreeMap<String, Row>);

impl Entities {
    fn read(snapshot: &Snapshot, table: &str) -> Self {
        let rows = snapshot.rows(table);
        let by_id: BTreeMap<String, Row> =
            rows.iter().map(|row| (row.id("id"), row.clone())).collect();
        assert_eq!(by_id.len(), rows.len(), "{table}: an id stands twice");
        for (position, (id, row)) in by_id.iter().enumerate() {
            let idx = row.whole("idx").expect("idx has no null");
            assert_eq!(idx, position as i64, "{table} {id}: idx in byte order");
        }
        Self(by_id)
    }

    fn idx(&self, id: &str) -> i64 {
        let row = self.0.get(id).unwrap_or_else(|| panic!("{id} has no idx"));
        row.whole("idx").expect("idx has no null")
    }

    fn title(&self, id: &str) -> Option<&str> {
        self.0.get(id)?.text("title")
    }
}

fn close(found: f64, expected: f64, what: &str) {
    let scale = expected.abs().max(1.0);
    let error = (found - expected).abs() / scale;
    assert!(error <= 1e-5, "{what}: expected {expected}, found {found}");
}

fn compare_rejects(snapshot: &Snapshot, expected: &Expected) {
    let mut found: Vec<(String, String, String)> = snapshot
        .rows("rejects")
        .iter()
        .map(|row| {
            (
                row.id("drop_reason"),
                row.id("assignment_id"),
                row.id("task_id"),
            )
        })
        .collect();
    found.sort();
    let by_reason = |rejects: &[(String, String, String)]| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (reason, _, _) in rejects {
            *counts.entry(reason.clone()).or_default() += 1;
        }
        counts
    };
    let (found_counts, expected_counts) = (by_reason(&found), by_reason(&expected.rejects));
    assert_eq!(
        found_counts, expected_counts,
        "rejects by reason, found and expected"
    );
    let first_wrong = found.iter().zip(&expected.rejects).find(|(a, b)| a != b);
    assert_eq!(first_wrong, None, "a reject, found and expected");
}

fn compare_pointwise(groups: &[Group], rows: &[Row], items: &Entities) {
    let n_expected: usize = groups.iter().map(|group| group.items.len()).sum();
    assert_eq!(rows.len(), n_expected, "rows of pointwise");
    let expected = groups.iter().enumerate().flat_map(|(qid, group)| {
        let items = group.items.iter().enumerate();
        items.map(move |(pos, item)| (qid, group, pos, item))
    });
    for ((qid, group, pos, item), row) in expected.zip(rows) {
        let what = format!("pointwise {} {}", group.query, item.id);
        assert_eq!(row.id("query_id"), group.query, "{what}");
        assert_eq!(row.id("item_id"), item.id, "{what}");
        let whole = [
            ("qid", qid as i64),
            ("pos", pos as i64),
            ("item_idx", items.idx(&item.id)),
            ("label", item.label),
            ("rank", item.rank),
            ("n_comparisons", item.n_comparisons),
            ("n_workers", item.n_workers),
        ];
        for (column, expected) in whole {
            assert_eq!(row.whole(column), Some(expected), "{what}: {column}");
        }
        let half_width = NORMAL_975 * item.score_se;
        let real = [
            ("score", item.score),
            ("score_lo", item.score - half_width),
            ("score_hi", item.score + half_width),
            ("weight", item.weight()),
            ("group_weight", group.weight()),
        ];
        for (column, expected) in real {
            close(row.real(column), expected, &format!("{what}: {column}"));
        }
    }
}

fn compare_pairs(
    groups: &[Group],
    rows: &[Row],
    pointwise: &[Row],
    items: &Entities,
    queries: &Entities,
) {
    let n_expected: usize = groups.iter().map(|group| group.pairs.len()).sum();
    assert_eq!(rows.len(), n_expected, "rows of pairs");
    let mut qid_before = 0;
    for row in rows {
        let qid = row.whole("qid").expect("qid has no null");
        assert!(qid >= qid_before, "pairs are sorted by qid");
        qid_before = qid;
        let group = &groups[usize::try_from(qid).expect("qid is not negative")];
        let (chosen, rejected) = (row.id("chosen_item_id"), row.id("rejected_item_id"));
        let what = format!("pair {} {chosen} {rejected}", group.query);
        assert_eq!(row.id("query_id"), group.query, "{what}");
        let key = (chosen.clone(), rejected.clone());
        let pair = group
            .pairs
            .get(&key)
            .unwrap_or_else(|| panic!("{what} is not expected"));
        assert_eq!(row.whole("n_votes"), Some(pair.n_votes), "{what}: n_votes");
        assert_eq!(row.whole("n_ties"), Some(pair.n_ties), "{what}: n_ties");
        close(row.real("margin"), pair.margin, &format!("{what}: margin"));
        close(row.real("prob"), pair.prob(), &format!("{what}: prob"));
        close(row.real("weight"), pair.weight, &format!("{what}: weight"));
        for (column, id) in [("chosen_row", &chosen), ("rejected_row", &rejected)] {
            let index = row.whole(column).expect("a row's index has no null");
            let target = &pointwise[usize::try_from(index).expect("not negative")];
            assert_eq!(target.id("item_id"), *id, "{what}: {column}");
            assert_eq!(target.whole("qid"), Some(qid), "{what}: {column}");
        }
        if let Some(title) = queries.title(&group.query) {
            let prompt = format!("Which product goes best with {title}?\n");
            assert_eq!(row.id("prompt"), prompt, "{what}");
        }
        for (column, id) in [("chosen", &chosen), ("rejected", &rejected)] {
            if let Some(title) = items.title(id) {
                assert_eq!(row.id(column), title, "{what}: {column}");
            }
        }
    }
}

fn compare_lists(groups: &[Group], rows: &[Row], items: &Entities) {
    assert_eq!(rows.len(), groups.len(), "rows of lists");
    for ((qid, group), row) in groups.iter().enumerate().zip(rows) {
        let what = format!("list {}", group.query);
        assert_eq!(row.id("query_id"), group.query, "{what}");
        assert_eq!(row.whole("qid"), Some(qid as i64), "{what}: qid");
        assert_eq!(
            row.whole("list_size"),
            Some(group.items.len() as i64),
            "{what}"
        );
        close(row.real("group_weight"), group.weight(), &what);
        let each = |value: &dyn Fn(&super::expected::Item) -> Value| -> Vec<Value> {
            group.items.iter().map(value).collect()
        };
        assert_eq!(
            row.list("item_ids"),
            each(&|item| Value::Text(item.id.clone())),
            "{what}"
        );
        assert_eq!(
            row.list("item_idx"),
            each(&|item| Value::Whole(items.idx(&item.id))),
            "{what}"
        );
        assert_eq!(
            row.list("labels"),
            each(&|item| Value::Whole(item.label)),
            "{what}"
        );
        assert_eq!(
            row.list("scores").len(),
            group.items.len(),
            "{what}: scores"
        );
        for (score, item) in row.list("scores").iter().zip(&group.items) {
            let Value::Real(score) = score else {
                panic!("{what}: a score is {score:?}");
            };
            close(*score, item.score, &what);
        }
    }
}
