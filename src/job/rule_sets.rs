//! Several rule sets on the same inputs: found and checked once, replayed once for each.
//!
//! It compares nothing; the caller asks the runners.

use std::path::Path;

use datafusion::common::ParamValues;

use super::Job;
use super::parameters::{RunRules, bind};
use crate::error::{Error, Result};
use crate::quality::RuleBook;
use crate::runner::Runner;

/// How `quality` calls the rules that hold for every pool without its own.
const ORIGIN: &str = "quality.rules: ";

/// One file of rules, and what it makes of the models' parameters.
#[derive(Debug)]
pub(crate) struct RuleSet {
    /// What looks like a mistake in the file.
    pub(crate) warnings: Vec<String>,
    /// Pools that bring rules of their own: the file says nothing about them.
    pub(crate) n_pools_with_own_rules: usize,
    parameters: ParamValues,
}

impl Job {
    /// Reads `file` as if the configuration named it in `quality.rules`; none: no rule but the pools' own.
    ///
    /// # Errors
    /// [`Error::Usage`] with the file and the path inside its JSON.
    pub(crate) async fn rule_set(&self, file: Option<&Path>) -> Result<RuleSet> {
        let name = file.map_or_else(String::new, |file| file.display().to_string());
        let mut config = self.config.clone();
        config.quality.rules = match file {
            Some(file) => {
                // What is typed starts from where it is typed, not from the configuration's folder.
                let path = std::path::absolute(file)
                    .map_err(|error| Error::Usage(format!("--rules {name}: {error}")))?;
                Some(path.display().to_string())
            }
            None => None,
        };
        let session = self.engine.session(1);
        self.inputs
            .register(&session, &self.storage, &self.dates)
            .await?;
        let rules = RunRules::read(&config, &session)
            .await
            .map_err(|error| match error {
                Error::Usage(problem) => {
                    Error::Usage(format!("--rules {name}: {}", bare(&problem)))
                }
                other => other,
            })?;
        let of_file = |warning: &&String| warning.starts_with(ORIGIN);
        Ok(RuleSet {
            warnings: rules
                .warnings
                .iter()
                .filter(of_file)
                .map(|warning| format!("--rules {name}: {}", bare(warning)))
                .collect(),
            n_pools_with_own_rules: rules.book.pool_rules.len(),
            parameters: bind(&config, self.as_of, &rules, &self.inputs.features()),
        })
    }

    /// A runner over the inputs that replays `rules`; it knows no published snapshot.
    pub(crate) async fn runner_of_rules(&self, rules: &RuleSet) -> Result<Runner> {
        let run_id = ulid::Ulid::new().to_string();
        self.runner_of_inputs(&run_id, rules.parameters.clone())
            .await
    }

    /// A runner over the inputs that replays the configured rules; it knows no published snapshot.
    pub(crate) async fn runner_of_log(&self) -> Result<Runner> {
        let run_id = ulid::Ulid::new().to_string();
        self.runner_of_inputs(&run_id, self.parameters.clone())
            .await
    }

    /// The configured rules, those of pools included, as the replay reads them.
    pub(crate) fn rule_book(&self) -> Result<RuleBook> {
        let (book, _warnings) = RuleBook::parse(&self.rules_json)?;
        Ok(book)
    }
}

/// The sentence without the name of the configuration's key, which was not used.
fn bare(sentence: &str) -> &str {
    sentence.strip_prefix(ORIGIN).unwrap_or(sentence)
}
