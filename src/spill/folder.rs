//! The private folder of one process below the spill directory, and the sweeping of dead processes' folders.
//!
//! What lies in it is others' business; worker ids stand there in clear, so only the owner may read it.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};

/// The start of every folder's name.
const PREFIX: &str = "crowdrank-";

/// The file that a living process holds locked, on this host or another one that shares the disk.
const OWNER: &str = "owner.lock";

/// The folders of this process: a signal ends it without dropping them.
static OPEN_FOLDERS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes every folder of this process, for an exit that drops nothing.
pub(crate) fn remove_open_folders() {
    let folders = OPEN_FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    folders.iter().for_each(|folder| remove(folder));
}

/// A folder that is removed with the value.
#[derive(Debug)]
pub(crate) struct SpillFolder {
    path: PathBuf,
    /// Locked as long as it is open.
    _owner: File,
}

impl SpillFolder {
    /// Makes a folder below `spill_dir`, and removes those of processes that are gone.
    ///
    /// # Errors
    /// [`Error::Storage`] where the folder cannot be made or written.
    pub(crate) fn create(spill_dir: &Path) -> Result<Self> {
        let path = spill_dir.join(format!("{PREFIX}{}", ulid::Ulid::new()));
        let failed = |error: std::io::Error| Error::Storage {
            action: "write the spill folder",
            location: path.display().to_string(),
            source: Box::new(error),
        };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .map_err(failed)?;
        let owner = File::create(path.join(OWNER)).map_err(failed)?;
        owner.lock().map_err(failed)?;
        sweep(spill_dir);
        OPEN_FOLDERS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.clone());
        Ok(Self {
            path,
            _owner: owner,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SpillFolder {
    fn drop(&mut self) {
        remove(&self.path);
        OPEN_FOLDERS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.path);
    }
}

/// Removes the folders of processes that no longer run; one that cannot be read is left alone.
fn sweep(spill_dir: &Path) {
    let Ok(entries) = std::fs::read_dir(spill_dir) else {
        return;
    };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let owner = File::open(entry.path().join(OWNER));
        if let (true, Ok(owner)) = (is_ours, owner)
            && owner.try_lock().is_ok()
        {
            tracing::info!(folder = %entry.path().display(), "removing what a stopped run left");
            remove(&entry.path());
        }
    }
}

/// Best effort: what stays is swept at the next start.
fn remove(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder) {
        tracing::debug!(folder = %folder.display(), %error, "spilled tables were left behind");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_a_dead_process_is_swept_and_that_of_a_living_one_is_not() {
        let spill_dir = tempfile::tempdir().unwrap();
        let dead = spill_dir.path().join("crowdrank-dead");
        std::fs::create_dir(&dead).unwrap();
        std::fs::write(dead.join(OWNER), "").unwrap();
        let living = SpillFolder::create(spill_dir.path()).unwrap();
        let second = SpillFolder::create(spill_dir.path()).unwrap();
        assert!(!dead.exists());
        assert!(living.path().exists() && second.path().exists());
        drop(second);
        assert!(living.path().exists());
    }
}
