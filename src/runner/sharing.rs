//! Tables that several runners read: what does not depend on the parameters that differ is computed once.
//!
//! Which tables these are says the caller.

use std::sync::Arc;

use super::{Runner, register};
use crate::error::Result;
use crate::pipeline::{MODELS, Model};

impl Runner {
    /// Takes over the tables of `other` for which `is_shared` says so; it must live as long as this runner.
    ///
    /// Both must have been made from the same inputs and as-of time.
    pub(crate) async fn share(
        &mut self,
        other: &Self,
        is_shared: impl Fn(&Model) -> bool,
    ) -> Result<()> {
        for model in MODELS.iter().filter(|model| is_shared(model)) {
            let name = model.name();
            let Some(table) = other.spilled.get(&name) else {
                // A view has no files: it is planned again.
                self.compute(model).await?;
                continue;
            };
            let (schema, table_name) = model.table();
            register(&self.session, schema, table_name, Arc::new(table.whole()))?;
            self.computed.insert(name.clone());
            self.spilled.insert(name, Arc::clone(table));
        }
        Ok(())
    }

    /// Removes the tables of this runner, but not those that it shares; what cannot be removed goes with the
    /// process.
    pub(crate) fn discard(self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::debug!(folder = %self.folder.display(), %error, "spilled tables were left behind");
        }
    }
}
