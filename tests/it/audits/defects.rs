//! One defect, or more, for each audit, as small as can be: what else it breaks by its nature is named.
//!
//! What an audit does with it is the test's to see.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{
    Date32Type, Float32Type, Float64Type, Int8Type, Int32Type, Int64Type, Schema,
};

use super::stored::{Shape, Stored, numbers};
use crate::rows::{taken, with_column};

const POINTWISE: &str = "pointwise/train";
const LISTS: &str = "lists/train";
const PAIRS: &str = "pairs/train";

/// A change of stored files.
pub(crate) struct Defect {
    /// The audit that must find it.
    pub(crate) code: &'static str,
    pub(crate) what: &'static str,
    /// Further audits that it breaks by its nature, those before `code` and those after.
    before: &'static [&'static str],
    after: &'static [&'static str],
    pub(crate) after_writing: fn(&mut Stored<'_>),
    pub(crate) after_sealing: fn(&Path),
}

impl Defect {
    const fn new(code: &'static str, what: &'static str, plant: fn(&mut Stored<'_>)) -> Self {
        Self {
            code,
            what,
            before: &[],
            after: &[],
            after_writing: plant,
            after_sealing: |_| {},
        }
    }

    const fn breaking(
        mut self,
        before: &'static [&'static str],
        after: &'static [&'static str],
    ) -> Self {
        self.before = before;
        self.after = after;
        self
    }

    const fn sealed(code: &'static str, what: &'static str, plant: fn(&Path)) -> Self {
        let mut defect = Self::new(code, what, |_| {});
        defect.after_sealing = plant;
        defect
    }

    pub(crate) const fn none() -> Self {
        Self::new("", "nothing", |_| {})
    }

    /// Every audit that must fail, in order.
    pub(crate) fn failed(&self) -> Vec<&'static str> {
        [self.before, &[self.code], self.after].concat()
    }
}

/// Every defect; each audit has at least one.
pub(crate) const DEFECTS: &[Defect] = &[
    Defect::new(
        "stored_files",
        "a foreign file in a table's folder",
        |stored| {
            let foreign = stored.path(POINTWISE).with_file_name("notes.txt");
            std::fs::write(foreign, "x").expect("a foreign file");
        },
    ),
    Defect::new("stored_bytes", "one flipped bit", |stored| {
        let path = stored.path(POINTWISE);
        let mut bytes = std::fs::read(&path).expect("a stored file");
        bytes[100] ^= 1;
        std::fs::write(&path, bytes).expect("a stored file");
    }),
    Defect::new("stored_bytes", "a file cut short", |stored| {
        let path = stored.path("rejects");
        let bytes = std::fs::read(&path).expect("a stored file");
        std::fs::write(&path, &bytes[..bytes.len() - 1]).expect("a stored file");
    }),
    Defect::new("footer", "written by another program", |stored| {
        let rows = stored.rows("items");
        let shape = Shape {
            created_by: Some("somebody".to_owned()),
            row_group_rows: vec![rows.num_rows()],
        };
        stored.write_shaped("items", &rows, &shape);
    }),
    Defect::new(
        "schema",
        "a required column that may hold nulls",
        |stored| {
            let rows = stored.rows("items");
            let mut fields: Vec<_> = rows
                .schema()
                .fields()
                .iter()
                .map(|f| f.as_ref().clone())
                .collect();
            fields[1].set_nullable(true);
            let schema = Arc::new(Schema::new(fields));
            let rows =
                RecordBatch::try_new(schema, rows.columns().to_vec()).expect("the same columns");
            stored.write("items", &rows);
        },
    ),
    Defect::new("finite_values", "a score that is not a number", |stored| {
        stored.change_numbers::<Float32Type>(POINTWISE, "score_lo", |values| values[0] = f32::NAN);
    }),
    Defect::new(
        "finite_values",
        "an infinite weight of a worker",
        |stored| {
            stored.change_numbers::<Float64Type>("workers", "weight", |values| {
                values[0] = f64::INFINITY
            });
        },
    ),
    Defect::new("groups", "a group in two row groups", |stored| {
        let rows = stored.rows(POINTWISE);
        let shape = Shape {
            created_by: None,
            row_group_rows: vec![1, rows.num_rows() - 1],
        };
        stored.write_shaped(POINTWISE, &rows, &shape);
    })
    .breaking(
        &[],
        &[
            "group_sizes",
            "hash_order",
            "ranks",
            "labels_vary",
            "weights",
            "pairs",
            "lists",
        ],
    ),
    Defect::new("groups", "a number left out", |stored| {
        for folder in [POINTWISE, LISTS, PAIRS] {
            stored.change_numbers::<Int32Type>(folder, "qid", |qids| {
                let last = qids.last().copied().expect("rows");
                qids.iter_mut()
                    .filter(|qid| **qid == last)
                    .for_each(|qid| *qid += 1);
            });
        }
    }),
    Defect::new("groups", "positions that do not count the rows", |stored| {
        stored.change_numbers::<Int32Type>(POINTWISE, "pos", |positions| positions.swap(0, 1));
    }),
    Defect::new("group_sizes", "a query with one candidate", |stored| {
        // The last group, so that no row number changes.
        stored.take(POINTWISE, |rows| {
            let positions = numbers::<Int32Type>(rows, "pos");
            let last = positions
                .iter()
                .rposition(|pos| *pos == 0)
                .expect("a first row") as u64;
            (0..=last).collect()
        });
    })
    .breaking(&[], &["ranks", "labels_vary", "weights", "pairs", "lists"]),
    Defect::new("hash_order", "candidates by their score", sort_candidates)
        .breaking(&[], &["order_neutral", "pairs", "lists"]),
    Defect::new("labels_in_range", "a label of 5", |stored| {
        change_best(stored, |label| *label = 5);
    })
    .breaking(&[], &["lists"]),
    Defect::new("ranks", "a rank that follows no other", skip_a_rank),
    Defect::new(
        "labels_monotone",
        "the best candidate labelled as the worst",
        |stored| {
            change_best(stored, |label| *label = 0);
        },
    )
    .breaking(&[], &["lists"]),
    Defect::new("labels_vary", "equal labels in one query", equal_labels).breaking(&[], &["lists"]),
    Defect::new("weights", "a weight above 1", |stored| {
        stored.change_numbers::<Float32Type>(POINTWISE, "weight", |weights| weights[0] = 1.5);
    }),
    Defect::new(
        "weights",
        "a group's weight that is not the mean",
        |stored| {
            let weight = |weights: &mut Vec<f32>| weights[1] *= 1.01;
            stored.change_numbers::<Float32Type>(POINTWISE, "group_weight", weight);
        },
    ),
    Defect::new("pairs", "chosen and rejected exchanged", |stored| {
        let rows = stored.rows(PAIRS);
        let column = |name: &str| Arc::clone(rows.column_by_name(name).expect("a column"));
        let mut changed = rows.clone();
        for (name, other) in [
            ("chosen_row", "rejected_row"),
            ("rejected_row", "chosen_row"),
            ("chosen_item_id", "rejected_item_id"),
            ("rejected_item_id", "chosen_item_id"),
        ] {
            changed = with_column(&changed, name, column(other));
        }
        stored.write(PAIRS, &changed);
    }),
    Defect::new("pairs", "a row number beside its item", |stored| {
        stored.change_numbers::<Int64Type>(PAIRS, "chosen_row", |rows| rows[0] += 1);
    }),
    Defect::new(
        "pairs",
        "a probability that is not that of the margin",
        |stored| {
            stored.change_numbers::<Float32Type>(PAIRS, "prob", |probs| probs[0] = 0.5);
        },
    ),
    Defect::new("pairs", "a pair twice", |stored| {
        stored.take(PAIRS, |rows| {
            [0].into_iter().chain(0..rows.num_rows() as u64).collect()
        });
    }),
    Defect::new("lists", "another candidate in a list", |stored| {
        stored.change_numbers::<Int32Type>(LISTS, "list_size", |sizes| sizes[0] += 1);
    }),
    Defect::new("lists", "a query without a list", |stored| {
        stored.take(LISTS, |rows| (1..rows.num_rows() as u64).collect());
    })
    .breaking(&[], &["ledger_adds_up"]),
    Defect::new("as_of", "a row of the day before", |stored| {
        stored.change_numbers::<Date32Type>(POINTWISE, "as_of", |days| days[0] -= 1);
    }),
    Defect::new("splits", "a query of validation in test", exchange_splits),
    Defect::new("order_neutral", "rows by their label", sort_candidates)
        .breaking(&["hash_order"], &["pairs", "lists"]),
    Defect::new("keys", "a worker twice", |stored| {
        stored.take("workers", |rows| {
            [0].into_iter().chain(0..rows.num_rows() as u64).collect()
        });
    }),
    Defect::new(
        "foreign_keys",
        "a candidate under another number",
        |stored| {
            stored.change_numbers::<Int64Type>(POINTWISE, "item_idx", |numbers| {
                numbers[0] = if numbers[0] == 0 { 1 } else { 0 };
            });
        },
    )
    .breaking(&["lists"], &[]),
    Defect::new(
        "vocabularies",
        "the numbers of two items exchanged",
        |stored| {
            stored.change_texts("items", "id", |ids| ids.swap(0, 1));
        },
    )
    .breaking(&["foreign_keys"], &[]),
    Defect::new(
        "vocabularies",
        "an item that is not there any more",
        |stored| {
            stored.take("queries", |rows| (0..rows.num_rows() as u64 - 1).collect());
        },
    )
    .breaking(&["foreign_keys"], &[]),
    Defect::new(
        "disjoint_splits",
        "a query in validation and test",
        copy_split,
    )
    .breaking(&["splits"], &["ledger_adds_up"]),
    Defect::new(
        "golden_absent",
        "a control answer that is no reject",
        |stored| {
            stored.change_texts("rejects", "task_id", |ids| {
                ids.iter_mut().for_each(|id| id.push('x'));
            });
        },
    ),
    Defect::new("ledger_adds_up", "a reject that was lost", |stored| {
        stored.take("rejects", |rows| {
            // One of a real task, that no other audit looks for.
            let reasons = rows.column_by_name("drop_reason").expect("a column");
            let reasons = reasons.as_string::<i32>();
            let lost = reasons
                .iter()
                .position(|reason| reason == Some("error_answer"));
            let lost = lost.expect("an answer of error") as u64;
            (0..rows.num_rows() as u64)
                .filter(|row| *row != lost)
                .collect()
        });
    }),
    Defect::new("pseudonyms", "a worker's own id", |stored| {
        stored.change_texts("workers", "worker_id", |ids| ids[0] = "worker-1".to_owned());
    }),
    Defect::new("drift", "every worker banned", |stored| {
        stored.set_all("workers", "is_banned", true);
    }),
    Defect::sealed("manifest", "a manifest that was cut short", |snapshot| {
        let path = snapshot.join("manifest.json");
        let text = std::fs::read_to_string(&path).expect("a manifest");
        std::fs::write(&path, &text[..text.len() - 2]).expect("a manifest");
    }),
    Defect::sealed(
        "manifest",
        "a file that vanished after the audits",
        |snapshot| {
            let files = crate::shop::files_below(&snapshot.join("items"));
            std::fs::remove_file(&files[0]).expect("a file of items");
        },
    ),
];

/// The rows of the first group.
fn first_group(rows: &RecordBatch) -> Vec<usize> {
    let qids = numbers::<Int32Type>(rows, "qid");
    (0..qids.len())
        .filter(|row| qids[*row] == qids[0])
        .collect()
}

/// Puts the candidates of each query into the order of their labels, the best first.
fn sort_candidates(stored: &mut Stored<'_>) {
    let rows = stored.rows(POINTWISE);
    let (qids, labels) = (
        numbers::<Int32Type>(&rows, "qid"),
        numbers::<Int8Type>(&rows, "label"),
    );
    let mut order: Vec<u64> = (0..rows.num_rows() as u64).collect();
    order.sort_by_key(|row| (qids[*row as usize], -labels[*row as usize]));
    let positions = Arc::clone(rows.column_by_name("pos").expect("a column"));
    stored.write(
        POINTWISE,
        &with_column(&taken(&rows, &order), "pos", positions),
    );
}

/// Changes the label of the first query's best candidate.
fn change_best(stored: &mut Stored<'_>, change: fn(&mut i8)) {
    let rows = stored.rows(POINTWISE);
    let ranks = numbers::<Int32Type>(&rows, "rank");
    let best = first_group(&rows)
        .into_iter()
        .min_by_key(|row| ranks[*row])
        .expect("a candidate");
    stored.change_numbers::<Int8Type>(POINTWISE, "label", |labels| change(&mut labels[best]));
}

/// Gives the last candidate of the first query a rank that nobody has.
fn skip_a_rank(stored: &mut Stored<'_>) {
    let rows = stored.rows(POINTWISE);
    let ranks = numbers::<Int32Type>(&rows, "rank");
    let last = first_group(&rows)
        .into_iter()
        .max_by_key(|row| ranks[*row])
        .expect("a candidate");
    stored.change_numbers::<Int32Type>(POINTWISE, "rank", |ranks| ranks[last] += 1);
}

fn equal_labels(stored: &mut Stored<'_>) {
    let group = first_group(&stored.rows(POINTWISE));
    stored.change_numbers::<Int8Type>(POINTWISE, "label", |labels| {
        group.iter().for_each(|row| labels[*row] = 2);
    });
}

/// What was validation becomes test, and the other way round.
fn exchange_splits(stored: &mut Stored<'_>) {
    for table in ["pointwise", "lists", "pairs"] {
        let (validation, test) = (format!("{table}/validation"), format!("{table}/test"));
        let (first, second) = (stored.rows(&validation), stored.rows(&test));
        stored.write(&validation, &second);
        stored.write(&test, &first);
    }
}

/// Test becomes a copy of validation.
fn copy_split(stored: &mut Stored<'_>) {
    for table in ["pointwise", "lists", "pairs"] {
        let rows = stored.rows(&format!("{table}/validation"));
        stored.write(&format!("{table}/test"), &rows);
    }
}
