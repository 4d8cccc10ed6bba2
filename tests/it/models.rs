//! Runs every case below `tests/models`: given tables, a model, the rows that must come out, the model's checks.
//!
//! `BLESS=1` rewrites every `expect.csv` that differs. It knows no model: `sql` and the cases do.

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
use typed_csv::{Cell, Fallible};

/// Doubles that differ by less, relative to the larger of 1 and the expected one, are equal.
const DOUBLE_TOLERANCE: f64 = 1e-9;
/// The same for 32-bit numbers, which carry seven digits.
const FLOAT_TOLERANCE: f64 = 1e-6;

/// One folder `tests/models/<stage>/<model>/<case>`.
#[derive(Debug)]
struct Case {
    /// Such as `4_comparisons/pairs`.
    model: String,
    folder: PathBuf,
}

/// What the checks of one case did.
#[derive(Debug, Default)]
struct CheckResults {
    /// The sentences of checks that could be run on the tables of the case.
    run: Vec<String>,
    /// The sentences of fatal checks that found rows, and the rows.
    failed: Vec<(String, String)>,
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
            if check.is_fatal && !run.contains(&check.sentence) {
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
        (!name.ends_with(".check")).then(|| name.to_owned())
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

impl Case {
    /// The sentences of the checks that were run, or what is wrong.
    async fn run(&self) -> Fallible<Vec<String>> {
        let session = testing::session()?;
        self.register_given(&session).await?;
        let parameters = self.parameters()?;
        let sql = model_text(&self.model, "sql")?;
        let actual = table_of(&session, &sql, &parameters).await?;
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
            if check.is_fatal && rows.num_rows() > 0 {
                let shown = pretty_format_batches(&[rows])?.to_string();
                results.failed.push((check.sentence.clone(), shown));
            }
            results.run.push(check.sentence);
        }
        Ok(results)
    }

    /// No fatal check fails, but the one that `expect_check_failure.txt` quotes.
    fn judge_checks(&self, results: &CheckResults) -> Fallible<()> {
        let expected = std::fs::read_to_string(self.folder.join("expect_check_failure.txt")).ok();
        let is_expected = |sentence: &str| {
            let part = expected.as_deref().map(str::trim);
            part.is_some_and(|part| sentence.contains(part))
        };
        for (sentence, rows) in &results.failed {
            if !is_expected(sentence) {
                return Err(format!("the check \"{sentence}\" found\n{rows}").into());
            }
        }
        match expected {
            Some(part) if results.failed.is_empty() => {
                Err(format!("no check failed; expected \"{}\"", part.trim()).into())
            }
            _ => Ok(()),
        }
    }
}

/// A value for every `$parameter` of the models, as an empty configuration has them.
fn default_parameters() -> HashMap<&'static str, ScalarValue> {
    let text = |value: &str| ScalarValue::Utf8(Some(value.to_owned()));
    // 2026-12-01T00:00:00Z.
    let as_of_us = 1_796_083_200_000_000;
    let as_of = ScalarValue::TimestampMicrosecond(Some(as_of_us), Some("UTC".into()));
    HashMap::from([
        ("as_of", as_of),
        ("rules", text("{}")),
        ("banned_answers", text("drop_before_ban")),
        ("minimum_skill", ScalarValue::Float64(Some(0.0))),
        ("weight", text("log_odds")),
        ("method", text("bradley_terry")),
        ("ranking_options", text("prior=0.5 tolerance=1e-6")),
        ("split_salt", text("crowdrank")),
        ("train_end", ScalarValue::Int64(Some(8000))),
        ("validation_end", ScalarValue::Int64(Some(9000))),
        ("labels", text("quantile")),
        ("prompt", text("{title}")),
        ("completion", text("{title}")),
        ("publish_worker_ids", ScalarValue::Boolean(Some(false))),
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
    let provider = MemTable::try_new(rows.schema(), vec![vec![rows]])?;
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

/// The columns of `table` that `pattern` has, in its order.
fn columns_like(table: &RecordBatch, pattern: &RecordBatch) -> Fallible<RecordBatch> {
    let schema = table.schema();
    let places = pattern
        .schema()
        .fields()
        .iter()
        .map(|field| schema.index_of(field.name()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(table.project(&places)?)
}

/// The rows in the order of their cells; numbers that are only nearly equal come last.
fn sorted(table: &RecordBatch) -> Fallible<RecordBatch> {
    let columns: Vec<Vec<Cell>> = table
        .columns()
        .iter()
        .map(typed_csv::cells)
        .collect::<Fallible<_>>()?;
    let schema = table.schema();
    let (exact, inexact): (Vec<usize>, Vec<usize>) =
        (0..columns.len()).partition(|&idx| tolerance(schema.field(idx)).is_none());
    let key = |row_idx: &usize| -> Vec<Cell> {
        let in_order = exact.iter().chain(&inexact);
        in_order
            .map(|&idx| columns[idx][*row_idx].clone())
            .collect()
    };
    let mut order: Vec<usize> = (0..table.num_rows()).collect();
    order.sort_by_cached_key(key);
    let rows: Vec<RecordBatch> = order
        .iter()
        .map(|&row_idx| table.slice(row_idx, 1))
        .collect();
    Ok(concat_batches(&schema, &rows)?)
}

/// How far apart equal values of a column may be; none where it holds no broken numbers.
fn tolerance(field: &datafusion::arrow::datatypes::Field) -> Option<f64> {
    match typed_csv::name_of(field.data_type()).as_str() {
        "double" | "list<double>" => Some(DOUBLE_TOLERANCE),
        "float" | "list<float>" => Some(FLOAT_TOLERANCE),
        _ => None,
    }
}

/// What differs between tables of the same columns, in words; nothing where they agree.
fn difference(expected: &RecordBatch, found: &RecordBatch) -> Fallible<Option<String>> {
    let schema = expected.schema();
    for (wanted, field) in schema.fields().iter().zip(found.schema().fields()) {
        let [wanted_type, found_type] =
            [wanted, field].map(|field| typed_csv::name_of(field.data_type()));
        if wanted_type != found_type {
            let name = wanted.name();
            return Ok(Some(format!(
                "{name}: expected {wanted_type}, found {found_type}"
            )));
        }
    }
    let mut is_equal = expected.num_rows() == found.num_rows();
    for (column_idx, field) in schema.fields().iter().enumerate() {
        let expected_cells = typed_csv::cells(expected.column(column_idx))?;
        let found_cells = typed_csv::cells(found.column(column_idx))?;
        let tolerance = tolerance(field);
        let mut pairs = expected_cells.iter().zip(&found_cells);
        is_equal &=
            pairs.all(|(wanted, cell)| is_same(wanted.as_deref(), cell.as_deref(), tolerance));
    }
    if is_equal {
        return Ok(None);
    }
    let [expected, found] = [typed_csv::write(expected)?, typed_csv::write(found)?];
    Ok(Some(format!("--- expected\n{expected}--- found\n{found}")))
}

fn is_same(expected: Option<&str>, found: Option<&str>, tolerance: Option<f64>) -> bool {
    let (Some(expected), Some(found), Some(tolerance)) = (expected, found, tolerance) else {
        return expected == found;
    };
    let numbers = |cell: &str| -> Vec<Option<f64>> {
        cell.split('|').map(|number| number.parse().ok()).collect()
    };
    let (expected, found) = (numbers(expected), numbers(found));
    let is_near = |(wanted, number): (&Option<f64>, &Option<f64>)| match (wanted, number) {
        (Some(wanted), Some(number)) => {
            (wanted - number).abs() <= tolerance * wanted.abs().max(1.0)
        }
        _ => false,
    };
    expected.len() == found.len() && expected.iter().zip(&found).all(is_near)
}
