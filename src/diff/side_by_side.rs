//! The rows of a table in both snapshots, joined by their key: which columns differ, and how often.
//!
//! What a row is the same by stands in `tables`.

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::TableReference;
use datafusion::prelude::SessionContext;
use serde::Serialize;

use super::STEP;
use super::tables::{KeyedTable, Repetition};
use crate::error::{Error, Result};
use crate::runner::{register as register_table, step_error};

/// How the rows of a table differ.
#[derive(Debug, Serialize)]
pub(super) struct TableChange {
    pub(super) table: &'static str,
    pub(super) n_before: u64,
    pub(super) n_after: u64,
    pub(super) n_same: u64,
    pub(super) n_changed: u64,
    pub(super) n_only_before: u64,
    pub(super) n_only_after: u64,
    /// Rows in which a column differs; columns that differ nowhere are left out.
    pub(super) changed_columns: Vec<ColumnChange>,
}

/// How often a column differs.
#[derive(Debug, Serialize)]
pub(super) struct ColumnChange {
    pub(super) column: String,
    pub(super) n_changed: u64,
}

impl TableChange {
    /// The rows in which this column differs.
    pub(super) fn n_changed_in(&self, column: &str) -> u64 {
        let mut columns = self.changed_columns.iter();
        let found = columns.find(|change| change.column == column);
        found.map_or(0, |change| change.n_changed)
    }
}

/// Registers `side_by_side.<table>`: the key, `is_before`, `is_after`, `is_changed`, and for each compared column
/// whether it differs, under its name. In a row that only one side has everything differs.
pub(super) async fn register(session: &SessionContext, keyed: &KeyedTable) -> Result<()> {
    let failed = |error| step_error(STEP, error);
    let columns = compared_columns(session, keyed).await?;
    let view = session.sql(&join(keyed, &columns)).await.map_err(failed)?;
    register_table(session, "side_by_side", keyed.name, view.into_view())
}

/// Counts the rows of `side_by_side.<table>`.
pub(super) async fn count(session: &SessionContext, keyed: &KeyedTable) -> Result<TableChange> {
    let failed = |error| step_error(STEP, error);
    let columns = compared_columns(session, keyed).await?;
    let in_both = "is_before and is_after";
    let mut counts = vec![
        "count(*) filter (where is_before)".to_owned(),
        "count(*) filter (where is_after)".to_owned(),
        format!("count(*) filter (where {in_both} and is_changed)"),
        format!("count(*) filter (where {in_both})"),
    ];
    for column in &columns {
        counts.push(format!(
            "count(*) filter (where {in_both} and \"{column}\")"
        ));
    }
    let numbered = counts.iter().enumerate();
    let named: Vec<String> = numbered
        .map(|(nth, count)| format!("{count} as count_{nth}"))
        .collect();
    let sql = format!(
        "select {} from side_by_side.{}",
        named.join(", "),
        keyed.name
    );
    let frame = session.sql(&sql).await.map_err(failed)?;
    let rows = frame.collect().await.map_err(failed)?;
    let counts = whole_numbers(&rows)?;
    let [n_before, n_after, n_changed, n_in_both] = counts[..4] else {
        return Err(Error::Bug(format!("{}: no counts", keyed.name)));
    };
    let changed = columns.into_iter().zip(&counts[4..]);
    Ok(TableChange {
        table: keyed.name,
        n_before,
        n_after,
        n_same: n_in_both - n_changed,
        n_changed,
        n_only_before: n_before - n_in_both,
        n_only_after: n_after - n_in_both,
        changed_columns: changed
            .filter(|(_, n_changed)| **n_changed > 0)
            .map(|(column, &n_changed)| ColumnChange { column, n_changed })
            .collect(),
    })
}

/// The one row of a result.
fn whole_numbers(rows: &[RecordBatch]) -> Result<Vec<u64>> {
    let row = rows.iter().find(|batch| batch.num_rows() == 1);
    let row = row.ok_or_else(|| Error::Bug("counts have one row".to_owned()))?;
    let whole = |column: &datafusion::arrow::array::ArrayRef| {
        let numbers = column.as_primitive_opt::<Int64Type>();
        numbers.and_then(|numbers| u64::try_from(numbers.value(0)).ok())
    };
    let numbers: Option<Vec<u64>> = row.columns().iter().map(whole).collect();
    numbers.ok_or_else(|| Error::Bug("a count is no whole number".to_owned()))
}

/// The columns whose values are held against each other: those that both snapshots have.
async fn compared_columns(session: &SessionContext, keyed: &KeyedTable) -> Result<Vec<String>> {
    let mut sides = Vec::new();
    for schema in ["before", "after"] {
        let table = TableReference::partial(schema, keyed.name);
        let provider = session.table_provider(table).await;
        sides.push(provider.map_err(|error| step_error(STEP, error))?.schema());
    }
    let is_compared = |name: &&String| {
        let is_key = keyed.key.iter().any(|(key, _)| key == name);
        let is_in_both = sides[1].column_with_name(name).is_some();
        is_in_both && !is_key && !keyed.passed_over.contains(&name.as_str())
    };
    let names = sides[0].fields().iter().map(|field| field.name());
    Ok(names.filter(is_compared).cloned().collect())
}

/// The statement behind `side_by_side.<table>`.
fn join(keyed: &KeyedTable, columns: &[String]) -> String {
    let mut keys: Vec<&str> = keyed.key.iter().map(|(name, _)| *name).collect();
    if keyed.repetition == Repetition::Possible {
        keys.push("nth");
    }
    let list = |texts: Vec<String>| texts.join(", ");
    let either = |key: &&str| format!("coalesce(before_rows.{key}, after_rows.{key}) as {key}");
    let differs = |column: &String| {
        format!("(before_rows.\"{column}\" is distinct from after_rows.\"{column}\")")
    };
    let first = keys[0];
    let mut outputs: Vec<String> = keys.iter().map(either).collect();
    outputs.push(format!("before_rows.{first} is not null as is_before"));
    outputs.push(format!("after_rows.{first} is not null as is_after"));
    let one_sided = format!("before_rows.{first} is null or after_rows.{first} is null");
    let any: Vec<String> = columns.iter().map(differs).collect();
    let any = std::iter::once(one_sided).chain(any).collect::<Vec<_>>();
    outputs.push(format!("({}) as is_changed", any.join(" or ")));
    for column in columns {
        outputs.push(format!("{} as \"{column}\"", differs(column)));
    }
    let on = keys
        .iter()
        .map(|key| format!("before_rows.{key} = after_rows.{key}"));
    format!(
        "with before_rows as ({}), after_rows as ({}) select {} from before_rows full outer join after_rows on {}",
        keyed_rows("before", keyed, columns),
        keyed_rows("after", keyed, columns),
        list(outputs),
        on.collect::<Vec<_>>().join(" and "),
    )
}

/// The rows of one side with the columns of their key and those to compare.
fn keyed_rows(schema: &str, keyed: &KeyedTable, columns: &[String]) -> String {
    let key = keyed
        .key
        .iter()
        .map(|(name, expression)| format!("{expression} as {name}"));
    let mut outputs: Vec<String> = key.collect();
    let quoted: Vec<String> = columns
        .iter()
        .map(|column| format!("\"{column}\""))
        .collect();
    if keyed.repetition == Repetition::Possible {
        let key: Vec<&str> = keyed
            .key
            .iter()
            .map(|(_, expression)| *expression)
            .collect();
        let order = if quoted.is_empty() {
            key.join(", ")
        } else {
            quoted.join(", ")
        };
        outputs.push(format!(
            "row_number() over (partition by {} order by {order}) as nth",
            key.join(", ")
        ));
    }
    outputs.extend(quoted);
    format!("select {} from {schema}.{}", outputs.join(", "), keyed.name)
}
