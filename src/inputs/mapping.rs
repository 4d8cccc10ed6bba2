//! Finds each canonical column among the source's columns, by name, by mapping or by SQL expression.
//!
//! It looks at types only; no row is read.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::SchemaError;
use datafusion::common::tree_node::TreeNode;
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;

use crate::config::{Input, ProjectKind};
use crate::contract::{Column, Contract, Kind, Need};
use crate::error::{Error, Result};
use crate::session::Engine;

/// One canonical column over the source.
#[derive(Debug)]
pub(super) struct MappedColumn {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) need: Need,
    /// The SQL that computes it from the source's columns.
    pub(super) expression: String,
    /// The source columns it reads; one and equal to the expression when it is only renamed.
    pub(super) source_columns: Vec<String>,
    pub(super) is_renamed_only: bool,
    /// The footers of all files count its nulls.
    pub(super) has_known_nulls: bool,
    /// The source has no such column: null everywhere.
    pub(super) is_absent: bool,
}

impl MappedColumn {
    pub(super) fn select_sql(&self) -> String {
        format!(
            "arrow_cast({}, '{}') as \"{}\"",
            self.expression,
            type_name(self.kind),
            self.name
        )
    }
}

/// The type's name for `arrow_cast`.
pub(super) fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "Utf8",
        Kind::Int32 => "Int32",
        Kind::Timestamp => "Timestamp(Microsecond, Some(\"UTC\"))",
        Kind::Double => "Float64",
        Kind::Flag => "Boolean",
        Kind::Solutions => "List(Struct(\"answer\": Utf8, \"weight\": Float64))",
    }
}

/// Maps all columns of `contract`, or says which one cannot be.
pub(super) async fn map_columns(
    (contract, kind): (&'static Contract, ProjectKind),
    input: &Input,
    source: &Schema,
    file: &str,
    engine: &Engine,
) -> Result<Vec<MappedColumn>> {
    check_mapped_names(contract, input)?;
    let session = engine.session(1);
    let table = EmptyTable::new(Arc::new(source.clone()));
    session
        .register_table("source_file", Arc::new(table))
        .map_err(|error| Error::Bug(error.to_string()))?;
    let mut columns = Vec::new();
    for column in contract.columns {
        let need = column.need.in_project(kind);
        let mapped = map_column(contract, (column, need), input, source, file, &session).await?;
        columns.push(mapped);
    }
    Ok(columns)
}

fn check_mapped_names(contract: &Contract, input: &Input) -> Result<()> {
    let known = || contract.columns.iter().map(|column| column.name);
    for name in input.columns.keys() {
        // The data model lets a config name further columns as features of products.
        if known().all(|column| column != name) {
            return Err(Error::Usage(format!(
                "inputs.{}.columns.{name}: no such canonical column; one of {}{}",
                contract.table,
                known().collect::<Vec<_>>().join(", "),
                crate::config::did_you_mean(name, known())
            )));
        }
    }
    Ok(())
}

async fn map_column(
    contract: &Contract,
    (column, need): (&'static Column, Need),
    input: &Input,
    source: &Schema,
    file: &str,
    session: &SessionContext,
) -> Result<MappedColumn> {
    let mapping = input.columns.get(column.name).map(String::as_str);
    let wanted = mapping.unwrap_or(column.name);
    let mut mapped = MappedColumn {
        name: column.name,
        kind: column.kind,
        need,
        expression: quoted(wanted),
        source_columns: vec![wanted.to_owned()],
        is_renamed_only: true,
        has_known_nulls: true,
        is_absent: false,
    };
    let found_type = if let Ok(field) = source.field_with_name(wanted) {
        field.data_type().clone()
    } else if let Some(expression) = mapping {
        wanted.clone_into(&mut mapped.expression);
        mapped.is_renamed_only = false;
        let (found_type, read) =
            plan_expression(contract, column, expression, source, file, session).await?;
        mapped.source_columns = read;
        found_type
    } else if need == Need::Optional {
        "null".clone_into(&mut mapped.expression);
        mapped.is_absent = true;
        DataType::Null
    } else {
        return Err(missing_column(contract, column, wanted, source, file));
    };
    if !column.kind.accepts(&found_type) {
        return Err(Error::Corrupt {
            location: file.to_owned(),
            problem: format!(
                "column {wanted} ({}.{}): expected {}, found {found_type}; {}",
                contract.table,
                column.name,
                column.kind.describe(),
                column.kind.hint()
            ),
        });
    }
    Ok(mapped)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn missing_column(
    contract: &Contract,
    column: &Column,
    wanted: &str,
    source: &Schema,
    file: &str,
) -> Error {
    let names: Vec<&str> = source.fields().iter().map(|f| f.name().as_str()).collect();
    Error::Corrupt {
        location: file.to_owned(),
        problem: format!(
            "column {wanted}: expected {} for {}.{}, found no such column among {}{}; map it in [inputs.{}.columns]",
            column.kind.describe(),
            contract.table,
            column.name,
            names.join(", "),
            crate::config::did_you_mean(wanted, names.iter().copied()),
            contract.table
        ),
    }
}

/// The type of an expression and the source columns that it reads.
async fn plan_expression(
    contract: &Contract,
    column: &Column,
    expression: &str,
    source: &Schema,
    file: &str,
    session: &SessionContext,
) -> Result<(DataType, Vec<String>)> {
    let sql = format!("select {expression} as mapped from source_file");
    let planned = session.sql(&sql).await.map_err(|error| match error.find_root() {
        DataFusionError::SchemaError(problem, _)
            if matches!(**problem, SchemaError::FieldNotFound { .. }) =>
        {
            let Error::Corrupt { location, problem: detail } =
                missing_column(contract, column, expression, source, file)
            else {
                return Error::Bug("a missing column has a location".to_owned());
            };
            Error::Corrupt { location, problem: format!("{detail} ({problem})") }
        }
        _ => Error::Usage(format!(
            "inputs.{}.columns.{}: {expression} is neither a column of {file} nor a SQL expression: {error}",
            contract.table, column.name
        )),
    })?;
    let plan = planned.logical_plan();
    let is_row_by_row = !plan
        .exists(|node| {
            Ok(matches!(
                node,
                LogicalPlan::Aggregate(_) | LogicalPlan::Window(_)
            ))
        })
        .unwrap_or(true);
    if !is_row_by_row {
        return Err(Error::Usage(format!(
            "inputs.{}.columns.{}: {expression} looks at more than one row; write an expression over one row's columns",
            contract.table, column.name
        )));
    }
    let data_type = plan.schema().field(0).data_type().clone();
    let read = plan
        .expressions()
        .iter()
        .flat_map(|e| {
            e.column_refs()
                .into_iter()
                .map(|c| c.name.clone())
                .collect::<Vec<_>>()
        })
        .collect();
    Ok((data_type, read))
}
