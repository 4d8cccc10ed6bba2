//! Other people's readers on a published dataset: pyarrow, polars and `DuckDB`.
//!
//! What they must see is in `tests/python/read_dataset.py`.

use std::process::Command;

use crate::binary::{finish, package, python};
use crate::published::Snapshot;
use crate::shop::Shop;

#[test]
fn pyarrow_polars_and_duckdb_read_the_published_folder() {
    let Some(environment) = python() else {
        return;
    };
    let shop = Shop::generate("0.005", "8");
    let snapshot = Snapshot::current(&shop.publish_into("published", &[]));
    let script = package().join("tests/python/read_dataset.py");
    let mut command = Command::new(environment.join("bin/python"));
    let ran = finish(command.arg(script).arg(&snapshot.folder)).succeeded();
    for reader in ["pyarrow", "polars", "duckdb"] {
        assert!(ran.stdout.contains(&format!("{reader}: ok")), "{ran}");
    }
}
