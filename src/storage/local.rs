//! What object stores do not promise on a local disk: create-if-absent that survives a power cut, and fsync.
//!
//! Blocking calls; the caller moves them off the runtime.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use ulid::Ulid;

use super::Created;

/// A create that failed before, or at a point where nobody knows whether the name exists.
#[derive(Debug)]
pub(super) enum CreateError {
    Before(io::Error),
    Unknown(io::Error),
}

/// Writes `bytes` under a name that must not exist yet; the name appears whole or not at all.
///
/// The bytes wait two folders above the name, where nobody looks for files of its kind.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<Created, CreateError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let waiting_folder = folder.parent().unwrap_or(folder);
    fs::create_dir_all(folder).map_err(CreateError::Before)?;
    let waiting = waiting_folder.join(format!(".{}.staged", Ulid::new()));
    let linked = write_new(&waiting, bytes).and_then(|()| match fs::hard_link(&waiting, path) {
        Ok(()) => Ok(Created::New),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Created::AlreadyExists),
        Err(error) => Err(error),
    });
    // The staged name is only litter by now: failing to remove it changes nothing for a reader.
    fs::remove_file(&waiting).ok();
    let created = linked.map_err(CreateError::Before)?;
    fsync(folder)
        .and_then(|()| fsync(waiting_folder))
        .map_err(CreateError::Unknown)?;
    Ok(created)
}

/// Forces a file, or the names in a folder, to the disk.
pub(super) fn fsync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_creator_is_told_and_the_first_bytes_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out/_commits/1.json");
        assert_eq!(create(&path, b"first").unwrap(), Created::New);
        assert_eq!(create(&path, b"second").unwrap(), Created::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        let names = fs::read_dir(folder.path().join("out")).unwrap().count();
        assert_eq!(names, 1, "only _commits is left beside");
    }
}
