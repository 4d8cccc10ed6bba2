//! `import`: a platform's export as Parquet inputs.

use crate::args::{ImportArguments, ImportExport, ImportKind};
use crate::config::ProjectKind;
use crate::error::Result;
use crate::import::{Export, Named, Request, import};
use crate::report;

pub(super) fn run(arguments: ImportArguments) -> Result<()> {
    let (export, files) = match arguments.export {
        ImportExport::TolokaTsv(files) => (Export::TolokaTsv, files),
        ImportExport::TolokaJson(files) => (Export::TolokaJson, files),
    };
    let kind = files.kind.map(|kind| match kind {
        ImportKind::SideBySide => ProjectKind::SideBySide,
        ImportKind::Classification => ProjectKind::Classification,
    });
    let imported = import(&Request {
        export,
        files: files.files,
        directory: files.directory,
        pools: files.pools,
        named: Named {
            pool_id: files.pool_id,
            project_id: files.project_id,
            kind,
            query_field: files.query_field,
            left_field: files.left_field,
            right_field: files.right_field,
            answer_fields: files.answer_fields,
        },
    })?;
    for table in &imported.tables {
        report::line(&format!(
            "{:<14} {:>12} rows {:>12} bytes",
            table.table, table.n_rows, table.n_bytes
        ));
    }
    report::line(&format!(
        "next: name the catalogue in {0}, then crowdrank check --config {0}",
        imported.config.display()
    ));
    Ok(())
}
