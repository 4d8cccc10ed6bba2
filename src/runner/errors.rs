//! Words the engine's errors by what the operator can do about them.

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;

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
    match error.find_root() {
        DataFusionError::ResourcesExhausted(problem) => Error::Exhausted(format!(
            "out of memory while computing {table}: {problem}; raise run.memory_limit"
        )),
        DataFusionError::ParquetError(problem) => Error::Corrupt {
            location: format!("the files behind {table}"),
            problem: format!("{problem}; `crowdrank check` names the file"),
        },
        DataFusionError::ArrowError(problem, _)
            if matches!(**problem, ArrowError::CastError(_)) =>
        {
            Error::Corrupt {
                location: format!("the files behind {table}"),
                problem: format!("a value does not fit its column's type: {problem}"),
            }
        }
        DataFusionError::IoError(problem) if problem.kind() == std::io::ErrorKind::StorageFull => {
            Error::Exhausted(format!(
                "the disk is full while computing {table}; free space or set run.spill_dir"
            ))
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
