//! The sections of the configuration with their defaults, and what each refuses.
//!
//! Reading and overriding them is `config`'s.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Feature;
use crate::error::{Error, Result};
use crate::features::Features;

/// The tables that a run may read.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Inputs {
    pub responses: Input,
    pub products: Input,
    pub pools: Input,
    pub captcha_events: Input,
    pub review_events: Input,
    pub restrictions: Input,
    pub worker_skills: Input,
    pub truth: Input,
}

impl Inputs {
    /// Every input by name, in the order of the data model.
    #[must_use]
    pub fn all(&self) -> [(&'static str, &Input); 8] {
        [
            ("responses", &self.responses),
            ("products", &self.products),
            ("pools", &self.pools),
            ("captcha_events", &self.captcha_events),
            ("review_events", &self.review_events),
            ("restrictions", &self.restrictions),
            ("worker_skills", &self.worker_skills),
            ("truth", &self.truth),
        ]
    }
}

/// Where one table lies and how its columns are called there.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Files, folders or globs; `s3://`, `file://` or plain paths.
    pub urls: Vec<String>,
    /// Canonical name → source column, or SQL expression over the source columns.
    pub columns: BTreeMap<String, String>,
}

/// What the crowd was asked.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Project {
    pub kind: ProjectKind,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectKind {
    #[default]
    SideBySide,
    Classification,
}

impl ProjectKind {
    /// The spelling in the configuration and in SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SideBySide => "side_by_side",
            Self::Classification => "classification",
        }
    }
}

/// The shape of the training sets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    pub labels: Labels,
    /// Shares of train, validation and test; they sum to 1.
    pub split_shares: [f64; 3],
    pub split_salt: String,
    /// What stays in one split.
    pub group_by: GroupBy,
    /// What becomes `f_*` columns; none: price, brand and category where the catalog has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<Feature>>,
    /// Template of a pair's prompt over the query's catalog columns.
    pub prompt: String,
    /// Template of a pair's chosen and rejected text over the item's catalog columns.
    pub completion: String,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            labels: Labels::Quantile,
            split_shares: [0.8, 0.1, 0.1],
            split_salt: "crowdrank".to_owned(),
            group_by: GroupBy::Query,
            features: None,
            prompt: "Which product goes best with {title}?\n".to_owned(),
            completion: "{title}".to_owned(),
        }
    }
}

/// What is never divided between training and test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// The candidates of a query; items may stand on both sides.
    #[default]
    Query,
    /// All queries that share an item, directly or by way of others.
    Component,
}

impl GroupBy {
    /// The spelling in the configuration and in SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Component => "component",
        }
    }
}

/// A group of 10,000 rows with more would not fit into a row group.
const N_FEATURE_COLUMNS_MAX: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Labels {
    Quantile,
    Rank,
    Probability,
}

impl Labels {
    /// The spelling in the configuration and in SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Quantile => "quantile",
            Self::Rank => "rank",
            Self::Probability => "probability",
        }
    }
}

/// Where the dataset is published.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Output {
    pub url: Option<String>,
    pub publish_worker_ids: bool,
    /// Under which terms the dataset may be used, for its card, such as `cc-by-4.0`.
    pub license: Option<String>,
}

/// What a run may use of the machine. Nothing here changes a published byte.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Run {
    /// Such as "4GiB"; none: 70 % of the machine's or the cgroup's memory.
    pub memory_limit: Option<String>,
    /// 0: all.
    pub threads: usize,
    pub spill_dir: Option<String>,
    /// Rows per batch inside the engine; 0: the default.
    pub batch_size: usize,
}

impl Training {
    pub(super) fn problem(&self) -> Option<String> {
        let sum: f64 = self.split_shares.iter().sum();
        let is_share = |share: &f64| (0.0..=1.0).contains(share);
        if (sum - 1.0).abs() > 1e-9 || !self.split_shares.iter().all(is_share) {
            return Some(format!(
                "training.split_shares: {:?} are not three shares that sum to 1",
                self.split_shares
            ));
        }
        self.feature_problem()
    }

    fn feature_problem(&self) -> Option<String> {
        let features = self.features.as_ref()?;
        let of_one = features.iter().find_map(Feature::problem);
        let n_columns = Features(features.clone()).columns().len();
        let of_all = (n_columns > N_FEATURE_COLUMNS_MAX).then(|| {
            format!("training.features: {n_columns} columns; at most {N_FEATURE_COLUMNS_MAX}: take fewer buckets or one side")
        });
        of_one.or(of_all).or_else(|| {
            let name = Features(features.clone()).repeated_name()?;
            Some(format!(
                "training.features: {name} would be made twice; name the column once, give one of them another side, or map it under a second name in [inputs.products.columns]"
            ))
        })
    }

    /// The first bucket of 10,000 that is no longer train, and the first that is test.
    #[must_use]
    pub fn split_bounds(&self) -> (i64, i64) {
        let bound = |share: f64| (share * 10_000.0).round() as i64;
        let [train, validation, _] = self.split_shares;
        (bound(train), bound(train + validation))
    }
}

/// Bytes in a text such as "512MiB", "4GiB" or "2GB".
///
/// # Errors
/// [`Error::Usage`]: not a number with a known unit.
pub fn parse_bytes(text: &str) -> Result<u64> {
    let trimmed = text.trim();
    let digits_end = trimmed
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits_end);
    let factor: f64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "k" | "kib" => 1024.0,
        "m" | "mib" => 1024.0 * 1024.0,
        "g" | "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => f64::NAN,
    };
    let bytes = number.parse::<f64>().unwrap_or(f64::NAN) * factor;
    if bytes.is_finite() && bytes >= 1.0 {
        return Ok(bytes as u64);
    }
    Err(Error::Usage(format!(
        "run.memory_limit: \"{text}\" is not a size; write for example \"512MiB\" or \"4GiB\""
    )))
}
