//! The section `[audits]`: how far a snapshot may differ, and where the operator's own audits are.
//!
//! What is compared is the audits' to say.

use serde::{Deserialize, Serialize};

/// Limits of the audits before a commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audits {
    /// A relative change against the snapshots before that warns.
    pub drift_warn: f64,
    /// One that stops the run.
    pub drift_stop: f64,
    /// How far NDCG@5 of a constant scorer in file order may lie from that of a random order.
    pub order_tolerance: f64,
    /// The folder of the operator's audits, `*.sql`; a relative path starts at the configuration's folder.
    /// None: `audits`, where it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

impl Default for Audits {
    fn default() -> Self {
        Self {
            drift_warn: 0.25,
            drift_stop: 0.6,
            order_tolerance: 0.03,
            folder: None,
        }
    }
}

impl Audits {
    pub(super) fn problem(&self) -> Option<String> {
        let numbers = [
            ("drift_warn", self.drift_warn),
            ("drift_stop", self.drift_stop),
            ("order_tolerance", self.order_tolerance),
        ];
        let is_wrong = |number: &f64| !number.is_finite() || *number < 0.0;
        if let Some((name, number)) = numbers.iter().find(|(_, number)| is_wrong(number)) {
            return Some(format!(
                "audits.{name}: {number} is not a share such as 0.25"
            ));
        }
        (self.drift_stop < self.drift_warn).then(|| {
            format!(
                "audits.drift_stop: {} is below audits.drift_warn, {}",
                self.drift_stop, self.drift_warn
            )
        })
    }
}
