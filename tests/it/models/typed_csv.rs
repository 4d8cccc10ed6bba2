//! Small tables as CSV with a type beside each name, such as `query_id:text,weight:double`.
//!
//! An empty cell is null, `""` an empty text; `|` separates the elements of a list. It knows no model.

use std::error::Error;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, ListArray, RecordBatch, StringArray, StructArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, TimeUnit};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

/// A cell as it is written.
pub(crate) type Cell = Option<String>;

pub(crate) type Fallible<T> = Result<T, Box<dyn Error>>;

/// The types that a header can name.
fn scalar_types() -> [(&'static str, DataType); 11] {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    [
        ("text", DataType::Utf8),
        ("tinyint", DataType::Int8),
        ("int", DataType::Int32),
        ("bigint", DataType::Int64),
        ("ubigint", DataType::UInt64),
        ("float", DataType::Float32),
        ("double", DataType::Float64),
        ("bool", DataType::Boolean),
        ("timestamp", instant),
        ("date", DataType::Date32),
        ("solutions", DataType::new_list(solution_type(), true)),
    ]
}

/// One accepted answer of a control task; written `answer=weight`.
fn solution_type() -> DataType {
    let answer = Field::new("answer", DataType::Utf8, true);
    let weight = Field::new("weight", DataType::Float64, true);
    DataType::Struct(Fields::from(vec![answer, weight]))
}

fn type_of(name: &str) -> Fallible<DataType> {
    if let Some(element) = name
        .strip_prefix("list<")
        .and_then(|rest| rest.strip_suffix('>'))
    {
        return Ok(DataType::new_list(type_of(element)?, true));
    }
    let known = scalar_types()
        .into_iter()
        .find(|(known, _)| *known == name)
        .map(|(_, data_type)| data_type);
    known.ok_or_else(|| format!("there is no type {name}").into())
}

/// The header's word for a type; whether elements may be null does not matter.
pub(crate) fn name_of(data_type: &DataType) -> String {
    let known = scalar_types()
        .into_iter()
        .find(|(_, known)| known == data_type)
        .map(|(name, _)| name.to_owned());
    match (known, data_type) {
        (Some(name), _) => name,
        (None, DataType::List(element)) => format!("list<{}>", name_of(element.data_type())),
        (None, other) => other.to_string(),
    }
}

/// Reads a table; every row must have as many cells as the header.
pub(crate) fn read(text: &str) -> Fallible<RecordBatch> {
    let mut lines = text.lines().filter(|line| !line.is_empty());
    let header = lines.next().ok_or("an empty file")?;
    let rows: Vec<Vec<Cell>> = lines.map(cut).collect();
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (column_idx, title) in header.split(',').enumerate() {
        let (name, type_name) = title
            .split_once(':')
            .ok_or_else(|| format!("no type in the header {title}"))?;
        let mut cells = Vec::new();
        for row in &rows {
            let n_titles = header.split(',').count();
            if row.len() != n_titles {
                return Err(format!("{} cells instead of {n_titles} in {row:?}", row.len()).into());
            }
            cells.push(row[column_idx].clone());
        }
        let data_type = type_of(type_name)?;
        columns.push(column(&cells, &data_type).map_err(|error| format!("{name}: {error}"))?);
        fields.push(Field::new(name, data_type, true));
    }
    Ok(RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        columns,
    )?)
}

/// The cells of one line; quotes keep commas, and are doubled inside quotes.
fn cut(line: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut cell: Cell = None;
    let mut is_quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.get_or_insert_default().push('"');
            }
            '"' => {
                is_quoted = !is_quoted;
                cell.get_or_insert_default();
            }
            ',' if !is_quoted => cells.push(cell.take()),
            other => cell.get_or_insert_default().push(other),
        }
    }
    cells.push(cell);
    cells
}

fn column(cells: &[Cell], data_type: &DataType) -> Fallible<ArrayRef> {
    match data_type {
        DataType::List(element) => {
            let is_valid = cells.iter().map(Option::is_some).collect::<NullBuffer>();
            let lists: Vec<Vec<Cell>> = cells
                .iter()
                .map(|cell| match cell.as_deref() {
                    None | Some("") => Vec::new(),
                    Some(text) => text.split('|').map(|part| Some(part.to_owned())).collect(),
                })
                .collect();
            let offsets = OffsetBuffer::from_lengths(lists.iter().map(Vec::len));
            let values = column(&lists.concat(), element.data_type())?;
            let list = ListArray::try_new(Arc::clone(element), offsets, values, Some(is_valid))?;
            Ok(Arc::new(list))
        }
        DataType::Struct(fields) => {
            let parts = cells.iter().flatten().map(|cell| cell.split_once('='));
            let parts: Vec<(&str, &str)> = parts.map(Option::unwrap_or_default).collect();
            let answers = StringArray::from_iter_values(parts.iter().map(|(answer, _)| answer));
            let weights: Float64Array = parts
                .iter()
                .map(|(_, weight)| weight.parse().ok())
                .collect();
            let columns: Vec<ArrayRef> = vec![Arc::new(answers), Arc::new(weights)];
            Ok(Arc::new(StructArray::try_new(
                fields.clone(),
                columns,
                None,
            )?))
        }
        _ => {
            let texts: StringArray = cells.iter().map(Option::as_deref).collect();
            let options = CastOptions {
                safe: false,
                ..CastOptions::default()
            };
            Ok(cast_with_options(&texts, data_type, &options)?)
        }
    }
}

/// The cells of a column, written as `read` reads them.
pub(crate) fn cells(column: &ArrayRef) -> Fallible<Vec<Cell>> {
    if let Some(lists) = column.as_list_opt::<i32>() {
        let join = |list: Option<ArrayRef>| -> Fallible<Cell> {
            let Some(list) = list else { return Ok(None) };
            let elements = cells(&list)?;
            let texts: Vec<String> = elements
                .into_iter()
                .map(Option::unwrap_or_default)
                .collect();
            Ok(Some(texts.join("|")))
        };
        return lists.iter().map(join).collect();
    }
    if let Some(solutions) = column.as_struct_opt() {
        let answers = cells(solutions.column(0))?;
        let weights = cells(solutions.column(1))?;
        let pairs = answers.into_iter().zip(weights);
        let join = |(answer, weight): (Cell, Cell)| {
            Some(format!(
                "{}={}",
                answer.unwrap_or_default(),
                weight.unwrap_or_default()
            ))
        };
        return Ok(pairs.map(join).collect());
    }
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column, &options)?;
    let cell = |row_idx| {
        column
            .is_valid(row_idx)
            .then(|| formatter.value(row_idx).to_string())
    };
    Ok((0..column.len()).map(cell).collect())
}

/// A table as `read` reads it.
pub(crate) fn write(table: &RecordBatch) -> Fallible<String> {
    let schema = table.schema();
    let title = |field: &Arc<Field>| format!("{}:{}", field.name(), name_of(field.data_type()));
    let titles: Vec<String> = schema.fields().iter().map(title).collect();
    let columns: Vec<Vec<Cell>> = table.columns().iter().map(cells).collect::<Fallible<_>>()?;
    let mut text = titles.join(",") + "\n";
    for row_idx in 0..table.num_rows() {
        let row: Vec<String> = columns
            .iter()
            .map(|cells| quoted(cells[row_idx].as_deref()))
            .collect();
        text.push_str(&row.join(","));
        text.push('\n');
    }
    Ok(text)
}

fn quoted(cell: Option<&str>) -> String {
    match cell {
        None => String::new(),
        Some(text) if text.is_empty() || text.contains([',', '"']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Some(text) => text.to_owned(),
    }
}
