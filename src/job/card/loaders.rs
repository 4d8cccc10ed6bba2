//! Lines that load the snapshot, for each reader, as they stand; they run from the snapshot's own folder.
//!
//! `make test-trainers` runs every one of them. What training needs is printed only where there are features.

use super::Card;
use super::markdown::listed;
use crate::config::ProjectKind;

/// One reader: its name, the lines that load, the lines that train.
struct Loader {
    reader: &'static str,
    load: &'static str,
    train: Option<&'static str>,
}

/// A reader whose lines stand in `loaders/`.
macro_rules! loader {
    ($reader:literal, $file:literal) => {
        Loader {
            reader: $reader,
            load: include_str!(concat!("loaders/", $file, ".load.py")),
            train: None,
        }
    };
    ($reader:literal, $file:literal, trains) => {
        Loader {
            train: Some(include_str!(concat!("loaders/", $file, ".train.py"))),
            ..loader!($reader, $file)
        }
    };
}

const OF_RANKINGS: &[Loader] = &[
    loader!("LightGBM", "lightgbm", trains),
    loader!("XGBoost", "xgboost", trains),
    loader!("CatBoost", "catboost", trains),
    loader!("Hugging Face datasets", "datasets"),
    loader!("polars", "polars"),
    loader!("pyarrow", "pyarrow"),
    loader!("DuckDB", "duckdb"),
    loader!("Ray Data", "ray"),
    loader!("Croissant", "mlcroissant"),
];

const OF_LABELS: &[Loader] = &[
    loader!("Hugging Face datasets", "datasets"),
    loader!("polars", "polars_labels"),
    loader!("pyarrow", "pyarrow_labels"),
    loader!("DuckDB", "duckdb_labels"),
    loader!("Ray Data", "ray_labels"),
    loader!("Croissant", "mlcroissant"),
];

/// Finds the current snapshot of the dataset that this one belongs to.
const NEWEST: &str = include_str!("loaders/newest.py");

/// A section for each reader.
pub(super) fn loaders(card: &Card<'_>) -> String {
    let loaders = match card.config.project.kind {
        ProjectKind::SideBySide => OF_RANKINGS,
        ProjectKind::Classification => OF_LABELS,
    };
    let can_train = !card.features.is_empty()
        && ["train", "test"]
            .iter()
            .all(|split| card.n_rows("pointwise", split) > 0);
    let sections = loaders.iter().map(|loader| {
        let train = loader.train.filter(|_| can_train).unwrap_or_default();
        format!(
            "\n### {}\n\n{}",
            loader.reader,
            fenced(&[loader.load, train])
        )
    });
    let sections: String = sections.collect();
    format!(
        "The lines run as they stand in the folder of this file.{}\n{sections}",
        without_rows(card)
    )
}

/// Which folders a reader of configurations will miss.
fn without_rows(card: &Card<'_>) -> String {
    let empty = card.tables.iter().filter(|written| written.n_rows() == 0);
    let folders: Vec<String> = empty
        .map(|written| format!("`{}`", written.spec.folder))
        .collect();
    if folders.is_empty() {
        return String::new();
    }
    format!(
        " Without rows, and so without a configuration, which `datasets` could not load: {}.",
        listed(&folders)
    )
}

/// The lines that find the newest snapshot.
pub(super) fn newest() -> String {
    fenced(&[NEWEST])
}

fn fenced(parts: &[&str]) -> String {
    format!("```python\n{}```\n", parts.concat())
}
