//! Who may work in a pool: the platform's filter over skills, read from its JSON.
//!
//! Conditions on a worker's profile or device cannot be judged from a log: they are said to be, and taken as met.

use super::json::Node;
use super::rules::Operator;
use crate::error::{Error, Result};

/// A condition on the worker's skills.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Every part holds.
    All(Vec<Filter>),
    /// Some part holds.
    Any(Vec<Filter>),
    /// A skill compared with a value.
    Skill {
        /// The skill.
        skill_id: String,
        /// The comparison; a missing skill meets none.
        operator: Operator,
        /// Its value.
        value: f64,
    },
    /// The worker has no such skill.
    Missing(String),
    /// The worker has such a skill.
    Present(String),
    /// Something that the log does not tell.
    Unknowable,
}

impl Filter {
    /// Reads the platform's JSON, and lists what cannot be judged.
    ///
    /// # Errors
    /// [`Error::Usage`] with the path inside the JSON.
    pub fn parse(text: &str) -> Result<(Self, Vec<String>)> {
        let document: serde_json::Value = serde_json::from_str(text)
            .map_err(|source| Error::Usage(format!("the filter is not valid JSON: {source}")))?;
        let mut warnings = Vec::new();
        let filter = parse_part(&Node::root(&document), &mut warnings)?;
        Ok((filter, warnings))
    }

    /// Whether a worker whose skills are these may work.
    pub fn admits(&self, skill: &impl Fn(&str) -> Option<f64>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.admits(skill)),
            // An empty list asks for nothing.
            Self::Any(parts) => parts.is_empty() || parts.iter().any(|part| part.admits(skill)),
            Self::Skill {
                skill_id,
                operator,
                value,
            } => skill(skill_id).is_some_and(|found| operator.holds(found, *value)),
            Self::Missing(skill_id) => skill(skill_id).is_none(),
            Self::Present(skill_id) => skill(skill_id).is_some(),
            Self::Unknowable => true,
        }
    }

    /// Whether it looks at that skill.
    pub fn mentions(&self, wanted: &str) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.mentions(wanted)),
            Self::Skill { skill_id, .. } | Self::Missing(skill_id) | Self::Present(skill_id) => {
                skill_id == wanted
            }
            Self::Unknowable => false,
        }
    }
}

fn parse_part(node: &Node<'_>, warnings: &mut Vec<String>) -> Result<Filter> {
    let keys = node.keys()?;
    if keys.is_empty() {
        return Ok(Filter::All(Vec::new()));
    }
    if keys == ["and"] {
        return Ok(Filter::All(parse_parts(&node.required("and")?, warnings)?));
    }
    if keys == ["or"] {
        return Ok(Filter::Any(parse_parts(&node.required("or")?, warnings)?));
    }
    parse_condition(node, warnings)
}

fn parse_parts(node: &Node<'_>, warnings: &mut Vec<String>) -> Result<Vec<Filter>> {
    let mut parts = Vec::new();
    for item in node.items()? {
        parts.push(parse_part(&item, warnings)?);
    }
    Ok(parts)
}

fn parse_condition(node: &Node<'_>, warnings: &mut Vec<String>) -> Result<Filter> {
    node.only(&["category", "key", "operator", "value"])?;
    let category = node.required("category")?;
    let categories = ["skill", "profile", "computed"];
    if category.position_in("category", &categories)? != 0 {
        warnings.push(format!(
            "{}: a log does not tell a worker's {}, so the condition is taken as met",
            node.path(),
            category.text()?
        ));
        return Ok(Filter::Unknowable);
    }
    let skill_id = node.required("key")?.identifier()?;
    let operator_node = node.required("operator")?;
    let operator = Operator::parse(&operator_node)?;
    match (node.optional("value"), operator) {
        (Some(value), _) => Ok(Filter::Skill {
            skill_id,
            operator,
            value: value.number()?,
        }),
        (None, Operator::Eq) => Ok(Filter::Missing(skill_id)),
        (None, Operator::Ne) => Ok(Filter::Present(skill_id)),
        (None, _) => Err(operator_node.error(
            "a condition without a value asks whether the worker has the skill: EQ has not, NE has",
        )),
    }
}
