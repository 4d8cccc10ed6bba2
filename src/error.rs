//! What can go wrong, named by what the operator was doing; each kind has one exit code.
//!
//! It does not print: `report` does.

use std::error::Error as StdError;

use crate::refusal::Refusal;

/// A foreign error kept as the cause.
pub type Cause = Box<dyn StdError + Send + Sync + 'static>;

/// One failed operation, worded for the operator: what, where, why, and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line, the configuration, a rules file or a statement is wrong.
    #[error("{0}")]
    Usage(String),

    /// An input is absent, empty, or changed while it was read; a retry may find it.
    #[error("{location}: {problem}")]
    Missing {
        /// The file, folder or pattern.
        location: String,
        /// What is wrong, and what to do.
        problem: String,
    },

    /// An input breaks its promise: damaged, or not of the contract's schema.
    #[error("{location}: {problem}")]
    Corrupt {
        /// The file, with column or row group where known.
        location: String,
        /// What was expected, what was found, and a hint.
        problem: String,
    },

    /// A check or an audit returned rows; nothing was published.
    #[error("{name} failed: {problem}")]
    Check {
        /// The check's table or audit's code.
        name: String,
        /// The sentence of the check, with the first offending rows.
        problem: String,
    },

    /// Audits refused the snapshot; nothing was published.
    #[error("{0}")]
    Refused(Box<Refusal>),

    /// A step of the flow could not be computed.
    #[error("cannot compute {table}: {source}")]
    Step {
        /// The table that the step makes.
        table: String,
        /// The engine's error.
        source: Cause,
    },

    /// Another run holds the dataset or committed first.
    #[error("{0}")]
    Race(String),

    /// Storage did not answer, or refused, after all retries.
    #[error("cannot {action} {location}: {source}")]
    Storage {
        /// The verb: "read", "write", "list".
        action: &'static str,
        /// The object or folder.
        location: String,
        /// The store's error.
        source: Cause,
    },

    /// Memory, disk or time ran out.
    #[error("{0}")]
    Exhausted(String),

    /// Nobody knows whether the commit file landed; nothing was deleted.
    #[error("{0}")]
    Unknown(String),

    /// A signal stopped the run.
    #[error("stopped by {name}; nothing is half-published")]
    Stopped {
        /// "SIGINT" or "SIGTERM".
        name: &'static str,
        /// The signal's number.
        number: u8,
    },

    /// Our own mistake.
    #[error("internal error: {0}; please report it with the command you typed")]
    Bug(String),
}

impl Error {
    /// The documented exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Step { .. } | Self::Bug(_) => 1,
            Self::Usage(_) => 2,
            Self::Check { .. } | Self::Refused(_) => 3,
            Self::Missing { .. } => 4,
            Self::Race(_) => 5,
            Self::Storage { .. } => 6,
            Self::Exhausted(_) => 7,
            Self::Corrupt { .. } => 8,
            Self::Unknown(_) => 9,
            Self::Stopped { number, .. } => 128 + number,
        }
    }
}

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;
