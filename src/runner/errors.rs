//! Words the engine's errors by what the operator can do about them.

use datafusion::error::DataFusionError;

use crate::error::Error;

pub(super) fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// Words an engine error by what the operator can do about it.
pub(crate) fn step_error(table: &str, error: DataFusionError) -> Error {
    if let DataFusionError::External(inner) = error {
        return match inner.downcast::<Error>() {
            Ok(own) => *own,
            Err(source) => Error::Step {
                table: table.to_owned(),
                source,
            },
        };
    }
    match error.find_root() {
        DataFusionError::ResourcesExhausted(problem) => Error::Exhausted(format!(
            "out of memory while computing {table}: {problem}; raise run.memory_limit"
        )),
        DataFusionError::ParquetError(problem) => Error::Corrupt {
            location: format!("the files behind {table}"),
            problem: format!("{problem}; `crowdrank check` names the file"),
        },
        DataFusionError::ArrowError(problem, _)
            if matches!(
                **problem,
                datafusion::arrow::error::ArrowError::CastError(_)
            ) =>
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
