//! Questions to the tables of a run: their answers as Rust values.
//!
//! What is asked is the caller's.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::JsonArray;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use serde::de::DeserializeOwned;

use super::{Runner, step_error};
use crate::error::{Error, Result};

impl Runner {
    /// The rows of `sql`, in which the parameters of the models and `more` have their values.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        what: &str,
        sql: &str,
        more: &[(&str, ScalarValue)],
    ) -> Result<Vec<T>> {
        let frame = self.frame(what, sql, more).await?;
        let rows = frame
            .collect()
            .await
            .map_err(|error| step_error(what, error))?;
        typed(what, &rows)
    }

    /// `sql` planned, with the parameters of the models and `more`.
    pub(crate) async fn frame(
        &self,
        what: &str,
        sql: &str,
        more: &[(&str, ScalarValue)],
    ) -> Result<DataFrame> {
        let mut parameters = self.parameters.clone();
        if let ParamValues::Map(values) = &mut parameters {
            for (name, value) in more {
                values.insert((*name).to_owned(), value.clone().into());
            }
        }
        let frame = self.session.sql(sql).await;
        frame
            .and_then(|frame| frame.with_param_values(parameters))
            .map_err(|error| step_error(what, error))
    }
}

/// Rows as Rust values, by the names of their columns; a missing key is a null.
pub(crate) fn typed<T: DeserializeOwned>(what: &str, rows: &[RecordBatch]) -> Result<Vec<T>> {
    let mut bytes = Vec::new();
    let mut writer = WriterBuilder::new().build::<_, JsonArray>(&mut bytes);
    let batches: Vec<&RecordBatch> = rows.iter().collect();
    let failed = |error| step_error(what, DataFusionError::from(error));
    writer.write_batches(&batches).map_err(failed)?;
    writer.finish().map_err(failed)?;
    drop(writer);
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Error::Bug(format!("{what} is not of the expected shape: {error}")))
}
