//! `croissant.json`: files, tables and columns of a snapshot in the Croissant 1.0 vocabulary of `MLCommons`.
//!
//! The files of a table are a set by their glob, because readers know no set of single files; each is also listed
//! with its hash. Prose for people is elsewhere.

use chrono::Datelike;
use datafusion::arrow::datatypes::{DataType, Field};
use serde_json::{Value, json};

use super::Card;
use super::schema::meaning;
use crate::error::Result;
use crate::publish::{SPLITS, WrittenTable, row_meaning, table_names};

const PARQUET: &str = "application/x-parquet";

/// Indented JSON-LD.
pub(in crate::job) fn croissant(card: &Card<'_>) -> Result<String> {
    let tables: Vec<Table<'_>> = table_names()
        .filter_map(|name| Table::of(card, name))
        .collect();
    let mut distribution: Vec<Value> = Vec::new();
    for table in &tables {
        distribution.push(table.file_set());
        distribution.extend(table.files());
    }
    let mut document = json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": card.title(),
        "description": card.introduction().trim_end(),
        "identifier": card.snapshot_id,
        "version": version(card),
        "datePublished": card.as_of.date().to_string(),
        "citeAs": cite_as(card),
        "isLiveDataset": false,
        "distribution": distribution,
        "recordSet": tables.iter().map(|table| table.record_set(card)).collect::<Vec<Value>>(),
    });
    if let Some(license) = &card.config.output.license {
        document["license"] = json!(license);
    }
    let bytes = crate::manifest::to_json(&document)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The day as the three numbers of a version.
fn version(card: &Card<'_>) -> String {
    let day = card.as_of.date();
    format!("{}.{}.{}", day.year(), day.month(), day.day())
}

fn cite_as(card: &Card<'_>) -> String {
    format!(
        "@misc{{{}, title={{{}}}, note={{Snapshot of {}, made by crowdrank {}}}}}",
        card.snapshot_id,
        card.title(),
        card.as_of,
        env!("CARGO_PKG_VERSION"),
    )
}

/// One published table with the files of all its splits.
struct Table<'a> {
    name: &'static str,
    written: Vec<&'a WrittenTable>,
}

impl<'a> Table<'a> {
    fn of(card: &Card<'a>, name: &'static str) -> Option<Self> {
        let written: Vec<&WrittenTable> = card
            .tables
            .iter()
            .filter(|written| written.spec.table == name)
            .collect();
        (!written.is_empty()).then_some(Self { name, written })
    }

    fn set_id(&self) -> String {
        format!("{}-files", self.name)
    }

    fn is_split(&self) -> bool {
        self.written
            .iter()
            .any(|written| SPLITS.contains(&written.spec.prefix.as_str()))
    }

    fn file_set(&self) -> Value {
        let folders = if self.is_split() { "/*" } else { "" };
        json!({
            "@type": "cr:FileSet",
            "@id": self.set_id(),
            "name": self.set_id(),
            "description": format!("The files of {}.", self.name),
            "encodingFormat": PARQUET,
            "includes": format!("{}{folders}/*.parquet", self.name),
        })
    }

    fn files(&self) -> impl Iterator<Item = Value> {
        let files = self.written.iter().flat_map(|written| &written.files);
        files.map(|file| {
            json!({
                "@type": "cr:FileObject",
                "@id": file.path,
                "name": file.path,
                "contentUrl": file.path,
                "contentSize": format!("{} B", file.bytes),
                "encodingFormat": PARQUET,
                "sha256": file.sha256,
            })
        })
    }

    fn record_set(&self, card: &Card<'_>) -> Value {
        let schema = self.written.first().map(|written| &written.spec.schema);
        let fields = schema.into_iter().flat_map(|schema| schema.fields());
        let mut fields: Vec<Value> = fields.map(|field| self.field(card, field)).collect();
        if self.is_split() {
            fields.push(self.split_field());
        }
        json!({
            "@type": "cr:RecordSet",
            "@id": self.name,
            "name": self.name,
            "description": format!("One row is: {}", row_meaning(self.name)),
            "field": fields,
        })
    }

    fn field(&self, card: &Card<'_>, field: &Field) -> Value {
        let (data_type, is_list) = match field.data_type() {
            DataType::List(element) => (element.data_type(), true),
            data_type => (data_type, false),
        };
        let mut described = json!({
            "@type": "cr:Field",
            "@id": format!("{}/{}", self.name, field.name()),
            "name": field.name(),
            "description": meaning(card, self.name, field.name()),
            "dataType": type_name(data_type),
            "source": {
                "fileSet": {"@id": self.set_id()},
                "extract": {"column": field.name()},
            },
        });
        if is_list {
            described["repeated"] = json!(true);
        }
        described
    }

    /// The split stands in the path, not in a column.
    fn split_field(&self) -> Value {
        json!({
            "@type": "cr:Field",
            "@id": format!("{}/split", self.name),
            "name": "split",
            "description": "The split that the row belongs to.",
            "dataType": "sc:Text",
            "source": {
                "fileSet": {"@id": self.set_id()},
                "extract": {"fileProperty": "fullpath"},
                "transform": {"regex": format!("{}/([^/]+)/.*", self.name)},
            },
        })
    }
}

fn type_name(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "sc:Boolean",
        DataType::Int8 => "cr:Int8",
        DataType::Int32 => "cr:Int32",
        DataType::Int64 => "cr:Int64",
        DataType::Float32 => "cr:Float32",
        DataType::Float64 => "cr:Float64",
        DataType::Date32 => "sc:Date",
        DataType::Timestamp(..) => "sc:DateTime",
        _ => "sc:Text",
    }
}

/// The vocabulary, as the standard fixes it.
fn context() -> Value {
    let same = [
        "citeAs",
        "column",
        "equivalentProperty",
        "extract",
        "field",
        "fileObject",
        "fileProperty",
        "fileSet",
        "format",
        "includes",
        "isLiveDataset",
        "jsonPath",
        "key",
        "md5",
        "parentField",
        "path",
        "recordSet",
        "references",
        "regex",
        "repeated",
        "replace",
        "samplingRate",
        "separator",
        "source",
        "subField",
        "transform",
    ];
    let mut context = json!({
        "@language": "en",
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
    });
    for name in same {
        context[name] = json!(format!("cr:{name}"));
    }
    context
}
