//! Small tables that obey every law: `pointwise`, `lists` and `pairs` of one split.
//!
//! They are made of ids alone, so that any number and size of groups can be had.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Date32Array, Float32Array, Int8Array, Int32Array, Int64Array, ListBuilder,
    PrimitiveBuilder, RecordBatch, StringArray, StringBuilder,
};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Field, Float32Type, Int8Type, Int64Type,
};
use sha2::{Digest, Sha256};

use super::super::published_schema;
use crate::manifest::AsOf;

/// One candidate.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) item_id: String,
    pub(super) item_idx: i64,
    pub(super) score: f32,
    pub(super) rank: i32,
    pub(super) label: i8,
}

/// One query with its candidates, in the order of the files.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub(super) id: String,
    pub(super) candidates: Vec<Candidate>,
}

pub(super) fn key(texts: &[&str]) -> u64 {
    let digest = Sha256::digest(texts.join("\0"));
    u64::from_be_bytes(digest[..8].try_into().unwrap())
}

/// Queries of `split` with so many candidates each; the first of `n` items scores highest.
pub(super) fn queries(split: &str, sizes: &[usize]) -> Vec<Query> {
    let is_of_split = |id: &String| {
        let bucket = key(&["crowdrank", id]) % 10_000;
        match split {
            "train" => bucket < 8000,
            "validation" => (8000..9000).contains(&bucket),
            _ => bucket >= 9000,
        }
    };
    let ids = (0..).map(|number| format!("product {number}"));
    let mut ids: Vec<String> = ids.filter(is_of_split).take(sizes.len()).collect();
    ids.sort_by_cached_key(|id| key(&[id]));
    let query = |(id, size): (String, &usize)| {
        let mut candidates: Vec<Candidate> =
            (0..*size).map(|number| candidate(number, *size)).collect();
        candidates.sort_by_cached_key(|candidate| key(&[&id, &candidate.item_id]));
        Query { id, candidates }
    };
    ids.into_iter().zip(sizes).map(query).collect()
}

fn candidate(number: usize, size: usize) -> Candidate {
    let below = (size - 1 - number) as f64;
    Candidate {
        item_id: format!("item {number}"),
        item_idx: number as i64,
        score: -(number as f32) * 0.25,
        rank: number as i32 + 1,
        label: (4.0 * below / (size - 1).max(1) as f64 + 0.5).floor() as i8,
    }
}

fn texts<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<StringArray>())
}

fn integers(values: impl Iterator<Item = i32>) -> ArrayRef {
    Arc::new(Int32Array::from_iter_values(values))
}

fn floats(values: impl Iterator<Item = f32>) -> ArrayRef {
    Arc::new(Float32Array::from_iter_values(values))
}

/// Each query with its number.
fn numbered(queries: &[Query]) -> impl Iterator<Item = (i32, &Query)> + Clone {
    (0..).zip(queries)
}

/// Each candidate with its query, the query's number and its place there.
fn rows(queries: &[Query]) -> impl Iterator<Item = (i32, &Query, i32, &Candidate)> + Clone {
    numbered(queries).flat_map(|(qid, query)| {
        (0..)
            .zip(&query.candidates)
            .map(move |(pos, candidate)| (qid, query, pos, candidate))
    })
}

pub(super) fn pointwise(queries: &[Query], as_of: AsOf) -> RecordBatch {
    let rows = rows(queries);
    let n_rows = rows.clone().count();
    let scores = || rows.clone().map(|(.., candidate)| candidate.score);
    let days = as_of.date().to_epoch_days();
    let weights = || floats(std::iter::repeat_n(0.5, n_rows));
    let columns: Vec<ArrayRef> = vec![
        texts(rows.clone().map(|(_, query, ..)| query.id.as_str())),
        integers(rows.clone().map(|(qid, ..)| qid)),
        texts(
            rows.clone()
                .map(|(.., candidate)| candidate.item_id.as_str()),
        ),
        Arc::new(Int64Array::from_iter_values(
            rows.clone().map(|(.., item)| item.item_idx),
        )),
        integers(rows.clone().map(|(_, _, pos, _)| pos)),
        Arc::new(Int8Array::from_iter_values(
            rows.clone().map(|(.., item)| item.label),
        )),
        floats(scores()),
        floats(scores().map(|score| score - 1.0)),
        floats(scores().map(|score| score + 1.0)),
        integers(rows.clone().map(|(.., candidate)| candidate.rank)),
        integers(std::iter::repeat_n(7, n_rows)),
        integers(std::iter::repeat_n(2, n_rows)),
        weights(),
        weights(),
        Arc::new(Date32Array::from(vec![days; n_rows])),
    ];
    RecordBatch::try_new(
        Arc::new(published_schema("pointwise", &[]).unwrap()),
        columns,
    )
    .unwrap()
}

/// The elements of published lists are not null.
fn lists_of<T: ArrowPrimitiveType>(
    queries: &[Query],
    element: fn(&Candidate) -> T::Native,
) -> ArrayRef {
    let field = Field::new("element", T::DATA_TYPE, false);
    let mut lists = ListBuilder::new(PrimitiveBuilder::<T>::new()).with_field(field);
    for query in queries {
        lists.append_value(
            query
                .candidates
                .iter()
                .map(|candidate| Some(element(candidate))),
        );
    }
    Arc::new(lists.finish())
}

pub(super) fn lists(queries: &[Query]) -> RecordBatch {
    let field = Field::new("element", DataType::Utf8, false);
    let mut item_ids = ListBuilder::new(StringBuilder::new()).with_field(field);
    for query in queries {
        item_ids.append_value(
            query
                .candidates
                .iter()
                .map(|candidate| Some(&candidate.item_id)),
        );
    }
    let columns: Vec<ArrayRef> = vec![
        texts(queries.iter().map(|query| query.id.as_str())),
        integers(numbered(queries).map(|(qid, _)| qid)),
        Arc::new(item_ids.finish()),
        lists_of::<Int64Type>(queries, |candidate| candidate.item_idx),
        lists_of::<Int8Type>(queries, |candidate| candidate.label),
        lists_of::<Float32Type>(queries, |candidate| candidate.score),
        integers(queries.iter().map(|query| query.candidates.len() as i32)),
        floats(queries.iter().map(|_| 0.5)),
    ];
    RecordBatch::try_new(Arc::new(published_schema("lists", &[]).unwrap()), columns).unwrap()
}

/// In each query the best candidate is chosen over the worst.
pub(super) fn pairs(queries: &[Query]) -> RecordBatch {
    let mut first_row = 0;
    let mut ends = Vec::new();
    for query in queries {
        let place = |rank: Option<i32>| {
            let candidates = query.candidates.iter();
            let place = candidates
                .clone()
                .position(|candidate| Some(candidate.rank) == rank);
            place.unwrap_or(0)
        };
        let ranks = query.candidates.iter().map(|candidate| candidate.rank);
        let (best, worst) = (place(ranks.clone().min()), place(ranks.max()));
        ends.push((query, best, worst, first_row));
        first_row += query.candidates.len() as i64;
    }
    let margin = |(query, best, worst, _): &(&Query, usize, usize, i64)| {
        query.candidates[*best].score - query.candidates[*worst].score
    };
    let n_rows = ends.len();
    let x = || texts(std::iter::repeat_n("x", n_rows));
    let columns: Vec<ArrayRef> = vec![
        texts(ends.iter().map(|(query, ..)| query.id.as_str())),
        integers((0..).take(n_rows)),
        texts(
            ends.iter()
                .map(|(query, best, ..)| query.candidates[*best].item_id.as_str()),
        ),
        texts(
            ends.iter()
                .map(|(query, _, worst, _)| query.candidates[*worst].item_id.as_str()),
        ),
        Arc::new(Int64Array::from_iter_values(
            ends.iter()
                .map(|(_, best, _, first_row)| first_row + *best as i64),
        )),
        Arc::new(Int64Array::from_iter_values(
            ends.iter()
                .map(|(_, _, worst, first_row)| first_row + *worst as i64),
        )),
        floats(ends.iter().map(|end| 1.0 / (1.0 + (-margin(end)).exp()))),
        floats(ends.iter().map(margin)),
        floats(std::iter::repeat_n(2.0, n_rows)),
        integers(std::iter::repeat_n(2, n_rows)),
        integers(std::iter::repeat_n(0, n_rows)),
        x(),
        x(),
        x(),
    ];
    RecordBatch::try_new(Arc::new(published_schema("pairs", &[]).unwrap()), columns).unwrap()
}
