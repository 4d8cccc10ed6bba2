//! Words the engine's errors by what the operator can do about them.

use std::error::Error as StdError;
use std::io;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::object_store;

use crate::error::Error;

pub(super) fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// Words an engine error by what the operator can do about it.
pub(crate) fn step_error(table: &str, error: DataFusionError) -> Error {
    let error = match into_own(error) {
        Ok(own) => return own,
        Err(error) => error,
    };
    if let Some(error) = from_storage(table, &error) {
        return error;
    }
    match error.find_root() {
        DataFusionError::ResourcesExhausted(problem) => Error::Exhausted(format!(
            "out of memory while computing {table}: {problem}; raise run.memory_limit"
        )),
        DataFusionError::ParquetError(problem) => Error::Corrupt {
            location: format!("the files behind {table}"),
            problem: format!("{problem}; a page of one of them is damaged: write the file again"),
        },
        DataFusionError::ArrowError(problem, _)
            if matches!(**problem, ArrowError::CastError(_)) =>
        {
            Error::Corrupt {
                location: format!("the files behind {table}"),
                problem: format!("a value does not fit its column's type: {problem}"),
            }
        }
        _ => Error::Step {
            table: table.to_owned(),
            source: Box::new(error),
        },
    }
}

/// Our own error, where it travelled through the engine.
fn into_own(error: DataFusionError) -> Result<Error, DataFusionError> {
    match error {
        DataFusionError::External(inner) => match inner.downcast::<Error>() {
            Ok(own) => Ok(*own),
            Err(other) => Err(DataFusionError::External(other)),
        },
        DataFusionError::Context(context, inner) => {
            into_own(*inner).map_err(|inner| inner.context(context))
        }
        DataFusionError::ArrowError(inner, backtrace) => match *inner {
            ArrowError::ExternalError(cause) => match cause.downcast::<DataFusionError>() {
                Ok(engine) => into_own(*engine),
                Err(cause) => Err(DataFusionError::External(cause)),
            },
            other => Err(DataFusionError::ArrowError(Box::new(other), backtrace)),
        },
        other => Err(other),
    }
}

/// What storage, local or remote, said, wherever it stands in the chain of causes.
fn from_storage(table: &str, error: &DataFusionError) -> Option<Error> {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(found) = cause {
        if let Some(store) = found.downcast_ref::<object_store::Error>() {
            return Some(from_store(table, store));
        }
        let io = found.downcast_ref::<io::Error>();
        let arrow = found
            .downcast_ref::<ArrowError>()
            .and_then(|arrow| match arrow {
                ArrowError::IoError(_, io) => Some(io),
                _ => None,
            });
        if let Some(kind) = io.or(arrow).map(io::Error::kind)
            && let Some(error) = from_disk(table, kind)
        {
            return Some(error);
        }
        cause = found.source();
    }
    None
}

fn from_store(table: &str, error: &object_store::Error) -> Error {
    let location = format!("a file behind {table}");
    match error {
        object_store::Error::NotFound { .. } | object_store::Error::Precondition { .. } => {
            Error::Missing {
                location,
                problem: format!("vanished or changed while it was read ({error}); run again"),
            }
        }
        _ => Error::Storage {
            action: "read",
            location,
            source: error.to_string().into(),
        },
    }
}

fn from_disk(table: &str, kind: io::ErrorKind) -> Option<Error> {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(Error::Exhausted(
            format!("the disk is full while computing {table}; free space or set run.spill_dir"),
        )),
        _ => None,
    }
}
