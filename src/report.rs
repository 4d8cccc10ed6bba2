//! The only file that prints: results to stdout, everything else to stderr.

mod progress;
mod stream;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::csv;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::WriterBuilder as JsonWriterBuilder;
use datafusion::arrow::json::writer::{JsonArray, LineDelimited};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::arrow::util::pretty::pretty_format_batches;
use tracing_subscriber::EnvFilter;

use crate::args::{Arguments, LogFormat, OutputFormat};
use crate::error::{Error, Result};
use crate::job::Done;

pub(crate) use progress::Display;
pub(crate) use stream::Stream;

/// Sets up the log by the command line; `RUST_LOG` overrides the level.
pub fn start_log(arguments: &Arguments) {
    let level = if arguments.quiet {
        "warn"
    } else {
        "crowdrank=info,warn"
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    match arguments.log_format {
        LogFormat::Json => builder.json().init(),
        LogFormat::Text => builder
            .with_ansi(std::io::stderr().is_terminal())
            .without_time()
            .init(),
    }
}

/// Help and version go to stdout with 0, mistakes to stderr with 2.
#[must_use]
pub fn usage(error: &clap::Error) -> ExitCode {
    // There is nobody left to tell when this fails.
    let _printed = error.print();
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

/// Logs the error and gives its exit code.
#[must_use]
pub fn failure(error: &Error) -> ExitCode {
    problem(error);
    ExitCode::from(error.exit_code())
}

/// Logs an error that does not end the program.
pub(crate) fn problem(error: &Error) {
    tracing::error!(exit_code = error.exit_code(), "{error}");
}

/// One line of result.
pub(crate) fn line(text: &str) {
    write_out(|out| writeln!(out, "{text}"));
}

/// Whether a result could not be written.
static IS_OUTPUT_LOST: AtomicBool = AtomicBool::new(false);

/// Whether nothing more can be written, for whatever reason.
static IS_STDOUT_CLOSED: AtomicBool = AtomicBool::new(false);

fn is_stdout_closed() -> bool {
    IS_STDOUT_CLOSED.load(Ordering::Relaxed)
}

fn write_out(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = write(&mut out).and_then(|()| out.flush()) {
        note_lost(&error);
    }
}

/// A reader that has seen enough (`| head`) is not an error; a full disk is, told by [`success`].
fn note_lost(error: &std::io::Error) {
    IS_STDOUT_CLOSED.store(true, Ordering::Relaxed);
    if error.kind() != std::io::ErrorKind::BrokenPipe
        && !IS_OUTPUT_LOST.swap(true, Ordering::Relaxed)
    {
        tracing::error!("the result could not be written to stdout: {error}");
    }
}

/// The exit code of a command that did its work: 7 where its result could not be written.
#[must_use]
pub fn success() -> ExitCode {
    ExitCode::from(if IS_OUTPUT_LOST.load(Ordering::Relaxed) {
        7
    } else {
        0
    })
}

/// What a run did, for people.
pub(crate) fn done(done: &Done) {
    match done {
        Done::UpToDate { commit, snapshot } => {
            line(&format!("up to date: commit {commit}: {snapshot}"));
        }
        Done::Published(published) => {
            let manifest = &published.manifest;
            for stage in &manifest.ledger {
                let dropped: Vec<String> = stage
                    .dropped
                    .iter()
                    .map(|(reason, n)| format!("{reason} {n}"))
                    .collect();
                line(&format!(
                    "{:<10} {:>10} in {:>10} out  {}",
                    stage.stage,
                    stage.rows_in,
                    stage.rows_out,
                    dropped.join(", ")
                ));
            }
            for split in &manifest.splits {
                line(&format!(
                    "{:<10} {:>10} queries {:>6} candidates",
                    split.name, split.queries, split.rows
                ));
            }
            for warning in &published.warnings {
                line(&format!("warning    {warning}"));
            }
            line(&format!("content    {}", manifest.content_sha256));
            line(&format!(
                "published commit {}: {}",
                published.commit, published.snapshot
            ));
        }
    }
}

/// A result that goes to stdout batch by batch; none where the format is made at once, by [`rows`].
///
/// # Errors
/// As [`rows`].
pub(crate) fn stream(schema: &SchemaRef, format: OutputFormat) -> Result<Option<Stream>> {
    let stream = match format {
        // A statement that only changes the session.
        _ if schema.fields().is_empty() => return Ok(None),
        OutputFormat::Parquet => Stream::parquet(schema),
        OutputFormat::Arrow => Stream::arrow(schema),
        _ => return Ok(None),
    };
    stream
        .map(Some)
        .map_err(|error| not_writable(&error, format))
}

/// The error of a type that the format cannot hold.
pub(crate) fn not_writable(error: &ArrowError, format: OutputFormat) -> Error {
    Error::Usage(format!(
        "the result cannot be written as {format:?}: {error}; cast it or choose another --format"
    ))
}

/// One JSON document.
///
/// # Errors
/// [`Error::Bug`]: the value is not JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::Bug(format!("the result is not JSON: {error}")))?;
    line(&text);
    Ok(())
}

/// The rows of a query.
///
/// # Errors
/// [`Error::Usage`] for a type that the format cannot hold.
pub(crate) fn rows(schema: &SchemaRef, rows: &[RecordBatch], format: OutputFormat) -> Result<()> {
    // A statement that only changes the session has no result in any format.
    if schema.fields().is_empty() {
        return Ok(());
    }
    let bytes = encoded(schema, rows, format)?;
    write_out(|out| out.write_all(&bytes));
    Ok(())
}

/// The same as bytes, for a file.
///
/// # Errors
/// [`Error::Usage`] for a type that the format cannot hold.
pub(crate) fn encoded(
    schema: &SchemaRef,
    rows: &[RecordBatch],
    format: OutputFormat,
) -> Result<Vec<u8>> {
    encode(schema, rows, format).map_err(|error| not_writable(&error, format))
}

fn encode(
    schema: &SchemaRef,
    rows: &[RecordBatch],
    format: OutputFormat,
) -> std::result::Result<Vec<u8>, ArrowError> {
    let mut bytes = Vec::new();
    let batches: Vec<&RecordBatch> = rows.iter().collect();
    match format {
        OutputFormat::Table => {
            let empty = [RecordBatch::new_empty(Arc::clone(schema))];
            let shown = if rows.is_empty() { &empty[..] } else { rows };
            bytes.extend(pretty_format_batches(shown)?.to_string().bytes());
            bytes.push(b'\n');
        }
        OutputFormat::Csv | OutputFormat::Tsv => {
            let delimiter = if format == OutputFormat::Csv {
                b','
            } else {
                b'\t'
            };
            let mut writer = csv::WriterBuilder::new()
                .with_header(false)
                .with_delimiter(delimiter)
                .build(&mut bytes);
            let header = csv_header(schema, delimiter);
            for batch in rows {
                writer.write(&nested_as_text(batch)?)?;
            }
            drop(writer);
            bytes.splice(0..0, header);
        }
        OutputFormat::Json => {
            let mut writer = json_builder().build::<_, JsonArray>(&mut bytes);
            writer.write_batches(&batches)?;
            writer.finish()?;
            bytes.push(b'\n');
        }
        OutputFormat::Ndjson => {
            let mut writer = json_builder().build::<_, LineDelimited>(&mut bytes);
            writer.write_batches(&batches)?;
            writer.finish()?;
        }
        OutputFormat::Markdown => markdown(schema, rows, &mut bytes)?,
        // These go out as a stream.
        OutputFormat::Parquet | OutputFormat::Arrow => {}
    }
    Ok(bytes)
}

/// A null is a value like any other: its key stands there.
fn json_builder() -> JsonWriterBuilder {
    JsonWriterBuilder::new().with_explicit_nulls(true)
}

/// CSV knows no lists and structs: they are shown as in a table.
fn nested_as_text(batch: &RecordBatch) -> std::result::Result<RecordBatch, ArrowError> {
    let options = FormatOptions::default();
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if !field.data_type().is_nested() {
            fields.push(Arc::clone(field));
            columns.push(Arc::clone(column));
            continue;
        }
        let formatter = ArrayFormatter::try_new(column, &options)?;
        let texts = (0..column.len()).map(|row_idx| {
            column
                .is_valid(row_idx)
                .then(|| formatter.value(row_idx).to_string())
        });
        fields.push(Arc::new(Field::new(field.name(), DataType::Utf8, true)));
        columns.push(Arc::new(texts.collect::<StringArray>()));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// A header even where there is no row.
fn csv_header(schema: &SchemaRef, delimiter: u8) -> Vec<u8> {
    let names: Vec<String> = schema
        .fields()
        .iter()
        .map(|field| {
            let name = field.name();
            let needs_quotes = name
                .bytes()
                .any(|b| b == delimiter || b == b'"' || b == b'\n');
            if needs_quotes {
                format!("\"{}\"", name.replace('"', "\"\""))
            } else {
                name.clone()
            }
        })
        .collect();
    let mut header = names.join(&char::from(delimiter).to_string()).into_bytes();
    header.push(b'\n');
    header
}

fn markdown(
    schema: &SchemaRef,
    rows: &[RecordBatch],
    bytes: &mut Vec<u8>,
) -> std::result::Result<(), ArrowError> {
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    writeln!(bytes, "| {} |", names.join(" | "))?;
    writeln!(bytes, "|{}", "---|".repeat(names.len()))?;
    let options = FormatOptions::default();
    for batch in rows {
        let formatters = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        for row_idx in 0..batch.num_rows() {
            let cells: Vec<String> = formatters
                .iter()
                .map(|f| f.value(row_idx).to_string().replace('|', "\\|"))
                .collect();
            writeln!(bytes, "| {} |", cells.join(" | "))?;
        }
    }
    Ok(())
}
