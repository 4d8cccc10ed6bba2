//! What changed between two published snapshots: rows by the key of their table, queries, manifests.
//!
//! It changes neither. Rows are compared by the engine, within its memory.

mod manifests;
mod promises;
mod queries;
mod side_by_side;
mod tables;
mod telling;

use std::sync::Arc;

use datafusion::prelude::SessionContext;
use serde::Serialize;

use crate::error::Result;
use crate::job::{Stored, register_stores};
use crate::manifest::AsOf;
use crate::publish::{Head, Snapshot, table_names};
use crate::runner::{Progress, create_schema, register, step_error};
use crate::session::Engine;
use crate::storage::Storage;

use manifests::{Count, Setting};
use promises::BrokenPromise;
use queries::QueryChanges;
use side_by_side::TableChange;
use tables::KEYED_TABLES;
pub(crate) use telling::lines;

/// How errors name what is asked here.
const STEP: &str = "the difference";

/// A commit and its snapshot.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) head: Head,
    pub(crate) snapshot: Snapshot,
}

/// Everything that differs.
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    before: Side,
    after: Side,
    /// Whether all Parquet files are the same.
    has_same_content: bool,
    tables: Vec<TableChange>,
    /// None for a classification.
    queries: Option<QueryChanges>,
    broken_promises: Vec<BrokenPromise>,
    settings: Vec<Setting>,
    counts: Vec<Count>,
}

/// Which commit a side is.
#[derive(Debug, Serialize)]
struct Side {
    commit: u64,
    as_of: AsOf,
    snapshot: String,
    content_sha256: String,
}

impl Side {
    fn of(published: &Published) -> Self {
        let commit = &published.head.commit;
        Self {
            commit: commit.commit,
            as_of: commit.as_of,
            snapshot: commit.snapshot.clone(),
            content_sha256: published.snapshot.manifest.content_sha256.clone(),
        }
    }
}

/// Two snapshots to compare.
pub(crate) struct Comparison<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) storage: &'a Storage,
    pub(crate) before: &'a Published,
    pub(crate) after: &'a Published,
    /// How many queries of a kind are named.
    pub(crate) n_names: usize,
}

impl Comparison<'_> {
    /// Compares them.
    ///
    /// # Errors
    /// [`crate::error::Error::Corrupt`] when a file cannot be read.
    pub(crate) async fn run(&self, progress: &dyn Progress) -> Result<Difference> {
        let session = self.session().await?;
        let mut tables = Vec::new();
        for keyed in KEYED_TABLES {
            if !table_names().any(|name| name == keyed.name) {
                continue;
            }
            progress.started(keyed.name);
            side_by_side::register(&session, keyed).await?;
            if self.has_table(keyed.name) {
                tables.push(side_by_side::count(&session, keyed).await?);
            }
        }
        progress.started("queries");
        let queries = if self.has_table("pointwise") {
            Some(queries::changes(&session, self.n_names).await?)
        } else {
            None
        };
        let (before, after) = (Side::of(self.before), Side::of(self.after));
        let manifests = (
            &self.before.snapshot.manifest,
            &self.after.snapshot.manifest,
        );
        let mut counts = manifests::ledger_counts(manifests.0, manifests.1);
        counts.extend(manifests::row_counts(&session).await?);
        Ok(Difference {
            has_same_content: before.content_sha256 == after.content_sha256,
            broken_promises: promises::broken(&tables, before.commit < after.commit),
            settings: manifests::changed_settings(manifests.0, manifests.1)?,
            before,
            after,
            tables,
            queries,
            counts,
        })
    }

    fn has_table(&self, name: &str) -> bool {
        let sides = [self.before, self.after];
        sides
            .iter()
            .any(|side| side.snapshot.files(name).next().is_some())
    }

    /// A session with the tables of both; one that a snapshot lacks is empty.
    async fn session(&self) -> Result<SessionContext> {
        let session = self.engine.session(self.engine.n_threads);
        // Both sides are large: a join that sorts can spill.
        let setting = "set datafusion.optimizer.prefer_hash_join = false";
        let set = session.sql(setting).await;
        set.map_err(|error| step_error(STEP, error))?;
        for (schema, side) in [("before", self.before), ("after", self.after)] {
            create_schema(&session, schema).await?;
            for keyed in KEYED_TABLES {
                if !table_names().any(|name| name == keyed.name) {
                    continue;
                }
                let stored = Stored::of(Some(&side.snapshot));
                let table = stored.table(keyed.name, self.storage)?;
                register(&session, schema, keyed.name, Arc::new(table))?;
            }
        }
        create_schema(&session, "side_by_side").await?;
        register_stores(self.engine, self.storage)?;
        Ok(session)
    }
}
