//! Every format on rows with hostile ids and texts, without a dataset.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Float32Array, Float64Array, Int8Array, Int32Array, Int64Array, StringArray,
};
use prost::Message;

use super::examples::{Example, ExampleListWithContext};
use super::*;

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn floats(values: &[f32]) -> ArrayRef {
    Arc::new(Float32Array::from(values.to_vec()))
}

fn integers(values: &[i32]) -> ArrayRef {
    Arc::new(Int32Array::from(values.to_vec()))
}

/// Two queries of two candidates.
fn candidates() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("query_id", texts(&["q 1", "q 1", "q#2", "q#2"])),
        ("qid", integers(&[0, 0, 1, 1])),
        ("item_id", texts(&["a", "b\tc", "NA", "a"])),
        ("item_idx", Arc::new(Int64Array::from(vec![0, 1, 2, 0]))),
        ("pos", integers(&[0, 1, 0, 1])),
        ("label", Arc::new(Int8Array::from(vec![4, 0, 0, 4]))),
        (
            "score",
            floats(&[0.1, -0.1, f32::MIN_POSITIVE, 16_777_216.0]),
        ),
        ("score_lo", floats(&[0.0; 4])),
        ("score_hi", floats(&[1.0; 4])),
        ("rank", integers(&[1, 2, 2, 1])),
        ("n_comparisons", integers(&[3; 4])),
        ("n_workers", integers(&[2; 4])),
        ("weight", floats(&[0.5, 0.25, 1.0, 1.0])),
        ("group_weight", floats(&[0.375, 0.375, 1.0, 1.0])),
        ("f_price", floats(&[1.5, 0.0, -2.0, 0.3])),
        ("f_same_brand", floats(&[1.0, 0.0, 0.0, 1.0])),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn pairs() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("query_id", texts(&["q 1", "q#2"])),
        ("chosen_item_id", texts(&["a", "a"])),
        ("rejected_item_id", texts(&["b\tc", "NA"])),
        ("chosen_row", Arc::new(Int64Array::from(vec![0, 3]))),
        ("rejected_row", Arc::new(Int64Array::from(vec![1, 2]))),
        ("margin", floats(&[0.2, 0.7])),
        ("weight", floats(&[1.5, 3.0])),
        ("prompt", texts(&["say \"hi\"\n", "p"])),
        ("chosen", texts(&["é\t\\", "c"])),
        ("rejected", texts(&["", "r"])),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn entities() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", texts(&["NA", "b\tc"])),
        ("title", texts(&["12\" disc\nblack", "plain"])),
        (
            "brand",
            Arc::new(StringArray::from(vec![None, Some("B & C")])),
        ),
        ("category", texts(&["Home > Desk Lamps", "Toys"])),
        (
            "price_usd",
            Arc::new(Float64Array::from(vec![Some(9.9), None])),
        ),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// The files of a format, by name, when all tables have the rows above.
fn exported(name: &str, features: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let format = format_of(name).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop");
    let mut output = Output::create(&path).unwrap();
    let shape = Shape {
        features: features.iter().map(|name| (*name).to_owned()).collect(),
        folder_name: output.folder_name(),
    };
    format.begin(&shape, &mut output).unwrap();
    for table in format.tables() {
        let part = Part {
            shape: &shape,
            table,
            split: if is_in_splits(table) { "train" } else { "" },
        };
        let mut sink = format.open(&part, &mut output).unwrap();
        let rows = match *table {
            "pointwise" => candidates(),
            "pairs" => pairs(),
            _ => entities(),
        };
        // A group may lie across two batches.
        sink.write(&rows.slice(0, 1)).unwrap();
        sink.write(&rows.slice(1, rows.num_rows() - 1)).unwrap();
        for file in sink.finish().unwrap() {
            output.keep(file).unwrap();
        }
    }
    let written = output.publish().unwrap();
    let read = |file: &WrittenFile| {
        (
            file.name.clone(),
            std::fs::read(path.join(&file.name)).unwrap(),
        )
    };
    written.iter().map(read).collect()
}

fn text_of(files: &BTreeMap<String, Vec<u8>>, name: &str) -> String {
    String::from_utf8(files[name].clone()).unwrap()
}

const FEATURES: [&str; 2] = ["f_price", "f_same_brand"];

#[test]
fn letor_lines_hold_numbered_features_and_ids_as_words() {
    let files = exported("letor", &FEATURES);
    assert_eq!(
        text_of(&files, "train.txt"),
        "4 qid:0 1:1.5 2:1 # q%201 a\n0 qid:0 1:0 2:0 # q%201 b%09c\n\
         0 qid:1 1:-2 2:0 # q%232 NA\n4 qid:1 1:0.3 2:1 # q%232 a\n"
    );
    assert_eq!(
        text_of(&files, "features.txt"),
        "1\tf_price\n2\tf_same_brand\n"
    );
    assert_eq!(text_of(&files, "train.weight.txt"), "0.5\n0.25\n1\n1\n");
    assert_eq!(text_of(&files, "train.group_weight.txt"), "0.375\n1\n");
}

#[test]
fn letor_lines_without_features_keep_label_query_and_ids() {
    let files = exported("letor", &[]);
    assert!(text_of(&files, "train.txt").starts_with("4 qid:0 # q%201 a\n"));
    assert_eq!(text_of(&files, "features.txt"), "");
}

#[test]
fn catboost_gets_pools_a_description_and_pairs_by_row() {
    let files = exported("catboost", &FEATURES);
    let pool = text_of(&files, "train.tsv");
    let description = text_of(&files, "pool.cd");
    assert_eq!(
        pool.lines().next(),
        Some("4\t0\t0.375\tq%201\ta\t0.5\t0.1\t1.5\t1")
    );
    let n_columns = |line: &str| line.split('\t').count();
    assert!(
        pool.lines()
            .all(|line| n_columns(line) == description.lines().count())
    );
    assert!(description.ends_with("7\tNum\tf_price\n8\tNum\tf_same_brand\n"));
    assert!(description.contains("4\tSampleId\titem_id\n"));
    assert_eq!(text_of(&files, "train.pairs"), "0\t1\t1.5\n3\t2\t3\n");
    // A pool needs a factor.
    let description = text_of(&exported("catboost", &[]), "pool.cd");
    assert!(description.contains("4\tCateg\titem_id\n"), "{description}");
}

#[test]
fn preferences_are_json_whatever_their_texts_hold() {
    let files = exported("trl-jsonl", &[]);
    let lines = text_of(&files, "train.jsonl");
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["prompt"], "say \"hi\"\n");
    assert_eq!(first["chosen"], "é\t\\");
    assert_eq!(first["rejected"], "");
    assert!(lines.contains("\"margin\":0.2,"), "{lines}");
    assert_eq!(lines.lines().count(), 2);
}

#[test]
fn recbole_gets_typed_headers_and_no_separator_in_a_text() {
    let files = exported("recbole", &FEATURES);
    let interactions = text_of(&files, "shop.train.inter");
    let mut lines = interactions.lines();
    assert_eq!(
        lines.next(),
        Some(
            "user_id:token\titem_id:token\trating:float\tscore:float\tweight:float\tf_price:float\tf_same_brand:float"
        )
    );
    assert_eq!(lines.next(), Some("q%201\ta\t4\t0.1\t0.5\t1.5\t1"));
    assert!(
        interactions.contains("\nq%232\t%4EA\t0\t"),
        "{interactions}"
    );
    assert_eq!(
        text_of(&files, "shop.item"),
        "item_id:token\titem_title:token_seq\titem_brand:token\titem_category:token_seq\titem_price_usd:float\n\
         %4EA\t\"12\"\" disc black\"\t\tHome Desk_Lamps\t9.9\nb%09c\tplain\tB & C\tToys\t\n"
    );
    assert!(text_of(&files, "shop.user").starts_with("user_id:token\tuser_title:token_seq\t"));
}

/// The messages of a file of records.
fn records(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = bytes;
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
        messages.push(rest[12..12 + length].to_vec());
        rest = &rest[16 + length..];
    }
    messages
}

#[test]
fn tensorflow_gets_one_example_per_candidate_or_one_list_per_query() {
    let examples = records(&exported("tfrecord", &FEATURES)["train.tfrecord"]);
    let examples: Vec<Example> = examples
        .iter()
        .map(|bytes| Example::decode(bytes.as_slice()).unwrap())
        .collect();
    let rows = candidates();
    let features = FEATURES.map(str::to_owned);
    let rows = rows::Candidates::of(&rows, &features).unwrap();
    let expected: Vec<Example> = (0..4)
        .map(|row_idx| Example::of_row(&rows, &features, row_idx))
        .collect();
    assert_eq!(examples, expected);

    let lists = records(&exported("elwc", &FEATURES)["train.tfrecord"]);
    let lists: Vec<ExampleListWithContext> = lists
        .iter()
        .map(|bytes| ExampleListWithContext::decode(bytes.as_slice()).unwrap())
        .collect();
    assert_eq!(lists.len(), 2);
    for (query_idx, list) in lists.iter().enumerate() {
        let first_row = query_idx * 2;
        let of_item = |row_idx| Example::of_item(&rows, &features, row_idx);
        assert_eq!(list.examples, [of_item(first_row), of_item(first_row + 1)]);
        assert_eq!(list.context, Some(Example::of_query(&rows, first_row)));
    }
}

#[test]
fn numbers_read_back_to_the_same_bits() {
    let files = exported("catboost", &FEATURES);
    let pool = text_of(&files, "train.tsv");
    let scores: Vec<f32> = pool
        .lines()
        .map(|line| line.split('\t').nth(6).unwrap().parse().unwrap())
        .collect();
    assert_eq!(scores, [0.1, -0.1, f32::MIN_POSITIVE, 16_777_216.0]);
}

#[test]
fn every_format_says_what_it_writes() {
    for format in FORMATS {
        assert!(format.page().contains("Read it with "), "{}", format.name());
        assert!(!format.summary().ends_with('.'), "{}", format.name());
    }
    assert_eq!(format_of("csv").unwrap_err().exit_code(), 2);
}

#[test]
fn a_column_that_is_missing_is_named() {
    let rows = candidates();
    let error = rows::Candidates::of(&rows, &["f_size".to_owned()])
        .err()
        .unwrap();
    assert_eq!(error.exit_code(), 8);
    assert!(error.to_string().contains("f_size"), "{error}");
}
