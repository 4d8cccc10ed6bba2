//! Opens the published dataset that a command line names, with or without a configuration.
//!
//! It reads nothing of it.

use std::sync::Arc;

use crate::args::DatasetArguments;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::publish::Dataset;
use crate::storage::{Location, Storage};

/// A dataset, and the settings to work with.
pub(super) struct OpenDataset {
    pub(super) config: Config,
    pub(super) storage: Arc<Storage>,
    pub(super) dataset: Dataset,
}

/// The dataset of `--dataset`, or of the configuration's output.
///
/// # Errors
/// [`Error::Usage`]: no address, or an unknown scheme.
pub(super) fn open(arguments: &DatasetArguments) -> Result<OpenDataset> {
    let config = match &arguments.config {
        Some(path) => Config::load(path, &arguments.settings)?,
        None => Config::default(),
    };
    let location = match (&arguments.dataset, &config.output.url) {
        (Some(url), _) => Location::parse(url)?,
        (None, Some(url)) => config.locate(url)?,
        (None, None) => {
            return Err(Error::Usage(
                "output.url is missing: say in the configuration where the dataset is, or name it by --dataset"
                    .to_owned(),
            ));
        }
    };
    let storage = Arc::new(Storage::new());
    Ok(OpenDataset {
        config,
        dataset: Dataset::open(Arc::clone(&storage), location),
        storage,
    })
}
