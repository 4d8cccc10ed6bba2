//! Which commit is meant: its number, `current`, or `current~2`, two before the current one.
//!
//! It changes no dataset.

use std::fmt;
use std::str::FromStr;

use super::{Dataset, Head};
use crate::error::{Error, Result};

/// A commit as people name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitName {
    /// The commit of this number.
    Number(u64),
    /// So many commits before the current one.
    BeforeCurrent(u64),
}

impl FromStr for CommitName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || {
            Error::Usage(format!(
                "{text:?} names no commit; write a number, current, or current~1 for the one before it"
            ))
        };
        let number = |digits: &str| digits.parse().map_err(|_| unknown());
        match text.strip_prefix("current") {
            None => number(text).map(Self::Number),
            Some("") => Ok(Self::BeforeCurrent(0)),
            Some(back) => {
                number(back.strip_prefix('~').ok_or_else(unknown)?).map(Self::BeforeCurrent)
            }
        }
    }
}

impl fmt::Display for CommitName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::BeforeCurrent(0) => formatter.write_str("current"),
            Self::BeforeCurrent(n_back) => write!(formatter, "current~{n_back}"),
        }
    }
}

impl Dataset {
    /// The commit that `name` means now.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is none.
    pub async fn named(&self, name: CommitName) -> Result<Head> {
        let missing = |problem: &str| Error::Missing {
            location: self.location().to_string(),
            problem: problem.to_owned(),
        };
        let n_back = match name {
            CommitName::Number(number) => return self.commit(number).await,
            CommitName::BeforeCurrent(n_back) => n_back,
        };
        let current = self.current().await?;
        let mut head =
            current.ok_or_else(|| missing("nothing is published here; check the address"))?;
        for _ in 0..n_back {
            let parent = head.commit.parent.ok_or_else(|| {
                missing(&format!(
                    "there is no commit {name}: the first is {}",
                    head.commit.commit
                ))
            })?;
            head = self.commit(parent).await?;
        }
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_has_a_number_or_a_place_before_the_current_one() {
        for (text, name) in [
            ("42", CommitName::Number(42)),
            ("current", CommitName::BeforeCurrent(0)),
            ("current~3", CommitName::BeforeCurrent(3)),
        ] {
            assert_eq!(text.parse::<CommitName>().unwrap(), name);
            assert_eq!(name.to_string(), text);
        }
        for text in ["", "latest", "current~", "current1", "-1"] {
            let error = text.parse::<CommitName>().unwrap_err();
            assert_eq!(error.exit_code(), 2, "{text}");
        }
    }
}
