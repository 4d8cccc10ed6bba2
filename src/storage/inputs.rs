//! Which files an input address means: one file, a folder, or a pattern, with its hive partitions.
//!
//! It opens no file: sizes, footers and schemas are the reader's business.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use datafusion::object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use futures::TryStreamExt;
use glob::{MatchOptions, Pattern};

use super::{Location, Storage, failed, is_absent};
use crate::error::{Error, Result};

/// How many names a hint shows.
const N_HINTED_NAMES: usize = 5;

/// `*` and `?` stay within one name, and hidden files must be asked for.
const MATCHING: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// One file of an input, as listed before anything was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// The file itself, printed below the address that was typed.
    pub location: Location,
    /// The key in its store, without a leading slash.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// The store's version tag.
    pub etag: Option<String>,
    /// When the store last saw a change.
    pub last_modified: DateTime<Utc>,
    /// `name=value` folders between the typed folder (or the fixed part of the pattern) and the
    /// file, outermost first, values as written in the path.
    pub partitions: Vec<(String, String)>,
}

impl Storage {
    /// All files that `locations` mean, sorted by path, each once.
    ///
    /// A folder gives its `*.parquet` and `*.parq` files at any depth; names that start with `_` or
    /// `.` are skipped with all below them. A pattern is matched against whole keys with `*`, `?`,
    /// `[...]` and `**`; a folder that matches counts as a typed folder.
    ///
    /// # Errors
    /// [`Error::Missing`] when a location means no file, [`Error::Storage`] when listing fails.
    pub async fn list_inputs(&self, locations: &[Location]) -> Result<Vec<InputFile>> {
        let mut found = BTreeMap::new();
        for location in locations {
            let files = if location.is_pattern() {
                self.matching(location).await?
            } else {
                self.file_or_folder(location).await?
            };
            if files.is_empty() {
                return Err(self.nothing_found(location).await);
            }
            for file in files {
                found
                    .entry((file.location.holder().clone(), file.path.clone()))
                    .or_insert(file);
            }
        }
        Ok(found.into_values().collect())
    }

    async fn file_or_folder(&self, location: &Location) -> Result<Vec<InputFile>> {
        let (store, path) = self.store(location)?;
        if !path.is_root() {
            match store.head(&path).await {
                Ok(meta) => return Ok(vec![input_file(location, "", meta)]),
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(failed("read", location, error)),
            }
        }
        let below = self.all_below(location).await?;
        Ok(below
            .into_iter()
            .filter(|(relative, _)| is_visible_parquet(relative))
            .map(|(relative, meta)| input_file(location, &relative, meta))
            .collect())
    }

    async fn matching(&self, location: &Location) -> Result<Vec<InputFile>> {
        let pattern = Pattern::new(location.key()).map_err(|error| {
            Error::Usage(format!(
                "{location}: not a pattern: {error}; ** must be a whole name"
            ))
        })?;
        let base = location.fixed_base();
        let n_base_bytes = base.key().len() + usize::from(!base.key().is_empty());
        let below = self.all_below(&base).await?;
        Ok(below
            .into_iter()
            .filter(|(relative, _)| is_chosen(&pattern, base.key(), n_base_bytes, relative))
            .map(|(relative, meta)| input_file(&base, &relative, meta))
            .collect())
    }

    /// Every object below a folder, with its key relative to the folder.
    async fn all_below(&self, folder: &Location) -> Result<Vec<(String, ObjectMeta)>> {
        let (store, path) = self.store(folder)?;
        let prefix = (!path.is_root()).then_some(&path);
        let metas: Vec<ObjectMeta> = match store.list(prefix).try_collect().await {
            Ok(metas) => metas,
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(failed("list", folder, error)),
        };
        let n_prefix_bytes = path.as_ref().len() + usize::from(!path.is_root());
        let below = metas.into_iter().filter_map(|meta| {
            let relative = meta.location.as_ref().get(n_prefix_bytes..)?;
            (!relative.is_empty()).then(|| (relative.to_owned(), meta.clone()))
        });
        Ok(below.collect())
    }

    /// The error for a location without files: it names what is there instead.
    async fn nothing_found(&self, location: &Location) -> Error {
        let mut folder = location.fixed_base();
        loop {
            let names = match self.names_in(&folder).await {
                Ok(names) => names,
                Err(error) => return error,
            };
            if !names.is_empty() || folder.key().is_empty() {
                return Error::Missing {
                    location: location.to_string(),
                    problem: missing_problem(location, &folder, &names),
                };
            }
            folder = folder.parent();
        }
    }

    async fn names_in(&self, folder: &Location) -> Result<Vec<String>> {
        let (store, path) = self.store(folder)?;
        let prefix = (!path.is_root()).then_some(&path);
        let listed = match store.list_with_delimiter(prefix).await {
            Ok(listed) => listed,
            // A name on the way that is no folder: look one level higher.
            Err(_) if folder.disk_path().is_some() => return Ok(Vec::new()),
            Err(error) => return Err(failed("list", folder, error)),
        };
        let folders = listed
            .common_prefixes
            .iter()
            .filter_map(|path| Some(format!("{}/", path.filename()?)));
        let files = listed
            .objects
            .iter()
            .filter_map(|meta| Some(meta.location.filename()?.to_owned()));
        Ok(folders.chain(files).collect())
    }
}

fn is_chosen(pattern: &Pattern, base: &str, n_base_bytes: usize, relative: &str) -> bool {
    if has_hidden_name(relative) {
        return false;
    }
    let key = if base.is_empty() {
        relative.to_owned()
    } else {
        format!("{base}/{relative}")
    };
    if pattern.matches_with(&key, MATCHING) {
        return true;
    }
    let is_folder_chosen = key
        .match_indices('/')
        .filter(|(end, _)| *end > n_base_bytes)
        .any(|(end, _)| pattern.matches_with(&key[..end], MATCHING));
    is_folder_chosen && is_visible_parquet(relative)
}

fn has_hidden_name(relative: &str) -> bool {
    relative.split('/').any(|name| name.starts_with(['_', '.']))
}

fn is_visible_parquet(relative: &str) -> bool {
    let extension = relative.rsplit_once('.').map(|(_, extension)| extension);
    let is_parquet = extension.is_some_and(|extension| {
        extension.eq_ignore_ascii_case("parquet") || extension.eq_ignore_ascii_case("parq")
    });
    is_parquet && !has_hidden_name(relative)
}

fn input_file(base: &Location, relative: &str, meta: ObjectMeta) -> InputFile {
    let folders = relative.rsplit_once('/').map_or("", |(folders, _)| folders);
    let location = if relative.is_empty() {
        base.clone()
    } else {
        base.join(relative)
    };
    InputFile {
        location,
        path: meta.location.to_string(),
        size: meta.size,
        etag: meta.e_tag,
        last_modified: meta.last_modified,
        partitions: folders
            .split('/')
            .filter_map(|name| name.split_once('='))
            .filter(|(name, _)| !name.is_empty())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    }
}

fn missing_problem(location: &Location, folder: &Location, names: &[String]) -> String {
    let what = if location.is_pattern() {
        "no file matches"
    } else if folder.key() == location.key() {
        "no *.parquet file below this folder"
    } else {
        "no such file or folder"
    };
    if names.is_empty() {
        return format!("{what}; {folder} is empty");
    }
    let shown = names[..names.len().min(N_HINTED_NAMES)].join(", ");
    let more = names.len().saturating_sub(N_HINTED_NAMES);
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{what}; {folder} holds {shown}{tail}")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn tree(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        folder
    }

    async fn listed(base: &Path, text: &str) -> Result<Vec<String>> {
        let location = Location::parse_in(text, base).unwrap();
        let files = Storage::new().list_inputs(&[location]).await?;
        Ok(files.iter().map(|file| file.location.to_string()).collect())
    }

    const NAMES: [&str; 8] = [
        "in/dt=2026-11-20/b.parquet",
        "in/dt=2026-11-20/a.parq",
        "in/dt=2026-11-20/_SUCCESS",
        "in/dt=2026-11-21/c.parquet",
        "in/_temporary/d.parquet",
        "in/.hidden/e.parquet",
        "in/readme.txt",
        "other/z.csv",
    ];

    #[tokio::test]
    async fn a_folder_gives_its_parquet_files_in_path_order_without_hidden_ones() {
        let folder = tree(&NAMES);
        let location = Location::parse_in("in", folder.path()).unwrap();
        let twice = [location.clone(), location];
        let files = Storage::new().list_inputs(&twice).await.unwrap();
        let names: Vec<String> = files.iter().map(|file| file.location.to_string()).collect();
        assert_eq!(
            names,
            [
                "in/dt=2026-11-20/a.parq",
                "in/dt=2026-11-20/b.parquet",
                "in/dt=2026-11-21/c.parquet"
            ]
        );
        assert_eq!(
            files[2].partitions,
            [("dt".to_owned(), "2026-11-21".to_owned())]
        );
        assert!(files[0].etag.is_some() && files[0].size == 1);
    }

    #[tokio::test]
    async fn patterns_match_whole_keys_and_folders() {
        let folder = tree(&NAMES);
        let base = folder.path();
        let one = ["in/dt=2026-11-21/c.parquet"];
        assert_eq!(listed(base, "in/dt=*/c.parquet").await.unwrap(), one);
        assert_eq!(listed(base, "in/dt=2026-11-2[1-9]").await.unwrap(), one);
        assert_eq!(listed(base, "in/**/?.parquet").await.unwrap().len(), 2);
        assert_eq!(listed(base, "in/*.txt").await.unwrap(), ["in/readme.txt"]);
    }

    #[tokio::test]
    async fn a_missing_input_names_what_is_there_instead() {
        let folder = tree(&NAMES);
        for (text, hint) in [
            ("in/dt=2026-11-22/x.parquet", "in holds"),
            ("other", "other holds z.csv"),
            ("other/*.parquet", "no file matches; other holds z.csv"),
            ("other/z.csv/x", "no such file"),
        ] {
            let error = listed(folder.path(), text).await.unwrap_err();
            assert_eq!(error.exit_code(), 4, "{error}");
            assert!(error.to_string().contains(hint), "{error}");
        }
    }
}
