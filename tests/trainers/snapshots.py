"""A published snapshot as a trainer sees it, and copies of it with features or rows moved about."""

import json
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy
import pyarrow
import pyarrow.parquet


@dataclass(frozen=True)
class Snapshot:
    folder: Path
    manifest: dict

    @classmethod
    def current(cls, dataset: Path) -> "Snapshot":
        commit = json.loads(max((dataset / "_commits").glob("*.json")).read_text())
        return cls.at(dataset / commit["snapshot"])

    @classmethod
    def at(cls, folder: Path) -> "Snapshot":
        return cls(folder, json.loads((folder / "manifest.json").read_text()))

    def rows(self, folder: str) -> int:
        """Rows of a table, or of one split of it, by the manifest."""
        files = (file for file in self.manifest["files"] if file["path"].startswith(f"{folder}/"))
        return sum(file["rows"] for file in files)

    def rows_of_splits(self) -> dict[str, dict[str, int]]:
        """Rows of every table by split; a table without splits is all `train`."""
        rows: dict[str, Counter] = {}
        for file in self.manifest["files"]:
            table, *split, _ = file["path"].split("/")
            rows.setdefault(table, Counter())[split[0] if split else "train"] += file["rows"]
        return {table: dict(splits) for table, splits in rows.items()}

    def configurations(self) -> dict[str, dict[str, int]]:
        """The same without what has no rows: `datasets` cannot load it."""
        splits_of = self.rows_of_splits()
        with_rows = {
            table: {split: rows for split, rows in splits.items() if rows}
            for table, splits in splits_of.items()
        }
        return {table: splits for table, splits in with_rows.items() if splits}

    def columns(self, table: str) -> list[str]:
        return [column["name"] for column in self.manifest["schemas"][table]]

    def queries(self, split: str) -> int:
        (entry,) = (entry for entry in self.manifest["splits"] if entry["name"] == split)
        return entry["queries"]

    def labels_by_query(self, split: str) -> list[numpy.ndarray]:
        table = pyarrow.parquet.read_table(self.folder / "pointwise" / split)
        starts = numpy.flatnonzero(numpy.diff(table["qid"].to_numpy())) + 1
        return numpy.split(table["label"].to_numpy(), starts)


def copy(snapshot: Snapshot, folder: Path, change) -> Snapshot:
    """The snapshot with every file of `pointwise` changed, and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(snapshot.folder, folder)
    for path in sorted((folder / "pointwise").rglob("*.parquet")):
        table = pyarrow.parquet.read_table(path, partitioning=None)
        pyarrow.parquet.write_table(change(table), path)
    return Snapshot.at(folder)


def without_last_row(snapshot: Snapshot, folder: Path) -> Snapshot:
    """A dataset that lost a row on the way."""
    return copy(snapshot, folder, lambda table: table.slice(0, table.num_rows - 1))


def shuffled(snapshot: Snapshot, folder: Path, seed: int) -> Snapshot:
    """Every feature column in random order, each by itself: what it told of the label is gone."""
    generator = numpy.random.default_rng(seed)

    def change(table: pyarrow.Table) -> pyarrow.Table:
        for name in snapshot.manifest["features"]:
            moved = table[name].take(pyarrow.array(generator.permutation(table.num_rows)))
            table = table.set_column(table.schema.get_field_index(name), table.field(name), moved)
        return table

    return copy(snapshot, folder, change)


def best_first(snapshot: Snapshot, folder: Path) -> Snapshot:
    """The trap: the rows of each query in the order of their labels."""
    return copy(
        snapshot,
        folder,
        lambda table: table.sort_by([("qid", "ascending"), ("label", "descending")]),
    )
