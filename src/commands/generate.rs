//! `generate`: a seeded shop as Parquet.

use crate::args::GenerateArguments;
use crate::error::Result;
use crate::generate::{Shop, write_shop};
use crate::report;

pub(super) fn run(arguments: &GenerateArguments) -> Result<()> {
    let shop = Shop::at_scale(arguments.scale, arguments.seed)?;
    let written = write_shop(&shop, &arguments.directory)?;
    for table in &written.tables {
        report::line(&format!(
            "{:<14} {:>12} rows {:>12} bytes {:>4} files",
            table.table, table.n_rows, table.n_bytes, table.n_files
        ));
    }
    Ok(())
}
