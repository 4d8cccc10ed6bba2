//! The columns of every published table: names, order, types, nullability and meaning.
//!
//! It computes none of them.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};

use crate::error::{Error, Result};
use crate::manifest::ColumnEntry;

/// The splits of `pointwise`, `pairs` and `lists`, in the order of the documentation.
pub const SPLITS: [&str; 3] = ["train", "validation", "test"];

/// The table with feature columns.
const FEATURE_TABLE: &str = "pointwise";

/// The tables that are published in splits.
const TABLES_IN_SPLITS: [&str; 3] = ["pointwise", "pairs", "lists"];

/// One published table.
struct Table {
    name: &'static str,
    /// What a row is.
    row: &'static str,
    columns: &'static [Column],
}

/// A column's name, type and meaning; a type that starts with `?` may hold nulls.
type Column = (&'static str, &'static str, &'static str);

/// The columns of a catalog entity: `idx` is stable from snapshot to snapshot.
#[rustfmt::skip]
const ENTITY: &[Column] = &[
    ("id", "text", "The product."),
    ("idx", "int64", "Its number, which never changes from snapshot to snapshot."),
    ("title", "?text", "Title in the catalog."),
    ("brand", "?text", "Brand in the catalog."),
    ("category", "?text", "Category in the catalog, levels separated by ` > `."),
    ("price_usd", "?float64", "Price in US dollars."),
    ("image_url", "?text", "Address of a picture."),
    ("url", "?text", "Address of the product's page."),
];

#[rustfmt::skip]
const TABLES: &[Table] = &[
    Table {
        name: "pointwise",
        row: "A candidate of a query.",
        columns: &[
            ("query_id", "text", "The initial product."),
            ("qid", "int32", "The query's number in its split, dense from 0."),
            ("item_id", "text", "The candidate."),
            ("item_idx", "int64", "The candidate's number in `items`."),
            ("pos", "int32", "The row's place in its query, from 0, in an order by hash."),
            ("label", "int8", "Relevance, from 0 (worst) to 4 (best of its query)."),
            ("score", "float32", "Strength by the ranking method, comparable within the query only."),
            ("score_lo", "float32", "Lower end of the score's 95 % interval."),
            ("score_hi", "float32", "Upper end of the score's 95 % interval."),
            ("rank", "int32", "Place by score within the query, from 1; equal scores share it."),
            ("n_comparisons", "int32", "Kept answers that compare the candidate."),
            ("n_workers", "int32", "Workers who gave these answers."),
            ("weight", "float32", "How sure the score is: 1 / (1 + squared standard error)."),
            ("group_weight", "float32", "Mean weight of the query's rows, the same on each of them."),
            ("as_of", "date32", "The day that the snapshot stands for."),
        ],
    },
    Table {
        name: "pairs",
        row: "A compared pair of candidates of a query, of which one scores higher.",
        columns: &[
            ("query_id", "text", "The initial product."),
            ("qid", "int32", "The query's number in its split, as in `pointwise`."),
            ("chosen_item_id", "text", "The candidate with the higher score."),
            ("rejected_item_id", "text", "The candidate with the lower score."),
            ("chosen_row", "int64", "Row of the chosen candidate in this split's `pointwise`, from 0."),
            ("rejected_row", "int64", "Row of the rejected candidate in this split's `pointwise`, from 0."),
            ("prob", "float32", "Probability that the chosen one is preferred: the logistic function of the margin."),
            ("margin", "float32", "Difference of the two scores, above 0."),
            ("weight", "float32", "Sum of the weights of the pair's kept answers."),
            ("n_votes", "int32", "Kept answers that compare the two."),
            ("n_ties", "int32", "Ties among these answers."),
            ("prompt", "text", "The question, from the initial product by a template."),
            ("chosen", "text", "The chosen candidate as text, by a template."),
            ("rejected", "text", "The rejected candidate as text, by a template."),
        ],
    },
    Table {
        name: "lists",
        row: "A query with all its candidates.",
        columns: &[
            ("query_id", "text", "The initial product."),
            ("qid", "int32", "The query's number in its split, as in `pointwise`."),
            ("item_ids", "list text", "The candidates, in the order of `pointwise`."),
            ("item_idx", "list int64", "The candidates' numbers in `items`."),
            ("labels", "list int8", "The candidates' labels, 0 to 4."),
            ("scores", "list float32", "The candidates' scores."),
            ("list_size", "int32", "Number of candidates."),
            ("group_weight", "float32", "Mean weight of the query's rows."),
        ],
    },
    Table {
        name: "items",
        row: "A candidate that was ever published here.",
        columns: ENTITY,
    },
    Table {
        name: "queries",
        row: "An initial product that was ever published here.",
        columns: ENTITY,
    },
    Table {
        name: "categories",
        row: "A value of a category feature that was ever published here.",
        columns: &[
            ("feature", "text", "The column of the catalog."),
            ("value", "text", "The category, or the levels of one from the top."),
            ("code", "int32", "The number that stands for it in `f_*_code` columns, from 1; never given again."),
        ],
    },
    Table {
        name: "workers",
        row: "A worker in a project.",
        columns: &[
            ("worker_id", "text", "The worker: a keyed hash, unless the operator publishes ids."),
            ("project_id", "text", "The project."),
            ("n_golden", "int32", "Control tasks answered."),
            ("n_golden_correct", "int32", "Control tasks answered rightly."),
            ("golden_accuracy", "?float64", "Share of control tasks answered rightly."),
            ("golden_lo", "?float64", "Lower end of the accuracy's 95 % interval (Wilson)."),
            ("golden_hi", "?float64", "Upper end of the accuracy's 95 % interval (Wilson)."),
            ("n_majority", "int32", "Answers to tasks on which a majority was found."),
            ("majority_agreement", "?float64", "Share of these answers that agree with the majority."),
            ("exam", "?float64", "Result of the exam, 0 to 100."),
            ("skill", "?float64", "Skill from the configured sources, 0 to 100; null where nothing is known."),
            ("weight", "float64", "How much one answer of the worker counts."),
            ("n_votes", "int32", "Kept answers of the worker."),
            ("median_duration_s", "?float64", "Median time for a page, in seconds."),
            ("is_banned", "bool", "Whether a ban of the worker is in force."),
            ("ban_rule", "?text", "The rule of that ban, as in `bans`."),
        ],
    },
    Table {
        name: "rejects",
        row: "An answer that did not count.",
        columns: &[
            ("stage", "text", "Where it was dropped: ingest, quality, skills or training."),
            ("drop_reason", "text", "Why; the reasons are explained above."),
            ("assignment_id", "text", "The page it was given on."),
            ("task_id", "text", "The task it was given to."),
        ],
    },
    Table {
        name: "bans",
        row: "A ban, by a rule or seen in the input.",
        columns: &[
            ("worker_id", "text", "The worker, as in `workers`."),
            ("scope", "text", "What the ban closes: POOL, PROJECT or ALL_PROJECTS."),
            ("project_id", "?text", "The project that is closed."),
            ("pool_id", "?text", "The pool that is closed."),
            ("started_at", "timestamp", "When the ban began."),
            ("will_expire_at", "?timestamp", "When it ends; null is never."),
            ("rule", "text", "`<rule set>.<rule>`, each from 0, or where the ban came from."),
            ("source", "text", "`replay` of the rules, or `input`."),
        ],
    },
    Table {
        name: "skill_history",
        row: "A change of a worker's skill by a rule.",
        columns: &[
            ("worker_id", "text", "The worker, as in `workers`."),
            ("skill_id", "text", "The skill."),
            ("exact_value", "float64", "Its new value."),
            ("value", "int32", "The new value as a whole number."),
            ("at", "timestamp", "When it changed."),
            ("pool_id", "?text", "The pool whose rule changed it."),
            ("rule", "text", "`<rule set>.<rule>`, each from 0."),
            ("action", "text", "CREATE or MODIFY."),
        ],
    },
    Table {
        name: "relabel",
        row: "A task that wants more answers.",
        columns: &[
            ("task_id", "text", "The task."),
            ("pool_id", "text", "Its pool."),
            ("query_id", "?text", "The initial product."),
            ("left_item_id", "?text", "The candidate shown on the left."),
            ("right_item_id", "?text", "The candidate shown on the right."),
            ("reason", "text", "`rejected`, `banned`, `skill_lost` or `low_confidence`."),
            ("extra_overlap", "int32", "How many more answers."),
            ("excluded_worker_ids", "list text", "Workers who must not answer again."),
            ("extra_cost_usd", "?float64", "What these answers cost, in US dollars."),
        ],
    },
    Table {
        name: "labels",
        row: "A task.",
        columns: &[
            ("task_id", "text", "The task."),
            ("label", "text", "The label."),
            ("confidence", "float64", "How sure the label is, 0 to 1."),
            ("n_answers", "int32", "Kept answers to the task."),
            ("method", "text", "How the answers became a label."),
            ("posterior_label", "text", "The likeliest label by the skills of those who answered."),
            ("is_tie", "bool", "Whether several labels were equally good; the first in byte order was taken."),
        ],
    },
];

/// The names of the published tables, in the order of the documentation.
pub fn table_names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.name)
}

/// Whether the rows of a table are published in splits.
pub fn is_in_splits(table: &str) -> bool {
    TABLES_IN_SPLITS.contains(&table)
}

/// The Arrow schema of a published table.
///
/// Times are microseconds in UTC; list elements are not null and called `element`, as Parquet's
/// three-level lists are.
///
/// The columns `features` of `pointwise` stand before its last one; other tables have none.
pub fn published_schema(name: &str, features: &[String]) -> Result<Schema> {
    let table = find(name).ok_or_else(|| Error::Bug(format!("{name} is not a published table")))?;
    let mut fields: Vec<Field> = table.columns.iter().map(field).collect::<Result<_>>()?;
    if name == FEATURE_TABLE {
        let as_of = fields.pop();
        let feature = |name: &String| Field::new(name, DataType::Float32, false);
        fields.extend(features.iter().map(feature).chain(as_of));
    }
    Ok(Schema::new(fields))
}

/// What a row of a published table is, in a sentence.
pub fn row_meaning(table: &str) -> &'static str {
    find(table).map_or("", |table| table.row)
}

/// What a column of a published table means, in a sentence; `None` for a column that is no fixed one.
pub fn column_meaning(table: &str, column: &str) -> Option<&'static str> {
    let columns = find(table)?.columns;
    let (_, _, meaning) = columns.iter().find(|(name, _, _)| *name == column)?;
    Some(meaning)
}

fn find(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// The columns of a schema as the manifest lists them.
pub fn column_entries(schema: &Schema) -> Vec<ColumnEntry> {
    let entry = |field: &Arc<Field>| ColumnEntry {
        name: field.name().clone(),
        type_name: field.data_type().to_string(),
        nullable: field.is_nullable(),
    };
    schema.fields().iter().map(entry).collect()
}

fn field((name, type_name, _): &Column) -> Result<Field> {
    let (type_name, is_nullable) = match type_name.strip_prefix('?') {
        Some(type_name) => (type_name, true),
        None => (*type_name, false),
    };
    let data_type = match type_name.strip_prefix("list ") {
        Some(element) => {
            DataType::List(Arc::new(Field::new("element", plain_type(element)?, false)))
        }
        None => plain_type(type_name)?,
    };
    Ok(Field::new(*name, data_type, is_nullable))
}

fn plain_type(name: &str) -> Result<DataType> {
    Ok(match name {
        "text" => DataType::Utf8,
        "int8" => DataType::Int8,
        "int32" => DataType::Int32,
        "int64" => DataType::Int64,
        "float32" => DataType::Float32,
        "float64" => DataType::Float64,
        "bool" => DataType::Boolean,
        "date32" => DataType::Date32,
        "timestamp" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        other => return Err(Error::Bug(format!("{other} is not a published type"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_table_has_a_schema_and_others_do_not() {
        for name in table_names() {
            assert!(
                !published_schema(name, &[]).unwrap().fields().is_empty(),
                "{name}"
            );
        }
        assert!(published_schema("nobody", &[]).is_err());
    }

    #[test]
    fn features_stand_before_the_date_in_pointwise_alone() {
        let features = ["f_x".to_owned(), "f_y".to_owned()];
        let pointwise = published_schema("pointwise", &features).unwrap();
        let names: Vec<&String> = pointwise.fields().iter().map(|f| f.name()).collect();
        assert_eq!(
            names[names.len() - 4..],
            ["group_weight", "f_x", "f_y", "as_of"]
        );
        assert_eq!(
            pointwise.field_with_name("f_x").unwrap().data_type(),
            &DataType::Float32
        );
        assert!(!pointwise.field_with_name("f_x").unwrap().is_nullable());
        let pairs = published_schema("pairs", &features).unwrap();
        assert_eq!(pairs, published_schema("pairs", &[]).unwrap());
    }

    #[test]
    fn every_column_and_every_row_is_explained_in_one_sentence() {
        for table in TABLES {
            for (column, _, meaning) in table.columns {
                let is_sentence = meaning.ends_with('.') && !meaning.contains('|');
                assert!(is_sentence, "{}.{column}: {meaning}", table.name);
                assert_eq!(column_meaning(table.name, column), Some(*meaning));
            }
            assert!(row_meaning(table.name).ends_with('.'), "{}", table.name);
        }
        assert_eq!(column_meaning("pointwise", "f_price_usd"), None);
    }

    #[test]
    fn a_question_mark_is_a_nullable_column() {
        let bans = published_schema("bans", &[]).unwrap();
        assert!(
            bans.field_with_name("will_expire_at")
                .unwrap()
                .is_nullable()
        );
        assert!(!bans.field_with_name("started_at").unwrap().is_nullable());
    }
}
