//! All that a replay is told: the default rules, the pools' own rules and filters, and the options.
//!
//! It says what must be fed to a replay so that every rule sees what it asks for.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::rules::{Config, TrainingRequirement};
use super::{Action, EventKind, Filter, Hearing, ReplayOptions, Rules, Verdict};
use crate::error::{Error, Result};

/// The rules of one run.
#[derive(Clone, Debug, Default)]
pub struct RuleBook {
    /// For every pool that has none of its own.
    pub rules: Rules,
    /// By pool.
    pub pool_rules: BTreeMap<String, Rules>,
    /// By pool.
    pub filters: BTreeMap<String, Filter>,
    /// Choices where the documents are silent.
    pub options: ReplayOptions,
}

/// What a worker needs to work in a pool.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gate<'r> {
    /// On skills.
    pub filter: Option<&'r Filter>,
    /// On the result of a training pool.
    pub training: Option<&'r TrainingRequirement>,
}

/// Which events a replay of these rules looks at, beyond ends of pages and control and training answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent input"
)]
pub struct Needs {
    /// Captcha entries.
    pub captchas: bool,
    /// Verdicts of reviewers.
    pub reviews: bool,
    /// Majorities on real tasks.
    pub majorities: bool,
    /// Verdicts by task suite.
    pub suites: bool,
    /// The worker's pages by pool, for actions on all of them.
    pub page_lists: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Document {
    rules: Option<Value>,
    pools: BTreeMap<String, Value>,
    filters: BTreeMap<String, Value>,
    options: ReplayOptions,
}

impl RuleBook {
    /// Reads `{"rules": …, "pools": {pool: quality_control}, "filters": {pool: filter}, "options": {…}}`, all
    /// optional, and lists what looks like a mistake.
    ///
    /// # Errors
    /// [`Error::Usage`] with the pool and the path inside its JSON.
    pub fn parse(json: &str) -> Result<(Self, Vec<String>)> {
        let document: Document = serde_json::from_str(json).map_err(|error| {
            Error::Usage(format!("rules are not of the expected JSON: {error}"))
        })?;
        let mut book = Self {
            options: document.options,
            ..Self::default()
        };
        let mut warnings = Vec::new();
        let mut note = |origin: &str, found: Vec<String>| {
            warnings.extend(found.into_iter().map(|text| format!("{origin}: {text}")));
        };
        let at = |origin: &str, error: Error| Error::Usage(format!("{origin}: {error}"));
        if let Some(value) = document.rules {
            let origin = "quality.rules";
            let (rules, found) = Rules::parse(&value.to_string(), document.options)
                .map_err(|error| at(origin, error))?;
            book.rules = rules;
            note(origin, found);
        }
        for (pool_id, value) in document.pools {
            let origin = format!("pools.quality_control of pool {pool_id}");
            let (rules, found) = Rules::parse(&value.to_string(), document.options)
                .map_err(|error| at(&origin, error))?;
            book.pool_rules.insert(pool_id, rules);
            note(&origin, found);
        }
        for (pool_id, value) in document.filters {
            let origin = format!("pools.filter of pool {pool_id}");
            let (filter, found) =
                Filter::parse(&value.to_string()).map_err(|error| at(&origin, error))?;
            book.filters.insert(pool_id, filter);
            note(&origin, found);
        }
        Ok((book, warnings))
    }

    /// The rules that apply in a pool.
    pub(super) fn rules_of(&self, pool_id: &str) -> &Rules {
        self.pool_rules.get(pool_id).unwrap_or(&self.rules)
    }

    /// What a worker needs to work in a pool.
    pub(super) fn gate_of(&self, pool_id: &str) -> Gate<'_> {
        let training = self.rules_of(pool_id).training_requirement.as_ref();
        Gate {
            filter: self.filters.get(pool_id),
            training: training.filter(|required| required.training_pool_id != pool_id),
        }
    }

    /// What must be fed to a replay.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        let all_rules = || self.pool_rules.values().chain([&self.rules]);
        for config in all_rules().flat_map(|rules| &rules.configs) {
            self.add_needs(config, &mut needs);
        }
        needs
    }

    fn add_needs(&self, config: &Config, needs: &mut Needs) {
        let is_heard =
            |kind: EventKind<'_>| config.collector.hears(&kind, &self.options) != Hearing::Ignores;
        let acts_on_pages =
            |action: &Action| matches!(action, Action::Decide(_) | Action::ChangeOverlap { .. });
        needs.page_lists |= config.rules.iter().any(|rule| acts_on_pages(&rule.action));
        needs.captchas |= is_heard(EventKind::Captcha { is_solved: false });
        needs.majorities |= is_heard(EventKind::Majority {
            n_agreeing: 0,
            n_top: 0,
        });
        let is_suite = config.collector.name() == super::assignments_assessment::NAME;
        needs.suites |= is_suite;
        needs.reviews |= is_heard(EventKind::Review(Verdict::Accept)) || needs.page_lists;
    }
}
