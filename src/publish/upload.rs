//! Stores one file whose bytes come in pieces: a small file in one request, a large one in parts.
//!
//! It knows nothing of Parquet. Parts that are given up are aborted: a bucket keeps and bills them otherwise.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::object_store::path::Path as ObjectPath;
use datafusion::object_store::{
    Error as StoreError, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload,
};
use tokio::task::JoinSet;

use crate::error::Result;
use crate::storage::{Location, Storage, failed};

/// Bytes of each part but the last: stores want at least 5 MiB, and at most 10,000 parts.
pub(super) const PART_BYTES: usize = 10 << 20;

/// Parts on their way at once.
const N_PARTS_AT_ONCE: usize = 4;

/// One file on its way; holds at most the parts on their way and the next one.
pub(super) struct Upload {
    location: Location,
    store: Arc<dyn ObjectStore>,
    path: ObjectPath,
    /// Bytes of each part but the last.
    part_bytes: usize,
    waiting: Vec<Bytes>,
    n_waiting_bytes: usize,
    parts: Option<Parts>,
}

struct Parts {
    upload: Box<dyn MultipartUpload>,
    running: JoinSet<Result<(), StoreError>>,
}

impl Upload {
    pub(super) fn new(storage: &Storage, location: Location, part_bytes: usize) -> Result<Self> {
        let (store, path) = storage.store(&location)?;
        Ok(Self {
            location,
            store,
            path,
            part_bytes,
            waiting: Vec::new(),
            n_waiting_bytes: 0,
            parts: None,
        })
    }

    /// Takes the next bytes; waits while too many parts are on their way.
    ///
    /// After an error call [`Upload::abort`].
    pub(super) async fn write(&mut self, mut bytes: Bytes) -> Result<()> {
        while self.n_waiting_bytes + bytes.len() >= self.part_bytes {
            self.wait(bytes.split_to(self.part_bytes - self.n_waiting_bytes));
            let started = self.start_part().await;
            started.map_err(|error| failed("write", &self.location, error))?;
        }
        self.wait(bytes);
        Ok(())
    }

    /// Completes the object; when that fails, its parts are given up.
    pub(super) async fn finish(mut self) -> Result<()> {
        if let Err(error) = self.complete().await {
            let error = failed("write", &self.location, error);
            self.abort().await;
            return Err(error);
        }
        Ok(())
    }

    /// Gives the parts up, as far as the store still listens.
    pub(super) async fn abort(self) {
        let Some(mut parts) = self.parts else {
            return;
        };
        parts.running.shutdown().await;
        if let Err(error) = parts.upload.abort().await {
            tracing::warn!(location = %self.location, %error, "cannot abort an upload");
        }
    }

    fn wait(&mut self, bytes: Bytes) {
        self.n_waiting_bytes += bytes.len();
        if !bytes.is_empty() {
            self.waiting.push(bytes);
        }
    }

    fn take_waiting(&mut self) -> PutPayload {
        self.n_waiting_bytes = 0;
        std::mem::take(&mut self.waiting).into_iter().collect()
    }

    async fn start_part(&mut self) -> Result<(), StoreError> {
        let payload = self.take_waiting();
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => none.insert(Parts {
                upload: self.store.put_multipart(&self.path).await?,
                running: JoinSet::new(),
            }),
        };
        parts.wait_for_less_than(N_PARTS_AT_ONCE).await?;
        parts.running.spawn(parts.upload.put_part(payload));
        Ok(())
    }

    async fn complete(&mut self) -> Result<(), StoreError> {
        if self.parts.is_none() {
            let payload = self.take_waiting();
            self.store.put(&self.path, payload).await?;
            return Ok(());
        }
        if self.n_waiting_bytes > 0 {
            self.start_part().await?;
        }
        if let Some(parts) = &mut self.parts {
            parts.wait_for_less_than(1).await?;
            parts.upload.complete().await?;
        }
        Ok(())
    }
}

impl Parts {
    async fn wait_for_less_than(&mut self, n_running: usize) -> Result<(), StoreError> {
        while self.running.len() >= n_running {
            match self.running.join_next().await {
                Some(Ok(stored)) => stored?,
                Some(Err(source)) => return Err(StoreError::JoinError { source }),
                None => return Ok(()),
            }
        }
        Ok(())
    }
}
