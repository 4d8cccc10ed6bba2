//! The values that the SQL calls by name: the as-of time, thresholds, rules, and choices of the configuration.
//!
//! The models' text never changes with them.

use std::collections::HashMap;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::TimestampMicrosecondType;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::prelude::SessionContext;
use serde_json::{Map, Value, json};

use crate::config::{Config, RateUnit};
use crate::error::{Error, Result};
use crate::manifest::AsOf;
use crate::quality::{ReplayOptions, Rules};
use crate::runner::step_error;

/// Every `$parameter` of the models.
pub(super) fn bind(config: &Config, as_of: AsOf, rules_json: &str) -> ParamValues {
    let (train_end, validation_end) = config.training.split_bounds();
    let ranking_options = format!(
        "prior={} tolerance={}",
        config.ranking.prior.weight(),
        config.ranking.tolerance
    );
    let text = |value: &str| ScalarValue::Utf8(Some(value.to_owned()));
    let instant =
        ScalarValue::TimestampMicrosecond(Some(as_of.0.timestamp_micros()), Some("UTC".into()));
    let values = HashMap::from([
        ("as_of", instant),
        ("rules", text(rules_json)),
        ("banned_answers", text(config.quality.banned_answers.name())),
        (
            "minimum_skill",
            ScalarValue::Float64(Some(config.skills.minimum_skill)),
        ),
        ("weight", text(config.skills.weight.name())),
        ("method", text(&config.ranking.method)),
        ("ranking_options", text(&ranking_options)),
        ("split_salt", text(&config.training.split_salt)),
        ("train_end", ScalarValue::Int64(Some(train_end))),
        ("validation_end", ScalarValue::Int64(Some(validation_end))),
        ("labels", text(config.training.labels.name())),
        ("prompt", text(&config.training.prompt)),
        ("completion", text(&config.training.completion)),
        (
            "publish_worker_ids",
            ScalarValue::Boolean(Some(config.output.publish_worker_ids)),
        ),
    ]);
    ParamValues::from(values)
}

/// The start of the year 2200 in microseconds.
const LATEST_TIME_US_MAX: i64 = 7_258_118_400_000_000;

/// The latest time of any event in the responses: the default as-of time, never the clock.
pub(super) async fn latest_event(session: &SessionContext) -> Result<AsOf> {
    let sql = "select max(greatest(created_at, submitted_at, accepted_at, rejected_at, skipped_at, expired_at)) as latest from source.responses";
    let rows = collect(session, sql).await?;
    let latest = rows
        .iter()
        .filter(|batch| batch.num_rows() > 0)
        .filter_map(|batch| {
            batch
                .column(0)
                .as_primitive_opt::<TimestampMicrosecondType>()
        })
        .flat_map(|column| column.iter().flatten())
        .max();
    let Some(latest) = latest else {
        return Err(Error::Missing {
            location: "inputs.responses".to_owned(),
            problem:
                "there is no answer in the given files and dates; check the urls, --from and --to"
                    .to_owned(),
        });
    };
    // Beyond a day in the year 2200 it is no time but damage, or another unit.
    chrono::DateTime::from_timestamp_micros(latest)
        .filter(|_| (0..LATEST_TIME_US_MAX).contains(&latest))
        .map(AsOf)
        .ok_or_else(|| Error::Corrupt {
            location: "inputs.responses".to_owned(),
            problem: format!(
                "a time lies {latest} microseconds after 1970; the column is damaged or counts in another unit: map it by an expression such as to_timestamp_millis(created)"
            ),
        })
}

/// The rules file and the pools' own rules as one document for the replay, and what looks wrong in them.
pub(super) async fn rules_json(
    config: &Config,
    session: &SessionContext,
) -> Result<(String, Vec<String>)> {
    let options = ReplayOptions {
        rate_unit: match config.quality.rate_unit {
            RateUnit::Percent => crate::quality::RateUnit::Percent,
            RateUnit::Fraction => crate::quality::RateUnit::Fraction,
        },
        ..ReplayOptions::default()
    };
    let mut document = Map::new();
    let mut warnings = Vec::new();
    let mut parse = |origin: &str, text: &str| -> Result<Value> {
        let (_, found) = Rules::parse(text, options)
            .map_err(|error| Error::Usage(format!("{origin}: {error}")))?;
        warnings.extend(
            found
                .into_iter()
                .map(|warning| format!("{origin}: {warning}")),
        );
        serde_json::from_str(text).map_err(|error| Error::Usage(format!("{origin}: {error}")))
    };
    if let Some(file) = &config.quality.rules {
        let path = config.folder.join(file);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Error::Usage(format!(
                "quality.rules: cannot read {}: {error}",
                path.display()
            ))
        })?;
        document.insert(
            "rules".to_owned(),
            parse(&path.display().to_string(), &text)?,
        );
    }
    let sql = "select pool_id, quality_control from source.pools where quality_control is not null order by pool_id";
    let mut pools = Map::new();
    for batch in collect(session, sql).await? {
        let (ids, rules) = (
            batch.column(0).as_string::<i32>(),
            batch.column(1).as_string::<i32>(),
        );
        for (pool_id, text) in ids.iter().zip(rules.iter()) {
            let (Some(pool_id), Some(text)) = (pool_id, text) else {
                continue;
            };
            let origin = format!("pools.quality_control of pool {pool_id}");
            pools.insert(pool_id.to_owned(), parse(&origin, text)?);
        }
    }
    document.insert("pools".to_owned(), Value::Object(pools));
    let rate_unit = match config.quality.rate_unit {
        RateUnit::Percent => "percent",
        RateUnit::Fraction => "fraction",
    };
    document.insert("options".to_owned(), json!({ "rate_unit": rate_unit }));
    Ok((Value::Object(document).to_string(), warnings))
}

async fn collect(session: &SessionContext, sql: &str) -> Result<Vec<RecordBatch>> {
    let frame = session
        .sql(sql)
        .await
        .map_err(|error| step_error("the inputs", error))?;
    frame
        .collect()
        .await
        .map_err(|error| step_error("the inputs", error))
}
