//! Writes every table but `responses`: one loop over what is already known.
//!
//! It does not hold a table: rows go out batch by batch.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Float64Array, Float64Builder, Int32Array, StringArray, StringBuilder,
    TimestampMicrosecondBuilder,
};

use super::catalog::product;
use super::columns::{POOLS, PRODUCTS, RESTRICTIONS, TRUTH, WORKERS_TRUTH, instants, schema};
use super::crowd::{Crowd, Scope};
use super::ids::Id;
use super::parts::{BATCH_ROWS, PartWriter};
use super::platform::{EXAM_POOL, PROJECT, REGULAR_POOLS, REWARD_USD, Restriction, TRAINING_POOL};
use super::taste::query;
use super::{Shop, WrittenTable};
use crate::error::Result;

pub(super) fn write_products(shop: &Shop, directory: &Path) -> Result<WrittenTable> {
    let n_rows = shop.n_products;
    let mut writer = PartWriter::create(directory, "products", schema(PRODUCTS), n_rows)?;
    for numbers in chunks(n_rows, BATCH_ROWS as u64) {
        let batch = writer.batch(product_columns(shop.seed, numbers))?;
        writer.write(&batch)?;
    }
    writer.finish()
}

fn product_columns(seed: u64, numbers: Range<u64>) -> Vec<ArrayRef> {
    let mut product_id = StringBuilder::new();
    let mut title = StringBuilder::new();
    let mut brand = StringBuilder::new();
    let mut category = StringBuilder::new();
    let mut price_usd = Float64Builder::new();
    let mut rating = Float64Builder::new();
    let mut image_url = StringBuilder::new();
    let mut url = StringBuilder::new();
    let mut updated_at = TimestampMicrosecondBuilder::new();
    for number in numbers {
        let id = Id::product(number);
        let id = id.as_str();
        let product = product(seed, number);
        product_id.append_value(id);
        title.append_value(product.title);
        brand.append_value(product.brand);
        category.append_value(product.category);
        price_usd.append_value(product.price_usd);
        rating.append_option(product.rating);
        image_url.append_value(format!("https://images.example.com/{id}.jpg"));
        url.append_value(format!("https://shop.example.com/products/{id}"));
        updated_at.append_value(product.updated_at);
    }
    vec![
        Arc::new(product_id.finish()),
        Arc::new(title.finish()),
        Arc::new(brand.finish()),
        Arc::new(category.finish()),
        Arc::new(price_usd.finish()),
        Arc::new(rating.finish()),
        Arc::new(image_url.finish()),
        Arc::new(url.finish()),
        instants(updated_at),
    ]
}

pub(super) fn write_truth(shop: &Shop, directory: &Path) -> Result<WrittenTable> {
    let n_candidates = u64::from(shop.candidates_per_query);
    let n_rows = shop.n_queries * n_candidates;
    let mut writer = PartWriter::create(directory, "truth", schema(TRUTH), n_rows)?;
    let queries_per_batch = (BATCH_ROWS as u64).div_ceil(n_candidates);
    for numbers in chunks(shop.n_queries, queries_per_batch) {
        let mut query_id = StringBuilder::new();
        let mut item_id = StringBuilder::new();
        let mut score = Float64Builder::new();
        for number in numbers {
            let query = query(shop, number);
            for (&candidate, &candidate_score) in query.candidates.iter().zip(&query.scores) {
                query_id.append_value(Id::product(number).as_str());
                item_id.append_value(Id::product(candidate).as_str());
                score.append_value(candidate_score);
            }
        }
        let batch = writer.batch(vec![
            Arc::new(query_id.finish()),
            Arc::new(item_id.finish()),
            Arc::new(score.finish()),
        ])?;
        writer.write(&batch)?;
    }
    writer.finish()
}

/// Who may work: the least training skill, or none yet. It is low on purpose: the shop wants bad
/// workers, and whoever is in the log has passed.
const ADMISSION: &str = r#"{"and":[{"or":[{"category":"skill","key":"training","operator":"GTE","value":30},{"category":"skill","key":"training","operator":"EQ","value":null}]}]}"#;

pub(super) fn write_pools(shop: &Shop, directory: &Path) -> Result<WrittenTable> {
    let unpaid = [(TRAINING_POOL, "TRAINING"), (EXAM_POOL, "EXAM")];
    let pools: Vec<(&str, &str)> = unpaid
        .into_iter()
        .chain(REGULAR_POOLS.map(|pool| (pool, "REGULAR")))
        .collect();
    let n_pools = pools.len();
    let ids = pools.iter().map(|(pool, _)| pool);
    let types = pools.iter().map(|(_, pool_type)| *pool_type);
    let is_regular = types.clone().map(|pool_type| pool_type == "REGULAR");
    let overlap = i32::try_from(shop.overlap).ok();
    // Training and exam have no overlap: nobody waits for others to take them.
    let overlaps = is_regular
        .clone()
        .map(|is_paid| overlap.filter(|_| is_paid));
    let rewards = is_regular.map(|is_paid| if is_paid { REWARD_USD } else { 0.0 });
    let filters = types.clone().map(|pool_type| match pool_type {
        "TRAINING" => None,
        _ => Some(ADMISSION),
    });
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(ids)),
        Arc::new(StringArray::from_iter_values(vec![PROJECT; n_pools])),
        Arc::new(StringArray::from_iter_values(types)),
        Arc::new(overlaps.collect::<Int32Array>()),
        Arc::new(Float64Array::from_iter_values(rewards)),
        Arc::new(filters.collect::<StringArray>()),
        // The rules file holds for all pools.
        Arc::new(StringArray::new_null(n_pools)),
    ];
    let mut writer = PartWriter::create(directory, "pools", schema(POOLS), n_pools as u64)?;
    let batch = writer.batch(columns)?;
    writer.write(&batch)?;
    writer.finish()
}

pub(super) fn write_workers_truth(crowd: &Crowd, directory: &Path) -> Result<WrittenTable> {
    let n_rows = crowd.workers.len() as u64;
    let mut writer = PartWriter::create(directory, "workers_truth", schema(WORKERS_TRUTH), n_rows)?;
    let mut number = 0;
    for workers in crowd.workers.chunks(BATCH_ROWS) {
        let mut worker_id = StringBuilder::new();
        let mut kind = StringBuilder::new();
        let mut accuracy = Float64Builder::new();
        let mut is_bad = BooleanBuilder::new();
        for worker in workers {
            number += 1;
            worker_id.append_value(Id::worker(number).as_str());
            kind.append_value(worker.kind.traits().name);
            accuracy.append_value(worker.accuracy);
            is_bad.append_value(worker.kind.traits().is_bad);
        }
        let batch = writer.batch(vec![
            Arc::new(worker_id.finish()),
            Arc::new(kind.finish()),
            Arc::new(accuracy.finish()),
            Arc::new(is_bad.finish()),
        ])?;
        writer.write(&batch)?;
    }
    writer.finish()
}

pub(super) fn write_restrictions(bans: &[Restriction], directory: &Path) -> Result<WrittenTable> {
    let n_rows = bans.len() as u64;
    let mut writer = PartWriter::create(directory, "restrictions", schema(RESTRICTIONS), n_rows)?;
    for bans in bans.chunks(BATCH_ROWS) {
        let batch = writer.batch(restriction_columns(bans))?;
        writer.write(&batch)?;
    }
    writer.finish()
}

fn restriction_columns(bans: &[Restriction]) -> Vec<ArrayRef> {
    let mut created_at = TimestampMicrosecondBuilder::new();
    let mut will_expire_at = TimestampMicrosecondBuilder::new();
    for ban in bans {
        created_at.append_value(ban.created_at);
        will_expire_at.append_option(ban.will_expire_at);
    }
    let words = |ban: &Restriction| match ban.scope {
        Scope::Pool => ("POOL", Some(PROJECT), Some(ban.pool), "too many fast pages"),
        Scope::Project => ("PROJECT", Some(PROJECT), None, "fails control tasks"),
        Scope::AllProjects => ("ALL_PROJECTS", None, None, "does not read the tasks"),
    };
    let text = |column: fn((_, _, _, _)) -> Option<&'static str>| -> ArrayRef {
        Arc::new(
            bans.iter()
                .map(|ban| column(words(ban)))
                .collect::<StringArray>(),
        )
    };
    let workers = bans.iter().map(|ban| Some(ban.worker.as_str()));
    vec![
        Arc::new(workers.collect::<StringArray>()),
        text(|(scope, _, _, _)| Some(scope)),
        text(|(_, project, _, _)| project),
        text(|(_, _, pool, _)| pool),
        instants(created_at),
        instants(will_expire_at),
        text(|(_, _, _, comment)| Some(comment)),
    ]
}

/// Consecutive ranges of at most this length.
fn chunks(n_all: u64, length: u64) -> impl Iterator<Item = Range<u64>> {
    (0..n_all)
        .step_by(length as usize)
        .map(move |start| start..(start + length).min(n_all))
}
