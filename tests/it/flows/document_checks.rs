//! `document_checks`: a sample with known probabilities, the crowd's labels, error rates, and a retraining set.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array};

use super::{Example, Log, batch, texts};
use crate::rows::{Row, read_files, write_file};

const CLASSES: [&str; 3] = ["contract", "invoice", "letter"];
const N_DOCUMENTS: usize = 3000;

/// What a model says about a document, and what is true.
#[derive(Clone, Copy)]
struct Document {
    number: usize,
    predicted: &'static str,
    truth: &'static str,
    confidence: f64,
}

impl Document {
    /// One in five is unsure, and wrong four times out of ten; of the others every twentieth is wrong.
    fn new(number: usize) -> Self {
        // A large prime spreads the errors over the classes.
        let draw = number * 7919 % 1000;
        let is_unsure = number.is_multiple_of(5);
        let is_wrong = draw < if is_unsure { 400 } else { 50 };
        let class = number / 5 % CLASSES.len();
        let step = (draw % 50) as f64 / 1000.0;
        Self {
            number,
            predicted: CLASSES[class],
            truth: CLASSES[(class + usize::from(is_wrong)) % CLASSES.len()],
            confidence: if is_unsure {
                0.4 + step
            } else {
                0.85 + 2.0 * step
            },
        }
    }

    fn id(self) -> String {
        format!("d{:05}", self.number)
    }

    fn is_wrong(self) -> bool {
        self.predicted != self.truth
    }
}

fn documents(n_documents: usize) -> Vec<Document> {
    (0..n_documents).map(Document::new).collect()
}

fn write_predictions(example: &Example, documents: &[Document]) {
    let predicted = documents
        .iter()
        .map(|document| document.predicted.to_owned());
    let confidence = documents.iter().map(|document| document.confidence);
    let confidence: ArrayRef = Arc::new(Float64Array::from_iter_values(confidence));
    let predictions = batch(vec![
        (
            "document_id",
            texts(documents.iter().map(|document| document.id())),
        ),
        ("predicted_class", texts(predicted)),
        ("confidence", confidence),
    ]);
    write_file(&example.path("predictions/1.parquet"), &predictions);
}

/// Draws the sample as the README says.
fn sample(example: &Example, file: &str, salt: &str) -> BTreeMap<String, Row> {
    let salt = format!("salt:text={salt}");
    let (share, below) = ("share:double=0.1", "confidence_below:double=0.6");
    let parameters = ["--param", &salt, "--param", share, "--param", below];
    example.write(file, &[&["-f", "sample.sql"][..], &parameters].concat());
    let rows = read_files(&[example.path(file)]);
    rows.into_iter()
        .map(|row| (row.id("document_id"), row))
        .collect()
}

/// Three people look at every sampled document; one of them is careless, so that most agree on the truth.
fn check_by_people(example: &Example, documents: &[Document], sample: &BTreeMap<String, Row>) {
    let mut log = Log::new("checks", "document_id", "answer");
    let sampled = documents.iter().filter(|d| sample.contains_key(&d.id()));
    for document in sampled {
        let careless = match document.number % 4 {
            0 => document.predicted,
            _ => document.truth,
        };
        let truth = document.truth;
        let answers = [("ina", truth), ("jan", careless), ("kai", truth)];
        log.answers(&document.id(), &answers, 0);
    }
    log.write(&example.path("responses/1.parquet"));
    example.run("crowdrank.toml").succeeded();
}

fn true_rate(documents: &[Document], class: Option<&str>) -> f64 {
    let is_of_class = |document: &&Document| class.is_none_or(|class| document.predicted == class);
    let of_class: Vec<&Document> = documents.iter().filter(is_of_class).collect();
    let n_wrong = of_class
        .iter()
        .filter(|document| document.is_wrong())
        .count();
    n_wrong as f64 / of_class.len() as f64
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a written file")
}

#[test]
fn a_sample_is_drawn_again_alike_and_its_weights_are_inverse_probabilities() {
    let example = Example::copied("document_checks");
    write_predictions(&example, &documents(N_DOCUMENTS));
    let first = sample(&example, "sample.parquet", "november");
    sample(&example, "again.parquet", "november");
    let files = ["sample.parquet", "again.parquet"].map(|file| bytes(&example.path(file)));
    assert_eq!(files[0], files[1]);
    for document in documents(N_DOCUMENTS) {
        let is_unsure = document.confidence < 0.6;
        let probability = if is_unsure { 1.0 } else { 0.1 };
        let Some(row) = first.get(&document.id()) else {
            assert!(!is_unsure, "{} is left out", document.id());
            continue;
        };
        assert!((row.real("inclusion_probability") - probability).abs() < 1e-12);
        assert!((row.real("sampling_weight") - 1.0 / probability).abs() < 1e-12);
    }
    // A tenth of 2400, with four standard deviations to each side.
    let n_sure = first.values().filter(|row| row.real("confidence") >= 0.6);
    let n_sure = n_sure.count();
    assert!((181..=299).contains(&n_sure), "{n_sure}");

    write_predictions(&example, &documents(N_DOCUMENTS + 500));
    let larger = sample(&example, "larger.parquet", "november");
    assert!(first.keys().all(|id| larger.contains_key(id)));
    let new = larger.keys().filter(|id| !first.contains_key(*id));
    assert!(new.min() >= Some(&Document::new(N_DOCUMENTS).id()));
    let other = sample(&example, "other.parquet", "december");
    assert!(!first.keys().all(|id| other.contains_key(id)));
}

#[test]
fn weighted_error_rates_are_nearer_the_truth_than_plain_ones() {
    let example = Example::copied("document_checks");
    let documents = documents(N_DOCUMENTS);
    write_predictions(&example, &documents);
    let drawn = sample(&example, "sample.parquet", "november");
    check_by_people(&example, &documents, &drawn);
    let rates = example.rows(&["--config", "crowdrank.toml", "-f", "error_rates.sql"]);
    let classes: Vec<Option<&str>> = rates
        .iter()
        .map(|row| row.text("predicted_class"))
        .collect();
    let expected = [None, Some(CLASSES[0]), Some(CLASSES[1]), Some(CLASSES[2])];
    assert_eq!(classes, expected);
    for row in &rates {
        let class = row.text("predicted_class");
        let truth = true_rate(&documents, class);
        let (rate, plain) = (row.real("error_rate"), row.real("unweighted_error_rate"));
        let se = row.real("error_rate_se");
        assert!((rate - truth).abs() < (plain - truth).abs(), "{row:?}");
        assert!((rate - truth).abs() < 3.0 * se, "{truth}: {row:?}");
        assert!(se > 0.0 && se < 0.05, "{row:?}");
    }
    let overall = &rates[0];
    assert_eq!(overall.whole("n_checked"), Some(drawn.len() as i64));
    let n_documents = overall.real("n_documents");
    assert!((n_documents / N_DOCUMENTS as f64 - 1.0).abs() < 0.2);
    let ratio = overall.real("n_errors") / n_documents;
    assert!((ratio - overall.real("error_rate")).abs() < 1e-12);
}

#[test]
fn the_retraining_set_has_corrections_and_what_both_are_sure_of() {
    let example = Example::copied("document_checks");
    let documents = documents(N_DOCUMENTS);
    write_predictions(&example, &documents);
    let drawn = sample(&example, "sample.parquet", "november");
    check_by_people(&example, &documents, &drawn);
    let parameters = ["--param", "confirmed_from:double=0.9"];
    let statement = ["--config", "crowdrank.toml", "-f", "retraining_set.sql"];
    example.write(
        "retraining_set.parquet",
        &[&statement[..], &parameters].concat(),
    );
    let rows = read_files(&[example.path("retraining_set.parquet")]);

    let in_sample = documents.iter().filter(|d| drawn.contains_key(&d.id()));
    // Where the model is right, all three people are.
    let wanted: BTreeSet<(String, String, String)> = in_sample
        .filter(|document| document.is_wrong() || document.confidence >= 0.9)
        .map(|document| {
            let reason = if document.is_wrong() {
                "corrected"
            } else {
                "confirmed"
            };
            (document.id(), document.truth.to_owned(), reason.to_owned())
        })
        .collect();
    let found: BTreeSet<(String, String, String)> = rows
        .iter()
        .map(|row| (row.id("document_id"), row.id("label"), row.id("reason")))
        .collect();
    assert_eq!(found, wanted);
    assert_eq!(rows.len(), wanted.len());
    let n_confirmed = rows
        .iter()
        .filter(|row| row.id("reason") == "confirmed")
        .count();
    assert!(n_confirmed > 50 && n_confirmed < rows.len() - 50);
}
