//! Reads, lists and writes objects on disk and in buckets: the only place that sees an address.
//!
//! It knows nothing of tables, runs or commits.

mod inputs;
mod local;
mod location;

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use datafusion::object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use datafusion::object_store::local::LocalFileSystem;
use datafusion::object_store::path::Path as ObjectPath;
use datafusion::object_store::{
    Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutPayload, RetryConfig,
};
use futures::TryStreamExt;
use url::Url;

use crate::error::{Error, Result};
pub use inputs::InputFile;
use location::Holder;
pub use location::Location;

/// How long a request to a bucket is retried. The library's three minutes per request make a
/// mistyped endpoint look like a hanging job.
const RETRY_DURATION_MAX: Duration = Duration::from_secs(30);

/// What a create-if-absent did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// The object is new, and ours.
    New,
    /// Somebody's object (perhaps ours, of an earlier try) was there; it is untouched.
    AlreadyExists,
}

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Below the listed folder, names separated by slashes.
    pub relative_path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// When the store last saw a change.
    pub last_modified: DateTime<Utc>,
}

/// The disk and every bucket used so far.
#[derive(Debug)]
pub struct Storage {
    disk: Arc<dyn ObjectStore>,
    buckets: Mutex<BTreeMap<String, Arc<dyn ObjectStore>>>,
}

impl Default for Storage {
    fn default() -> Self {
        Self::new()
    }
}

impl Storage {
    /// Storage without buckets yet; they are opened when a location first names them.
    pub fn new() -> Self {
        Self {
            disk: Arc::new(LocalFileSystem::new()),
            buckets: Mutex::default(),
        }
    }

    /// Uses `store` for `s3://bucket/...` instead of the network.
    #[must_use]
    pub fn with_bucket(self, bucket: &str, store: Arc<dyn ObjectStore>) -> Self {
        self.lock_buckets().insert(bucket.to_owned(), store);
        self
    }

    /// The store of a location and the location's path in it.
    pub fn store(&self, location: &Location) -> Result<(Arc<dyn ObjectStore>, ObjectPath)> {
        let path = ObjectPath::parse(location.key())
            .map_err(|error| Error::Usage(format!("{location}: {error}")))?;
        let store = match location.holder() {
            Holder::Disk => Arc::clone(&self.disk),
            Holder::Bucket(bucket) => self.bucket(bucket)?,
        };
        Ok((store, path))
    }

    /// The address under which the engine knows the store of a location.
    pub fn store_url(&self, location: &Location) -> Result<Url> {
        match location.holder() {
            Holder::Disk => holder_url("file:///"),
            Holder::Bucket(bucket) => holder_url(&format!("s3://{bucket}")),
        }
    }

    /// The disk and every bucket opened so far, for the engine's registry.
    pub fn stores(&self) -> Result<Vec<(Url, Arc<dyn ObjectStore>)>> {
        let mut stores = vec![(holder_url("file:///")?, Arc::clone(&self.disk))];
        for (bucket, store) in self.lock_buckets().iter() {
            stores.push((holder_url(&format!("s3://{bucket}"))?, Arc::clone(store)));
        }
        Ok(stores)
    }

    /// All bytes of an object.
    pub async fn read(&self, location: &Location) -> Result<Bytes> {
        let (store, path) = self.store(location)?;
        let read = async { store.get(&path).await?.bytes().await };
        read.await.map_err(|error| failed("read", location, error))
    }

    /// The bytes `range` of an object.
    pub async fn read_range(&self, location: &Location, range: Range<u64>) -> Result<Bytes> {
        let (store, path) = self.store(location)?;
        let read = store.get_range(&path, range).await;
        read.map_err(|error| failed("read", location, error))
    }

    /// Writes an object whole, in place of what was there.
    pub async fn put(&self, location: &Location, bytes: Bytes) -> Result<()> {
        let (store, path) = self.store(location)?;
        let written = store.put(&path, PutPayload::from_bytes(bytes)).await;
        written.map_err(|error| failed("write", location, error))?;
        Ok(())
    }

    /// Writes an object whole, only if nothing has its name; on disk it is durable on return.
    ///
    /// # Errors
    /// [`Error::Unknown`] when the object may or may not be there now: read it to know.
    pub async fn create(&self, location: &Location, bytes: Bytes) -> Result<Created> {
        if let Some(path) = location.disk_path() {
            let created = blocking(move || local::create(&path, &bytes)).await?;
            return created.map_err(|error| match error {
                local::CreateError::Before(error) => storage_error("write", location, error),
                local::CreateError::Unknown(error) => unknown(location, &error),
            });
        }
        let (store, path) = self.store(location)?;
        let payload = PutPayload::from_bytes(bytes);
        match store.put_opts(&path, payload, PutMode::Create.into()).await {
            Ok(_) => Ok(Created::New),
            Err(StoreError::AlreadyExists { .. } | StoreError::Precondition { .. }) => {
                Ok(Created::AlreadyExists)
            }
            Err(error) if is_refusal(&error) => Err(failed("write", location, error)),
            Err(error) => Err(unknown(location, &error)),
        }
    }

    /// Every object below a folder at any depth, sorted by path; a missing folder is empty.
    pub async fn list(&self, folder: &Location) -> Result<Vec<StoredObject>> {
        let (store, path) = self.store(folder)?;
        let prefix = (!path.is_root()).then_some(&path);
        let listed: Vec<_> = store
            .list(prefix)
            .try_collect()
            .await
            .map_err(|error| failed("list", folder, error))?;
        let n_prefix_bytes = path.as_ref().len() + usize::from(!path.is_root());
        let mut objects: Vec<StoredObject> = listed
            .into_iter()
            .filter_map(|meta| {
                Some(StoredObject {
                    relative_path: meta.location.as_ref().get(n_prefix_bytes..)?.to_owned(),
                    bytes: meta.size,
                    last_modified: meta.last_modified,
                })
            })
            .collect();
        objects.sort_by(|left, right| left.relative_path.cmp(&right.relative_path));
        Ok(objects)
    }

    /// Removes one object; one that is not there is no error.
    pub async fn delete(&self, location: &Location) -> Result<()> {
        let (store, path) = self.store(location)?;
        match store.delete(&path).await {
            Ok(()) | Err(StoreError::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("delete", location, error)),
        }
    }

    /// Forces local files and folders to the disk, in the given order; in a bucket nothing to do.
    pub async fn fsync(&self, locations: &[Location]) -> Result<()> {
        let paths: Vec<PathBuf> = locations.iter().filter_map(Location::disk_path).collect();
        blocking(move || {
            for path in paths {
                local::fsync(&path)
                    .map_err(|error| storage_error("fsync", &path.display(), error))?;
            }
            Ok(())
        })
        .await?
    }

    fn bucket(&self, bucket: &str) -> Result<Arc<dyn ObjectStore>> {
        let mut buckets = self.lock_buckets();
        if let Some(store) = buckets.get(bucket) {
            return Ok(Arc::clone(store));
        }
        let store = open_bucket(bucket)?;
        buckets.insert(bucket.to_owned(), Arc::clone(&store));
        Ok(store)
    }

    fn lock_buckets(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<dyn ObjectStore>>> {
        // The map is whole at every moment, so a panic elsewhere leaves nothing to repair.
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A bucket as the `AWS_*` variables describe it; the address is in path style unless
/// `AWS_VIRTUAL_HOSTED_STYLE_REQUEST` says otherwise.
fn open_bucket(bucket: &str) -> Result<Arc<dyn ObjectStore>> {
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
    let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint]
        .iter()
        .find_map(|key| builder.get_config_value(key));
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        builder = builder.with_allow_http(true);
    }
    let store = builder
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(RetryConfig {
            retry_timeout: RETRY_DURATION_MAX,
            ..RetryConfig::default()
        })
        .build()
        .map_err(|error| storage_error("open", &format!("s3://{bucket}"), error))?;
    Ok(Arc::new(store))
}

fn holder_url(text: &str) -> Result<Url> {
    Url::parse(text).map_err(|error| Error::Usage(format!("{text}: not an address: {error}")))
}

/// Whether the store surely did not write.
fn is_refusal(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::NotFound { .. }
            | StoreError::InvalidPath { .. }
            | StoreError::NotSupported { .. }
            | StoreError::NotImplemented { .. }
            | StoreError::PermissionDenied { .. }
            | StoreError::Unauthenticated { .. }
    )
}

fn unknown(location: &Location, error: &dyn std::error::Error) -> Error {
    Error::Unknown(format!(
        "{location}: the write may or may not have landed: {error}"
    ))
}

/// A store's failure in the operator's words: missing things are apart from refusals.
pub(crate) fn failed(action: &'static str, location: &Location, error: StoreError) -> Error {
    if is_absent(&error) {
        return Error::Missing {
            location: location.to_string(),
            problem: "does not exist".to_owned(),
        };
    }
    storage_error(action, location, error)
}

/// Whether nothing has that name; on disk also when a file stands where a folder should.
fn is_absent(error: &StoreError) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if kind == Some(io::ErrorKind::NotADirectory) {
            return true;
        }
        cause = error.source();
    }
    matches!(error, StoreError::NotFound { .. })
}

fn storage_error(
    action: &'static str,
    location: &dyn std::fmt::Display,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::Storage {
        action,
        location: location.to_string(),
        source: Box::new(error),
    }
}

/// Runs blocking work off the runtime's threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Bug(format!("a worker thread ended early: {error}")))
}

#[cfg(test)]
mod tests {
    use datafusion::object_store::memory::InMemory;

    use super::*;

    #[tokio::test]
    async fn disk_and_bucket_behave_alike() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::new().with_bucket("bucket", Arc::new(InMemory::new()));
        for text in [folder.path().to_str().unwrap(), "s3://bucket/root"] {
            let root = Location::parse(text).unwrap();
            let file = root.join("a/b.json");
            assert_eq!(storage.read(&file).await.unwrap_err().exit_code(), 4);
            assert!(storage.list(&root.join("a")).await.unwrap().is_empty());
            assert_eq!(
                storage.create(&file, "one".into()).await.unwrap(),
                Created::New
            );
            let again = storage.create(&file, "two".into()).await.unwrap();
            assert_eq!(again, Created::AlreadyExists);
            assert_eq!(storage.read(&file).await.unwrap(), "one");
            assert_eq!(storage.read_range(&file, 1..3).await.unwrap(), "ne");
            storage.put(&file, "three".into()).await.unwrap();
            let listed = storage.list(&root).await.unwrap();
            assert_eq!(
                (listed[0].relative_path.as_str(), listed[0].bytes),
                ("a/b.json", 5)
            );
            storage
                .fsync(&[file.clone(), root.join("a")])
                .await
                .unwrap();
            storage.delete(&file).await.unwrap();
            storage.delete(&file).await.unwrap();
        }
        assert_eq!(storage.stores().unwrap().len(), 2);
    }
}
