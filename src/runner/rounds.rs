//! Repeats the models of the rounds until what they find is what they took for granted.
//!
//! It does not know what is found.

use std::sync::Arc;

use serde::Deserialize;

use super::{Runner, register, step_error};
use crate::error::{Error, Result};
use crate::pipeline::{Model, ROUNDS};
use crate::spill::SpilledTable;

/// Rounds after which the rules are taken never to come to rest; a few are usual.
const ROUNDS_MAX: usize = 1000;

impl Runner {
    /// After the last model of the rounds: repeats them until a round finds what it took for granted.
    pub(super) async fn settle(&mut self, model: &Model) -> Result<()> {
        if model.name() != ROUNDS.found {
            return Ok(());
        }
        for _ in 0..ROUNDS_MAX {
            let found = self.table(ROUNDS.found)?;
            if self.fingerprint(ROUNDS.found).await? == self.fingerprint(ROUNDS.assumed).await? {
                return Ok(());
            }
            let (schema, table) = ROUNDS.assumed.split_once('.').unwrap_or_default();
            let kept = Arc::new(self.keep_for_next_round(&found)?);
            register(&self.session, schema, table, Arc::new(kept.whole()))?;
            self.spilled.insert(ROUNDS.assumed.to_owned(), kept);
            for repeated in ROUNDS.models() {
                self.compute(repeated).await?;
            }
        }
        Err(Error::Check {
            name: ROUNDS.found.to_owned(),
            problem: format!(
                "the rules did not come to rest in {ROUNDS_MAX} rounds of majorities and bans; nothing was published"
            ),
        })
    }

    /// Moves the files of a table aside: the next round writes new ones in their place.
    fn keep_for_next_round(&self, found: &SpilledTable) -> Result<SpilledTable> {
        let folder = self.folder.join(ROUNDS.assumed);
        let failed = |error: std::io::Error| step_error(ROUNDS.assumed, error.into());
        let mut kept = found.clone();
        for (file_idx, file) in kept.shards.iter_mut().flatten().enumerate() {
            let path = folder.join(format!("part-{file_idx:05}.arrow"));
            std::fs::rename(&file.path, &path).map_err(failed)?;
            file.path = path;
        }
        Ok(kept)
    }

    /// The number of rows and the sum of their hashes: the same for the same rows in any order.
    async fn fingerprint(&self, table: &str) -> Result<Vec<Fingerprint>> {
        let sql = format!(
            "select count(*) as n_rows, bit_xor(row_hash(assignment_id, concat(kind, ' ', cast(at as varchar)))) as hash from {table}"
        );
        self.ask(table, &sql, &[]).await
    }
}

/// What tells two sets of rows apart.
#[derive(Debug, PartialEq, Deserialize)]
struct Fingerprint {
    n_rows: u64,
    hash: Option<u64>,
}
