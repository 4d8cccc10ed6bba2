//! The named statistics of a collector after one event.
//!
//! It computes none: histories do.

use std::fmt;

/// The most statistics that one collector has.
pub const KEYS_MAX: usize = 6;

/// One statistic of a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The name in a condition.
    pub name: &'static str,
    /// What its values are.
    pub unit: KeyUnit,
}

impl Key {
    pub(super) const fn count(name: &'static str) -> Self {
        let unit = KeyUnit::Count;
        Self { name, unit }
    }

    pub(super) const fn percent(name: &'static str) -> Self {
        let unit = KeyUnit::Percent;
        Self { name, unit }
    }
}

/// What the values of a statistic are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUnit {
    /// Whole events of the window, so never more than `history_size`.
    Count,
    /// 0..=100, not rounded.
    Percent,
    /// US dollars.
    Usd,
    /// True or false.
    Flag,
    /// One of these words; compared for being the same only.
    Word(&'static [&'static str]),
    /// The identifier of a skill; compared for being the same only.
    SkillId,
}

/// The value of a statistic.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A rate over no events, or an identifier that the event does not have.
    Unknown,
    /// A count, a percentage, an amount, or 0 and 1 for a flag.
    Number(f64),
    /// A word of the collector.
    Word(&'static str),
    /// An identifier.
    Id(Box<str>),
}

impl Value {
    /// A number where there is one.
    pub(super) fn of(number: Option<f64>) -> Self {
        number.map_or(Self::Unknown, Self::Number)
    }

    /// The value of a whole number of events.
    pub(super) fn count(n_events: usize) -> Self {
        Self::Number(n_events as f64)
    }

    /// The number, where it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Unknown | Self::Word(_) | Self::Id(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Word(word) => formatter.write_str(word),
            Self::Id(id) => formatter.write_str(id),
        }
    }
}

/// The statistics of one rule after one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    keys: &'static [Key],
    values: [Value; KEYS_MAX],
}

impl Statistics {
    /// Pairs `keys` with `values` by position; the rest of the keys is unknown.
    pub fn new<const N: usize>(keys: &'static [Key], values: [Value; N]) -> Self {
        let mut known = [const { Value::Unknown }; KEYS_MAX];
        for (place, value) in known.iter_mut().zip(values) {
            *place = value;
        }
        let values = known;
        Self { keys, values }
    }

    /// The value of the statistic of that name, where it is a number.
    pub fn get(&self, name: &str) -> Option<f64> {
        let key_idx = self.keys.iter().position(|key| key.name == name)?;
        self.values[key_idx].number()
    }

    /// Name and value, in the collector's order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> + '_ {
        self.keys.iter().map(|key| key.name).zip(&self.values)
    }

    pub(super) fn at(&self, key_idx: usize) -> &Value {
        &self.values[key_idx]
    }
}

/// `total_answers_count=4 correct_answers_rate=25 …`; what is unknown is left out.
impl fmt::Display for Statistics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.iter().filter(|(_, value)| **value != Value::Unknown);
        for (position, (name, value)) in known.enumerate() {
            let separator = if position == 0 { "" } else { " " };
            write!(formatter, "{separator}{name}={value}")?;
        }
        Ok(())
    }
}
