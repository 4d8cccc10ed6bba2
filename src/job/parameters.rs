//! The values that the SQL calls by name: the as-of time, thresholds, rules, and choices of the configuration.
//!
//! The models' text never changes with them.

use std::collections::HashMap;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::TimestampMicrosecondType;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::prelude::SessionContext;
use serde_json::{Map, Value, json};

use crate::config::{Config, LabelMethod, ProjectKind, WeightRule};
use crate::error::{Error, Result};
use crate::features::Features;
use crate::manifest::AsOf;
use crate::pipeline::FIT_OPTIONS;
use crate::quality::RuleBook;
use crate::runner::step_error;

/// Every `$parameter` of the models.
pub(super) fn bind(
    config: &Config,
    as_of: AsOf,
    rules: &RunRules,
    features: &Features,
) -> ParamValues {
    let (train_end, validation_end) = config.training.split_bounds();
    let text = |value: &str| ScalarValue::Utf8(Some(value.to_owned()));
    let flag = |value: bool| ScalarValue::Boolean(Some(value));
    let instant =
        ScalarValue::TimestampMicrosecond(Some(as_of.0.timestamp_micros()), Some("UTC".into()));
    let values = HashMap::from([
        ("as_of", instant),
        ("kind", text(config.project.kind.name())),
        ("banned_answers", text(config.quality.banned_answers.name())),
        (
            "worker_share_max",
            ScalarValue::Float64(Some(config.quality.worker_share_max)),
        ),
        (
            "minimum_skill",
            ScalarValue::Float64(Some(config.skills.minimum_skill)),
        ),
        (
            "skill_sources",
            text(&config.skills.source.names().join("\n")),
        ),
        ("split_salt", text(&config.training.split_salt)),
        ("train_end", ScalarValue::Int64(Some(train_end))),
        ("validation_end", ScalarValue::Int64(Some(validation_end))),
        ("labels", text(config.training.labels.name())),
        ("group_by", text(config.training.group_by.name())),
        ("features", text(&json!(features).to_string())),
        ("prompt", text(&config.training.prompt)),
        ("completion", text(&config.training.completion)),
        ("publish_worker_ids", flag(config.output.publish_worker_ids)),
        (
            "has_review_events",
            flag(!config.inputs.review_events.urls.is_empty()),
        ),
    ]);
    let mut values: HashMap<String, ScalarValue> = values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    values.extend(ranking_parameters(config));
    values.extend(label_parameters(config));
    values.extend(rules.parameters(as_of));
    ParamValues::from(values)
}

/// What makes scores of answers.
fn ranking_parameters(config: &Config) -> HashMap<String, ScalarValue> {
    let text = |value: &str| ScalarValue::Utf8(Some(value.to_owned()));
    let ranking = &config.ranking;
    let is_weighed_by_model = config.skills.weight == WeightRule::Model;
    // A worker model weighs the workers, whatever the skills say.
    let worker_model = ranking
        .worker_model()
        .or(is_weighed_by_model.then_some(WORKER_MODEL));
    let weight = worker_model.map_or(config.skills.weight, |_| WeightRule::Model);
    [
        ("weight", text(weight.name())),
        ("worker_model", text(worker_model.unwrap_or(NO_MODEL))),
        ("own_answer", text(config.skills.own_answer.name())),
        ("method", text(ranking.fit_method())),
        ("position_bias", text(ranking.position_bias_sought().name())),
        (
            "is_prior_found",
            ScalarValue::Boolean(Some(ranking.is_prior_found())),
        ),
        ("ranking_options", text(&ranking.options())),
        // Until all queries were heard.
        (FIT_OPTIONS.parameter, text(&ranking.options())),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// The model that weighs workers where only "by a model" was asked for.
const WORKER_MODEL: &str = "noisy_bradley_terry";

/// Where none does.
const NO_MODEL: &str = "none";

/// What makes labels of answers; a project of another kind has none, and its models read no row.
fn label_parameters(config: &Config) -> HashMap<String, ScalarValue> {
    let text = |value: &str| ScalarValue::Utf8(Some(value.to_owned()));
    let number = |value: f64| ScalarValue::Float64(Some(value));
    let label_options = match config.project.kind {
        ProjectKind::SideBySide => ["left", "right", "tie"].map(str::to_owned).to_vec(),
        ProjectKind::Classification => config.labels.options.clone(),
    };
    let overlap_options = json!({
        "options": label_options,
        "min_confidence": config.labels.min_confidence,
        "min_overlap": config.labels.min_overlap,
        "max_overlap": config.labels.max_overlap,
    });
    let form = match config.labels.method {
        LabelMethod::OneCoin => "one_coin",
        _ => "full",
    };
    let model_options = json!({ "options": label_options, "form": form });
    [
        ("label_options", text(&label_options.join("\n"))),
        ("label_method", text(config.labels.method.name())),
        ("label_json", text(&json!(label_options).to_string())),
        ("overlap_json", text(&overlap_options.to_string())),
        ("model_json", text(&model_options.to_string())),
        ("min_confidence", number(config.labels.min_confidence)),
        ("prior_weight", number(config.labels.prior_weight)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
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

/// The rules of a run, as the replay reads them.
#[derive(Debug)]
pub(super) struct RunRules {
    /// What `quality::RuleBook` reads.
    pub(super) json: String,
    /// What looks like a mistake.
    pub(super) warnings: Vec<String>,
    options: Value,
    /// What it read.
    pub(super) book: RuleBook,
}

impl RunRules {
    /// The rules file, and the rules and filters that pools bring with them.
    ///
    /// # Errors
    /// [`Error::Usage`] with the file or pool and the path inside its JSON.
    pub(super) async fn read(config: &Config, session: &SessionContext) -> Result<Self> {
        let mut document = Map::new();
        if let Some(file) = &config.quality.rules {
            let path = config.folder.join(file);
            let text = std::fs::read_to_string(&path).map_err(|error| {
                Error::Usage(format!(
                    "quality.rules: cannot read {}: {error}",
                    path.display()
                ))
            })?;
            let rules = parse_json(&path.display().to_string(), &text)?;
            document.insert("rules".to_owned(), rules);
        }
        for (key, column) in [("pools", "quality_control"), ("filters", "filter")] {
            let of_pools = pool_documents(session, column).await?;
            document.insert(key.to_owned(), Value::Object(of_pools));
        }
        let options = serde_json::to_value(config.quality.replay_options())
            .map_err(|error| Error::Bug(format!("options are not JSON: {error}")))?;
        document.insert("options".to_owned(), options.clone());
        let json = Value::Object(document).to_string();
        let (book, warnings) = RuleBook::parse(&json)?;
        Ok(Self {
            json,
            warnings,
            options,
            book,
        })
    }

    fn parameters(&self, as_of: AsOf) -> HashMap<String, ScalarValue> {
        let needs = self.book.needs();
        let options = self.book.options;
        let text = |value: String| ScalarValue::Utf8(Some(value));
        let flag = |value: bool| ScalarValue::Boolean(Some(value));
        let majority_options = json!({
            "min_overlap": options.majority_min_overlap,
            "ends_at_us": as_of.0.timestamp_micros(),
        });
        [
            ("rules", text(self.json.clone())),
            ("needs_captchas", flag(needs.captchas)),
            ("needs_reviews", flag(needs.reviews)),
            ("needs_majorities", flag(needs.majorities)),
            ("needs_suites", flag(needs.suites)),
            ("majority_options", text(majority_options.to_string())),
            ("mode", self.word("mode")),
            ("in_flight", self.word("in_flight")),
            ("blocked_answers", self.word("blocked_answers")),
            ("compensation", self.word("compensation")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// The word of an option, as the configuration spells it.
    fn word(&self, option: &str) -> ScalarValue {
        ScalarValue::Utf8(self.options[option].as_str().map(str::to_owned))
    }
}

fn parse_json(origin: &str, text: &str) -> Result<Value> {
    serde_json::from_str(text)
        .map_err(|error| Error::Usage(format!("{origin}: not valid JSON: {error}")))
}

/// A column of JSON of the pools, by pool.
async fn pool_documents(session: &SessionContext, column: &str) -> Result<Map<String, Value>> {
    let sql = format!(
        "select pool_id, {column} from source.pools where trim({column}) <> '' order by pool_id"
    );
    let mut documents = Map::new();
    for batch in collect(session, &sql).await? {
        let (ids, texts) = (
            batch.column(0).as_string::<i32>(),
            batch.column(1).as_string::<i32>(),
        );
        for (pool_id, text) in ids.iter().zip(texts.iter()) {
            let (Some(pool_id), Some(text)) = (pool_id, text) else {
                continue;
            };
            let origin = format!("pools.{column} of pool {pool_id}");
            let document = parse_json(&origin, text)?;
            if !document.is_null() {
                documents.insert(pool_id.to_owned(), document);
            }
        }
    }
    Ok(documents)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::ReplayOptions;

    #[test]
    fn every_option_that_sql_reads_has_a_word() {
        let rules = RunRules {
            json: String::new(),
            warnings: Vec::new(),
            options: serde_json::to_value(ReplayOptions::default()).unwrap(),
            book: RuleBook::default(),
        };
        let parameters = rules.parameters(AsOf(chrono::DateTime::UNIX_EPOCH));
        let without_value: Vec<&String> = parameters
            .keys()
            .filter(|name| parameters[*name].is_null())
            .collect();
        assert!(without_value.is_empty(), "{without_value:?}");
    }
}
