//! Runs every case below `tests/models`: given tables, a model, the rows that must come out, the model's checks.
//!
//! `BLESS=1` rewrites every `expect.csv` that differs. It knows no model: `sql` and the cases do.

mod comparison;
mod typed_csv;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crowdrank::testing::{self, ModelCheck};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::{ParamValues, ScalarValue, TableReference};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;

use crate::binary::{package, text};
use crate::shop::files_below;
use comparison::{columns_like, difference, sorted};
use typed_csv::Fallible;

/// One folder `tests/models/<stage>/<model>/<case>`.
#[derive(Debug)]
struct Case {
    /// Such as `4_comparisons/pairs`.
    model: String,
    folder: PathBuf,
}

/// Rows of a batch of a given table: few, so that small tables are cut like large ones.
const ROWS_PER_BATCH: usize = 2;

/// What the checks of one case did.
#[derive(Debug, Default)]
struct CheckResults {
    /// The sentences of checks that could be run on the tables of the case.
    run: Vec<String>,
    /// The checks that found rows, and the rows.
    failed: Vec<(ModelCheck, String)>,
}

#[tokio::test]
async fn every_case_gives_what_it_expects() {
    let mut offences = Vec::new();
    let mut sentences_run: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for case in cases() {
        match case.run().await {
            Ok(run) => sentences_run.entry(case.model).or_default().extend(run),
            // Of the checks of a failed case nothing is known; they may be named below, too.
            Err(problem) => offences.push(format!("{}:\n{problem}", case.folder.display())),
        }
    }
    let no_sentences = BTreeSet::new();
    for model in models() {
        let run = sentences_run.get(&model).unwrap_or(&no_sentences);
        for check in checks_of(&model).expect("readable checks") {
            if !run.contains(&check.sentence) {
                offences.push(format!("{model}: no case runs \"{}\"", check.sentence));
            }
        }
    }
    assert!(offences.is_empty(), "\n{}", offences.join("\n\n"));
}

#[test]
fn every_model_has_a_case_and_every_case_a_model() {
    let with_case: BTreeSet<String> = cases().into_iter().map(|case| case.model).collect();
    let models: BTreeSet<String> = models().into_iter().collect();
    let without_other: Vec<&String> = with_case.symmetric_difference(&models).collect();
    assert!(without_other.is_empty(), "{without_other:?}");
}

/// Every model: `4_comparisons/pairs`.
fn models() -> Vec<String> {
    let folder = package().join("sql");
    let paths = files_below(&folder);
    let names = paths.iter().filter_map(|path| {
        let relative = text(path.strip_prefix(&folder).ok()?).to_owned();
        let name = relative.strip_suffix(".sql")?;
        // Audits look at stored files: `audits` plants a defect for each.
        if name.starts_with("8_audits/") {
            return None;
        }
        name.strip_suffix(".check")
            .is_none()
            .then(|| name.to_owned())
    });
    names.collect()
}

/// Every folder with a `given` inside, in the order of their names.
fn cases() -> Vec<Case> {
    let root = package().join("tests/models");
    let files = files_below(&root);
    let folders: BTreeSet<&Path> = files
        .iter()
        .filter_map(|file| file.ancestors().find(|folder| folder.ends_with("given")))
        .filter_map(Path::parent)
        .collect();
    let case = |folder: &Path| {
        let relative = folder.strip_prefix(&root).expect("below the cases");
        let (model, _) = text(relative).rsplit_once('/').expect("stage/model/case");
        Case {
            model: model.to_owned(),
            folder: folder.to_path_buf(),
        }
    };
    folders.into_iter().map(case).collect()
}

fn model_text(model: &str, extension: &str) -> Fallible<String> {
    let path = package().join("sql").join(format!("{model}.{extension}"));
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn checks_of(model: &str) -> Fallible<Vec<ModelCheck>> {
    Ok(testing::checks(&model_text(model, "check.sql")?, model)?)
}

/// What `src/pipeline.rs` says of models that a run computes shard by shard, in one partition each.
const SHARD_BY_SHARD: [&str; 3] = [", PerShard)", ", Redealt)", ", ViewOfShard)"];

/// Whether a run computes the model shard by shard.
fn is_per_shard(model: &str) -> Fallible<bool> {
    let pipeline = std::fs::read_to_string(package().join("src/pipeline.rs"))?;
    let line = pipeline
        .lines()
        .find(|line| line.contains(&format!("\"{model}\"")));
    let line = line.ok_or_else(|| format!("src/pipeline.rs has no line for {model}"))?;
    Ok(SHARD_BY_SHARD.iter().any(|kept| line.contains(kept)))
}

async fn cut_into(session: &SessionContext, n_partitions: usize) -> Fallible<()> {
    let sql = format!("set datafusion.execution.target_partitions = {n_partitions}");
    session.sql(&sql).await?;
    Ok(())
}

impl Case {
    /// The sentences of the checks that were run, or what is wrong.
    async fn run(&self) -> Fallible<Vec<String>> {
        let session = testing::session()?;
        self.register_given(&session).await?;
        let parameters = self.parameters()?;
        let sql = model_text(&self.model, "sql")?;
        let n_partitions = session.copied_config().target_partitions();
        if is_per_shard(&self.model)? {
            cut_into(&session, 1).await?;
        }
        let actual = table_of(&session, &sql, &parameters).await?;
        cut_into(&session, n_partitions).await?;
        let is_ordered = sql
            .rsplit("\n)")
            .next()
            .is_some_and(|tail| tail.contains("order by"));
        self.compare(&actual, is_ordered)?;
        let (stage, table) = self.model.split_once('/').ok_or("stage/model")?;
        let schema = stage.split_once('_').ok_or("number_stage")?.1;
        register(&session, schema, table, actual).await?;
        let results = self.run_checks(&session, &parameters).await?;
        self.judge_checks(&results)?;
        Ok(results.run)
    }

    async fn register_given(&self, session: &SessionContext) -> Fallible<()> {
        for path in files_below(&self.folder.join("given")) {
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(name) = name.and_then(|name| name.strip_suffix(".csv")) else {
                continue;
            };
            let (schema, table) = name
                .split_once('.')
                .ok_or_else(|| format!("{name}: not <schema>.<table>"))?;
            let rows = typed_csv::read(&std::fs::read_to_string(&path)?)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            register(session, schema, table, rows).await?;
        }
        Ok(())
    }

    /// The defaults, with what `given/parameters.json` says instead.
    fn parameters(&self) -> Fallible<ParamValues> {
        let mut values = default_parameters();
        let path = self.folder.join("given/parameters.json");
        if path.exists() {
            let overrides: BTreeMap<String, serde_json::Value> =
                serde_json::from_str(&std::fs::read_to_string(&path)?)?;
            for (name, value) in overrides {
                let known = values
                    .get_mut(name.as_str())
                    .ok_or_else(|| format!("there is no parameter {name}"))?;
                let value = match value {
                    serde_json::Value::String(text) => text,
                    other => other.to_string(),
                };
                *known = ScalarValue::try_from_string(value, &known.data_type())?;
            }
        }
        Ok(ParamValues::from(values))
    }

    /// Holds the columns of `expect.csv` against the same columns of `actual`.
    fn compare(&self, actual: &RecordBatch, is_ordered: bool) -> Fallible<()> {
        let path = self.folder.join("expect.csv");
        let expected = std::fs::read_to_string(&path).ok();
        let expected = expected.map(|text| typed_csv::read(&text)).transpose()?;
        let chosen = match &expected {
            Some(expected) => columns_like(actual, expected)?,
            None => actual.clone(),
        };
        let in_order = |table: RecordBatch| {
            if is_ordered {
                Ok(table)
            } else {
                sorted(&table)
            }
        };
        let found = in_order(chosen)?;
        let difference = match expected {
            Some(expected) => difference(&in_order(expected)?, &found)?,
            None => Some("expect.csv is missing; write it, or say BLESS=1".to_owned()),
        };
        let is_blessed = std::env::var_os("BLESS").is_some_and(|value| value == "1");
        match difference {
            None => Ok(()),
            Some(_) if is_blessed => Ok(std::fs::write(&path, typed_csv::write(&found)?)?),
            Some(difference) => Err(difference.into()),
        }
    }

    async fn run_checks(
        &self,
        session: &SessionContext,
        parameters: &ParamValues,
    ) -> Fallible<CheckResults> {
        let mut results = CheckResults::default();
        for check in checks_of(&self.model)? {
            let rows = match table_of(session, &check.sql, parameters).await {
                Ok(rows) => rows,
                // A case need not give the tables that only a check reads; some other case must.
                Err(error) if is_missing_table(&error.to_string()) => continue,
                Err(error) => return Err(format!("\"{}\": {error}", check.sentence).into()),
            };
            results.run.push(check.sentence.clone());
            if rows.num_rows() > 0 {
                let shown = pretty_format_batches(&[rows])?.to_string();
                results.failed.push((check, shown));
            }
        }
        Ok(results)
    }

    /// The check that `expect_check_failure.txt` quotes found rows, and no other fatal one.
    fn judge_checks(&self, results: &CheckResults) -> Fallible<()> {
        let expected = std::fs::read_to_string(self.folder.join("expect_check_failure.txt")).ok();
        let expected = expected.as_deref().map(str::trim);
        let is_expected =
            |check: &ModelCheck| expected.is_some_and(|part| check.sentence.contains(part));
        for (check, rows) in &results.failed {
            if check.is_fatal && !is_expected(check) {
                return Err(format!("the check \"{}\" found\n{rows}", check.sentence).into());
            }
        }
        match expected {
            Some(part) if !results.failed.iter().any(|(check, _)| is_expected(check)) => {
                Err(format!("no check failed; expected \"{part}\"").into())
            }
            _ => Ok(()),
        }
    }
}

/// 2026-12-01T00:00:00Z.
const AS_OF_US: i64 = 1_796_083_200_000_000;

/// A value for every `$parameter` of the models: those of an empty configuration, and rules that need every event.
fn default_parameters() -> HashMap<&'static str, ScalarValue> {
    let text = |value: &str| ScalarValue::Utf8(Some(value.to_owned()));
    let flag = |value: bool| ScalarValue::Boolean(Some(value));
    let number = |value: f64| ScalarValue::Float64(Some(value));
    let as_of = ScalarValue::TimestampMicrosecond(Some(AS_OF_US), Some("UTC".into()));
    let majority_options = format!(r#"{{"min_overlap": 0, "ends_at_us": {AS_OF_US}}}"#);
    HashMap::from([
        ("as_of", as_of),
        ("kind", text("side_by_side")),
        ("label_options", text("")),
        ("has_review_events", flag(false)),
        ("rules", text("{}")),
        ("mode", text("replay")),
        ("in_flight", text("counted")),
        ("compensation", text("once")),
        ("blocked_answers", text("excluded")),
        ("majority_options", text(&majority_options)),
        ("needs_captchas", flag(true)),
        ("needs_reviews", flag(true)),
        ("needs_majorities", flag(true)),
        ("needs_suites", flag(true)),
        ("banned_answers", text("drop_before_ban")),
        ("worker_share_max", number(1.0)),
        ("skill_sources", text("golden")),
        ("minimum_skill", number(0.0)),
        ("weight", text("log_odds")),
        ("method", text("bradley_terry")),
        ("ranking_options", text("prior=0.5 tolerance=1e-6")),
        ("fit_options", text("prior=0.5 tolerance=1e-6")),
        ("position_bias", text("auto")),
        ("is_prior_found", flag(false)),
        ("worker_model", text("none")),
        ("own_answer", text("counted")),
        ("split_salt", text("crowdrank")),
        ("train_end", ScalarValue::Int64(Some(8000))),
        ("validation_end", ScalarValue::Int64(Some(9000))),
        ("labels", text("quantile")),
        ("group_by", text("query")),
        ("features", text("[]")),
        ("prompt", text("{title}")),
        ("completion", text("{title}")),
        ("publish_worker_ids", flag(false)),
        ("label_method", text("majority")),
        ("label_json", text(r#"["left", "right", "tie"]"#)),
        (
            "overlap_json",
            text(
                r#"{"options": ["a", "b"], "min_confidence": 0, "min_overlap": 1, "max_overlap": 5}"#,
            ),
        ),
        (
            "model_json",
            text(r#"{"options": ["left", "right", "tie"], "form": "full"}"#),
        ),
        ("min_confidence", number(0.0)),
        ("prior_weight", number(0.0)),
    ])
}

async fn register(
    session: &SessionContext,
    schema: &str,
    table: &str,
    rows: RecordBatch,
) -> Fallible<()> {
    session
        .sql(&format!("create schema if not exists \"{schema}\""))
        .await?;
    let batches = (0..rows.num_rows())
        .step_by(ROWS_PER_BATCH)
        .map(|start| rows.slice(start, ROWS_PER_BATCH.min(rows.num_rows() - start)))
        .collect();
    let provider = MemTable::try_new(rows.schema(), vec![batches])?;
    session.register_table(TableReference::partial(schema, table), Arc::new(provider))?;
    Ok(())
}

/// The rows of a query as one batch.
async fn table_of(
    session: &SessionContext,
    sql: &str,
    parameters: &ParamValues,
) -> Fallible<RecordBatch> {
    let frame = session.sql(sql).await?;
    let frame = frame.with_param_values(parameters.clone())?;
    let schema = Arc::clone(frame.schema().inner());
    let batches = frame.collect().await?;
    let schema = batches.first().map_or(schema, RecordBatch::schema);
    Ok(concat_batches(&schema, &batches)?)
}

fn is_missing_table(problem: &str) -> bool {
    problem.contains("table '") && problem.contains("' not found")
}
