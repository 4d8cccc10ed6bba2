//! What two manifests say differently: settings, inputs, ledgers; and the counts beside each other.
//!
//! File names and hashes are not compared: the rows are, elsewhere.

use std::collections::BTreeMap;

use datafusion::prelude::SessionContext;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::STEP;
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::runner::{step_error, typed};

/// A setting that differs.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) before: Value,
    pub(super) after: Value,
}

/// A number of rows on both sides.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Count {
    /// The column or the stage that is counted.
    pub(super) what: String,
    pub(super) value: String,
    pub(super) n_before: u64,
    pub(super) n_after: u64,
}

/// Every setting that differs, by name.
pub(super) fn changed_settings(before: &Manifest, after: &Manifest) -> Result<Vec<Setting>> {
    let (mut before, mut after) = (settings(before)?, settings(after)?);
    let names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    let names: std::collections::BTreeSet<String> = names.into_iter().collect();
    let side = |settings: &mut BTreeMap<String, Value>, name: &str| {
        settings.remove(name).unwrap_or(Value::Null)
    };
    let mut changed: Vec<Setting> = names
        .into_iter()
        .map(|name| Setting {
            before: side(&mut before, &name),
            after: side(&mut after, &name),
            name,
        })
        .collect();
    changed.retain(|setting| setting.before != setting.after);
    Ok(changed)
}

fn settings(manifest: &Manifest) -> Result<BTreeMap<String, Value>> {
    let mut settings = BTreeMap::from([
        ("as_of".to_owned(), json!(manifest.as_of)),
        ("binary_version".to_owned(), json!(manifest.binary_version)),
        ("config_sha256".to_owned(), json!(manifest.config_sha256)),
        ("sql_sha256".to_owned(), json!(manifest.sql_sha256)),
        ("features".to_owned(), json!(manifest.features)),
    ]);
    let ranking = serde_json::to_value(&manifest.ranking)
        .map_err(|error| Error::Bug(format!("the ranking is not JSON: {error}")))?;
    for (name, value) in ranking.as_object().into_iter().flatten() {
        match value {
            Value::Object(parameters) => {
                for (parameter, value) in parameters {
                    settings.insert(format!("ranking.{name}.{parameter}"), value.clone());
                }
            }
            value => {
                settings.insert(format!("ranking.{name}"), value.clone());
            }
        }
    }
    settings.extend(inputs(manifest));
    Ok(settings)
}

/// Files, rows, bytes and versions of each input table.
fn inputs(manifest: &Manifest) -> BTreeMap<String, Value> {
    let mut inputs: BTreeMap<String, Value> = BTreeMap::new();
    let tables = manifest.inputs.iter().map(|input| input.table.as_str());
    for table in tables.collect::<std::collections::BTreeSet<_>>() {
        let of_table = || manifest.inputs.iter().filter(|input| input.table == table);
        let versions: Vec<String> = of_table()
            .map(|input| format!("{} {} {:?}", input.url, input.bytes, input.etag))
            .collect();
        let fingerprint = crate::manifest::sha256_hex(versions.join("\n").as_bytes());
        let figures = json!({
            "files": of_table().count(),
            "rows": of_table().map(|input| input.rows).sum::<u64>(),
            "bytes": of_table().map(|input| input.bytes).sum::<u64>(),
            // Two files of the same size and rows may still be others.
            "versions": fingerprint[..12],
        });
        inputs.insert(format!("inputs.{table}"), figures);
    }
    inputs
}

/// The ledgers beside each other.
pub(super) fn ledger_counts(before: &Manifest, after: &Manifest) -> Vec<Count> {
    let mut counts: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    let mut order: Vec<(String, String)> = Vec::new();
    let mut add = |stage: &str, value: String, n_before: u64, n_after: u64| {
        let key = (format!("ledger.{stage}"), value);
        let count = counts.entry(key.clone()).or_insert_with(|| {
            order.push(key);
            (0, 0)
        });
        count.0 += n_before;
        count.1 += n_after;
    };
    for (manifest, [in_before, in_after]) in [(before, [1, 0]), (after, [0, 1])] {
        for line in &manifest.ledger {
            let rows = [("rows_in", line.rows_in), ("rows_out", line.rows_out)];
            let rows = rows.map(|(value, n_rows)| (value.to_owned(), n_rows));
            let dropped = line.dropped.iter();
            let dropped = dropped.map(|(reason, n_rows)| (format!("dropped {reason}"), *n_rows));
            for (value, n_rows) in rows.into_iter().chain(dropped) {
                add(&line.stage, value, n_rows * in_before, n_rows * in_after);
            }
        }
    }
    let count = |key: (String, String)| {
        let (n_before, n_after) = counts[&key];
        Count {
            what: key.0,
            value: key.1,
            n_before,
            n_after,
        }
    };
    order.into_iter().map(count).collect()
}

/// Rows by label and by ban rule.
pub(super) async fn row_counts(session: &SessionContext) -> Result<Vec<Count>> {
    let failed = |error| step_error(STEP, error);
    let frame = session
        .sql(include_str!("counts.sql"))
        .await
        .map_err(failed)?;
    let rows = frame.collect().await.map_err(failed)?;
    typed(STEP, &rows)
}
