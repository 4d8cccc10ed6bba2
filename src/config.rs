//! The configuration: one TOML file, overridden by the environment, overridden by `--set`.
//!
//! It holds no secrets and opens no input; paths in it are relative to the file they stand in.

mod audits;
mod features;
mod labels;
mod overrides;
mod quality;
mod ranking;
mod sections;

pub use audits::Audits;
pub use features::{Feature, FeatureKind, FeatureSide};
pub use labels::{LabelMethod, LabelRules};
pub(crate) use overrides::did_you_mean;
pub use quality::{BannedAnswers, OneOrMany, OwnAnswer, Quality, RateUnit, Skills, WeightRule};
pub(crate) use ranking::method_of;
pub use ranking::{Errors, PositionBias, Prior, Ranking};
pub use sections::{
    GroupBy, Input, Inputs, Labels, Output, Project, ProjectKind, Run, Training, parse_bytes,
};

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::storage::Location;

/// Everything that a run is told, with every default filled in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub inputs: Inputs,
    pub project: Project,
    pub quality: Quality,
    pub skills: Skills,
    pub labels: LabelRules,
    pub ranking: Ranking,
    pub training: Training,
    pub audits: Audits,
    pub output: Output,
    pub run: Run,
    /// The folder that relative paths start from.
    #[serde(skip)]
    pub folder: PathBuf,
}

impl Config {
    /// Reads `path`, then applies `CROWDRANK_SECTION__KEY` variables and `section.key=value` settings.
    ///
    /// # Errors
    /// [`Error::Usage`]: the file is not there, not TOML, or holds a key or value that means nothing.
    pub fn load(path: &Path, settings: &[String]) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::Usage(format!(
                "cannot read the configuration {}: {error}; `crowdrank demo` writes one to start from",
                path.display()
            ))
        })?;
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        let name = path.display().to_string();
        Self::parse(&text, &name, &folder, settings, std::env::vars())
    }

    fn parse(
        text: &str,
        name: &str,
        folder: &Path,
        settings: &[String],
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self> {
        let mut table: toml::Table = text
            .parse()
            .map_err(|error| Error::Usage(format!("{name}: {error}")))?;
        overrides::apply_variables(&mut table, variables)?;
        overrides::apply_settings(&mut table, settings)?;
        let mut config: Self = serde_path_to_error::deserialize(toml::Value::Table(table))
            .map_err(|error| Error::Usage(format!("{name}: {}", overrides::explain(&error))))?;
        config.folder = folder.to_path_buf();
        config.validate(name)?;
        Ok(config)
    }

    /// Where `url` lies: a relative path starts at the configuration's folder.
    ///
    /// # Errors
    /// [`Error::Usage`] for an unknown scheme.
    pub fn locate(&self, url: &str) -> Result<Location> {
        locate(url, &self.folder)
    }

    /// SHA-256 of everything that can change a published byte: not `run.*`, not `output.url`.
    #[must_use]
    pub fn sha256(&self) -> String {
        let mut meaning = self.clone();
        meaning.run = Run::default();
        meaning.output.url = None;
        let text = toml::to_string(&meaning).unwrap_or_default();
        crate::manifest::sha256_hex(text.as_bytes())
    }

    /// Refuses what this version does not do, and numbers that mean nothing.
    fn validate(&self, name: &str) -> Result<()> {
        let problem = self.first_problem();
        problem.map_or(Ok(()), |problem| {
            Err(Error::Usage(format!("{name}: {problem}")))
        })
    }

    fn first_problem(&self) -> Option<String> {
        self.quality
            .problem()
            .or_else(|| self.skills.problem())
            .or_else(|| self.labels.problem(self.project.kind))
            .or_else(|| self.ranking.problem())
            .or_else(|| self.training.problem())
            .or_else(|| self.audits.problem())
    }
}

/// Where `url` lies: a relative path starts at `folder`.
pub(crate) fn locate(url: &str, folder: &Path) -> Result<Location> {
    if url.contains("://") {
        return Location::parse(url);
    }
    Location::parse(&folder.join(url).display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, settings: &[&str], variables: &[(&str, &str)]) -> Result<Config> {
        let settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
        let variables = variables
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::parse(text, "test.toml", Path::new(""), &settings, variables)
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_known_one() {
        let error = parse("[ranking]\nmetod = \"x\"", &[], &[]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let text = error.to_string();
        assert!(text.contains("ranking") && text.contains("metod"), "{text}");
        assert!(text.contains("did you mean \"method\"?"), "{text}");
    }

    #[test]
    fn settings_win_over_variables_and_variables_over_the_file() {
        let file = "[ranking]\nmethod = \"counting\"\nprior = 1.0";
        let variables = [
            ("CROWDRANK_RANKING__METHOD", "win_rate"),
            ("CROWDRANK_RUN__THREADS", "3"),
        ];
        let config = parse(file, &[], &variables).unwrap();
        assert_eq!(config.ranking.method, "win_rate");
        assert_eq!(config.run.threads, 3);
        let config = parse(file, &["ranking.method=bradley_terry"], &variables).unwrap();
        assert_eq!(config.ranking.method, "bradley_terry");
        assert_eq!(config.ranking.prior_wins(), Some(1.0));
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for (setting, word) in [
            ("project.kind=classification", "labels.options"),
            ("ranking.method=eloo", "elo"),
            ("ranking.prior=automatic", "auto"),
            ("ranking.prior_l2=0.0", "> 0"),
            ("training.split_shares=[0.5, 0.1, 0.1]", "sum to 1"),
        ] {
            let error = parse("", &[setting], &[]).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn sizes_are_read_with_their_units() {
        assert_eq!(parse_bytes("1GiB").unwrap(), 1 << 30);
        assert_eq!(parse_bytes("1.5 GB").unwrap(), 1_500_000_000);
        assert!(parse_bytes("lots").is_err());
    }
}
