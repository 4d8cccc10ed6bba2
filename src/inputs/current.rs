//! Inputs that are tables of a published dataset: what is current there is read, file by file.
//!
//! `current:<dataset>#<table>`, such as `current:../reviews/published#labels`: so one project takes the kept
//! output of another. It does not look into the files.

use std::path::Path;
use std::sync::Arc;

use crate::config::locate;
use crate::error::{Error, Result};
use crate::publish::{Dataset, table_names};
use crate::storage::{Location, Storage};

/// What such an address begins with.
const PREFIX: &str = "current:";

/// The places that `url` names: itself, or the current files of a published table. Relative paths start at `folder`.
///
/// # Errors
/// [`Error::Usage`] for an address without a known table, [`Error::Missing`] where nothing is published yet.
pub(crate) async fn locations_of(
    url: &str,
    folder: &Path,
    storage: &Arc<Storage>,
) -> Result<Vec<Location>> {
    let Some(address) = url.strip_prefix(PREFIX) else {
        return Ok(vec![locate(url, folder)?]);
    };
    let (dataset_url, table) = address
        .rsplit_once('#')
        .filter(|(_, table)| table_names().any(|known| known == *table))
        .ok_or_else(|| {
            let known: Vec<&str> = table_names().collect();
            Error::Usage(format!(
                "{url}: write {PREFIX}<dataset>#<table> with one of the tables {}",
                known.join(", ")
            ))
        })?;
    let location = locate(dataset_url, folder)?;
    let dataset = Dataset::open(Arc::clone(storage), location.clone());
    let head = dataset.current().await?.ok_or_else(|| Error::Missing {
        location: location.to_string(),
        problem: "nothing is published there yet; run the configuration that publishes it first"
            .to_owned(),
    })?;
    let snapshot = dataset.snapshot(&head).await?;
    let files: Vec<Location> = snapshot
        .files(table)
        .map(|file| snapshot.location.join(&file.path))
        .collect();
    if files.is_empty() {
        return Err(Error::Missing {
            location: snapshot.location.to_string(),
            problem: format!(
                "the snapshot has no table {table}; a ranking has pointwise, a classification has labels"
            ),
        });
    }
    Ok(files)
}
