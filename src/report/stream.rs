//! Results that are too large to wait for: Parquet and Arrow go to stdout batch by batch.
//!
//! The other formats are for people and small programs: they are made at once.

use std::io::{Stdout, Write, stdout};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::parquet::arrow::{ArrowSchemaConverter, ArrowWriter};
use datafusion::parquet::basic::Type;
use datafusion::parquet::file::properties::WriterProperties;

use super::{is_stdout_closed, note_lost};

/// A result on its way to stdout.
pub(crate) enum Stream {
    Parquet(Box<ArrowWriter<Out>>),
    Arrow(Box<StreamWriter<Out>>),
}

impl Stream {
    pub(crate) fn parquet(schema: &SchemaRef) -> Result<Self, ArrowError> {
        let properties = writer_properties(schema)?;
        let writer = ArrowWriter::try_new(Out::new(), SchemaRef::clone(schema), Some(properties))?;
        Ok(Self::Parquet(Box::new(writer)))
    }

    pub(crate) fn arrow(schema: &SchemaRef) -> Result<Self, ArrowError> {
        let writer = StreamWriter::try_new(Out::new(), schema)?;
        Ok(Self::Arrow(Box::new(writer)))
    }

    /// Whether more is wanted: nobody may be reading any longer.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<bool, ArrowError> {
        match self {
            Self::Parquet(writer) => writer.write(batch)?,
            Self::Arrow(writer) => writer.write(batch)?,
        }
        Ok(!is_stdout_closed())
    }

    pub(crate) fn finish(self) -> Result<(), ArrowError> {
        match self {
            Self::Parquet(writer) => writer.close().map(|_| ())?,
            Self::Arrow(mut writer) => writer.finish()?,
        }
        Ok(())
    }
}

/// Floats hardly repeat: a dictionary of them costs time and space.
fn writer_properties(schema: &SchemaRef) -> Result<WriterProperties, ArrowError> {
    let columns = ArrowSchemaConverter::new().convert(schema)?;
    let is_float = |kind: Type| matches!(kind, Type::FLOAT | Type::DOUBLE);
    let floats = columns
        .columns()
        .iter()
        .filter(|column| is_float(column.physical_type()));
    let properties = floats.fold(WriterProperties::builder(), |properties, column| {
        properties.set_column_dictionary_enabled(column.path().clone(), false)
    });
    Ok(properties.build())
}

/// Stdout: what cannot be written is noted, not an error of the query.
pub(crate) struct Out(Stdout);

impl Out {
    fn new() -> Self {
        Self(stdout())
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Err(error) = self.0.write_all(bytes) {
            note_lost(&error);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if let Err(error) = self.0.flush() {
            note_lost(&error);
        }
        Ok(())
    }
}
