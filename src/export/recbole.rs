//! Atomic files for `RecBole`: `<folder>.<split>.inter`, `<folder>.item` and `<folder>.user`, where the last name
//! of the folder is the name of the dataset and a query stands in the place of the user.
//!
//! Read it with `dataset: <folder>`, `data_path:` the folder above it, and
//! `benchmark_filename: [train, validation, test]`, which keeps the splits. `rating` is the label, 0..4; `score` and
//! `weight` of a row follow, then the features. In texts tabs and line ends become spaces. A category is a sequence
//! of its levels, each one word. In ids white space, control characters and `% " # |` are percent-encoded, and so is
//! the first letter of an id that pandas takes for a missing value, such as NA.

use std::io::Write;

use datafusion::arrow::array::{Array, RecordBatch, StringArray};

use super::output::{Output, OutputFile};
use super::rows::{Candidates, Entities};
use super::text::{one_line, word};
use super::{Format, ITEMS, POINTWISE, Part, QUERIES, Sink};
use crate::error::Result;
use crate::ranking::opening_lines;

/// What pandas reads as no value, besides the empty text and what holds a `#`.
const MISSING_WORDS: [&str; 11] = [
    "-NaN", "-nan", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
];

/// Stands between the levels of a category.
const LEVELS: &str = " > ";

#[derive(Debug)]
pub(super) struct RecBole;

impl Format for RecBole {
    fn name(&self) -> &'static str {
        "recbole"
    }

    fn summary(&self) -> &'static str {
        "RecBole's atomic files: interactions, items, users (the queries)"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("recbole.rs"))
    }

    fn tables(&self) -> &'static [&'static str] {
        &[POINTWISE, ITEMS, QUERIES]
    }

    fn open(&self, part: &Part<'_>, output: &mut Output) -> Result<Box<dyn Sink>> {
        let name = &part.shape.folder_name;
        if part.table == POINTWISE {
            let mut file = output.file(format!("{name}.{}.inter", part.split))?;
            let features = part.shape.features.clone();
            file.part(interaction_header(&features).as_bytes())?;
            return Ok(Box::new(Interactions { features, file }));
        }
        let kind = if part.table == ITEMS { "item" } else { "user" };
        let mut file = output.file(format!("{name}.{kind}"))?;
        file.part(entity_header(kind).as_bytes())?;
        Ok(Box::new(EntityLines { file }))
    }
}

fn interaction_header(features: &[String]) -> String {
    let ids = ["user_id:token", "item_id:token"].map(str::to_owned);
    let numbers = ["rating", "score", "weight"].into_iter();
    let numbers = numbers.chain(features.iter().map(String::as_str));
    let numbers = numbers.map(|name| format!("{name}:float"));
    let fields: Vec<String> = ids.into_iter().chain(numbers).collect();
    fields.join("\t") + "\n"
}

/// `RecBole` keeps one type per name, so that the fields of items and users are called differently.
fn entity_header(kind: &str) -> String {
    let fields = [
        "id:token",
        "title:token_seq",
        "brand:token",
        "category:token_seq",
        "price_usd:float",
    ];
    let header = fields.map(|field| format!("{kind}_{field}")).join("\t");
    format!("{header}\n")
}

struct Interactions {
    features: Vec<String>,
    file: OutputFile,
}

impl Sink for Interactions {
    fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        let rows = Candidates::of(rows, &self.features)?;
        let mut line = Vec::new();
        for row_idx in 0..rows.n_rows {
            line.clear();
            // Writing to a vector cannot fail.
            let _written = write!(
                line,
                "{}\t{}\t{}\t{}\t{}",
                token(rows.query_id.value(row_idx)),
                token(rows.item_id.value(row_idx)),
                rows.label.value(row_idx),
                rows.score.value(row_idx),
                rows.weight.value(row_idx),
            );
            rows.push_features(&mut line, row_idx);
            self.file.row(&line)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<OutputFile>> {
        Ok(vec![self.file])
    }
}

struct EntityLines {
    file: OutputFile,
}

impl Sink for EntityLines {
    fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        let rows = Entities::of(rows)?;
        for row_idx in 0..rows.n_rows {
            let price = rows.price_usd;
            let price = price
                .is_valid(row_idx)
                .then(|| price.value(row_idx).to_string());
            let line = format!(
                "{}\t{}\t{}\t{}\t{}\n",
                token(rows.id.value(row_idx)),
                quoted(&text_at(rows.title, row_idx)),
                quoted(&present(text_at(rows.brand, row_idx))),
                quoted(&levels(&text_at(rows.category, row_idx))),
                price.unwrap_or_default(),
            );
            self.file.row(line.as_bytes())?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<OutputFile>> {
        Ok(vec![self.file])
    }
}

/// The text of a row on one line; a null is empty.
fn text_at(column: &StringArray, row_idx: usize) -> String {
    if column.is_valid(row_idx) {
        one_line(column.value(row_idx))
    } else {
        String::new()
    }
}

/// An id that is surely read as that id.
fn token(id: &str) -> String {
    present(word(id))
}

/// The text, its first letter percent-encoded where pandas would take it for a missing value.
fn present(text: String) -> String {
    if !MISSING_WORDS.contains(&text.as_str()) {
        return text;
    }
    let (first, rest) = text.split_at(1);
    format!("%{:02X}{rest}", first.as_bytes()[0])
}

/// A text in which a quote opens nothing.
fn quoted(text: &str) -> String {
    if text.contains('"') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// The levels of a category, each one word.
fn levels(category: &str) -> String {
    let words = category
        .split(LEVELS)
        .map(|level| level.trim().replace(' ', "_"));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_pandas_takes_for_nothing_is_spelled_otherwise() {
        assert_eq!(token("NA"), "%4EA");
        assert_eq!(token("null"), "%6Eull");
        assert_eq!(token("NA1"), "NA1");
    }

    #[test]
    fn a_category_is_a_sequence_of_words() {
        assert_eq!(levels("Home & Kitchen > Lamps"), "Home_&_Kitchen Lamps");
        assert_eq!(levels(""), "");
        assert_eq!(quoted("12\" disc"), "\"12\"\" disc\"");
    }
}
