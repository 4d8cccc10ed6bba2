//! A quality-control file as the platform writes it, checked and typed.
//!
//! It neither opens files nor replays anything; doubts come back as warnings, mistakes as errors with the JSON path.

mod conditions;

use std::num::NonZeroUsize;

pub use conditions::{Condition, Operator, Threshold};
use conditions::{contradiction, doubt, parse_condition};

use super::actions::{Action, parse_action};
use super::json::{Node, nearest, unknown};
use super::{COLLECTORS, Collector, ON_LOSSES, ReplayOptions};
use crate::error::{Error, Result};

/// One file of rules, or one pool's own.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The collectors, in the order of the file.
    pub configs: Vec<Config>,
    /// What a worker must have reached in another pool to enter.
    pub training_requirement: Option<TrainingRequirement>,
}

/// A training pool that admits to this one.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingRequirement {
    /// The training pool.
    pub training_pool_id: String,
    /// The least share of right first attempts there, in percent.
    pub passing_pct: f64,
}

/// A parameter that a collector may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// `history_size`: the window in events.
    HistorySize,
    /// `answer_threshold`: votes that make a majority; required.
    AnswerThreshold,
    /// `fast_submit_threshold_seconds`: a page handed in sooner is fast; required.
    FastSubmitThreshold,
}

/// The parameters of one collector; those that it does not have are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// The window in events, shared across pools; none means all events of one pool.
    pub history_size: Option<NonZeroUsize>,
    /// Votes that make a majority.
    pub answer_threshold: u32,
    /// A page handed in sooner after it was taken is fast; microseconds.
    pub fast_submit_threshold_us: i64,
}

/// One collector and the rules on its statistics.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the statistics come from.
    pub collector: &'static dyn Collector,
    /// Collectors of the same uuid share what they remember, whatever their pool or project.
    pub uuid: Option<String>,
    /// Its window and thresholds.
    pub parameters: Parameters,
    /// Independent of each other, in the order of the file.
    pub rules: Vec<Rule>,
}

/// Conditions that must hold together, and what happens then.
#[derive(Clone, Debug)]
pub struct Rule {
    /// At least one.
    pub conditions: Vec<Condition>,
    /// What happens when all hold.
    pub action: Action,
}

impl Rules {
    /// Reads `{"configs": […]}`, or a pool's whole `quality_control` object, and lists what looks like a mistake.
    ///
    /// # Errors
    /// [`Error::Usage`] with the path inside the JSON.
    pub fn parse(text: &str, options: ReplayOptions) -> Result<(Self, Vec<String>)> {
        let document: serde_json::Value = serde_json::from_str(text)
            .map_err(|source| Error::Usage(format!("the rules are not valid JSON: {source}")))?;
        let root = Node::root(&document);
        let mut warnings = Vec::new();
        check_top_level(&root, &mut warnings)?;
        let mut configs = Vec::new();
        for node in root.required("configs")?.items()? {
            configs.push(parse_config(&node, options, &mut warnings)?);
        }
        let training_requirement = match root.optional("training_requirement") {
            Some(node) => Some(parse_training_requirement(&node)?),
            None => None,
        };
        let rules = Self {
            configs,
            training_requirement,
        };
        Ok((rules, warnings))
    }
}

impl Rule {
    /// Whether every condition holds; a statistic without a value meets none.
    pub(super) fn is_met(&self, statistics: &super::Statistics) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.is_met(statistics.at(condition.key_idx)))
    }
}

/// A pool's object holds more than rules: that is said, not refused.
fn check_top_level(root: &Node<'_>, warnings: &mut Vec<String>) -> Result<()> {
    let keys = root.keys()?;
    let has_configs = keys.contains(&"configs");
    let is_rule = |key: &&str| *key == "configs" || *key == "training_requirement";
    for key in keys.into_iter().filter(|key| !is_rule(key)) {
        if !has_configs && nearest(key, &["configs"]).is_some() {
            let problem = unknown("key", key, &["configs"]);
            return Err(Error::Usage(format!("{key}: {problem}")));
        }
        warnings.push(format!("{key}: not a rule, so it is not replayed"));
    }
    Ok(())
}

fn parse_config(
    node: &Node<'_>,
    options: ReplayOptions,
    warnings: &mut Vec<String>,
) -> Result<Config> {
    node.only(&["collector_config", "rules"])?;
    let collector_node = node.required("collector_config")?;
    collector_node.only(&["type", "uuid", "parameters"])?;
    let collector = find_collector(&collector_node.required("type")?)?;
    let uuid = match collector_node.optional("uuid") {
        Some(node) => Some(node.identifier()?),
        None => None,
    };
    let parameters = parse_parameters(&collector_node, collector, warnings)?;
    let mut config = Config {
        collector,
        uuid,
        parameters,
        rules: Vec::new(),
    };
    for rule_node in node.required("rules")?.items()? {
        let rule = parse_rule(&rule_node, &config, options, warnings)?;
        config.rules.push(rule);
    }
    if config.rules.is_empty() {
        warnings.push(format!("{}.rules: empty, so it does nothing", node.path()));
    }
    Ok(config)
}

fn find_collector(node: &Node<'_>) -> Result<&'static dyn Collector> {
    let name = node.text()?;
    let found = COLLECTORS.iter().find(|item| item.name() == name);
    found.copied().ok_or_else(|| {
        let names: Vec<&str> = COLLECTORS.iter().map(|item| item.name()).collect();
        node.error(&unknown("collector", name, &names))
    })
}

impl Parameter {
    fn name(self) -> &'static str {
        match self {
            Self::HistorySize => "history_size",
            Self::AnswerThreshold => "answer_threshold",
            Self::FastSubmitThreshold => "fast_submit_threshold_seconds",
        }
    }
}

fn parse_parameters(
    collector_node: &Node<'_>,
    collector: &dyn Collector,
    warnings: &mut Vec<String>,
) -> Result<Parameters> {
    let mut parameters = Parameters::default();
    let names: Vec<&str> = collector.parameters().iter().map(|p| p.name()).collect();
    let Some(node) = collector_node.optional("parameters") else {
        return match names.iter().find(|name| **name != "history_size") {
            Some(name) => Err(collector_node.error(&format!("parameters.{name} is missing"))),
            None => Ok(parameters),
        };
    };
    let is_size_ignored = collector.actions() == ON_LOSSES;
    if is_size_ignored && node.optional("history_size").is_some() {
        warnings.push(format!(
            "{}.history_size: {} has no window, so it is ignored",
            node.path(),
            collector.name()
        ));
        node.only(&["history_size"])?;
        return Ok(parameters);
    }
    node.only(&names)?;
    for parameter in collector.parameters() {
        match parameter {
            Parameter::HistorySize => parameters.history_size = parse_history_size(&node)?,
            Parameter::AnswerThreshold => {
                let threshold_node = node.required(parameter.name())?;
                parameters.answer_threshold = parse_answer_threshold(&threshold_node)?;
            }
            Parameter::FastSubmitThreshold => {
                let threshold_node = node.required(parameter.name())?;
                parameters.fast_submit_threshold_us = parse_seconds(&threshold_node)?;
            }
        }
    }
    Ok(parameters)
}

fn parse_history_size(parameters: &Node<'_>) -> Result<Option<NonZeroUsize>> {
    let Some(node) = parameters.optional("history_size") else {
        return Ok(None);
    };
    let size = node.whole()?;
    let history_size = usize::try_from(size).ok().and_then(NonZeroUsize::new);
    let too_small = || node.error(&format!("expected at least 1, found {size}"));
    history_size.ok_or_else(too_small).map(Some)
}

fn parse_answer_threshold(node: &Node<'_>) -> Result<u32> {
    let threshold = node.whole()?;
    let in_range = u32::try_from(threshold).ok().filter(|votes| *votes > 0);
    in_range.ok_or_else(|| node.error(&format!("expected at least 1 vote, found {threshold}")))
}

/// Seconds, at most a year, in microseconds.
fn parse_seconds(node: &Node<'_>) -> Result<i64> {
    let seconds = node.number()?;
    if !(seconds > 0.0 && seconds <= 31_536_000.0) {
        return Err(node.error(&format!(
            "expected seconds above 0 and up to a year, found {seconds}"
        )));
    }
    Ok((seconds * 1e6).round() as i64)
}

fn parse_training_requirement(node: &Node<'_>) -> Result<TrainingRequirement> {
    node.only(&["training_pool_id", "training_passing_skill_value"])?;
    let passing_node = node.required("training_passing_skill_value")?;
    let passing_pct = passing_node.number()?;
    if !(0.0..=100.0).contains(&passing_pct) {
        return Err(passing_node.error(&format!("expected 0..100, found {passing_pct}")));
    }
    Ok(TrainingRequirement {
        training_pool_id: node.required("training_pool_id")?.identifier()?,
        passing_pct,
    })
}

fn parse_rule(
    node: &Node<'_>,
    config: &Config,
    options: ReplayOptions,
    warnings: &mut Vec<String>,
) -> Result<Rule> {
    node.only(&["conditions", "action"])?;
    let conditions_node = node.required("conditions")?;
    let mut conditions = Vec::new();
    for condition_node in conditions_node.items()? {
        let condition = parse_condition(&condition_node, config.collector.keys(), options)?;
        warnings.extend(doubt(&condition_node, &condition, config));
        conditions.push(condition);
    }
    if conditions.is_empty() {
        return Err(
            conditions_node.error("empty: such a rule would fire at every answer; add a condition")
        );
    }
    let action = parse_action(&node.required("action")?, config.collector)?;
    let rule = Rule { conditions, action };
    warnings.extend(contradiction(node, &rule, config));
    Ok(rule)
}
