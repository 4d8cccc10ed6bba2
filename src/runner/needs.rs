//! Computes the tables that are asked for, and what they need: no more.
//!
//! What a model needs stands in its SQL; two needs do not, and are said in `pipeline`.

use std::collections::BTreeSet;

use datafusion::config::Dialect;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;

use super::{Progress, Runner, step_error};
use crate::error::Result;
use crate::pipeline::{FIT_OPTIONS, MODELS, Model, ROUNDS};

impl Runner {
    /// Computes `wanted` tables and those they need, where they are not there yet; unchecked: for a look.
    pub(crate) async fn compute_needed(
        &mut self,
        wanted: BTreeSet<String>,
        progress: &dyn Progress,
    ) -> Result<()> {
        let needed = self.with_needs(wanted)?;
        for model in MODELS {
            let name = model.name();
            if needed.contains(&name) && !self.computed.contains(&name) {
                self.compute_unchecked(model, progress).await?;
            }
        }
        Ok(())
    }

    /// `wanted`, and what that is made of.
    fn with_needs(&self, mut wanted: BTreeSet<String>) -> Result<BTreeSet<String>> {
        let state = self.session.state();
        for model in MODELS.iter().rev() {
            let is_wanted = |repeated: &Model| wanted.contains(&repeated.name());
            if model.name() == ROUNDS.found && ROUNDS.models().any(is_wanted) {
                // What one round finds is not settled: the last table of the rounds repeats them.
                wanted.insert(model.name());
            }
            if !wanted.contains(&model.name()) {
                continue;
            }
            if FIT_OPTIONS.is_read_by(model) {
                wanted.insert(FIT_OPTIONS.table.to_owned());
            }
            let failed = |error| step_error(&model.name(), error);
            let statement = state
                .sql_to_statement(model.sql, &Dialect::Generic)
                .map_err(failed)?;
            wanted.extend(named_tables(&self.session, &statement).map_err(failed)?);
        }
        Ok(wanted)
    }
}

/// The tables of a schema that a statement names: `quality.bans`.
pub(crate) fn named_tables(
    session: &SessionContext,
    statement: &Statement,
) -> Result<BTreeSet<String>, DataFusionError> {
    let references = session.state().resolve_table_references(statement)?;
    Ok(references
        .iter()
        .filter_map(|reference| Some(format!("{}.{}", reference.schema()?, reference.table())))
        .collect())
}

#[cfg(test)]
mod tests {
    use datafusion::common::ParamValues;

    use super::*;
    use crate::config::Config;
    use crate::session::Engine;

    #[tokio::test]
    async fn scores_need_what_was_found_for_all_queries_and_settled_rounds() {
        let engine = Engine::new(&Config::default()).unwrap();
        let folder = engine.table_folder("needs");
        let none = ParamValues::List(Vec::new());
        let runner = Runner::new(&engine, folder, 1, none).await.unwrap();
        let needed = |name: &str| {
            runner
                .with_needs(BTreeSet::from([name.to_owned()]))
                .unwrap()
        };
        let of_scores = needed("ranking.scores");
        for table in ["ranking.parameters", "comparisons.votes", ROUNDS.found] {
            assert!(of_scores.contains(table), "{table}: {of_scores:?}");
        }
        assert!(!of_scores.contains("quality.relabel"), "{of_scores:?}");
        let of_products = needed("ingest.products");
        assert!(!of_products.contains("ingest.responses"), "{of_products:?}");
    }
}
