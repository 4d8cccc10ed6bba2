//! Makes the table that the writing benchmark publishes: lawful `pointwise` rows of the train split, with features.
//!
//! The ids look like the generator's; groups and items stand in the published order, so the writer has nothing to sort.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Date32Array, Float32Array, Int8Array, Int32Array, Int64Array, RecordBatch,
    StringArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::WriterProperties;
use sha2::{Digest, Sha256};

const GROUP_ROWS: usize = 15;
const N_FILES: usize = 8;
const ROW_GROUP_ROWS: usize = 131_072;
/// 2026-11-20 in days since 1970.
const AS_OF_DAYS: i32 = 20_777;

/// Everything before the features, in the published order; `f_*` columns follow.
const COLUMNS: [(&str, DataType); 14] = [
    ("query_id", DataType::Utf8),
    ("qid", DataType::Int32),
    ("item_id", DataType::Utf8),
    ("item_idx", DataType::Int64),
    ("pos", DataType::Int32),
    ("label", DataType::Int8),
    ("score", DataType::Float32),
    ("score_lo", DataType::Float32),
    ("score_hi", DataType::Float32),
    ("rank", DataType::Int32),
    ("n_comparisons", DataType::Int32),
    ("n_workers", DataType::Int32),
    ("weight", DataType::Float32),
    ("group_weight", DataType::Float32),
];

const FEATURES: [&str; 8] = [
    "f_price_usd",
    "f_rating",
    "f_n_reviews",
    "f_title_length",
    "f_brand_hash",
    "f_category_code",
    "f_same_brand",
    "f_embedding_distance",
];

/// The columns of the source and of what is published.
pub(super) fn schema() -> SchemaRef {
    let mut fields: Vec<Field> = COLUMNS
        .iter()
        .map(|(name, data_type)| Field::new(*name, data_type.clone(), false))
        .collect();
    fields.extend(FEATURES.map(|name| Field::new(name, DataType::Float32, false)));
    fields.push(Field::new("as_of", DataType::Date32, false));
    Arc::new(Schema::new(fields))
}

/// The source's files in row order.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a source; make it first")
        .map(|entry| entry.expect("a listed file").path())
        .collect();
    files.sort();
    files
}

/// Writes about `n_rows` rows in groups of 15 to a new folder.
pub(super) fn make(folder: &Path, n_rows: usize) {
    fs::create_dir_all(folder).expect("a new folder");
    let n_groups = n_rows / GROUP_ROWS;
    let queries = queries_of_train(n_groups);
    let n_products = queries.len() as u64 * 5 / 4;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build();
    for (file_idx, qids) in queries
        .chunks(n_groups.div_ceil(N_FILES).max(1))
        .enumerate()
    {
        let path = folder.join(format!("source-{file_idx:02}.parquet"));
        let file = File::create(path).expect("a new file");
        let mut writer = ArrowWriter::try_new(file, schema(), Some(properties.clone()))
            .expect("a Parquet writer");
        let first_qid = file_idx * n_groups.div_ceil(N_FILES).max(1);
        for (chunk_idx, chunk) in qids.chunks(1000).enumerate() {
            let batch = rows(first_qid + chunk_idx * 1000, chunk, n_products);
            writer.write(&batch).expect("a written batch");
        }
        writer.close().expect("a complete file");
    }
}

/// The numbers of the first products whose id falls into the train split, by the hash of their id.
fn queries_of_train(n_groups: usize) -> Vec<u64> {
    let is_train = |product: &u64| {
        let hash = Sha256::digest(format!("crowdrank\0{}", id(*product)));
        first_bytes(&hash) % 10_000 < 8000
    };
    let mut queries: Vec<([u8; 32], u64)> = (0..)
        .filter(is_train)
        .take(n_groups)
        .map(|product| (Sha256::digest(id(product)).into(), product))
        .collect();
    queries.sort_unstable();
    queries.into_iter().map(|(_, product)| product).collect()
}

fn first_bytes(hash: &[u8]) -> u64 {
    let first: [u8; 8] = hash[..8].try_into().expect("a hash has 32 bytes");
    u64::from_be_bytes(first)
}

fn id(product: u64) -> String {
    format!("P{product:08}")
}

/// A small generator (`SplitMix64`), so that every machine makes the same rows.
fn draw(seed: u64) -> u64 {
    let mut bits = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// Between 0 and 1.
fn share(seed: u64) -> f32 {
    (draw(seed) >> 40) as f32 / (1_u64 << 24) as f32
}

/// One row before its group is known.
struct Candidate {
    product: u64,
    score: f32,
    standard_error: f32,
    n_comparisons: i32,
}

/// The items of one query in the order of their hashes.
fn candidates(query: u64, n_products: u64) -> Vec<Candidate> {
    let mut products: Vec<u64> = Vec::with_capacity(GROUP_ROWS);
    let mut seed = query << 16;
    while products.len() < GROUP_ROWS {
        seed += 1;
        let product = draw(seed) % n_products;
        if product != query && !products.contains(&product) {
            products.push(product);
        }
    }
    let query_id = id(query);
    products.sort_by_cached_key(|product| {
        let hash: [u8; 32] = Sha256::digest(format!("{query_id}\0{}", id(*product))).into();
        hash
    });
    let candidate = |(idx, product): (u64, u64)| {
        let seed = (query << 16) + 1000 + idx * 8;
        let n_comparisons = 10 + (draw(seed) % 40) as i32;
        Candidate {
            product,
            score: (0..4).map(|part| share(seed + 1 + part) - 0.5).sum::<f32>() * 2.0,
            standard_error: (1.0 + share(seed + 5)) * 2.0 / (n_comparisons as f32).sqrt(),
            n_comparisons,
        }
    };
    (0_u64..).zip(products).map(candidate).collect()
}

/// The rows of consecutive groups.
fn rows(first_qid: usize, queries: &[u64], n_products: u64) -> RecordBatch {
    let mut query_ids: Vec<String> = Vec::new();
    let mut qids: Vec<i32> = Vec::new();
    let mut all: Vec<Candidate> = Vec::new();
    let (mut ranks, mut group_weights) = (Vec::new(), Vec::new());
    for (qid, query) in (first_qid..).zip(queries) {
        let group = candidates(*query, n_products);
        let weight = group.iter().map(weight).sum::<f32>() / group.len() as f32;
        for row in &group {
            let n_above = group.iter().filter(|other| other.score > row.score).count();
            ranks.push(1 + n_above as i32);
            group_weights.push(weight);
            query_ids.push(id(*query));
            qids.push(qid as i32);
        }
        all.extend(group);
    }
    let n_rows = all.len();
    let integers = |values: Vec<i32>| -> ArrayRef { Arc::new(Int32Array::from(values)) };
    let floats = |of: &dyn Fn(&Candidate) -> f32| -> ArrayRef {
        Arc::new(Float32Array::from_iter_values(all.iter().map(of)))
    };
    let label = |rank: &i32| (8 * (GROUP_ROWS as i32 - rank) + 14) / 28;
    let labels = ranks.iter().map(|rank| label(rank) as i8);
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(query_ids)),
        integers(qids),
        Arc::new(StringArray::from_iter_values(
            all.iter().map(|row| id(row.product)),
        )),
        Arc::new(Int64Array::from_iter_values(
            all.iter().map(|row| row.product as i64),
        )),
        integers((0..n_rows).map(|row| (row % GROUP_ROWS) as i32).collect()),
        Arc::new(Int8Array::from_iter_values(labels)),
        floats(&|row| row.score),
        floats(&|row| row.score - 1.96 * row.standard_error),
        floats(&|row| row.score + 1.96 * row.standard_error),
        integers(ranks),
        integers(all.iter().map(|row| row.n_comparisons).collect()),
        integers(all.iter().map(|row| row.n_comparisons * 3 / 4).collect()),
        floats(&weight),
        Arc::new(Float32Array::from(group_weights)),
    ];
    for feature_idx in 0..FEATURES.len() {
        columns.push(floats(&|row| feature(feature_idx, row)));
    }
    columns.push(Arc::new(Date32Array::from(vec![AS_OF_DAYS; n_rows])));
    RecordBatch::try_new(schema(), columns).expect("columns of one length")
}

fn weight(row: &Candidate) -> f32 {
    1.0 / (1.0 + row.standard_error * row.standard_error)
}

/// Prices, counts, codes and flags of a product, and one number that differs in every row.
fn feature(feature_idx: usize, row: &Candidate) -> f32 {
    let luck = share(row.product * 8 + feature_idx as u64);
    match FEATURES[feature_idx] {
        "f_price_usd" => (luck * luck * 200.0).floor() + 0.99,
        "f_rating" => (luck * 40.0).floor() / 10.0 + 1.0,
        "f_n_reviews" => (luck * luck * luck * 5000.0).floor(),
        "f_title_length" => 20.0 + (luck * 80.0).floor(),
        "f_brand_hash" => (luck * 1024.0).floor(),
        "f_category_code" => (luck * 300.0).floor(),
        "f_same_brand" => f32::from(u8::from(luck < 0.05)),
        _ => luck + row.score,
    }
}
