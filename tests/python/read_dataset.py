"""Reads a published snapshot with pyarrow, polars and DuckDB, and says what does not hold.

Usage: read_dataset.py SNAPSHOT_FOLDER. One line "<reader>: ok" each; the first failure ends it.
It knows the promises of the published dataset, not how they are kept.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import duckdb
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.parquet
import pyarrow.types

SPLITS = ("train", "validation", "test")
GROUPED = ("pointwise", "pairs", "lists")


def require(holds: bool, sentence: str) -> None:
    if not holds:
        sys.exit(f"read_dataset.py: {sentence}")


def folders(manifest: dict) -> dict[str, int]:
    """Rows of every folder that a reader would open: a split of a table, or a table."""
    rows: Counter[str] = Counter()
    for file in manifest["files"]:
        rows[str(Path(file["path"]).parent)] += file["rows"]
    return dict(rows)


def check_types(folder: str, schema: pyarrow.Schema) -> None:
    for field in schema:
        inner = field.type.value_type if pyarrow.types.is_list(field.type) else field.type
        is_odd = (
            pyarrow.types.is_large_string(inner)
            or pyarrow.types.is_string_view(inner)
            or pyarrow.types.is_dictionary(inner)
            or pyarrow.types.is_large_list(field.type)
        )
        require(not is_odd, f"{folder}: column {field.name} is {field.type}")


def check_no_nulls(folder: str, table: pyarrow.Table, columns: list[dict]) -> None:
    names = [column["name"] for column in columns]
    require(table.schema.names == names, f"{folder}: columns {table.schema.names}, not {names}")
    for column in columns:
        nulls = table[column["name"]].null_count
        is_right = column["nullable"] or nulls == 0
        require(is_right, f"{folder}: {nulls} nulls in {column['name']}")


def check_groups(root: Path, manifest: dict, folder: str) -> None:
    """qid is contiguous and ascending, and no group crosses a file or a row group."""
    following = 0
    # The shards in the order of their numbers.
    paths = sorted(f["path"] for f in manifest["files"] if str(Path(f["path"]).parent) == folder)
    for path in paths:
        file = pyarrow.parquet.ParquetFile(root / path)
        for row_group in range(file.metadata.num_row_groups):
            qids = file.read_row_group(row_group, columns=["qid"])["qid"].to_pylist()
            for before, qid in zip([None, *qids], qids):
                if qid != before:
                    # Groups without a pair cannot be published, so pairs skip no number either.
                    require(qid == following, f"{path}: qid {qid} follows {following - 1}")
                    following += 1


def check_rows(root: Path, split: str) -> None:
    """Pairs and lists point into the same split's pointwise rows."""
    pointwise = pyarrow.dataset.dataset(root / "pointwise" / split).to_table().to_pylist()
    for pair in pyarrow.dataset.dataset(root / "pairs" / split).to_table().to_pylist():
        for side in ("chosen", "rejected"):
            row = pointwise[pair[f"{side}_row"]]
            same = all(row[key] == pair[key] for key in ("query_id", "qid"))
            is_right = same and row["item_id"] == pair[f"{side}_item_id"]
            require(is_right, f"pairs/{split}: {side}_row of {pair} points at {row}")
        require(pair["prob"] >= 0.5, f"pairs/{split}: prob {pair['prob']} of the higher score")
    position = 0
    for group in pyarrow.dataset.dataset(root / "lists" / split).to_table().to_pylist():
        rows = pointwise[position : position + group["list_size"]]
        position += group["list_size"]
        for listed, column in (("item_ids", "item_id"), ("item_idx", "item_idx"), ("labels", "label")):
            values = [row[column] for row in rows]
            require(group[listed] == values, f"lists/{split}: {listed} of {group['query_id']}")
    require(position == len(pointwise), f"lists/{split}: {position} items of {len(pointwise)}")


def check_pyarrow(root: Path, manifest: dict) -> None:
    for folder, rows in folders(manifest).items():
        # A directory reader: one foreign file in the folder would break it.
        table = pyarrow.parquet.read_table(root / folder)
        require(table.num_rows == rows, f"pyarrow {folder}: {table.num_rows} rows, not {rows}")
        check_types(folder, table.schema)
        check_no_nulls(folder, table, manifest["schemas"][folder.split("/")[0]])
        if folder.split("/")[0] in GROUPED:
            check_groups(root, manifest, folder)
    for split in SPLITS:
        check_rows(root, split)


def check_polars(root: Path, manifest: dict) -> None:
    for folder, rows in folders(manifest).items():
        frame = polars.read_parquet(root / folder)
        require(frame.height == rows, f"polars {folder}: {frame.height} rows, not {rows}")
        odd = [name for name, kind in frame.schema.items() if kind in (polars.Categorical, polars.Object)]
        require(not odd, f"polars {folder}: {odd} are no plain columns")


def check_duckdb(root: Path, manifest: dict) -> None:
    connection = duckdb.connect()
    for folder, rows in folders(manifest).items():
        pattern = str(root / folder / "*.parquet")
        (found,) = connection.execute("select count(*) from read_parquet(?)", [pattern]).fetchone()
        require(found == rows, f"duckdb {folder}: {found} rows, not {rows}")
    for split in SPLITS:
        wrong = connection.execute(
            "select count(*) from read_parquet(?) where not isfinite(score) or label not between 0 and 4",
            [str(root / "pointwise" / split / "*.parquet")],
        ).fetchone()[0]
        require(wrong == 0, f"duckdb pointwise/{split}: {wrong} rows out of range")


def main() -> None:
    root = Path(sys.argv[1])
    manifest = json.loads((root / "manifest.json").read_text())
    wanted = {f"{table}/{split}" for table in GROUPED for split in SPLITS}
    missing = wanted - set(folders(manifest))
    require(not missing, f"the manifest lacks {sorted(missing)}")
    for name, check in (("pyarrow", check_pyarrow), ("polars", check_polars), ("duckdb", check_duckdb)):
        check(root, manifest)
        print(f"{name}: ok")


if __name__ == "__main__":
    main()
