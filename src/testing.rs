//! The way in for the model tests: a session with our functions, and the checks of a model.
//!
//! It computes no table and knows no case: `tests/it/models.rs` does.

use datafusion::prelude::SessionContext;

use crate::checks::{self, Severity};
use crate::config::Config;
use crate::error::Result;
use crate::session::Engine;

/// One query that must return no row.
#[derive(Debug, Clone)]
pub struct ModelCheck {
    /// Whether a row stops the run; otherwise it is a warning.
    pub is_fatal: bool,
    /// What a row means, in the operator's words.
    pub sentence: String,
    /// The query.
    pub sql: String,
}

/// An empty session with all our functions, several partitions and tiny batches: small tables then go
/// through the same cuts as large ones.
///
/// # Errors
/// [`crate::error::Error::Exhausted`]: the engine cannot be set up.
pub fn session() -> Result<SessionContext> {
    let mut config = Config::default();
    config.run.threads = 3;
    config.run.batch_size = 2;
    let engine = Engine::new(&config)?;
    Ok(engine.session(engine.n_threads))
}

/// The checks in the text of `<model>.check.sql`, which `file` names in errors.
///
/// # Errors
/// [`crate::error::Error::Bug`]: a query without a sentence, or the reverse.
pub fn checks(text: &str, file: &str) -> Result<Vec<ModelCheck>> {
    let parsed = checks::parse(text, file)?;
    let checks = parsed.into_iter().map(|check| ModelCheck {
        is_fatal: check.severity == Severity::Fail,
        sentence: check.sentence,
        sql: check.sql,
    });
    Ok(checks.collect())
}
