//! What a snapshot says of itself to people: its README and its report.
//!
//! Both are made from the run's own tables; they hold no host facts and no clock.

use std::fmt::Write;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::fits::Fits;
use crate::config::{Config, ProjectKind};
use crate::error::Result;
use crate::manifest::{AsOf, LedgerLine};
use crate::runner::{Runner, step_error};

/// Figures of one run.
#[derive(Debug, Default)]
pub(super) struct Summary {
    n_queries: i64,
    n_items: i64,
    n_votes: i64,
    n_workers: i64,
    labels: Vec<Vec<String>>,
    agreement: Vec<Vec<String>>,
    relabel: Vec<Vec<String>>,
    splits: Vec<Vec<String>>,
    bans: Vec<Vec<String>>,
    /// How the rankings ended.
    pub(super) fits: Fits,
}

/// Counts what is published.
pub(super) async fn summarise(runner: &Runner) -> Result<Summary> {
    let count = async |sql: &str| -> Result<i64> {
        let rows = rows(runner, sql).await?;
        Ok(rows
            .first()
            .filter(|batch| batch.num_rows() > 0)
            .and_then(|batch| batch.column(0).as_primitive_opt::<Int64Type>())
            .map_or(0, |column| column.value(0)))
    };
    Ok(Summary {
        labels: texts(runner, "select label, count(*), round(avg(confidence), 3) from labels.labels group by label order by label").await?,
        agreement: texts(runner, "select project_id, round(krippendorff_alpha, 3), n_answers from labels.agreement order by project_id").await?,
        relabel: texts(runner, "select reason, count(*), sum(extra_overlap), round(sum(extra_cost_usd), 2) from publish.relabel group by reason order by reason").await?,
        n_queries: count("select count(*) from training.splits").await?,
        n_items: count("select count(*) from training.pointwise").await?,
        n_votes: count("select count(*) from comparisons.votes left semi join training.splits on votes.query_id = splits.query_id").await?,
        n_workers: count("select count(distinct worker_id) from skills.workers where n_votes > 0").await?,
        splits: texts(runner, "select split, count(*), sum(n_items) from training.splits group by split order by split").await?,
        bans: texts(
            runner,
            "select rule, source, scope, count(*) from quality.bans group by rule, source, scope order by source desc, rule, scope",
        )
        .await?,
        fits: Fits::read(runner).await?,
    })
}

async fn rows(runner: &Runner, sql: &str) -> Result<Vec<RecordBatch>> {
    let frame = runner.frame("the report", sql, &[]).await?;
    let rows = frame.collect().await;
    rows.map_err(|error| step_error("the report", error))
}

async fn texts(runner: &Runner, sql: &str) -> Result<Vec<Vec<String>>> {
    let mut lines = Vec::new();
    let options = FormatOptions::default();
    for batch in rows(runner, sql).await? {
        let formatters = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options))
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|error| step_error("the report", error.into()))?;
        for row_idx in 0..batch.num_rows() {
            lines.push(
                formatters
                    .iter()
                    .map(|f| f.value(row_idx).to_string())
                    .collect(),
            );
        }
    }
    Ok(lines)
}

/// The snapshot's README.md.
pub(super) fn readme(
    config: &Config,
    as_of: AsOf,
    summary: &Summary,
    ledger: &[LedgerLine],
) -> String {
    match config.project.kind {
        ProjectKind::SideBySide => ranking_readme(config, as_of, summary, ledger),
        ProjectKind::Classification => label_readme(config, as_of, summary, ledger),
    }
}

fn label_readme(config: &Config, as_of: AsOf, summary: &Summary, ledger: &[LedgerLine]) -> String {
    let mut text = format!(
        "# Labels as of {as_of}\n\nLabels of tasks by {} workers. Method: {}.\n\n\
         | label | tasks | mean confidence |\n|---|---|---|\n",
        summary.n_workers,
        config.labels.method.name(),
    );
    for line in &summary.labels {
        text.push_str(&markdown_row(line));
    }
    text.push_str("\n| project | Krippendorff's alpha | answers |\n|---|---|---|\n");
    for line in &summary.agreement {
        text.push_str(&markdown_row(line));
    }
    push_ledger(&mut text, ledger);
    text.push_str(
        "\n`labels` has one row per task, `relabel` the tasks that want more answers.\n\n\
         ```python\nimport pyarrow.dataset as ds\nlabels = ds.dataset(\"labels\").to_table()\n```\n\n\
         `manifest.json` lists every file with its rows and SHA-256; `sha256sum -c SHA256SUMS` checks them.\n",
    );
    text
}

fn push_ledger(text: &mut String, ledger: &[LedgerLine]) {
    text.push_str("\n| stage | rows in | rows out | dropped |\n|---|---|---|---|\n");
    for line in ledger {
        text.push_str(&markdown_row(&ledger_cells(line)));
    }
}

fn ranking_readme(
    config: &Config,
    as_of: AsOf,
    summary: &Summary,
    ledger: &[LedgerLine],
) -> String {
    let mut text = format!(
        "# Ranked candidates as of {as_of}\n\n\
         {} queries with {} ranked candidates, from {} answers of {} workers. Method: {}, prior {}; labels: {}.\n\n\
         | split | queries | candidates |\n|---|---|---|\n",
        summary.n_queries,
        summary.n_items,
        summary.n_votes,
        summary.n_workers,
        config.ranking.method,
        config.ranking.prior_in_words(),
        config.training.labels.name(),
    );
    for line in &summary.splits {
        text.push_str(&markdown_row(line));
    }
    push_ledger(&mut text, ledger);
    text.push_str(
        "\nRows of a query are contiguous and stand in an order that tells nothing of their labels. \
         `pointwise`, `pairs` and `lists` hold the same queries in the same splits.\n\n\
         ```python\nimport pyarrow.dataset as ds\ntrain = ds.dataset(\"pointwise/train\").to_table()\n```\n\n\
         `manifest.json` lists every file with its rows and SHA-256; `sha256sum -c SHA256SUMS` checks them.\n",
    );
    text
}

fn markdown_row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn ledger_cells(line: &LedgerLine) -> Vec<String> {
    let dropped: Vec<String> = line
        .dropped
        .iter()
        .map(|(reason, n_rows)| format!("{reason} {n_rows}"))
        .collect();
    vec![
        line.stage.clone(),
        line.rows_in.to_string(),
        line.rows_out.to_string(),
        dropped.join(", "),
    ]
}

/// The snapshot's report.html: one page without scripts or links to elsewhere.
pub(super) fn report_html(
    as_of: AsOf,
    summary: &Summary,
    ledger: &[LedgerLine],
    warnings: &[String],
) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>crowdrank report</title><style>\
         body{font:15px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#222}\
         table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{padding:.25rem .8rem;border-bottom:1px solid #ddd;text-align:left}\
         h1{font-size:1.5rem}h2{font-size:1.1rem;margin-bottom:.2rem}</style></head><body>",
    );
    page.push_str(&figures(as_of, summary));
    let ledger_rows: Vec<Vec<String>> = ledger.iter().map(ledger_cells).collect();
    let warning_rows: Vec<Vec<String>> = warnings.iter().map(|w| vec![w.clone()]).collect();
    let mut table = |title: &str, headings: &[&str], rows: &[Vec<String>]| {
        html_table(&mut page, title, headings, rows);
    };
    table(
        "What became of every answer",
        &["stage", "rows in", "rows out", "dropped"],
        &ledger_rows,
    );
    if summary.n_queries > 0 {
        table(
            "Splits",
            &["split", "queries", "candidates"],
            &summary.splits,
        );
        table(
            "Favour of the left side",
            &[
                "share of left, %",
                "z",
                "in log strength",
                "standard error",
                "in the scores",
            ],
            &[summary.fits.side_in_words()],
        );
    } else {
        table(
            "Labels",
            &["label", "tasks", "mean confidence"],
            &summary.labels,
        );
        table(
            "Agreement of workers",
            &["project", "Krippendorff's alpha", "answers"],
            &summary.agreement,
        );
    }
    table("Bans", &["rule", "source", "scope", "bans"], &summary.bans);
    table(
        "To answer again",
        &["reason", "tasks", "answers", "US dollars"],
        &summary.relabel,
    );
    table("Warnings", &["warning"], &warning_rows);
    page.push_str("</body></html>\n");
    page
}

fn figures(as_of: AsOf, summary: &Summary) -> String {
    if summary.n_queries == 0 {
        return format!(
            "<h1>Labels as of {as_of}</h1><p>{} labels in use, by {} workers.</p>",
            summary.labels.len(),
            summary.n_workers
        );
    }
    format!(
        "<h1>Ranked candidates as of {as_of}</h1><p>{} queries, {} candidates, {} answers of {} workers; {} rankings did not converge.</p>",
        summary.n_queries,
        summary.n_items,
        summary.n_votes,
        summary.n_workers,
        summary.fits.n_not_converged
    )
}

fn html_table(page: &mut String, title: &str, headings: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() {
        // Writing to a string cannot fail.
        let _written = write!(page, "<h2>{title}</h2><p>none</p>");
        return;
    }
    let cells = |tag: &str, texts: &mut dyn Iterator<Item = String>| -> String {
        let marked: Vec<String> = texts
            .map(|text| format!("<{tag}>{}</{tag}>", escaped(&text)))
            .collect();
        marked.concat()
    };
    let heading = cells("th", &mut headings.iter().map(|h| (*h).to_owned()));
    let body: Vec<String> = rows
        .iter()
        .map(|row| format!("<tr>{}</tr>", cells("td", &mut row.iter().cloned())))
        .collect();
    let body = body.concat();
    // Writing to a string cannot fail.
    let _written = write!(
        page,
        "<h2>{title}</h2><table><tr>{heading}</tr>{body}</table>"
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
