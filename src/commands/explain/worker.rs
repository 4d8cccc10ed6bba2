//! Finds a worker by the name that the user knows: the id, or the pseudonym under which it is published.
//!
//! It looks at the inputs only, so that a typing error costs no replay.

use datafusion::common::ScalarValue;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::functions::WORKER_KEY_VARIABLE;
use crate::runner::{Runner, create_schema, register};

const STEP: &str = "the list of workers";

/// Names that are suggested for one that nobody has.
const SUGGESTIONS_MAX: usize = 3;

/// Who is told about.
#[derive(Debug, Deserialize)]
pub(super) struct Worker {
    pub(super) worker_id: String,
    /// What the worker is called where ids are not published.
    pub(super) pseudonym: String,
}

#[derive(Deserialize)]
struct WorkerRow {
    worker_id: String,
}

/// The worker of this name.
///
/// # Errors
/// [`Error::Usage`] with the nearest names where nobody has it.
pub(super) async fn find(runner: &Runner, name: &str) -> Result<Worker> {
    let workers = runner.frame(STEP, include_str!("workers.sql"), &[]).await?;
    create_schema(runner.session(), "story").await?;
    register(runner.session(), "story", "workers", workers.into_view())?;
    let given = [("name", ScalarValue::Utf8(Some(name.to_owned())))];
    let named: Vec<Worker> = runner.ask(STEP, include_str!("named.sql"), &given).await?;
    if let Some(worker) = named.into_iter().next() {
        return Ok(worker);
    }
    let all: Vec<WorkerRow> = runner
        .ask(STEP, "select worker_id from story.workers", &[])
        .await?;
    let ids: Vec<&str> = all.iter().map(|row| row.worker_id.as_str()).collect();
    Err(Error::Usage(unknown(name, &ids)))
}

fn unknown(name: &str, ids: &[&str]) -> String {
    let hint = if name.starts_with("w_") {
        format!(
            "; a pseudonym is found only with the {WORKER_KEY_VARIABLE} that it was published with"
        )
    } else {
        suggestion(name, ids)
    };
    format!(
        "no worker {name} among the {} of the inputs{hint}",
        ids.len()
    )
}

/// The nearest ids; ties are broken by the id.
fn suggestion(name: &str, ids: &[&str]) -> String {
    let distance = |id: &str| strsim::damerau_levenshtein(name, id);
    let mut near: Vec<(usize, &str)> = ids.iter().map(|id| (distance(id), *id)).collect();
    near.sort_unstable();
    let nearest: Vec<&str> = near
        .iter()
        .take(SUGGESTIONS_MAX)
        .map(|(_, id)| *id)
        .collect();
    if nearest.is_empty() {
        return String::new();
    }
    format!("; the nearest are {}", nearest.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_ids_are_suggested_for_one_that_nobody_has() {
        let problem = unknown("W00012", &["W900000", "W000012", "W000013", "W000112"]);
        assert!(problem.contains("W00012 among the 4"), "{problem}");
        assert!(
            problem.contains("nearest are W000012, W000112, W000013"),
            "{problem}"
        );
    }

    #[test]
    fn an_unknown_pseudonym_asks_for_the_key() {
        let problem = unknown("w_0123456789abcdef01234567", &["W1"]);
        assert!(problem.contains(WORKER_KEY_VARIABLE), "{problem}");
    }
}
