//! Cards of tables that were never written: what is printed when.

use std::collections::BTreeMap;

use super::*;
use crate::manifest::{Audit, FileEntry, Severity};
use crate::publish::TableSpec;

/// One table or split with so many rows.
fn written(table: &str, split: Option<&str>, rows: u64) -> WrittenTable {
    let spec = match split {
        Some(split) => TableSpec::of_split(table, split, rows, &[]).unwrap(),
        None => TableSpec::of_table(table, rows).unwrap(),
    };
    let file = FileEntry {
        path: format!("{}/{}-00000-of-00001.parquet", spec.folder, spec.prefix),
        rows,
        bytes: 100,
        sha256: "0".repeat(64),
        row_groups: 1,
        qid_min: None,
        qid_max: None,
    };
    WrittenTable {
        spec,
        files: vec![file],
    }
}

/// What a card is made of, with everything empty that may be.
struct Parts {
    config: Config,
    tables: Vec<WrittenTable>,
    features: Vec<FeatureColumn>,
    ledger: Vec<LedgerLine>,
    figures: Figures,
}

impl Parts {
    fn of(kind: ProjectKind) -> Self {
        let mut config = Config::default();
        config.project.kind = kind;
        let tables = match kind {
            ProjectKind::SideBySide => vec![
                written("pointwise", Some("train"), 8),
                written("pointwise", Some("test"), 2),
                written("items", None, 1_000),
            ],
            ProjectKind::Classification => vec![written("labels", None, 3)],
        };
        Self {
            config,
            tables,
            features: Vec::new(),
            ledger: Vec::new(),
            figures: Figures::default(),
        }
    }

    fn card(&self) -> Card<'_> {
        Card {
            config: &self.config,
            as_of: "2026-11-05T10:00:00Z".parse().unwrap(),
            snapshot_id: "2026-11-05-01ARZ3NDEKTSV4RRFFQ69G5FAV",
            inputs: &[],
            tables: &self.tables,
            features: &self.features,
            ledger: &self.ledger,
            figures: &self.figures,
        }
    }
}

fn rating() -> FeatureColumn {
    FeatureColumn {
        name: "f_rating".to_owned(),
        source: "rating".to_owned(),
        meaning: "stars of the candidate".to_owned(),
    }
}

#[test]
fn lines_train_where_there_are_features_and_rows_to_learn_from() {
    let mut parts = Parts::of(ProjectKind::SideBySide);
    let without = readme(&parts.card());
    assert!(without.contains("### LightGBM") && !without.contains("lightgbm.train("));
    assert!(without.contains("There are no feature columns"));

    parts.features.push(rating());
    let with = readme(&parts.card());
    for line in ["lightgbm.train(", "xgboost.train(", "catboost.CatBoost("] {
        assert!(with.contains(line), "{line}");
    }
    assert!(with.contains("| `f_rating` | `rating` | stars of the candidate |"));
    assert!(!with.contains("There are no feature columns"));

    parts.tables[1] = written("pointwise", Some("test"), 0);
    assert!(
        !readme(&parts.card()).contains("lightgbm.train("),
        "nothing to score"
    );
}

#[test]
fn a_license_is_named_only_where_one_is_configured() {
    let mut parts = Parts::of(ProjectKind::SideBySide);
    assert!(!readme(&parts.card()).contains("license:"));
    assert!(!croissant(&parts.card()).unwrap().contains("\"license\""));
    parts.config.output.license = Some("cc-by-4.0".to_owned());
    assert!(readme(&parts.card()).contains("\nlicense: \"cc-by-4.0\"\n"));
    assert!(
        croissant(&parts.card())
            .unwrap()
            .contains("\"license\": \"cc-by-4.0\"")
    );
}

#[test]
fn the_first_table_is_the_default_and_its_rows_give_the_size() {
    let text = readme(&Parts::of(ProjectKind::SideBySide).card());
    assert_eq!(text.matches("  default: true\n").count(), 1);
    let (before, _) = text.split_once("  default: true\n").unwrap();
    assert!(
        before.contains("- config_name: pointwise\n") && !before.contains("config_name: items")
    );
    assert!(
        text.contains("size_categories:\n- n<1K\n"),
        "ten rows, not a thousand items"
    );
    assert!(text.contains("  - name: train\n    num_examples: 8\n    num_bytes: 100\n"));
    assert!(text.contains(
        "- config_name: items\n  data_files:\n  - split: train\n    path: items/*.parquet\n"
    ));
}

#[test]
fn a_classification_has_labels_instead_of_scores() {
    let mut parts = Parts::of(ProjectKind::Classification);
    parts.config.labels.options = vec!["ok".to_owned(), "bad".to_owned()];
    let text = readme(&parts.card());
    assert!(text.contains("# Labels as of 2026-11-05\n"));
    assert!(text.contains("one of the labels `ok` and `bad`"));
    assert!(text.contains("duckdb.sql(\"select * from 'labels/*.parquet'\")"));
    for word in ["lightgbm", "pointwise", "## Splits"] {
        assert!(!text.contains(word), "{word}");
    }
    let audit = Audit {
        code: "groups".to_owned(),
        severity: Severity::Fail,
        passed: true,
        observed: "every query".to_owned(),
    };
    let page = report_html(&parts.card(), &["a <warning>".to_owned()], &[&audit]);
    assert!(page.contains("<td>held</td><td>every query</td>"), "{page}");
    assert!(page.contains("a &lt;warning&gt;") && !page.contains("<script"));
}

#[test]
fn a_correction_is_told_as_one_and_a_refusal_with_its_reason() {
    let mut parts = Parts::of(ProjectKind::SideBySide);
    let fits = &mut parts.figures.fits;
    (fits.left_share, fits.left_share_z) = (Some(0.6), Some(9.0));
    for (status, words) in [
        ("corrected", "it is taken out of the scores"),
        ("not_significant", "not significant, and left in"),
        ("one_order_only", "(one order only), and is left in"),
        ("off", "The scores take no notice of it"),
    ] {
        parts.figures.fits.position_bias_status = status.to_owned();
        let text = readme(&parts.card());
        assert!(
            text.contains("60.0 % of the answers that chose a side"),
            "{status}"
        );
        assert!(text.contains(words), "{status}");
    }
}

#[test]
fn croissant_lists_every_file_and_counts_the_day_as_a_version() {
    let parts = Parts::of(ProjectKind::SideBySide);
    let document: serde_json::Value =
        serde_json::from_str(&croissant(&parts.card()).unwrap()).unwrap();
    assert_eq!(document["version"], "2026.11.5");
    let listed = document["distribution"].as_array().unwrap();
    let by_id: BTreeMap<&str, &serde_json::Value> = listed
        .iter()
        .map(|entry| (entry["@id"].as_str().unwrap(), entry))
        .collect();
    assert_eq!(
        by_id["pointwise-files"]["includes"],
        "pointwise/*/*.parquet"
    );
    assert_eq!(by_id["items-files"]["includes"], "items/*.parquet");
    let file = by_id["pointwise/test/test-00000-of-00001.parquet"];
    assert_eq!(
        (&file["contentSize"], &file["sha256"]),
        (&"100 B".into(), &"0".repeat(64).into())
    );
    let fields = document["recordSet"][0]["field"].as_array().unwrap();
    assert_eq!(fields.len(), 16, "fifteen columns and the split");
}

#[test]
fn what_has_no_rows_has_no_configuration_and_is_named() {
    let mut parts = Parts::of(ProjectKind::SideBySide);
    parts.tables.push(written("bans", None, 0));
    parts.tables.push(written("lists", Some("test"), 0));
    parts.tables.push(written("lists", Some("train"), 1));
    let text = readme(&parts.card());
    assert!(!text.contains("config_name: bans") && text.contains("### bans\n"));
    assert!(text.contains("path: lists/train/*.parquet") && !text.contains("path: lists/test"));
    assert!(text.contains("could not load: `bans` and `lists/test`."));
}
