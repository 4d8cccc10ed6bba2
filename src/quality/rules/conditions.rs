//! Conditions of a rule: a statistic, a comparison, a constant; and which of them can never hold.
//!
//! It knows no action.

use super::{Config, Rule};
use crate::error::Result;
use crate::quality::json::Node;
use crate::quality::{Key, KeyUnit, RateUnit, ReplayOptions, Value};

/// Two rates closer than this are equal: far above the rounding of one division, far below any threshold a person types.
const RATE_TOLERANCE: f64 = 1e-9;

/// A statistic compared with a constant.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The position of the statistic in the collector's keys.
    pub key_idx: usize,
    /// The unit of the statistic.
    pub unit: KeyUnit,
    /// The comparison.
    pub operator: Operator,
    /// The constant.
    pub threshold: Threshold,
}

/// What a statistic is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Threshold {
    /// A count, a percentage 0..=100, an amount in US dollars, or 0 and 1 for a flag.
    Number(f64),
    /// A word or an identifier.
    Word(String),
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

impl Condition {
    pub(super) fn is_met(&self, value: &Value) -> bool {
        match (value, &self.threshold) {
            (Value::Number(value), Threshold::Number(threshold)) => {
                self.operator.holds(*value, *threshold)
            }
            (Value::Word(word), Threshold::Word(wanted)) => word == wanted,
            (Value::Id(id), Threshold::Word(wanted)) => **id == **wanted,
            _ => false,
        }
    }

    /// Whether no value in 0..=`value_max` meets it.
    fn is_hopeless(&self, threshold: f64, value_max: f64) -> bool {
        match self.operator {
            Operator::Eq => threshold > value_max || threshold < 0.0,
            Operator::Ne => false,
            Operator::Gt => threshold >= value_max,
            Operator::Lt => threshold <= 0.0,
            Operator::Gte => threshold > value_max,
            Operator::Lte => threshold < 0.0,
        }
    }
}

impl Operator {
    /// Compares without rounding; only equality has a tolerance, which whole numbers never meet by chance.
    pub(in crate::quality) fn holds(self, value: f64, threshold: f64) -> bool {
        let is_equal = (value - threshold).abs() <= RATE_TOLERANCE;
        match self {
            Self::Eq => is_equal,
            Self::Ne => !is_equal,
            Self::Gt => value > threshold,
            Self::Lt => value < threshold,
            Self::Gte => value >= threshold,
            Self::Lte => value <= threshold,
        }
    }

    /// The platform's word.
    pub fn name(self) -> &'static str {
        OPERATORS
            .iter()
            .find(|(_, operator)| *operator == self)
            .map_or("", |(name, _)| name)
    }

    /// The operator that the platform calls by this word.
    pub(in crate::quality) fn parse(node: &Node<'_>) -> Result<Self> {
        let names = OPERATORS.map(|(name, _)| name);
        Ok(OPERATORS[node.position_in("operator", &names)?].1)
    }
}

pub(super) fn parse_condition(
    node: &Node<'_>,
    keys: &[Key],
    options: ReplayOptions,
) -> Result<Condition> {
    node.only(&["key", "operator", "value"])?;
    let key_names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    let key_idx = node.required("key")?.position_in("key", &key_names)?;
    let operator_node = node.required("operator")?;
    let operator = Operator::parse(&operator_node)?;
    let value_node = node.required("value")?;
    let unit = keys[key_idx].unit;
    let is_number = matches!(unit, KeyUnit::Count | KeyUnit::Percent | KeyUnit::Usd);
    if !is_number && operator != Operator::Eq {
        return Err(operator_node.error(&format!(
            "{} knows EQ only, found {}",
            keys[key_idx].name,
            operator.name()
        )));
    }
    let threshold = match unit {
        KeyUnit::Count => Threshold::Number(parse_count(&value_node)?),
        KeyUnit::Percent => Threshold::Number(parse_rate_percent(&value_node, options.rate_unit)?),
        KeyUnit::Usd => Threshold::Number(value_node.number()?),
        KeyUnit::Flag => Threshold::Number(f64::from(u8::from(value_node.flag()?))),
        KeyUnit::Word(words) => {
            let word_idx = value_node.position_in("value", words)?;
            Threshold::Word(words[word_idx].to_owned())
        }
        KeyUnit::SkillId => Threshold::Word(value_node.identifier()?),
    };
    Ok(Condition {
        key_idx,
        unit,
        operator,
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
pub(super) fn doubt(node: &Node<'_>, condition: &Condition, config: &Config) -> Option<String> {
    let Threshold::Number(threshold) = condition.threshold else {
        return None;
    };
    let (value_max, reason) = match (condition.unit, config.parameters.history_size) {
        (KeyUnit::Count, Some(size)) => (size.get() as f64, format!("history_size is {size}")),
        (KeyUnit::Percent, _) => (100.0, "rates lie in 0..100".to_owned()),
        _ => (f64::INFINITY, "it starts from 0".to_owned()),
    };
    let key = config.collector.keys()[condition.key_idx].name;
    let operator = condition.operator.name();
    condition.is_hopeless(threshold, value_max).then(|| {
        format!(
            "{}: {key} {operator} {threshold} can never take effect: {reason}",
            node.path()
        )
    })
}

/// Says so when two conditions of a rule exclude each other.
pub(super) fn contradiction(node: &Node<'_>, rule: &Rule, config: &Config) -> Option<String> {
    for (position, condition) in rule.conditions.iter().enumerate() {
        let later = &rule.conditions[position + 1..];
        let same_key = later
            .iter()
            .filter(|other| other.key_idx == condition.key_idx);
        for other in same_key {
            if !can_hold_together(condition, other) {
                let key = config.collector.keys()[condition.key_idx].name;
                return Some(format!(
                    "{}: two conditions on {key} exclude each other, so the rule can never take effect",
                    node.path()
                ));
            }
        }
    }
    None
}

fn can_hold_together(one: &Condition, other: &Condition) -> bool {
    let (Threshold::Number(first), Threshold::Number(second)) = (&one.threshold, &other.threshold)
    else {
        return one.threshold == other.threshold;
    };
    // Where two conditions can hold at all, they do at a threshold, beside one, or between the two.
    let between = first.midpoint(*second);
    let (step, between) = match one.unit {
        KeyUnit::Count => (1.0, between.floor()),
        _ => (1e-6, between),
    };
    [*first, *second, between]
        .into_iter()
        .flat_map(|value| [value - step, value, value + step])
        .any(|value| one.operator.holds(value, *first) && other.operator.holds(value, *second))
}
