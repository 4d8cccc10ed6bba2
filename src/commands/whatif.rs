//! `whatif`: several rule sets replayed on one log, side by side. Nothing is published, nothing kept.
//!
//! What is counted stands in `whatif/*.sql`, how it is shown in `whatif/columns.rs`.

mod columns;
mod figures;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::args::WhatifArguments;
use crate::commands::look::job_of;
use crate::config::{Config, ProjectKind};
use crate::error::Result;
use crate::job::{Job, RuleSet};
use crate::manifest::AsOf;
use crate::pipeline::{MODELS, Model};
use crate::report;
use crate::runner::{Progress, Runner};

use columns::columns;
use figures::Figures;

/// The word that stands for no rule at all.
const NO_RULES: &str = "none";

/// What is printed as JSON.
#[derive(Debug, Serialize)]
struct Comparison {
    as_of: AsOf,
    kind: &'static str,
    rule_sets: Vec<Figures>,
}

pub(super) async fn run(arguments: &WhatifArguments) -> Result<()> {
    let mut config = Config::load(&arguments.config.config, &arguments.config.settings)?;
    // The files on the command line stand in its place.
    config.quality.rules = None;
    let job = job_of(config, arguments.as_of.as_deref()).await?;
    let rule_sets = read_rule_sets(&job, &arguments.rules).await?;
    let comparison = Comparison {
        as_of: job.as_of,
        kind: job.config.project.kind.name(),
        rule_sets: replay_all(&job, &rule_sets).await?,
    };
    if arguments.json {
        report::json(&comparison)?;
    } else {
        report::line(&format!("as of {}", comparison.as_of));
        for line in columns(&comparison.rule_sets) {
            report::line(&line);
        }
    }
    Ok(())
}

/// Every file is read before anything is computed; what looks like a mistake is said.
async fn read_rule_sets(job: &Job, files: &[PathBuf]) -> Result<Vec<(String, RuleSet)>> {
    let mut rule_sets = Vec::new();
    for file in files {
        let is_none = file == Path::new(NO_RULES);
        let rules = job.rule_set((!is_none).then_some(file)).await?;
        for warning in &rules.warnings {
            tracing::warn!("{warning}");
        }
        rule_sets.push((file.display().to_string(), rules));
    }
    let n_pools = rule_sets
        .first()
        .map_or(0, |(_, rules)| rules.n_pools_with_own_rules);
    if n_pools > 0 {
        tracing::warn!("{n_pools} pools bring rules of their own, which hold in every column");
    }
    Ok(rule_sets)
}

/// One runner at a time beside the first, which the others are compared with and share the inputs of.
async fn replay_all(job: &Job, rule_sets: &[(String, RuleSet)]) -> Result<Vec<Figures>> {
    let progress = report::Display::new();
    let is_ranked = job.config.project.kind == ProjectKind::SideBySide;
    let mut all = Vec::new();
    let mut first: Option<Runner> = None;
    for (name, rules) in rule_sets {
        let mut runner = job.runner_of_rules(rules).await?;
        match &first {
            Some(first) => runner.share(first, is_ingested).await?,
            None => {
                runner.run(is_ingested, &progress).await?;
            }
        }
        replay(&mut runner, is_ranked, &progress).await?;
        progress.started(&format!("the figures of {name}"));
        let mut figures = Figures::measure(name, &runner, is_ranked).await?;
        match &first {
            Some(first) => {
                figures
                    .compare(&runner, first, &job.engine, is_ranked)
                    .await?;
                runner.discard();
            }
            None => first = Some(runner),
        }
        all.push(figures);
    }
    Ok(all)
}

/// Tables that are the same whatever the rules are.
fn is_ingested(model: &Model) -> bool {
    model.table().0 == "ingest"
}

/// Computes what the rules decide: for a look, so that nothing but the inputs is checked.
async fn replay(runner: &mut Runner, is_ranked: bool, progress: &dyn Progress) -> Result<()> {
    let is_judged = |model: &&Model| ["quality", "skills"].contains(&model.table().0);
    let mut wanted: BTreeSet<String> = MODELS.iter().filter(is_judged).map(Model::name).collect();
    if is_ranked {
        wanted.insert("ranking.scores".to_owned());
    }
    runner.compute_needed(wanted, progress).await
}
