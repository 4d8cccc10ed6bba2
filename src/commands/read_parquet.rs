//! `read_parquet('glob')` in ad-hoc SQL: any Parquet files, local or on S3, as a table; so are the files of a
//! published table, `read_parquet('current:<dataset>#<table>')`.
//!
//! Inputs of a job do not come this way: they are held against their contract.

use std::path::Path;
use std::sync::Arc;

use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;

use crate::error::Error;
use crate::file_table::FileTable;
use crate::inputs::{locations_of, parquet_table};
use crate::session::Engine;
use crate::storage::Storage;

/// Adds the table function to `session`.
pub(super) fn register(session: &SessionContext, engine: &Engine) {
    let function = ReadParquet {
        engine: engine.clone(),
        storage: Arc::new(Storage::new()),
    };
    session.register_udtf("read_parquet", Arc::new(function));
}

#[derive(Debug)]
struct ReadParquet {
    engine: Engine,
    storage: Arc<Storage>,
}

impl TableFunctionImpl for ReadParquet {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        if args.exprs().is_empty() {
            return plan_err!(
                "read_parquet takes at least one place of files, such as 'answers/*.parquet'"
            );
        }
        let mut places = Vec::new();
        for argument in args.exprs() {
            let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = argument else {
                return plan_err!(
                    "read_parquet takes the places of files as text, found {argument}"
                );
            };
            places.push(text.as_str());
        }
        // The engine asks for a table while it plans; listing files waits for storage.
        let table = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(self.table(&places))
        });
        let table = table.map_err(|error| DataFusionError::External(Box::new(error)))?;
        Ok(Arc::new(table))
    }
}

impl ReadParquet {
    /// The files at `places`; relative ones start at the working directory.
    async fn table(&self, places: &[&str]) -> Result<FileTable, Error> {
        let mut locations = Vec::new();
        for place in places {
            locations.extend(locations_of(place, Path::new(""), &self.storage).await?);
        }
        parquet_table(&locations, &self.storage, &self.engine).await
    }
}
