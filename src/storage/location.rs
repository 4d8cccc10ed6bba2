//! Where something is: a local path or an object of a bucket, as the operator typed it and as a key.
//!
//! It touches no disk and no network.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use datafusion::object_store::path::Path as ObjectPath;
use url::Url;

use crate::error::{Error, Result};

/// The characters that make a location a pattern.
const GLOB_CHARACTERS: [char; 3] = ['*', '?', '['];

/// What holds the key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Holder {
    Disk,
    Bucket(String),
}

/// A file, a folder or a pattern, on disk or in a bucket.
///
/// It prints as it was typed and never holds a secret: an address with credentials is refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    holder: Holder,
    /// Without a slash at either end; on disk relative to `/`.
    key: String,
    typed: String,
}

impl Location {
    /// Parses a path, `file://` or `s3://bucket/key`; relative paths start at the working directory.
    pub fn parse(text: &str) -> Result<Self> {
        let base = std::env::current_dir()
            .map_err(|error| Error::Usage(format!("no working directory: {error}")))?;
        Self::parse_in(text, &base)
    }

    /// Parses like [`Location::parse`]; relative paths start at `base`, which is absolute.
    ///
    /// `..` is resolved by name, before symbolic links.
    pub fn parse_in(text: &str, base: &Path) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::Usage(
                "an empty location; write a path, file:///path or s3://bucket/key".to_owned(),
            ));
        }
        match text.split_once("://") {
            None => Self::on_disk(text, &base.join(text)),
            Some(("file", _)) => Self::on_disk(text, &path_of_file_url(text)?),
            Some(("s3" | "s3a", rest)) => Self::in_bucket(text, rest),
            Some((scheme, _)) => Err(Error::Usage(format!(
                "unknown scheme {scheme:?} in a location; write a path, file:///path or \
                 s3://bucket/key"
            ))),
        }
    }

    fn on_disk(text: &str, path: &Path) -> Result<Self> {
        let mut names: Vec<&str> = Vec::new();
        for component in path.components() {
            match component {
                Component::Normal(name) => names.push(name.to_str().ok_or_else(|| {
                    Error::Usage(format!("{text}: the working directory is not UTF-8"))
                })?),
                Component::ParentDir => {
                    names.pop();
                }
                Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
            }
        }
        Self::checked(Holder::Disk, names.join("/"), text)
    }

    fn in_bucket(text: &str, rest: &str) -> Result<Self> {
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.contains('@') {
            return Err(Error::Usage(
                "credentials inside an s3:// address; take them out and set AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY"
                    .to_owned(),
            ));
        }
        if bucket.is_empty() || bucket.contains(GLOB_CHARACTERS) {
            return Err(Error::Usage(format!(
                "{text}: no bucket; write s3://bucket/key"
            )));
        }
        let key = key.strip_suffix('/').unwrap_or(key).to_owned();
        Self::checked(Holder::Bucket(bucket.to_owned()), key, text)
    }

    fn checked(holder: Holder, key: String, text: &str) -> Result<Self> {
        ObjectPath::parse(&key)
            .map_err(|error| Error::Usage(format!("{text}: not a usable location: {error}")))?;
        let typed = text.to_owned();
        Ok(Self { holder, key, typed })
    }

    /// The location `relative` (names separated by slashes) below this one.
    #[must_use]
    pub fn join(&self, relative: &str) -> Self {
        let relative = relative.trim_matches('/');
        Self {
            holder: self.holder.clone(),
            key: joined(&self.key, relative),
            typed: if self.typed == "/" {
                format!("/{relative}")
            } else {
                joined(self.typed.trim_end_matches('/'), relative)
            },
        }
    }

    /// The folder that holds this location; a root is its own parent.
    #[must_use]
    pub fn parent(&self) -> Self {
        self.without_last_names(1)
    }

    /// The last name, empty for a root.
    #[must_use]
    pub fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }

    /// Whether the location is a pattern with `*`, `?` or `[`.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        self.key.contains(GLOB_CHARACTERS)
    }

    /// The absolute address, `file:///...` or `s3://...`; names in it are not percent-encoded.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.holder {
            Holder::Disk => format!("file:///{}", self.key),
            Holder::Bucket(bucket) => format!("s3://{bucket}/{}", self.key),
        }
    }

    pub(super) fn holder(&self) -> &Holder {
        &self.holder
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// The path on disk, `None` for an object of a bucket.
    #[must_use]
    pub fn disk_path(&self) -> Option<PathBuf> {
        (self.holder == Holder::Disk).then(|| Path::new("/").join(&self.key))
    }

    /// The part of a pattern in front of its first name with a wildcard; else the location itself.
    pub(super) fn fixed_base(&self) -> Self {
        let names: Vec<&str> = self.key.split('/').collect();
        let n_fixed = names
            .iter()
            .position(|name| name.contains(GLOB_CHARACTERS))
            .unwrap_or(names.len());
        self.without_last_names(names.len() - n_fixed)
    }

    fn without_last_names(&self, n_names: usize) -> Self {
        Self {
            holder: self.holder.clone(),
            key: without_last_names(&self.key, n_names).to_owned(),
            typed: match &self.holder {
                Holder::Bucket(bucket) => {
                    let key = without_last_names(&self.key, n_names);
                    joined(&format!("s3://{bucket}"), key)
                }
                Holder::Disk => typed_without_last_names(&self.typed, n_names),
            },
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.typed)
    }
}

fn path_of_file_url(text: &str) -> Result<PathBuf> {
    // In a path `?` is a wildcard and `#` a character; only an address gives them another meaning.
    let escaped = text.replace('?', "%3F").replace('#', "%23");
    Url::parse(&escaped)
        .ok()
        .and_then(|url| url.to_file_path().ok())
        .ok_or_else(|| {
            Error::Usage(format!(
                "{text}: not a file address; write file:///absolute/path"
            ))
        })
}

fn joined(front: &str, back: &str) -> String {
    match (front, back) {
        ("", only) | (only, "") => only.to_owned(),
        _ => format!("{front}/{back}"),
    }
}

fn without_last_names(key: &str, n_names: usize) -> &str {
    let mut rest = key;
    for _ in 0..n_names {
        rest = rest.rsplit_once('/').map_or("", |(front, _)| front);
    }
    rest
}

fn typed_without_last_names(typed: &str, n_names: usize) -> String {
    let rest = without_last_names(typed.trim_end_matches('/'), n_names);
    match rest {
        "" if typed.starts_with('/') => "/".to_owned(),
        "" => ".".to_owned(),
        rest => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Location {
        Location::parse_in(text, Path::new("/base/dir")).unwrap()
    }

    #[test]
    fn relative_paths_start_at_the_base_and_print_as_typed() {
        let location = parsed("../answers/./x.parquet");
        assert_eq!(location.key(), "base/answers/x.parquet");
        assert_eq!(location.to_string(), "../answers/./x.parquet");
        assert_eq!(
            location.disk_path().unwrap(),
            Path::new("/base/answers/x.parquet")
        );
    }

    #[test]
    fn addresses_of_files_and_buckets_become_keys() {
        assert_eq!(parsed("file:///a%20b/c?.parquet").key(), "a b/c?.parquet");
        let object = parsed("s3://bucket/folder/");
        assert_eq!(
            (object.key(), object.url().as_str()),
            ("folder", "s3://bucket/folder")
        );
        assert_eq!(object.join("x/y").to_string(), "s3://bucket/folder/x/y");
        assert_eq!(parsed("/").join("x").to_string(), "/x");
    }

    #[test]
    fn unknown_schemes_and_credentials_are_refused_without_repeating_the_secret() {
        let unknown = Location::parse("gs://bucket/key").unwrap_err();
        assert_eq!(unknown.exit_code(), 2);
        let secret = Location::parse("s3://user:hunter2@bucket/key").unwrap_err();
        assert!(!secret.to_string().contains("hunter2"));
    }

    #[test]
    fn the_base_of_a_pattern_is_what_stands_before_the_wildcard() {
        assert_eq!(
            parsed("data/dt=*/x.parquet").fixed_base().to_string(),
            "data"
        );
        assert_eq!(parsed("*.parquet").fixed_base().to_string(), ".");
        assert_eq!(
            parsed("s3://b/data/**").fixed_base().to_string(),
            "s3://b/data"
        );
        assert_eq!(parsed("/x/y").parent().to_string(), "/x");
    }
}
