//! The platform's pools as JSON, as the table `pools`.
//!
//! It does not read their rules: `check` does.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{Float64Builder, Int32Builder, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use serde_json::Value;

use super::json_stream::{IsCutOff, read_objects};
use super::page::{Place, corrupt};
use super::row_writer::{RowWriter, WrittenTable};
use super::toloka_json::text_of;
use crate::error::Result;

#[derive(Default)]
struct PoolRows {
    pool_id: StringBuilder,
    project_id: StringBuilder,
    kind: StringBuilder,
    default_overlap: Int32Builder,
    reward_usd: Float64Builder,
    filter: StringBuilder,
    quality_control: StringBuilder,
}

/// Writes the pools in `file`; there are few, so all are gathered.
pub(super) fn write(file: &Path, directory: &Path) -> Result<WrittenTable> {
    let mut pools = PoolRows::default();
    let is_cut_off = read_objects(file, &mut |number, pool| {
        let pushed = pools.push(&pool);
        pushed.map_err(|problem| corrupt(file, Place::Pool(number), &problem))
    })?;
    if is_cut_off == IsCutOff::Yes {
        tracing::warn!(
            "{} says has_more: pools are missing, fetch the next page of the answer too",
            file.display()
        );
    }
    let text = |name, is_nullable| Field::new(name, DataType::Utf8, is_nullable);
    let schema = Schema::new(vec![
        text("pool_id", false),
        text("project_id", true),
        text("type", true),
        Field::new("default_overlap", DataType::Int32, true),
        Field::new("reward_usd", DataType::Float64, true),
        text("filter", true),
        text("quality_control", true),
    ]);
    let mut rows = RowWriter::create(directory, "pools", schema)?;
    rows.write(vec![
        Arc::new(pools.pool_id.finish()),
        Arc::new(pools.project_id.finish()),
        Arc::new(pools.kind.finish()),
        Arc::new(pools.default_overlap.finish()),
        Arc::new(pools.reward_usd.finish()),
        Arc::new(pools.filter.finish()),
        Arc::new(pools.quality_control.finish()),
    ])?;
    rows.finish()
}

impl PoolRows {
    fn push(&mut self, pool: &Value) -> std::result::Result<(), String> {
        let id = text_of(&pool["id"]).ok_or("id: expected a value, found none")?;
        self.pool_id.append_value(id);
        self.project_id.append_option(text_of(&pool["project_id"]));
        self.kind
            .append_option(text_of(&pool["type"]).map(|kind| kind.to_uppercase()));
        self.default_overlap.append_option(default_overlap(pool)?);
        self.reward_usd
            .append_option(reward_usd(&pool["reward_per_assignment"])?);
        self.filter.append_option(text_of(&pool["filter"]));
        self.quality_control
            .append_option(text_of(&pool["quality_control"]));
        Ok(())
    }
}

/// Answers wanted per task: tasks on pages of their own, else pages as a whole.
fn default_overlap(pool: &Value) -> std::result::Result<Option<i32>, String> {
    let defaults = &pool["defaults"];
    let names = [
        "default_overlap_for_new_tasks",
        "default_overlap_for_new_task_suites",
    ];
    let Some(name) = names.into_iter().find(|name| !defaults[*name].is_null()) else {
        return Ok(None);
    };
    let overlap = defaults[name].as_i64().and_then(|n| i32::try_from(n).ok());
    overlap.map(Some).ok_or_else(|| {
        format!(
            "defaults.{name}: expected a whole number, found {}",
            defaults[name]
        )
    })
}

fn reward_usd(value: &Value) -> std::result::Result<Option<f64>, String> {
    let Some(text) = text_of(value) else {
        return Ok(None);
    };
    let reward = text.trim().parse::<f64>().ok();
    let finite = reward.filter(|reward| reward.is_finite());
    finite
        .map(Some)
        .ok_or_else(|| format!("reward_per_assignment: expected a number, found {value}"))
}
