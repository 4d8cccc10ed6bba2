//! A fixed list of Parquet files as one table: exactly these files, with exact row counts for the planner.
//!
//! The engine's own listing is not used: it keeps stale lists. What the files hold is not looked at.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::DateTime;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{ScalarValue, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::object_store::ObjectMeta;
use datafusion::object_store::path::Path;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;

/// One file of a table.
#[derive(Debug, Clone)]
pub(crate) struct TableFile {
    pub(crate) store: ObjectStoreUrl,
    /// The key in its store.
    pub(crate) path: String,
    pub(crate) n_bytes: u64,
    pub(crate) n_rows: usize,
    /// One value per partition column; none is null.
    pub(crate) partition_values: Vec<Option<String>>,
}

/// The table.
#[derive(Debug, Clone)]
pub(crate) struct FileTable {
    table_schema: TableSchema,
    files: Vec<TableFile>,
}

impl FileTable {
    pub(crate) fn new(
        file_schema: SchemaRef,
        partition_columns: &[String],
        files: Vec<TableFile>,
    ) -> Self {
        let partition_fields: Vec<FieldRef> = partition_columns
            .iter()
            .map(|name| Arc::new(Field::new(name, DataType::Utf8, true)))
            .collect();
        Self {
            table_schema: TableSchema::builder(file_schema)
                .with_table_partition_cols(partition_fields)
                .build(),
            files,
        }
    }

    fn statistics_of(&self, files: &[&TableFile]) -> Statistics {
        let mut statistics = Statistics::new_unknown(self.table_schema.table_schema());
        statistics.num_rows = Precision::Exact(files.iter().map(|file| file.n_rows).sum());
        statistics
    }

    fn scan_store(
        &self,
        store: &ObjectStoreUrl,
        files: &[&TableFile],
        n_groups: usize,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let listed = files.iter().map(|file| {
            let values = file
                .partition_values
                .iter()
                .map(|value| ScalarValue::Utf8(value.clone()))
                .collect();
            // The path as it is: the engine's own constructor would encode it once more.
            let metadata = ObjectMeta {
                location: Path::parse(&file.path)?,
                last_modified: DateTime::UNIX_EPOCH,
                size: file.n_bytes,
                e_tag: None,
                version: None,
            };
            Ok(PartitionedFile::new_from_meta(metadata).with_partition_values(values))
        });
        let groups = FileGroup::new(listed.collect::<Result<Vec<_>>>()?)
            .split_files(n_groups.clamp(1, files.len()));
        let scan = FileScanConfigBuilder::new(
            store.clone(),
            Arc::new(ParquetSource::new(self.table_schema.clone())),
        )
        .with_file_groups(groups)
        .with_statistics(self.statistics_of(files))
        .with_projection_indices(projection.cloned())?
        .with_limit(limit)
        .build();
        Ok(DataSourceExec::from_data_source(scan))
    }
}

#[async_trait]
impl TableProvider for FileTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.table_schema.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn statistics(&self) -> Option<Statistics> {
        Some(self.statistics_of(&self.files.iter().collect::<Vec<_>>()))
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let n_groups = state.config().target_partitions();
        let mut stores: Vec<&ObjectStoreUrl> = Vec::new();
        for file in &self.files {
            if !stores.contains(&&file.store) {
                stores.push(&file.store);
            }
        }
        let mut scans = stores
            .iter()
            .map(|store| {
                let files: Vec<&TableFile> = self
                    .files
                    .iter()
                    .filter(|file| file.store == **store)
                    .collect();
                self.scan_store(store, &files, n_groups, projection, limit)
            })
            .collect::<Result<Vec<_>>>()?;
        match scans.len() {
            0 => {
                let columns = self.schema();
                let schema = match projection {
                    Some(columns_read) => Arc::new(columns.project(columns_read)?),
                    None => columns,
                };
                Ok(Arc::new(EmptyExec::new(schema)))
            }
            1 => Ok(scans.remove(0)),
            _ => UnionExec::try_new(scans),
        }
    }
}
