//! Which queries changed, and whether because of new answers.
//!
//! What a new answer is stands in `queries.sql`.

use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use serde::{Deserialize, Serialize};

use super::STEP;
use crate::error::Result;
use crate::runner::{step_error, typed};

/// Queries by what happened to them.
#[derive(Debug, Default, Serialize)]
pub(super) struct QueryChanges {
    /// Answers came or went.
    pub(super) new_answers: Queries,
    /// No answer of theirs changed: the weights of their workers, or settings, did.
    pub(super) moved: Queries,
    pub(super) only_before: Queries,
    pub(super) only_after: Queries,
    pub(super) n_same: u64,
}

/// Some queries, the first of them by name.
#[derive(Debug, Default, Serialize)]
pub(super) struct Queries {
    pub(super) n_queries: u64,
    pub(super) first: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Named {
    kind: String,
    query_id: String,
    n_queries: u64,
}

/// Reads `side_by_side.pointwise` and `side_by_side.pairs`.
pub(super) async fn changes(session: &SessionContext, n_names: usize) -> Result<QueryChanges> {
    let failed = |error| step_error(STEP, error);
    let n_names_bound = i64::try_from(n_names).unwrap_or(i64::MAX);
    let frame = session.sql(include_str!("queries.sql")).await;
    let frame = frame
        .and_then(|frame| {
            frame.with_param_values(vec![("names", ScalarValue::Int64(Some(n_names_bound)))])
        })
        .map_err(failed)?;
    let rows = frame.collect().await.map_err(failed)?;
    let mut changes = QueryChanges::default();
    for named in typed::<Named>(STEP, &rows)? {
        let queries = match named.kind.as_str() {
            "new_answers" => &mut changes.new_answers,
            "moved" => &mut changes.moved,
            "only_before" => &mut changes.only_before,
            "only_after" => &mut changes.only_after,
            _ => {
                changes.n_same = named.n_queries;
                continue;
            }
        };
        queries.n_queries = named.n_queries;
        if queries.first.len() < n_names {
            queries.first.push(named.query_id);
        }
    }
    Ok(changes)
}
