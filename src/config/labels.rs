//! The section `[labels]`: how several answers about a task become one label.
//!
//! The methods themselves are `crate::labels`'s.

use serde::{Deserialize, Serialize};

use super::sections::ProjectKind;

/// How several answers about a task become one label, in a classification project.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LabelRules {
    pub method: LabelMethod,
    /// Every label that workers may choose.
    pub options: Vec<String>,
    /// A label less sure than this (0..=1), by the skills behind it, wants more answers; 0: none does.
    pub min_confidence: f64,
    /// Answers before which nothing is sure.
    pub min_overlap: u16,
    /// Answers after which no more are asked for.
    pub max_overlap: u16,
    /// Answers that the last snapshot's skill of a worker counts for in a model; 0: it does not.
    pub prior_weight: f64,
}

impl Default for LabelRules {
    fn default() -> Self {
        Self {
            method: LabelMethod::Majority,
            options: Vec::new(),
            min_confidence: 0.0,
            min_overlap: 1,
            max_overlap: 5,
            prior_weight: 0.0,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelMethod {
    Majority,
    BySkill,
    DawidSkene,
    OneCoin,
}

impl LabelMethod {
    /// The spelling in the configuration and in SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Majority => "majority",
            Self::BySkill => "by_skill",
            Self::DawidSkene => "dawid_skene",
            Self::OneCoin => "one_coin",
        }
    }
}

impl LabelRules {
    pub(super) fn problem(&self, kind: ProjectKind) -> Option<String> {
        if kind == ProjectKind::Classification && self.options.is_empty() {
            return Some(
                "labels.options is empty: list every label that workers may choose, such as options = [\"ok\", \"bad\"]".to_owned(),
            );
        }
        let mut sorted = self.options.clone();
        sorted.sort_unstable();
        let twice = sorted.windows(2).find(|pair| pair[0] == pair[1]);
        if let Some([label, ..]) = twice {
            return Some(format!("labels.options lists \"{label}\" twice"));
        }
        if sorted
            .iter()
            .any(|label| label.trim() != label || label.is_empty() || label.contains('\n'))
        {
            return Some(
                "labels.options: a label is empty, has blanks around it, or several lines"
                    .to_owned(),
            );
        }
        if !(0.0..=1.0).contains(&self.min_confidence) {
            return Some(format!(
                "labels.min_confidence: {} is not within 0..1",
                self.min_confidence
            ));
        }
        if self.min_overlap < 1 || self.max_overlap < self.min_overlap {
            return Some(format!(
                "labels: min_overlap {} and max_overlap {} must be at least 1, in this order",
                self.min_overlap, self.max_overlap
            ));
        }
        (!(self.prior_weight >= 0.0 && self.prior_weight.is_finite())).then(|| {
            format!(
                "labels.prior_weight: {} is not a number >= 0",
                self.prior_weight
            )
        })
    }
}
