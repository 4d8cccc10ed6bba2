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

use crate::config::{Feature, FeatureKind, Input, ProjectKind};
use crate::contract::{Contract, Kind, Need};
use crate::error::{Error, Result};
use crate::session::Engine;

/// One canonical column over the source.
#[derive(Debug)]
pub(super) struct MappedColumn {
    pub(super) name: String,
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
        format!("{} as \"{}\"", self.value_sql(), self.name)
    }

    /// The value alone, in the canonical type.
    pub(super) fn value_sql(&self) -> String {
        format!(
            "arrow_cast({}, '{}')",
            self.expression,
            type_name(self.kind)
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

/// What is asked of one column.
#[derive(Debug, Clone, Copy)]
struct Wanted<'a> {
    name: &'a str,
    kind: Kind,
    need: Need,
}

/// The columns of one table's source.
pub(super) struct Mapper<'a> {
    contract: &'static Contract,
    input: &'a Input,
    source: &'a Schema,
    /// The first file, for errors.
    file: &'a str,
    session: SessionContext,
}

impl<'a> Mapper<'a> {
    /// A mapper of the columns of `source`, as `input` names them.
    pub(super) fn new(
        contract: &'static Contract,
        input: &'a Input,
        source: &'a Schema,
        file: &'a str,
        engine: &Engine,
    ) -> Result<Self> {
        let session = engine.session(1);
        let table = EmptyTable::new(Arc::new(source.clone()));
        session
            .register_table("source_file", Arc::new(table))
            .map_err(|error| Error::Bug(error.to_string()))?;
        Ok(Self {
            contract,
            input,
            source,
            file,
            session,
        })
    }

    /// Maps all canonical columns, or says which one cannot be.
    pub(super) async fn map_columns(&self, kind: ProjectKind) -> Result<Vec<MappedColumn>> {
        let mut columns = Vec::new();
        for column in self.contract.columns {
            let wanted = Wanted {
                name: column.name,
                kind: column.kind,
                need: column.need.in_project(kind),
            };
            columns.push(self.map_column(wanted).await?);
        }
        Ok(columns)
    }

    /// Maps a column of the catalog that is a feature.
    pub(super) async fn map_feature(&self, feature: &Feature) -> Result<MappedColumn> {
        let kind = match feature.kind {
            FeatureKind::Number => Kind::Double,
            _ => Kind::Text,
        };
        let wanted = Wanted {
            name: &feature.column,
            kind,
            need: Need::Column,
        };
        self.map_column(wanted).await
    }

    async fn map_column(&self, column: Wanted<'_>) -> Result<MappedColumn> {
        let mapping = self.input.columns.get(column.name).map(String::as_str);
        let wanted = mapping.unwrap_or(column.name);
        let mut mapped = MappedColumn {
            name: column.name.to_owned(),
            kind: column.kind,
            need: column.need,
            expression: quoted(wanted),
            source_columns: vec![wanted.to_owned()],
            is_renamed_only: true,
            has_known_nulls: true,
            is_absent: false,
        };
        let found_type = if let Ok(field) = self.source.field_with_name(wanted) {
            field.data_type().clone()
        } else if let Some(expression) = mapping {
            wanted.clone_into(&mut mapped.expression);
            mapped.is_renamed_only = false;
            let (found_type, read) = self.plan_expression(column, expression).await?;
            mapped.source_columns = read;
            found_type
        } else if column.need == Need::Optional {
            "null".clone_into(&mut mapped.expression);
            mapped.is_absent = true;
            DataType::Null
        } else {
            return Err(self.missing_column(column, wanted));
        };
        if !column.kind.accepts(&found_type) {
            return Err(Error::Corrupt {
                location: self.file.to_owned(),
                problem: format!(
                    "column {wanted} ({}.{}): expected {}, found {found_type}; {}",
                    self.contract.table,
                    column.name,
                    column.kind.describe(),
                    column.kind.hint()
                ),
            });
        }
        Ok(mapped)
    }

    fn missing_column(&self, column: Wanted<'_>, wanted: &str) -> Error {
        let fields = self.source.fields().iter();
        let names: Vec<&str> = fields.map(|field| field.name().as_str()).collect();
        Error::Corrupt {
            location: self.file.to_owned(),
            problem: format!(
                "column {wanted}: expected {} for {}.{}, found no such column among {}{}; map it in [inputs.{}.columns]",
                column.kind.describe(),
                self.contract.table,
                column.name,
                names.join(", "),
                crate::config::did_you_mean(wanted, names.iter().copied()),
                self.contract.table
            ),
        }
    }

    /// The type of an expression and the source columns that it reads.
    async fn plan_expression(
        &self,
        column: Wanted<'_>,
        expression: &str,
    ) -> Result<(DataType, Vec<String>)> {
        let table = self.contract.table;
        let sql = format!("select {expression} as mapped from source_file");
        let planned = self.session.sql(&sql).await.map_err(|error| match error.find_root() {
            DataFusionError::SchemaError(problem, _)
                if matches!(**problem, SchemaError::FieldNotFound { .. }) =>
            {
                let Error::Corrupt { location, problem: detail } =
                    self.missing_column(column, expression)
                else {
                    return Error::Bug("a missing column has a location".to_owned());
                };
                Error::Corrupt { location, problem: format!("{detail} ({problem})") }
            }
            _ => Error::Usage(format!(
                "inputs.{table}.columns.{}: {expression} is neither a column of {} nor a SQL expression: {error}",
                column.name, self.file
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
                "inputs.{table}.columns.{}: {expression} looks at more than one row; write an expression over one row's columns",
                column.name
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
}

/// Refuses names in `[inputs.<table>.columns]` that nobody reads; `features` may name further columns of products.
pub(super) fn check_mapped_names(
    contract: &Contract,
    input: &Input,
    features: &[Feature],
) -> Result<()> {
    let known = || contract.columns.iter().map(|column| column.name);
    let is_feature =
        |name: &str| contract.table == "products" && features.iter().any(|f| f.column == name);
    for name in input.columns.keys() {
        if known().all(|column| column != name) && !is_feature(name) {
            return Err(Error::Usage(format!(
                "inputs.{}.columns.{name}: no such canonical column{}; one of {}{}",
                contract.table,
                if contract.table == "products" {
                    ", and no feature of [[training.features]]"
                } else {
                    ""
                },
                known().collect::<Vec<_>>().join(", "),
                crate::config::did_you_mean(name, known())
            )));
        }
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
