//! How the rankings of a run ended, for the log, the manifest and the report.
//!
//! It reads the run's own tables; what makes the figures is `sql/5_ranking`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Result;
use crate::runner::Runner;

const STEP: &str = "the report of the rankings";

/// What was found for all queries together, and how the fits ended.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Fits {
    /// Share of the left side among the answers that chose one.
    pub(super) left_share: Option<f64>,
    /// Standard deviations of chance from one half.
    pub(super) left_share_z: Option<f64>,
    pub(super) position_bias: Option<f64>,
    pub(super) position_bias_se: Option<f64>,
    pub(super) position_bias_status: String,
    pub(super) tie_parameter: Option<f64>,
    /// Wins of the prior, where it was looked for.
    pub(super) prior: Option<f64>,
    pub(super) n_not_converged: i64,
    /// Queries that are not in one piece, or where some candidate never won or never lost.
    pub(super) n_not_strongly_connected: i64,
    pub(super) n_not_identified: i64,
    pub(super) iterations_max: Option<i64>,
    pub(super) gradient_norm_max: Option<f64>,
    /// Rounds of the worker model, where there is one.
    pub(super) worker_rounds: Option<i64>,
}

impl Fits {
    pub(super) async fn read(runner: &Runner) -> Result<Self> {
        let rows: Vec<Self> = runner.ask(STEP, include_str!("fits.sql"), &[]).await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// By name, without what there is not.
    pub(super) fn parameters(&self) -> BTreeMap<String, Value> {
        let known = serde_json::to_value(self).unwrap_or_default();
        let mut parameters = BTreeMap::new();
        if let Value::Object(fields) = known {
            parameters.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
        }
        parameters
    }

    /// How hard the fits were, for the log; nothing where nothing was ranked.
    pub(super) fn log(&self) {
        if let (Some(iterations_max), Some(gradient_norm_max)) =
            (self.iterations_max, self.gradient_norm_max)
        {
            tracing::info!(
                iterations_max,
                gradient_norm_max,
                n_not_converged = self.n_not_converged,
                "fitted"
            );
        }
    }

    /// The favour of a side in words of the report.
    pub(super) fn side_in_words(&self) -> Vec<String> {
        let rounded = |value: Option<f64>, digits: usize| {
            value.map_or_else(String::new, |value| format!("{value:.digits$}"))
        };
        vec![
            rounded(self.left_share.map(|share| 100.0 * share), 1),
            rounded(self.left_share_z, 2),
            rounded(self.position_bias, 4),
            rounded(self.position_bias_se, 4),
            self.position_bias_status.replace('_', " "),
        ]
    }
}
