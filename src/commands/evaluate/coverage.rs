//! `evaluate --coverage`: how often the 95 % intervals hold the truth, on simulated answers that obey the model.
//!
//! The simulation is `ranking::coverage`'s.

use serde_json::{Value, json};

use crate::args::EvaluateArguments;
use crate::error::Result;
use crate::ranking::{CoverageRow, CoverageSettings, simulate_coverage};
use crate::report;

/// Groups of each kind: an observed share of 95 % is then known to about half a percent.
const N_GROUPS: usize = 400;

const MEANING: &str = "
answers: independent, or each given twice by its worker (repeated). truths: where true scores come from; a prior that
counts makes an interval one about scores drawn from that prior. errors: curvature (the default), by_worker
(ranking.errors), curvature_about_mean (against the group's mean instead of score 0), or diagonal, which other programs
use and which is too narrow where the graph is sparse.";

pub(super) fn run(arguments: &EvaluateArguments) -> Result<()> {
    let settings = CoverageSettings {
        seed: arguments.seed,
        n_groups: N_GROUPS,
    };
    let rows = simulate_coverage(&settings);
    if arguments.json {
        let rows: Vec<Value> = rows.iter().map(as_json).collect();
        return report::json(&rows);
    }
    report::line(&format!(
        "{:<16}{:>6}{:>9}  {:<13}{:<14}{:<20}{:<21}{:>10}{:>12}{:>11}",
        "graph",
        "items",
        "answers",
        "answers are",
        "truths",
        "estimator",
        "errors",
        "covered %",
        "of ranks %",
        "intervals"
    ));
    for row in &rows {
        report::line(&line(row));
    }
    report::line(MEANING);
    Ok(())
}

fn line(row: &CoverageRow) -> String {
    let percent = |share: Option<f64>| {
        share.map_or_else(
            || "none".to_owned(),
            |share| format!("{:.1}", 100.0 * share),
        )
    };
    format!(
        "{:<16}{:>6}{:>9}  {:<13}{:<14}{:<20}{:<21}{:>10}{:>12}{:>11}",
        row.graph,
        row.n_items,
        row.n_answers,
        row.answers,
        row.truths,
        row.estimator,
        row.errors,
        percent(row.covered_share),
        percent(row.rank_covered_share),
        row.n_intervals
    )
}

fn as_json(row: &CoverageRow) -> Value {
    json!({
        "graph": row.graph,
        "n_items": row.n_items,
        "n_answers": row.n_answers,
        "answers": row.answers,
        "truths": row.truths,
        "estimator": row.estimator,
        "errors": row.errors,
        "covered_share": row.covered_share,
        "rank_covered_share": row.rank_covered_share,
        "n_intervals": row.n_intervals,
    })
}
