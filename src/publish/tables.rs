//! The columns of every published table: names, order, types and nullability.
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

/// One published table.
struct Table {
    name: &'static str,
    columns: &'static [Column],
}

/// A column's name and type; a type that starts with `?` may hold nulls.
type Column = (&'static str, &'static str);

/// The columns of a catalog entity: `idx` is stable from snapshot to snapshot.
const ENTITY: &[Column] = &[
    ("id", "text"),
    ("idx", "int64"),
    ("title", "?text"),
    ("brand", "?text"),
    ("category", "?text"),
    ("price_usd", "?float64"),
    ("image_url", "?text"),
    ("url", "?text"),
];

const TABLES: &[Table] = &[
    Table {
        name: "pointwise",
        columns: &[
            ("query_id", "text"),
            ("qid", "int32"),
            ("item_id", "text"),
            ("item_idx", "int64"),
            ("pos", "int32"),
            ("label", "int8"),
            ("score", "float32"),
            ("score_lo", "float32"),
            ("score_hi", "float32"),
            ("rank", "int32"),
            ("n_comparisons", "int32"),
            ("n_workers", "int32"),
            ("weight", "float32"),
            ("group_weight", "float32"),
            ("as_of", "date32"),
        ],
    },
    Table {
        name: "pairs",
        columns: &[
            ("query_id", "text"),
            ("qid", "int32"),
            ("chosen_item_id", "text"),
            ("rejected_item_id", "text"),
            ("chosen_row", "int64"),
            ("rejected_row", "int64"),
            ("prob", "float32"),
            ("margin", "float32"),
            ("weight", "float32"),
            ("n_votes", "int32"),
            ("n_ties", "int32"),
            ("prompt", "text"),
            ("chosen", "text"),
            ("rejected", "text"),
        ],
    },
    Table {
        name: "lists",
        columns: &[
            ("query_id", "text"),
            ("qid", "int32"),
            ("item_ids", "list text"),
            ("item_idx", "list int64"),
            ("labels", "list int8"),
            ("scores", "list float32"),
            ("list_size", "int32"),
            ("group_weight", "float32"),
        ],
    },
    Table {
        name: "items",
        columns: ENTITY,
    },
    Table {
        name: "queries",
        columns: ENTITY,
    },
    Table {
        name: "categories",
        columns: &[("feature", "text"), ("value", "text"), ("code", "int32")],
    },
    Table {
        name: "workers",
        columns: &[
            ("worker_id", "text"),
            ("project_id", "text"),
            ("n_golden", "int32"),
            ("n_golden_correct", "int32"),
            ("golden_accuracy", "?float64"),
            ("golden_lo", "?float64"),
            ("golden_hi", "?float64"),
            ("n_majority", "int32"),
            ("majority_agreement", "?float64"),
            ("exam", "?float64"),
            ("skill", "?float64"),
            ("weight", "float64"),
            ("n_votes", "int32"),
            ("median_duration_s", "?float64"),
            ("is_banned", "bool"),
            ("ban_rule", "?text"),
        ],
    },
    Table {
        name: "rejects",
        columns: &[
            ("stage", "text"),
            ("drop_reason", "text"),
            ("assignment_id", "text"),
            ("task_id", "text"),
        ],
    },
    Table {
        name: "bans",
        columns: &[
            ("worker_id", "text"),
            ("scope", "text"),
            ("project_id", "?text"),
            ("pool_id", "?text"),
            ("started_at", "timestamp"),
            ("will_expire_at", "?timestamp"),
            ("rule", "text"),
            ("source", "text"),
        ],
    },
    Table {
        name: "skill_history",
        columns: &[
            ("worker_id", "text"),
            ("skill_id", "text"),
            ("exact_value", "float64"),
            ("value", "int32"),
            ("at", "timestamp"),
            ("pool_id", "?text"),
            ("rule", "text"),
            ("action", "text"),
        ],
    },
    Table {
        name: "relabel",
        columns: &[
            ("task_id", "text"),
            ("pool_id", "text"),
            ("query_id", "?text"),
            ("left_item_id", "?text"),
            ("right_item_id", "?text"),
            ("reason", "text"),
            ("extra_overlap", "int32"),
            ("excluded_worker_ids", "list text"),
            ("extra_cost_usd", "?float64"),
        ],
    },
    Table {
        name: "labels",
        columns: &[
            ("task_id", "text"),
            ("label", "text"),
            ("confidence", "float64"),
            ("n_answers", "int32"),
            ("method", "text"),
            ("posterior_label", "text"),
            ("is_tie", "bool"),
        ],
    },
];

/// The names of the published tables, in the order of the documentation.
pub fn table_names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.name)
}

/// The Arrow schema of a published table.
///
/// Times are microseconds in UTC; list elements are not null and called `element`, as Parquet's
/// three-level lists are.
///
/// The columns `features` of `pointwise` stand before its last one; other tables have none.
pub fn published_schema(name: &str, features: &[String]) -> Result<Schema> {
    let table = TABLES
        .iter()
        .find(|table| table.name == name)
        .ok_or_else(|| Error::Bug(format!("{name} is not a published table")))?;
    let mut fields: Vec<Field> = table.columns.iter().map(field).collect::<Result<_>>()?;
    if name == FEATURE_TABLE {
        let as_of = fields.pop();
        let feature = |name: &String| Field::new(name, DataType::Float32, false);
        fields.extend(features.iter().map(feature).chain(as_of));
    }
    Ok(Schema::new(fields))
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

fn field((name, type_name): &Column) -> Result<Field> {
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
