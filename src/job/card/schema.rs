//! The columns of every published table as the card lists them, feature columns included.
//!
//! The sentences of fixed columns stand beside the columns themselves, in `publish`.

use datafusion::arrow::datatypes::{DataType, Field};

use super::Card;
use super::markdown::{count, table};
use crate::publish::{WrittenTable, column_meaning, row_meaning, table_names};

/// Every table that was written, one list of columns each.
pub(super) fn tables(card: &Card<'_>) -> String {
    let described: Vec<String> = table_names()
        .filter_map(|name| described(card, name))
        .collect();
    described.join("\n")
}

fn described(card: &Card<'_>, name: &str) -> Option<String> {
    let of_table = |written: &&WrittenTable| written.spec.table == name;
    let written: Vec<&WrittenTable> = card.tables.iter().filter(of_table).collect();
    let fields = written.first()?.spec.schema.fields();
    let rows: Vec<Vec<String>> = fields
        .iter()
        .map(|field| column(card, name, field))
        .collect();
    Some(format!(
        "### {name}\n\nOne row is: {} {} rows.\n\n{}",
        lower_first(row_meaning(name)),
        count(written.iter().map(|written| written.n_rows()).sum()),
        table(&["column", "type", "null", "meaning"], &rows)
    ))
}

fn lower_first(sentence: &str) -> String {
    let mut characters = sentence.chars();
    let first = characters
        .next()
        .map(|first| first.to_lowercase().to_string());
    format!("{}{}", first.unwrap_or_default(), characters.as_str())
}

fn column(card: &Card<'_>, table: &str, field: &Field) -> Vec<String> {
    vec![
        format!("`{}`", field.name()),
        type_name(field.data_type()),
        if field.is_nullable() { "yes" } else { "no" }.to_owned(),
        meaning(card, table, field.name()),
    ]
}

/// What a column means, in a sentence.
pub(super) fn meaning(card: &Card<'_>, table: &str, column: &str) -> String {
    if let Some(meaning) = column_meaning(table, column) {
        return meaning.to_owned();
    }
    let feature = card.features.iter().find(|feature| feature.name == column);
    let meaning = feature.map_or("a number for training", |feature| &feature.meaning);
    format!("Feature: {meaning}.")
}

fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 => "text".to_owned(),
        DataType::Timestamp(..) => "timestamp, UTC".to_owned(),
        DataType::List(element) => format!("list of {}", type_name(element.data_type())),
        other => other.to_string().to_lowercase(),
    }
}

/// Where the feature columns come from.
pub(super) fn features(card: &Card<'_>) -> String {
    let features = card.features.iter();
    let rows: Vec<Vec<String>> = features
        .map(|feature| {
            vec![
                format!("`{}`", feature.name),
                format!("`{}`", feature.source),
                feature.meaning.clone(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "There are none: no catalog column is named as a feature in the configuration.\n"
            .to_owned();
    }
    format!(
        "{}\nThe names in this order stand in `manifest.json` under `features`. A value that the catalog lacks is 0; columns that end \
         in `_is_known` tell it from a true 0. The code of a category stands in `categories` and never changes; 0 is unknown.\n",
        table(&["feature", "catalog column", "meaning"], &rows)
    )
}
