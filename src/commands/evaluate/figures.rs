//! The figures of an evaluation, as a table or as JSON.
//!
//! It computes none of them.

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::job::Job;
use crate::ranking::{
    Agreement, Estimate, Evaluation, EvaluationReport, EvaluationSettings, HeldOut, Recommendation,
};
use crate::report;

/// What is printed.
pub(super) struct Figures<'a> {
    job: &'a Job,
    compared: &'a EvaluationReport,
    recommended: Recommendation,
    settings: &'a EvaluationSettings,
}

impl<'a> Figures<'a> {
    pub(super) fn new(
        job: &'a Job,
        compared: &'a EvaluationReport,
        recommended: Recommendation,
        settings: &'a EvaluationSettings,
    ) -> Self {
        Self {
            job,
            compared,
            recommended,
            settings,
        }
    }

    pub(super) fn print(&self, as_json: bool) -> Result<()> {
        if as_json {
            let text = serde_json::to_string_pretty(&self.json())
                .map_err(|error| Error::Bug(format!("the figures are not JSON: {error}")))?;
            report::line(&text);
        } else {
            for line in self.lines() {
                report::line(&line);
            }
        }
        Ok(())
    }

    fn lines(&self) -> Vec<String> {
        let compared = self.compared;
        let mut lines = vec![
            format!("as of {}", self.job.as_of),
            format!(
                "{} queries; fitted to {} answers, held out {} ({} about an item that no other answer knows)",
                compared.n_groups, compared.n_training, compared.n_held_out, compared.n_unseen
            ),
            String::new(),
        ];
        let mut heading = format!(
            "{:<22}{:>24}{:>24}{:>13}",
            "method", "log loss", "accuracy", "calibration"
        );
        let has_truth = compared
            .evaluations
            .iter()
            .any(|one| one.agreement.is_some());
        if has_truth {
            heading.push_str(&format!(
                "{:>24}{:>24}{:>24}",
                "Kendall's tau-b",
                format!("NDCG@{}", self.settings.ndcg_at),
                "best one first"
            ));
        }
        lines.push(heading);
        lines.extend(compared.evaluations.iter().map(line));
        lines.push(String::new());
        lines.push(match &self.recommended.name {
            Some(name) => format!("recommended: {name}; {}", self.recommended.reason),
            None => format!("no recommendation: {}", self.recommended.reason),
        });
        lines
    }

    fn json(&self) -> Value {
        let compared = self.compared;
        json!({
            "as_of": self.job.as_of,
            "n_queries": compared.n_groups,
            "n_training": compared.n_training,
            "n_held_out": compared.n_held_out,
            "n_unseen": compared.n_unseen,
            "held_out_share": self.settings.held_out_share,
            "seed": self.settings.salt,
            "n_bootstrap": self.settings.n_bootstrap,
            "ndcg_at": self.settings.ndcg_at,
            "methods": compared.evaluations.iter().map(method_json).collect::<Vec<_>>(),
            "recommended": self.recommended.name,
            "reason": self.recommended.reason,
        })
    }
}

fn line(evaluation: &Evaluation) -> String {
    let mut text = format!("{:<22}", evaluation.name);
    if let Some(held_out) = &evaluation.held_out {
        text.push_str(&format!(
            "{:>24}{:>24}{:>13.4}",
            estimate(&held_out.log_loss),
            estimate(&held_out.accuracy),
            held_out.calibration_error
        ));
    }
    if let Some(agreement) = &evaluation.agreement {
        for value in [&agreement.kendall_tau, &agreement.ndcg, &agreement.top_1] {
            text.push_str(&format!("{:>24}", estimate(value)));
        }
    }
    text.trim_end().to_owned()
}

/// `0.6021 [0.5987, 0.6056]`.
fn estimate(estimate: &Estimate) -> String {
    match &estimate.interval {
        Some(interval) => format!(
            "{:.4} [{:.4}, {:.4}]",
            estimate.value, interval.low, interval.high
        ),
        None => format!("{:.4}", estimate.value),
    }
}

fn estimate_json(estimate: &Estimate) -> Value {
    json!({
        "value": estimate.value,
        "low": estimate.interval.map(|interval| interval.low),
        "high": estimate.interval.map(|interval| interval.high),
    })
}

fn method_json(evaluation: &Evaluation) -> Value {
    json!({
        "method": evaluation.name,
        "is_baseline": evaluation.is_coin,
        "held_out": evaluation.held_out.as_ref().map(held_out_json),
        "truth": evaluation.agreement.as_ref().map(agreement_json),
    })
}

fn held_out_json(held_out: &HeldOut) -> Value {
    let bins: Vec<Value> = held_out
        .calibration
        .iter()
        .map(|bin| {
            json!({
                "n_answers": bin.n_answers,
                "weight": bin.weight,
                "expected_share": bin.expected_share,
                "observed_share": bin.observed_share,
            })
        })
        .collect();
    json!({
        "log_loss": estimate_json(&held_out.log_loss),
        "log_loss_difference": estimate_json(&held_out.loss_difference),
        "accuracy": estimate_json(&held_out.accuracy),
        "accuracy_difference": estimate_json(&held_out.accuracy_difference),
        "calibration_error": held_out.calibration_error,
        "calibration": bins,
        "slope": held_out.slope,
    })
}

fn agreement_json(agreement: &Agreement) -> Value {
    json!({
        "n_queries": agreement.n_groups,
        "kendall_tau": estimate_json(&agreement.kendall_tau),
        "kendall_tau_difference": estimate_json(&agreement.tau_difference),
        "ndcg": estimate_json(&agreement.ndcg),
        "top_1": estimate_json(&agreement.top_1),
    })
}
