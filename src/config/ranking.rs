//! The section `[ranking]`: how the answers about a query become the scores of its candidates.
//!
//! The methods themselves are `crate::ranking`'s.

use serde::{Deserialize, Serialize};

use super::overrides::did_you_mean;
use crate::ranking::{METHODS, Method, method, worker_model};

/// How candidates are ranked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ranking {
    /// A name of the method list.
    pub method: String,
    /// Imaginary wins and losses of each item against an average one, or `"auto"`.
    pub prior: Prior,
    /// In place of `prior`: this times the sum of squared scores is taken off the objective.
    pub prior_l2: Option<f64>,
    /// No score may move by more than this in the last iteration.
    pub tolerance: f64,
    /// Whether the favour of a side is taken out of the scores.
    pub position_bias: PositionBias,
    /// What standard errors stand for.
    pub errors: Errors,
}

impl Default for Ranking {
    fn default() -> Self {
        Self {
            method: "bradley_terry".to_owned(),
            prior: Prior::Weight(0.5),
            prior_l2: None,
            tolerance: 1e-6,
            position_bias: PositionBias::Auto,
            errors: Errors::Curvature,
        }
    }
}

/// The weight of the prior, or how to find it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Prior {
    Weight(f64),
    /// `auto`: by the loss on answers held out, one weight for all queries.
    Named(String),
}

/// Whether the favour of a side is taken out of the scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositionBias {
    Off,
    /// Where it is significant and the answers can tell it from the items' strength.
    Auto,
    On,
}

impl PositionBias {
    /// The spelling in the configuration and in SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Auto => "auto",
            Self::On => "on",
        }
    }
}

/// What standard errors stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errors {
    /// Every answer is independent.
    Curvature,
    /// Answers of one worker may depend on each other.
    ByWorker,
}

/// The method of this name; a sentence with the nearest name where there is none.
pub(crate) fn method_of(name: &str) -> Result<&'static dyn Method, String> {
    let known: Vec<&str> = METHODS.iter().map(|known| known.name()).collect();
    method(name).ok_or_else(|| {
        format!(
            "unknown method \"{name}\"; one of {}{}",
            known.join(", "),
            did_you_mean(name, known.iter().copied())
        )
    })
}

/// The word for a prior that is to be found.
pub(crate) const AUTO: &str = "auto";

impl Ranking {
    /// The model that tells workers' weights, where the method is one.
    #[must_use]
    pub(crate) fn worker_model(&self) -> Option<&'static str> {
        worker_model(&self.method).map(Method::name)
    }

    /// The method that makes the scores: once workers are weighted, a worker model is followed by the default one.
    #[must_use]
    pub(crate) fn fit_method(&self) -> &str {
        match self.worker_model() {
            Some(_) => "bradley_terry",
            None => &self.method,
        }
    }

    /// Whether the prior's weight is to be found.
    #[must_use]
    pub(crate) fn is_prior_found(&self) -> bool {
        self.prior_l2.is_none() && matches!(self.prior, Prior::Named(_))
    }

    /// The prior's weight in wins, where it is given.
    #[must_use]
    pub(crate) fn prior_wins(&self) -> Option<f64> {
        match (self.prior_l2, &self.prior) {
            (None, Prior::Weight(wins)) => Some(*wins),
            _ => None,
        }
    }

    /// The prior as one would say it.
    #[must_use]
    pub(crate) fn prior_in_words(&self) -> String {
        match (self.prior_l2, &self.prior) {
            (Some(l2), _) => format!("{l2} × squared scores"),
            (None, Prior::Weight(wins)) => wins.to_string(),
            (None, Prior::Named(name)) => name.clone(),
        }
    }

    /// Whether the favour of a side is looked for: only where the method can take it out.
    #[must_use]
    pub(crate) fn position_bias_sought(&self) -> PositionBias {
        match method(self.fit_method()) {
            Some(method) if method.corrects_position_bias() => self.position_bias,
            _ => PositionBias::Off,
        }
    }

    /// What is known of a fit before any answer is read, in the words of the SQL aggregates.
    #[must_use]
    pub(crate) fn options(&self) -> String {
        let mut options = vec![format!("tolerance={}", self.tolerance)];
        if let Some(l2) = self.prior_l2 {
            options.push(format!("prior_l2={l2}"));
        } else if let Some(wins) = self.prior_wins() {
            options.push(format!("prior={wins}"));
        }
        if self.errors == Errors::ByWorker {
            options.push("errors=by_worker".to_owned());
        }
        options.join(" ")
    }

    pub(super) fn problem(&self) -> Option<String> {
        let method = match method_of(&self.method) {
            Ok(method) => method,
            Err(problem) => return Some(format!("ranking.method: {problem}")),
        };
        if let Prior::Named(name) = &self.prior
            && name != AUTO
        {
            return Some(format!(
                "ranking.prior: \"{name}\" is neither a number >= 0 nor \"{AUTO}\""
            ));
        }
        if let Prior::Weight(wins) = self.prior
            && !(wins.is_finite() && wins >= 0.0)
        {
            return Some(format!("ranking.prior: {wins} is not a number >= 0"));
        }
        if let Some(l2) = self.prior_l2
            && !(l2.is_finite() && l2 > 0.0)
        {
            return Some(format!("ranking.prior_l2: {l2} is not a number > 0"));
        }
        if !(self.tolerance > 0.0 && self.tolerance <= 1e-3) {
            return Some(format!(
                "ranking.tolerance: {} is not within 0 (excluded) .. 0.001",
                self.tolerance
            ));
        }
        let corrects = self.position_bias_sought() != PositionBias::Off;
        if self.position_bias == PositionBias::On && !corrects {
            return Some(format!(
                "ranking.position_bias: {} cannot take the favour of a side out; use bradley_terry, or \"auto\"",
                method.name()
            ));
        }
        None
    }
}
