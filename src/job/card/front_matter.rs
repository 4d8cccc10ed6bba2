//! The YAML at the head of the card: what a dataset viewer and the `datasets` library read of it.
//!
//! Every table is a configuration with its splits, its columns and their rows; prose is elsewhere.

use std::fmt::Write;

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
    let mut yaml = String::from("---\n");
    yaml.push_str(&head(card));
    yaml.push_str("configs:\n");
    for (idx, configuration) in configurations.iter().enumerate() {
        let is_first = idx == 0;
        yaml.push_str(&files(configuration));
        if is_first {
            yaml.push_str("  default: true\n");
        }
    }
    yaml.push_str("dataset_info:\n");
    for configuration in &configurations {
        yaml.push_str(&columns_and_rows(configuration));
    }
    yaml.push_str("---\n\n");
    yaml
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
    let mut yaml = format!("pretty_name: {}\n", quoted(&card.title()));
    if let Some(license) = &card.config.output.license {
        push(&mut yaml, &format!("license: {}", quoted(license)));
    }
    push(&mut yaml, &format!("task_categories:\n- {task}"));
    push(&mut yaml, "tags:");
    for tag in tags {
        push(&mut yaml, &format!("- {tag}"));
    }
    push(
        &mut yaml,
        &format!("size_categories:\n- {}", size_category(card)),
    );
    yaml
}

fn push(yaml: &mut String, line: &str) {
    yaml.push_str(line);
    yaml.push('\n');
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

fn configurations(tables: &[WrittenTable]) -> Vec<Configuration<'_>> {
    let mut configurations: Vec<Configuration<'_>> = Vec::new();
    for written in tables {
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
    let mut yaml = format!("- config_name: {}\n  data_files:\n", configuration.table);
    for written in &configuration.splits {
        let folder = &written.spec.folder;
        // Writing to a string cannot fail.
        let _written = write!(
            yaml,
            "  - split: {}\n    path: {folder}/*.parquet\n",
            split_name(written)
        );
    }
    yaml
}

/// The columns, so that no reader has to guess them, and the rows, which `datasets` counts again.
///
/// Without a number of bytes `datasets` ignores the rows; it compares none, so that those of the files will do.
fn columns_and_rows(configuration: &Configuration<'_>) -> String {
    let mut yaml = format!("- config_name: {}\n  features:\n", configuration.table);
    if let Some(written) = configuration.splits.first() {
        for field in written.spec.schema.fields() {
            yaml.push_str(&column(field));
        }
    }
    yaml.push_str("  splits:\n");
    for written in &configuration.splits {
        // Writing to a string cannot fail.
        let _written = write!(
            yaml,
            "  - name: {}\n    num_examples: {}\n    num_bytes: {}\n",
            split_name(written),
            written.n_rows(),
            written.n_bytes()
        );
    }
    yaml
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
