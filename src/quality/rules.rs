//! A quality-control file as the platform writes it, checked and typed.
//!
//! It neither opens files nor replays anything; doubts come back as warnings, mistakes as errors with the JSON path.

use std::num::NonZeroUsize;

use serde_json::Value;

use super::actions::{Action, parse_action};
use super::json::{Node, nearest, unknown};
use super::{COLLECTORS, Collector, Key, KeyUnit, PLATFORM_COLLECTORS, RateUnit, ReplayOptions};
use crate::error::{Error, Result};

/// Two rates closer than this are equal: far above the rounding of one division, far below any threshold a person types.
const RATE_TOLERANCE: f64 = 1e-9;

/// One file of rules, or one pool's own.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The collectors, in the order of the file.
    pub configs: Vec<Config>,
}

/// One collector and the rules on its statistics.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the statistics come from.
    pub collector: &'static dyn Collector,
    /// Collectors of the same uuid share what they remember, whatever their pool or project.
    pub uuid: Option<String>,
    /// The window in events, shared across pools; none means all events of one pool.
    pub history_size: Option<NonZeroUsize>,
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

/// A statistic compared with a constant.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The position of the statistic in the collector's keys.
    pub key_idx: usize,
    /// The unit of the statistic.
    pub unit: KeyUnit,
    /// The comparison.
    pub operator: Operator,
    /// The constant: a count, or a percentage 0..100.
    pub threshold: f64,
}

/// A comparison of a statistic (left) with a threshold (right).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Greater.
    Gt,
    /// Less.
    Lt,
    /// Greater or equal.
    Gte,
    /// Less or equal.
    Lte,
}

const OPERATORS: [(&str, Operator); 6] = [
    ("EQ", Operator::Eq),
    ("NE", Operator::Ne),
    ("GT", Operator::Gt),
    ("LT", Operator::Lt),
    ("GTE", Operator::Gte),
    ("LTE", Operator::Lte),
];

impl Rules {
    /// Reads `{"configs": […]}`, or a pool's whole `quality_control` object, and lists what looks like a mistake.
    ///
    /// # Errors
    /// [`Error::Usage`] with the path inside the JSON.
    pub fn parse(text: &str, options: ReplayOptions) -> Result<(Self, Vec<String>)> {
        let document: Value = serde_json::from_str(text)
            .map_err(|source| Error::Usage(format!("the rules are not valid JSON: {source}")))?;
        let root = Node::root(&document);
        let mut warnings = Vec::new();
        check_top_level(&root, &mut warnings)?;
        let mut configs = Vec::new();
        for node in root.required("configs")?.items()? {
            configs.push(parse_config(&node, options, &mut warnings)?);
        }
        Ok((Self { configs }, warnings))
    }
}

impl Rule {
    /// Whether every condition holds; a statistic without a value meets none.
    pub(super) fn is_met(&self, statistics: &super::Statistics) -> bool {
        self.conditions.iter().all(|condition| {
            let value = statistics.at(condition.key_idx);
            value.is_some_and(|value| condition.holds(value))
        })
    }
}

impl Condition {
    /// Compares without rounding; only equality of rates has a tolerance.
    pub fn holds(&self, value: f64) -> bool {
        let tolerance = match self.unit {
            KeyUnit::Count => 0.0,
            KeyUnit::Percent => RATE_TOLERANCE,
        };
        let is_equal = (value - self.threshold).abs() <= tolerance;
        match self.operator {
            Operator::Eq => is_equal,
            Operator::Ne => !is_equal,
            Operator::Gt => value > self.threshold,
            Operator::Lt => value < self.threshold,
            Operator::Gte => value >= self.threshold,
            Operator::Lte => value <= self.threshold,
        }
    }

    /// Whether no value in 0..=`value_max` meets it.
    fn is_hopeless(&self, value_max: f64) -> bool {
        match self.operator {
            Operator::Eq => self.threshold > value_max || self.threshold < 0.0,
            Operator::Ne => false,
            Operator::Gt => self.threshold >= value_max,
            Operator::Lt => self.threshold <= 0.0,
            Operator::Gte => self.threshold > value_max,
            Operator::Lte => self.threshold < 0.0,
        }
    }
}

/// A pool's object holds more than rules: that is said, not refused.
fn check_top_level(root: &Node<'_>, warnings: &mut Vec<String>) -> Result<()> {
    let keys = root.keys()?;
    let has_configs = keys.contains(&"configs");
    for key in keys.into_iter().filter(|key| *key != "configs") {
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
    let history_size = match collector_node.optional("parameters") {
        Some(parameters) => parse_history_size(&parameters)?,
        None => None,
    };
    let mut config = Config {
        collector,
        uuid,
        history_size,
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
    if let Some(collector) = COLLECTORS.iter().find(|item| item.name() == name) {
        return Ok(*collector);
    }
    if !PLATFORM_COLLECTORS.contains(&name) {
        return Err(node.error(&unknown("collector", name, PLATFORM_COLLECTORS)));
    }
    let replayed: Vec<&str> = COLLECTORS.iter().map(|item| item.name()).collect();
    Err(node.error(&format!(
        "{name} is not replayed yet; this version replays {}; remove this entry of configs until then",
        replayed.join(", ")
    )))
}

fn parse_history_size(parameters: &Node<'_>) -> Result<Option<NonZeroUsize>> {
    parameters.only(&["history_size"])?;
    let Some(node) = parameters.optional("history_size") else {
        return Ok(None);
    };
    let size = node.whole()?;
    let history_size = usize::try_from(size).ok().and_then(NonZeroUsize::new);
    let too_small = || node.error(&format!("expected at least 1, found {size}"));
    history_size.ok_or_else(too_small).map(Some)
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
    Ok(Rule { conditions, action })
}

fn parse_condition(node: &Node<'_>, keys: &[Key], options: ReplayOptions) -> Result<Condition> {
    node.only(&["key", "operator", "value"])?;
    let key_names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    let key_idx = node.required("key")?.position_in("key", &key_names)?;
    let operator_names = OPERATORS.map(|(name, _)| name);
    let operator_idx = node
        .required("operator")?
        .position_in("operator", &operator_names)?;
    let value_node = node.required("value")?;
    let unit = keys[key_idx].unit;
    let threshold = match unit {
        KeyUnit::Count => parse_count(&value_node)?,
        KeyUnit::Percent => parse_rate_percent(&value_node, options.rate_unit)?,
    };
    Ok(Condition {
        key_idx,
        unit,
        operator: OPERATORS[operator_idx].1,
        threshold,
    })
}

fn parse_count(node: &Node<'_>) -> Result<f64> {
    let count = node.number()?;
    if count.fract() != 0.0 || !(0.0..=f64::from(u32::MAX)).contains(&count) {
        return Err(node.error(&format!("expected a whole number from 0, found {count}")));
    }
    Ok(count)
}

fn parse_rate_percent(node: &Node<'_>, rate_unit: RateUnit) -> Result<f64> {
    let rate = node.number()?;
    match rate_unit {
        RateUnit::Percent if rate > 0.0 && rate < 1.0 => Err(node.error(&format!(
            "rates are percent 0..100, and {rate} lies between 0 and 1; write {} or set rate_unit = \"fraction\"",
            fraction_to_percent(rate)
        ))),
        RateUnit::Percent => Ok(rate),
        RateUnit::Fraction if !(0.0..=1.0).contains(&rate) => Err(node.error(&format!(
            "rate_unit is \"fraction\", and {rate} lies outside 0..1"
        ))),
        RateUnit::Fraction => Ok(fraction_to_percent(rate)),
    }
}

/// 0.57 becomes 57, not the 56.99999999999999 of the bare product.
fn fraction_to_percent(fraction: f64) -> f64 {
    (fraction * 1e11).round() / 1e9
}

/// Says so when a condition can never hold, as the platform's documents warn.
fn doubt(node: &Node<'_>, condition: &Condition, config: &Config) -> Option<String> {
    let (value_max, reason) = match (condition.unit, config.history_size) {
        (KeyUnit::Count, Some(size)) => (size.get() as f64, format!("history_size is {size}")),
        (KeyUnit::Count, None) => (f64::INFINITY, "counts start from 0".to_owned()),
        (KeyUnit::Percent, _) => (100.0, "rates lie in 0..100".to_owned()),
    };
    let key = config.collector.keys()[condition.key_idx].name;
    let operator = OPERATORS
        .iter()
        .find(|(_, operator)| *operator == condition.operator)
        .map_or("", |(name, _)| name);
    condition.is_hopeless(value_max).then(|| {
        format!(
            "{}: {key} {operator} {} can never take effect: {reason}",
            node.path(),
            condition.threshold
        )
    })
}
