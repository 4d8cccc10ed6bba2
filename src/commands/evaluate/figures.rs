//! The figures of an evaluation, as a table or as JSON.
//!
//! It computes none of them.

use serde_json::{Value, json};

use crate::error::Result;
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
            return report::json(&self.json());
        }
        for line in self.lines() {
            report::line(&line);
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
        let mut heading = vec![
            format!("{:<22}", "method"),
            format!("{:>24}", "log loss"),
            format!("{:>24}", "calibrated log loss"),
            format!("{:>24}", "accuracy"),
            format!("{:>13}", "calibration"),
        ];
        let has_truth = compared
            .evaluations
            .iter()
            .any(|one| one.agreement.is_some());
        if has_truth {
            let ndcg = format!("NDCG@{}", self.settings.ndcg_at);
            let of_truth = ["Kendall's tau-b", ndcg.as_str(), "best one first"];
            heading.extend(of_truth.map(|name| format!("{name:>24}")));
        }
        lines.push(heading.concat());
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
    let mut cells = vec![format!("{:<22}", evaluation.name)];
    if let Some(held_out) = &evaluation.held_out {
        for value in [
            &held_out.log_loss,
            &held_out.calibrated_loss,
            &held_out.accuracy,
        ] {
            cells.push(format!("{:>24}", estimate(value)));
        }
        cells.push(format!("{:>13.4}", held_out.calibration_error));
    }
    if let Some(agreement) = &evaluation.agreement {
        for value in [&agreement.kendall_tau, &agreement.ndcg, &agreement.top_1] {
            cells.push(format!("{:>24}", estimate(value)));
        }
    }
    cells.concat().trim_end().to_owned()
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
        "calibrated_log_loss": estimate_json(&held_out.calibrated_loss),
        "calibrated_log_loss_difference": estimate_json(&held_out.calibrated_difference),
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
