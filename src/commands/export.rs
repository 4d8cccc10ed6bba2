//! `export`: a published snapshot as the files of other trainers.
//!
//! What is written stands in `export`.

use crate::args::ExportArguments;
use crate::commands::dataset;
use crate::error::Result;
use crate::export::{Export, format_of};
use crate::publish::SPLITS;
use crate::report;

pub(super) async fn run(arguments: &ExportArguments) -> Result<()> {
    let opened = dataset::open(&arguments.dataset)?;
    let head = opened.dataset.named(arguments.snapshot).await?;
    let snapshot = opened.dataset.snapshot(&head).await?;
    let is_wanted = |split: &&str| {
        arguments.splits.is_empty() || arguments.splits.iter().any(|wanted| wanted == split)
    };
    let splits: Vec<&str> = SPLITS.into_iter().filter(is_wanted).collect();
    let export = Export {
        storage: &opened.storage,
        snapshot: &snapshot,
        format: format_of(&arguments.to)?,
        splits: &splits,
        folder: &arguments.directory,
    };
    let written = export.write(&report::Display::new()).await?;
    for file in &written {
        report::line(&format!(
            "{:<32} {:>12} rows {:>14} bytes",
            file.name, file.n_rows, file.n_bytes
        ));
    }
    report::line(&format!(
        "exported commit {} as {} to {}",
        head.commit.commit,
        arguments.to,
        arguments.directory.display()
    ));
    Ok(())
}
