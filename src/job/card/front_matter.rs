//! The YAML at the head of the card: what a dataset viewer and the `datasets` library read of it.
//!
//! Every table with rows is a configuration with its splits, its columns and their rows; prose is elsewhere.

use datafusion::arrow::datatypes::{DataType, Field, TimeUnit};

use super::Card;
use crate::config::ProjectKind;
use crate::publish::WrittenTable;

/// The split of a table that has none: readers want a name, and `train` is the one they take for granted.
const WHOLE: &str = "train";

/// A table with the files of each split.
struct Configuration<'a> {
    table: &'a str,
    splits: Vec<&'a WrittenTable>,
}

/// From the first `---` to the second.
pub(super) fn front_matter(card: &Card<'_>) -> String {
    let configurations = configurations(card.tables);
    let mut parts = vec!["---\n".to_owned(), head(card), "configs:\n".to_owned()];
    for (idx, configuration) in configurations.iter().enumerate() {
        parts.push(files(configuration));
        if idx == 0 {
            parts.push("  default: true\n".to_owned());
        }
    }
    parts.push("dataset_info:\n".to_owned());
    parts.extend(configurations.iter().map(columns_and_rows));
    parts.push("---\n\n".to_owned());
    parts.concat()
}

fn head(card: &Card<'_>) -> String {
    let (task, tags): (_, &[&str]) = match card.config.project.kind {
        ProjectKind::SideBySide => (
            "text-ranking",
            &[
                "learning-to-rank",
                "recommendation",
                "preference",
                "crowdsourcing",
            ],
        ),
        ProjectKind::Classification => ("other", &["classification", "crowdsourcing"]),
    };
    let mut lines = vec![format!("pretty_name: {}\n", quoted(&card.title()))];
    if let Some(license) = &card.config.output.license {
        lines.push(format!("license: {}\n", quoted(license)));
    }
    lines.push(format!("task_categories:\n- {task}\ntags:\n"));
    lines.extend(tags.iter().map(|tag| format!("- {tag}\n")));
    lines.push(format!("size_categories:\n- {}\n", size_category(card)));
    lines.concat()
}

/// Text as YAML reads it back, whatever is in it: JSON's quoting is YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The size in the words of the hub, by the rows of the first table.
fn size_category(card: &Card<'_>) -> &'static str {
    let first = card.tables.first().map(|table| table.spec.table.as_str());
    let of_first = card
        .tables
        .iter()
        .filter(|table| Some(table.spec.table.as_str()) == first);
    match of_first.map(WrittenTable::n_rows).sum::<u64>() {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        1_000_000..10_000_000 => "1M<n<10M",
        10_000_000..100_000_000 => "10M<n<100M",
        100_000_000..1_000_000_000 => "100M<n<1B",
        _ => "n>1B",
    }
}

/// Tables and splits with rows: `datasets` refuses to load what has none.
fn configurations(tables: &[WrittenTable]) -> Vec<Configuration<'_>> {
    let mut configurations: Vec<Configuration<'_>> = Vec::new();
    for written in tables.iter().filter(|written| written.n_rows() > 0) {
        let table = written.spec.table.as_str();
        match configurations.iter_mut().find(|known| known.table == table) {
            Some(known) => known.splits.push(written),
            None => configurations.push(Configuration {
                table,
                splits: vec![written],
            }),
        }
    }
    configurations
}

fn split_name(written: &WrittenTable) -> &str {
    if written.spec.prefix == written.spec.table {
        WHOLE
    } else {
        &written.spec.prefix
    }
}

fn files(configuration: &Configuration<'_>) -> String {
    let splits = configuration.splits.iter().map(|written| {
        let (split, folder) = (split_name(written), &written.spec.folder);
        format!("  - split: {split}\n    path: {folder}/*.parquet\n")
    });
    let splits: String = splits.collect();
    format!(
        "- config_name: {}\n  data_files:\n{splits}",
        configuration.table
    )
}

/// The columns, so that no reader has to guess them, and the rows, which `datasets` counts again.
///
/// Without a number of bytes `datasets` ignores the rows; it compares none, so that those of the files will do.
fn columns_and_rows(configuration: &Configuration<'_>) -> String {
    let schema = configuration
        .splits
        .first()
        .map(|written| &written.spec.schema);
    let fields = schema.into_iter().flat_map(|schema| schema.fields());
    let columns: String = fields.map(|field| column(field)).collect();
    let splits = configuration.splits.iter().map(|written| {
        format!(
            "  - name: {}\n    num_examples: {}\n    num_bytes: {}\n",
            split_name(written),
            written.n_rows(),
            written.n_bytes()
        )
    });
    let splits: String = splits.collect();
    format!(
        "- config_name: {}\n  features:\n{columns}  splits:\n{splits}",
        configuration.table
    )
}

fn column(field: &Field) -> String {
    let name = field.name();
    match field.data_type() {
        DataType::List(element) => {
            format!(
                "  - name: {name}\n    list: {}\n",
                type_name(element.data_type())
            )
        }
        data_type => format!("  - name: {name}\n    dtype: {}\n", type_name(data_type)),
    }
}

/// The type in the words of the `datasets` library.
fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 => "string".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) => {
            quoted(&format!("timestamp[us, tz={zone}]"))
        }
        // Numbers and days are called there as here, in lower case.
        other => other.to_string().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_as_the_datasets_library_names_them() {
        let zone = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        assert_eq!(type_name(&zone), "\"timestamp[us, tz=UTC]\"");
        assert_eq!(type_name(&DataType::Float32), "float32");
        assert_eq!(type_name(&DataType::Date32), "date32");
        let element = Field::new("element", DataType::Int64, false);
        let list = Field::new("item_idx", DataType::List(element.into()), false);
        assert_eq!(column(&list), "  - name: item_idx\n    list: int64\n");
    }

    #[test]
    fn text_cannot_break_out_of_its_quotes() {
        assert_eq!(quoted("a: \"b\"\nc"), r#""a: \"b\"\nc""#);
    }
}
