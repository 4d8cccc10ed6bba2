//! `noisy_bradley_terry('votes')` and its kin in ad-hoc SQL: a worker model fitted to a whole table, as a table.
//!
//! The nightly job learns the same by its model `skills.worker_models`.

use std::sync::Arc;

use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{Result, ScalarValue, internal_datafusion_err, plan_err};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;

use crate::ranking::WORKER_MODELS;

/// Adds two functions for each worker model to `session`: scores of items, and what is learnt of workers.
pub(super) fn register(session: &SessionContext) {
    for model in WORKER_MODELS {
        for (ending, about) in [("", About::Items), ("_workers", About::Workers)] {
            let function = WorkerTable {
                model: model.name(),
                about,
            };
            session.register_udtf(&format!("{}{ending}", model.name()), Arc::new(function));
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum About {
    Items,
    Workers,
}

#[derive(Debug)]
struct WorkerTable {
    model: &'static str,
    about: About,
}

impl TableFunctionImpl for WorkerTable {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let [Expr::Literal(ScalarValue::Utf8(Some(table)), _)] = args.exprs() else {
            return plan_err!(
                "{} takes the name of a table or view as text, such as 'comparisons.votes'",
                self.model
            );
        };
        let state = args.session().as_any().downcast_ref::<SessionState>();
        let state = state.ok_or_else(|| internal_datafusion_err!("this session plans no SQL"))?;
        let session = SessionContext::new_with_state(state.clone());
        // The engine asks for a table while it plans; finding another table may wait for storage.
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(self.view(&session, table))
        })
    }
}

impl WorkerTable {
    async fn view(&self, session: &SessionContext, table: &str) -> Result<Arc<dyn TableProvider>> {
        let answers = session.table(table).await?;
        let has_weight = answers.schema().has_column_with_unqualified_name("weight");
        let weight = if has_weight { "weight" } else { "1.0" };
        let (learnt, columns) = match self.about {
            About::Workers => (
                ("learn_workers", "['workers']"),
                &[
                    "worker_id",
                    "n_answers",
                    "reliability",
                    "left_bias",
                    "weight",
                ][..],
            ),
            About::Items => (
                ("learn_scores", ""),
                &["query_id", "item_id", "score", "rank"][..],
            ),
        };
        let (function, part) = learnt;
        let fields: Vec<String> = columns
            .iter()
            .map(|column| format!("entry['{column}'] as {column}"))
            .collect();
        let sql = format!(
            "select {} from (select unnest({function}(query_id, left_item_id, right_item_id, outcome, {weight}, \
             worker_id, 0, 0, 'counted', '{}'){part}) as entry from {table})",
            fields.join(", "),
            self.model
        );
        Ok(session.sql(&sql).await?.into_view())
    }
}
