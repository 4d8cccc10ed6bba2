//! The dataflow. Open this file first: one line per table, in the order in which they are made.
//!
//! `1_ingest/pages` is `sql/1_ingest/pages.sql` with its checks beside it, and is called `ingest.pages` in
//! SQL. It says what is computed and where results are kept, not how: `runner` does that.

/// Embeds a model and its checks: a model without checks does not compile.
macro_rules! model {
    ($path:literal, $kept:ident) => {
        Model {
            path: $path,
            sql: include_str!(concat!("../sql/", $path, ".sql")),
            checks: include_str!(concat!("../sql/", $path, ".check.sql")),
            kept: Kept::$kept,
        }
    };
}

/// Where a table's rows are while the run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Nowhere: computed again by each reader.
    View,
    /// Nowhere, and readers shard by shard see it too: it reads tables in files only.
    ViewOfShard,
    /// In files, computed once.
    Whole,
    /// In files, computed once, dealt to shards by `query_key`, `worker_key` or `task_key`: a shard has whole queries,
    /// workers or tasks.
    Dealt,
    /// The same, computed shard by shard from tables that are dealt by another key.
    Redealt,
    /// In files, computed shard by shard: its model reads a query's (a worker's) rows only, or whole tables.
    PerShard,
}

/// One table of the flow.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) path: &'static str,
    pub(crate) sql: &'static str,
    pub(crate) checks: &'static str,
    pub(crate) kept: Kept,
}

/// Every table, in execution order. A model reads only tables above its own line, and the raw
/// `source.*` and `previous.*` tables that a run starts from.
pub(crate) const MODELS: &[Model] = &[
    model!("1_ingest/repeated_products", Whole),
    model!("1_ingest/products", Whole),
    model!("1_ingest/pools", Whole),
    model!("1_ingest/restrictions", Whole),
    model!("1_ingest/answers", View),
    model!("1_ingest/repeated_keys", Whole),
    model!("1_ingest/repeated_answers", Whole),
    model!("1_ingest/responses", Dealt),
    model!("1_ingest/pages", PerShard),
    model!("1_ingest/visited_pools", Whole),
    model!("1_ingest/captcha_entries", Dealt),
    model!("1_ingest/worker_skills", Dealt),
    model!("1_ingest/given_reviews", Dealt),
    model!("1_ingest/reviews", PerShard),
    model!("2_quality/control_answers", PerShard),
    model!("2_quality/page_ends", PerShard),
    model!("2_quality/worker_log", PerShard),
    model!("2_quality/ballots", Redealt),
    model!("2_quality/assumed_interventions", Whole),
    model!("2_quality/majorities", Redealt),
    model!("2_quality/events", ViewOfShard),
    model!("2_quality/outcomes", PerShard),
    model!("2_quality/interventions", Whole),
    model!("2_quality/worker_events", View),
    model!("2_quality/bans", Whole),
    model!("2_quality/skill_history", PerShard),
    model!("2_quality/page_states", PerShard),
    model!("2_quality/banned_pages", PerShard),
    model!("2_quality/golden_skills", PerShard),
    model!("2_quality/majority_skills", PerShard),
    model!("2_quality/skill_values", PerShard),
    model!("2_quality/chosen_skills", PerShard),
    model!("2_quality/judged", Redealt),
    model!("2_quality/over_cap_answers", Whole),
    model!("2_quality/decisions", ViewOfShard),
    model!("2_quality/raises", Whole),
    model!("2_quality/relabel", PerShard),
    model!("3_skills/evidence", Whole),
    model!("3_skills/worker_models", Whole),
    model!("3_skills/workers", Whole),
    model!("4_labels/kept_answers", PerShard),
    model!("4_labels/labels_by_vote", PerShard),
    model!("4_labels/labels_by_model", Whole),
    model!("4_labels/labels", Whole),
    model!("4_labels/overlaps", PerShard),
    model!("4_labels/disagreements", View),
    model!("4_labels/agreement", Whole),
    model!("4_comparisons/votes", PerShard),
    model!("4_comparisons/pairs", PerShard),
    model!("5_ranking/parameters", Whole),
    model!("5_ranking/scores", PerShard),
    model!("6_training/decided_pairs", PerShard),
    model!("6_training/groups", PerShard),
    model!("6_training/query_numbers", Whole),
    model!("6_training/item_numbers", Whole),
    model!("6_training/categories", Whole),
    model!("6_training/product_vectors", Whole),
    model!("6_training/queries", Whole),
    model!("6_training/items", Whole),
    model!("6_training/candidates", Dealt),
    model!("6_training/components", Whole),
    model!("6_training/splits", Dealt),
    model!("6_training/pointwise", PerShard),
    model!("6_training/pairs", PerShard),
    model!("6_training/lists", PerShard),
    model!("7_publish/queries", Whole),
    model!("7_publish/items", Whole),
    model!("7_publish/categories", Whole),
    model!("7_publish/workers", Whole),
    model!("7_publish/bans", Whole),
    model!("7_publish/skill_history", Whole),
    model!("7_publish/relabel", Whole),
    model!("7_publish/labels", Whole),
    model!("7_publish/rejects", PerShard),
    model!("7_publish/ledger", Whole),
];

/// Models that are computed in rounds: what the last of them finds is what the next round takes for granted, until a
/// round finds what it took for granted. A ban of one worker takes away votes that others are measured by, so that
/// no order of workers would do; each round is right up to a later instant than the one before.
#[derive(Debug)]
pub(crate) struct Rounds {
    pub(crate) assumed: &'static str,
    pub(crate) first: &'static str,
    pub(crate) found: &'static str,
}

/// The rounds of the flow.
pub(crate) const ROUNDS: Rounds = Rounds {
    assumed: "quality.assumed_interventions",
    first: "quality.majorities",
    found: "quality.interventions",
};

/// A parameter of later models that an earlier one finds.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) parameter: &'static str,
    /// A table of one row,
    pub(crate) table: &'static str,
    /// and its column.
    pub(crate) column: &'static str,
}

/// What all queries together tell of the ranking model, for the fit of each.
pub(crate) const FIT_OPTIONS: Found = Found {
    parameter: "fit_options",
    table: "ranking.parameters",
    column: "fit_options",
};

impl Found {
    /// Whether `model` calls the parameter by name.
    pub(crate) fn is_read_by(&self, model: &Model) -> bool {
        model.sql.contains(&format!("${}", self.parameter))
    }
}

impl Rounds {
    /// The models that are repeated, from the first to the one that finds.
    pub(crate) fn models(&self) -> impl Iterator<Item = &'static Model> {
        let is_before = |model: &&Model| model.name() != self.first;
        let first_idx = MODELS.iter().take_while(is_before).count();
        let is_last = |model: &Model| model.name() == self.found;
        let n_models = MODELS[first_idx..]
            .iter()
            .take_while(|model| !is_last(model))
            .count()
            + 1;
        MODELS[first_idx..].iter().take(n_models)
    }
}

impl Model {
    /// The schema's and the table's name: `2_quality/bans` is `quality`, `bans`.
    pub(crate) fn table(&self) -> (&'static str, &'static str) {
        let (folder, table) = self.path.split_once('/').unwrap_or(("", self.path));
        let schema = folder.split_once('_').map_or(folder, |(_, schema)| schema);
        (schema, table)
    }

    /// The name in SQL: `quality.bans`.
    pub(crate) fn name(&self) -> String {
        let (schema, table) = self.table();
        format!("{schema}.{table}")
    }
}

/// SHA-256 over every model, check and audit, in order: part of what makes two runs the same.
pub(crate) fn sql_sha256() -> String {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    let models = MODELS
        .iter()
        .flat_map(|model| [model.path, model.sql, model.checks]);
    for text in models.chain(crate::audits::texts()) {
        hasher.update(text.as_bytes());
        hasher.update([0]);
    }
    crate::manifest::hex(&hasher.finalize())
}
