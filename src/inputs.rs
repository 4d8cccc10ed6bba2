//! Finds the inputs, holds every file against the contract before any work, and names them `source.*`.
//!
//! It cleans nothing: stage 1 of the SQL does.

mod current;
mod features;
mod files;
mod footer;
mod mapping;

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use datafusion::prelude::SessionContext;

use crate::config::{Config, Input, ProjectKind};
use crate::contract::{CONTRACTS, Contract, Kind, Need};
use crate::error::{Error, Result};
use crate::features::Features;
use crate::file_table::FileTable;
use crate::runner::{create_schema, register, step_error};
use crate::session::Engine;
use crate::storage::{InputFile, Location, Storage};

use features::MappedFeatures;
use files::{
    check_partitions, check_same_columns, file_table, merged_schema, partition_names, read_footers,
};
use mapping::{MappedColumn, Mapper};

pub(crate) use current::locations_of;
pub(crate) use files::parquet_table;

/// One input table, found and held against its contract.
#[derive(Debug)]
pub(crate) struct FoundInput {
    pub(crate) contract: &'static Contract,
    pub(crate) files: Vec<InputFile>,
    pub(crate) rows: Vec<u64>,
    schema: SchemaRef,
    partition_columns: Vec<String>,
    columns: Vec<MappedColumn>,
    /// Of products only.
    features: MappedFeatures,
}

impl FoundInput {
    /// All files, for an error that concerns the table.
    fn locations(&self) -> String {
        let files: Vec<String> = self.files.iter().map(|f| f.location.to_string()).collect();
        files.join(", ")
    }

    pub(crate) fn n_rows(&self) -> u64 {
        self.rows.iter().sum()
    }
}

/// Every input of a run, frozen: what was listed is what is read.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) found: Vec<FoundInput>,
}

/// Days of `created_at` to read: from (included) and to (excluded), as SQL dates.
#[derive(Debug, Clone, Default)]
pub(crate) struct DateRange {
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

impl Inputs {
    /// Lists the files, reads their footers, and checks names, types, nulls and sizes.
    ///
    /// # Errors
    /// [`Error::Missing`] (4), [`Error::Corrupt`] (8), [`Error::Usage`] (2), [`Error::Storage`] (6).
    pub(crate) async fn find(
        config: &Config,
        storage: &Arc<Storage>,
        engine: &Engine,
    ) -> Result<Self> {
        for (table, input) in config.inputs.all() {
            let is_required = table == "responses"
                || (table == "products" && config.project.kind == ProjectKind::SideBySide);
            if is_required && input.urls.is_empty() {
                return Err(Error::Usage(format!(
                    "inputs.{table}.urls is empty: say where the {table} lie, such as urls = [\"s3://bucket/{table}/\"]"
                )));
            }
        }
        let mut found = Vec::new();
        for (table, input) in config.inputs.all() {
            let Some(contract) = Contract::of(table) else {
                continue;
            };
            if !input.urls.is_empty() {
                found.push(find_one(config, input, contract, storage, engine).await?);
            }
        }
        Ok(Self { found })
    }

    pub(crate) fn table(&self, name: &str) -> Option<&FoundInput> {
        self.found.iter().find(|input| input.contract.table == name)
    }

    /// What becomes of the catalog's columns in training rows.
    pub(crate) fn features(&self) -> Features {
        let products = self.table("products");
        products.map_or_else(Features::default, |found| found.features.features.clone())
    }

    /// Makes `raw.*` (as the files are) and `source.*` (canonical columns) in `session`.
    pub(crate) async fn register(
        &self,
        session: &SessionContext,
        storage: &Storage,
        dates: &DateRange,
    ) -> Result<()> {
        create_schema(session, "raw").await?;
        create_schema(session, "source").await?;
        for contract in CONTRACTS {
            let sql = match self.table(contract.table) {
                Some(found) => {
                    let raw = Arc::new(found.raw_table(storage)?);
                    register(session, "raw", contract.table, raw)?;
                    found.source_sql(dates)
                }
                None => absent_source_sql(contract),
            };
            let view = format!("create view source.{} as {sql}", contract.table);
            session.sql(&view).await.map_err(|error| {
                Error::Bug(format!("cannot make source.{}: {error}", contract.table))
            })?;
        }
        Ok(())
    }

    /// Answers in the given files and dates.
    pub(crate) async fn n_responses(&self, session: &SessionContext) -> Result<u64> {
        count(session, "select count(*) from source.responses").await
    }

    /// Refuses values that no footer tells of, in expressions and in files without statistics: nulls in
    /// required columns, integers beyond 32 bits, submitted pages without a time.
    ///
    /// # Errors
    /// [`Error::Corrupt`] (8) for the first such column.
    pub(crate) async fn check_values(&self, session: &SessionContext) -> Result<()> {
        for found in &self.found {
            let table = found.contract.table;
            for column in &found.columns {
                let (name, expression) = (column.name.as_str(), &column.expression);
                if column.need == Need::Always && !column.has_known_nulls {
                    let condition = format!("source.{table} where \"{name}\" is null");
                    found
                        .refuse(
                            session,
                            column,
                            "a value in every row, found {n} nulls",
                            &condition,
                        )
                        .await?;
                }
                if column.kind == Kind::Int32 && !column.is_renamed_only {
                    let condition = format!(
                        "raw.{table} where ({expression}) not between -2147483648 and 2147483647"
                    );
                    found
                        .refuse(
                            session,
                            column,
                            "int32, found {n} larger values",
                            &condition,
                        )
                        .await?;
                }
                if name == "submitted_at" {
                    let condition = "source.responses where submitted_at is null and upper(status) in ('SUBMITTED', 'ACCEPTED', 'APPROVED', 'REJECTED')";
                    let promise = "a time for every submitted page, found {n} nulls";
                    found.refuse(session, column, promise, condition).await?;
                }
            }
        }
        Ok(())
    }

    /// Refuses a catalog in which it is open which row of a product holds.
    ///
    /// # Errors
    /// [`Error::Corrupt`] (8) where an id comes twice and nothing says which row is later.
    pub(crate) async fn check_duplicate_products(&self, session: &SessionContext) -> Result<()> {
        let Some(found) = self.table("products") else {
            return Ok(());
        };
        let is_dated = |column: &MappedColumn| column.name == "updated_at" && !column.is_absent;
        if found.columns.iter().any(is_dated) {
            return Ok(());
        }
        let sql = "select product_id from source.products group by product_id having count(*) > 1 order by product_id limit 3";
        let mut repeated = Vec::new();
        for batch in collect(session, sql).await? {
            let ids = batch.column(0).as_string::<i32>();
            repeated.extend(ids.iter().flatten().map(str::to_owned));
        }
        if repeated.is_empty() {
            return Ok(());
        }
        Err(Error::Corrupt {
            location: found.locations(),
            problem: format!(
                "column product_id: expected each product once, found {} more than once; map updated_at in [inputs.products.columns] and the latest row counts, or remove the copies",
                repeated.join(", ")
            ),
        })
    }

    /// Whether every file still is what was listed: size and version.
    ///
    /// # Errors
    /// [`Error::Missing`] (4) for the first file that changed.
    pub(crate) async fn check_unchanged(&self, storage: &Storage) -> Result<()> {
        for input in &self.found {
            let files: Vec<Location> = input.files.iter().map(|f| f.location.clone()).collect();
            let now = storage.list_inputs(&files).await?;
            for (before, after) in input.files.iter().zip(&now) {
                if before.size != after.size || before.etag != after.etag {
                    return Err(Error::Missing {
                        location: before.location.to_string(),
                        problem: "changed while it was read; nothing was published, run again"
                            .to_owned(),
                    });
                }
            }
        }
        Ok(())
    }
}

async fn count(session: &SessionContext, sql: &str) -> Result<u64> {
    let rows = collect(session, sql).await?;
    let n_rows = rows
        .first()
        .and_then(|batch| batch.column(0).as_primitive_opt::<Int64Type>())
        .map_or(0, |column| column.value(0));
    Ok(u64::try_from(n_rows).unwrap_or(0))
}

async fn collect(session: &SessionContext, sql: &str) -> Result<Vec<RecordBatch>> {
    let failed = |error| step_error("the inputs", error);
    let frame = session.sql(sql).await.map_err(failed)?;
    frame.collect().await.map_err(failed)
}

async fn find_one(
    config: &Config,
    input: &Input,
    contract: &'static Contract,
    storage: &Arc<Storage>,
    engine: &Engine,
) -> Result<FoundInput> {
    let mut locations = Vec::new();
    for url in &input.urls {
        locations.extend(locations_of(url, &config.folder, storage).await?);
    }
    let (files, footers) = read_footers(&locations, storage, engine).await?;
    let Some(first_file) = files.first() else {
        return Err(Error::Missing {
            location: input.urls.join(", "),
            problem: format!("there is no Parquet file of {}", contract.table),
        });
    };
    let schema = Arc::new(merged_schema(&footers));
    let partition_columns = partition_names(&files, &schema);
    check_partitions(&files, &partition_columns)?;
    let all_columns = schema_with_partitions(&schema, &partition_columns);
    let named_features = config.training.features.as_deref().unwrap_or_default();
    mapping::check_mapped_names(contract, input, named_features)?;
    let file_name = first_file.location.to_string();
    let mapper = Mapper::new(contract, input, &all_columns, &file_name, engine)?;
    let mut columns = mapper.map_columns(config.project.kind).await?;
    let features = match contract.table {
        "products" => MappedFeatures::find(config, &mapper, &columns).await?,
        _ => MappedFeatures::default(),
    };
    for pair in files.iter().zip(&footers) {
        for columns in [&columns, &features.columns] {
            check_same_columns(columns, &partition_columns, &schema, (first_file, pair))?;
        }
    }
    for column in &mut columns {
        for (file, footer) in files.iter().zip(&footers) {
            footer.check_values(file, column)?;
        }
    }
    Ok(FoundInput {
        contract,
        rows: footers.iter().map(|footer| footer.n_rows).collect(),
        files,
        schema,
        partition_columns,
        columns,
        features,
    })
}

fn schema_with_partitions(schema: &Schema, partition_columns: &[String]) -> Schema {
    let mut fields: Vec<Field> = schema.fields().iter().map(|f| f.as_ref().clone()).collect();
    fields.extend(
        partition_columns
            .iter()
            .map(|name| Field::new(name, DataType::Utf8, true)),
    );
    Schema::new(fields)
}

impl FoundInput {
    /// Refuses the table where any of its rows meet `condition`, a `from` clause; `{n}` is their number.
    async fn refuse(
        &self,
        session: &SessionContext,
        column: &MappedColumn,
        promise: &str,
        condition: &str,
    ) -> Result<()> {
        let n_rows = count(session, &format!("select count(*) from {condition}")).await?;
        if n_rows == 0 {
            return Ok(());
        }
        Err(Error::Corrupt {
            location: self.locations(),
            problem: format!(
                "column {} ({}.{}): expected {}; fill or drop these rows, or change the mapping",
                column.expression,
                self.contract.table,
                column.name,
                promise.replace("{n}", &n_rows.to_string())
            ),
        })
    }

    /// The files as they are.
    fn raw_table(&self, storage: &Storage) -> Result<FileTable> {
        let schema = Arc::clone(&self.schema);
        file_table(
            &self.files,
            &self.rows,
            schema,
            &self.partition_columns,
            storage,
        )
    }

    /// Canonical names and types over the raw columns.
    fn source_sql(&self, dates: &DateRange) -> String {
        let mut columns: Vec<String> = self.columns.iter().map(MappedColumn::select_sql).collect();
        let table = self.contract.table;
        if table == "products" {
            columns.extend(self.features.select_sql());
        }
        let all = format!("select {} from raw.{table}", columns.join(", "));
        let mut conditions = Vec::new();
        if table == "responses" {
            let from = dates
                .from
                .iter()
                .map(|date| format!("created_at >= '{date}'"));
            let to = dates.to.iter().map(|date| format!("created_at < '{date}'"));
            conditions.extend(from.chain(to));
        }
        if conditions.is_empty() {
            return all;
        }
        format!("select * from ({all}) where {}", conditions.join(" and "))
    }
}

/// An input that was not given: its columns and no row.
fn absent_source_sql(contract: &Contract) -> String {
    let mut columns: Vec<String> = contract
        .columns
        .iter()
        .map(|column| {
            format!(
                "arrow_cast(null, '{}') as \"{}\"",
                mapping::type_name(column.kind),
                column.name
            )
        })
        .collect();
    if contract.table == "products" {
        columns.extend(MappedFeatures::default().select_sql());
    }
    format!("select {} where false", columns.join(", "))
}
