//! The ways in for tests: a session with our functions, the checks of a model, and a rehearsal of publishing.
//!
//! It knows no case and damages nothing: `tests/it/models.rs` and `tests/it/audits.rs` do.

use std::path::Path;

use datafusion::prelude::SessionContext;

use crate::checks::{self, Severity};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::job::Rehearsed;
use crate::publish::{Outcome, WrittenTable};
use crate::session::Engine;
use crate::storage::Location;

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

/// The codes of every audit of what is stored; `ledger` is of no file, and the operator's own have any name.
pub fn audit_codes() -> impl Iterator<Item = &'static str> {
    let of_files = crate::publish::audit_codes();
    of_files.chain(crate::audits::codes()).chain(["manifest"])
}

/// What happens to a snapshot between its steps.
pub struct Tampering<'a> {
    /// After its tables were written, before an audit reads them.
    pub after_writing: &'a dyn Fn(&Location, &mut Vec<WrittenTable>),
    /// After it was sealed, before it is committed.
    pub after_sealing: &'a dyn Fn(&Location),
}

/// Tables computed once, and published as often as a test wants.
pub struct Rehearsal(Rehearsed);

impl Rehearsal {
    /// Computes the tables of a configuration as of a moment, after the snapshot that is current now.
    ///
    /// # Errors
    /// As the job.
    pub async fn open(config: &Path, as_of: &str) -> Result<Self> {
        let config = Config::load(config, &[])?;
        Rehearsed::compute(config, as_of.parse()?).await.map(Self)
    }

    /// Writes, audits, seals and commits as the job does, with `tampering` in between; returns the warnings.
    ///
    /// # Errors
    /// As the job, above all [`Error::Refused`].
    pub async fn publish(&self, tampering: &Tampering<'_>) -> Result<Vec<String>> {
        let (run, mut tables) = self.0.write().await?;
        (tampering.after_writing)(run.snapshot(), &mut tables);
        let (sealed, warnings) = self.0.seal(run, tables).await?;
        (tampering.after_sealing)(sealed.snapshot());
        match sealed.commit().await? {
            Outcome::Published(_) => Ok(warnings),
            Outcome::AlreadyPublished(_) => Err(Error::Bug("it was published before".to_owned())),
        }
    }
}
