//! `diff`: what changed between two published snapshots.
//!
//! What is compared stands in `diff`.

use crate::args::DiffArguments;
use crate::commands::dataset;
use crate::diff::{Comparison, Published, lines};
use crate::error::Result;
use crate::publish::{CommitName, Dataset};
use crate::report;
use crate::session::Engine;

pub(super) async fn run(arguments: &DiffArguments) -> Result<()> {
    let opened = dataset::open(&arguments.dataset)?;
    let before = published(&opened.dataset, arguments.before).await?;
    let after = published(&opened.dataset, arguments.after).await?;
    let comparison = Comparison {
        engine: &Engine::new(&opened.config)?,
        storage: &opened.storage,
        before: &before,
        after: &after,
        n_names: arguments.names,
    };
    let difference = comparison.run(&report::Display::new()).await?;
    if arguments.json {
        return report::json(&difference);
    }
    for line in lines(&difference) {
        report::line(&line);
    }
    Ok(())
}

async fn published(dataset: &Dataset, name: CommitName) -> Result<Published> {
    let head = dataset.named(name).await?;
    let snapshot = dataset.snapshot(&head).await?;
    Ok(Published { head, snapshot })
}
