"""Reads an exported folder with readers that are not ours, and says which value is not the published one.

Usage: read_export.py FORMAT FOLDER SNAPSHOT_FOLDER. One line "<format>: ok".
It knows the formats as their readers describe them, not how they are written.
"""

import csv
import json
import struct
import sys
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pyarrow
import pyarrow.parquet
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SPLITS = ("train", "validation", "test")
TEXTS = ("query_id", "item_id")
INTEGERS = ("qid", "item_idx", "pos", "label", "rank", "n_comparisons", "n_workers")
FLOATS = ("score", "score_lo", "score_hi", "weight", "group_weight")
CONTEXT = ("query_id", "qid", "group_weight")


def require(holds: bool, sentence: str) -> None:
    if not holds:
        sys.exit(f"read_export.py: {sentence}")


def require_same(found: list, wanted: list, where: str) -> None:
    require(len(found) == len(wanted), f"{where}: {len(found)} values, not {len(wanted)}")
    for row, (one, other) in enumerate(zip(found, wanted)):
        require(one == other, f"{where}, row {row}: {one!r}, not {other!r}")


def float32(texts) -> list[float]:
    """Numbers as a reader of single precision keeps them."""
    return pyarrow.array([float(text) for text in texts], pyarrow.float64()).cast(pyarrow.float32()).to_pylist()


class Snapshot:
    def __init__(self, folder: Path):
        self.folder = folder
        self.features = json.loads((folder / "manifest.json").read_text())["features"]

    def table(self, name: str) -> dict[str, list]:
        table = pyarrow.parquet.read_table(self.folder / name)
        return {column: table[column].to_pylist() for column in table.column_names}

    def groups(self, split: str) -> list[list[int]]:
        """The rows of each query."""
        groups: list[list[int]] = []
        qids = self.table(f"pointwise/{split}")["qid"]
        for row, qid in enumerate(qids):
            if qid == len(groups):
                groups.append([])
            groups[qid].append(row)
        return groups


def read_letor(folder: Path, snapshot: Snapshot) -> None:
    names = [line.split("\t") for line in (folder / "features.txt").read_text().splitlines()]
    require_same([name for _, name in names], snapshot.features, "features.txt")
    for split in SPLITS:
        rows = snapshot.table(f"pointwise/{split}")
        columns: dict[str, list] = {name: [] for name in (*TEXTS, "label", "qid", *snapshot.features)}
        for line in (folder / f"{split}.txt").read_text().splitlines():
            values, comment = line.split("#")
            label, qid, *features = values.split()
            columns["label"].append(int(label))
            columns["qid"].append(int(qid.removeprefix("qid:")))
            for column, word in zip(TEXTS, comment.split(), strict=True):
                columns[column].append(unquote(word))
            for number, name in names:
                found = features[int(number) - 1].removeprefix(f"{number}:")
                columns[name].extend(float32([found]))
        for name, found in columns.items():
            require_same(found, rows[name], f"letor {split} {name}")
        weights = float32((folder / f"{split}.weight.txt").read_text().split())
        require_same(weights, rows["weight"], f"letor {split} weights")
        weights = float32((folder / f"{split}.group_weight.txt").read_text().split())
        wanted = [rows["group_weight"][group[0]] for group in snapshot.groups(split)]
        require_same(weights, wanted, f"letor {split} weights of groups")


def read_catboost(folder: Path, snapshot: Snapshot) -> None:
    description = [line.split("\t") for line in (folder / "pool.cd").read_text().splitlines()]
    names = [name for _, _, name in description]
    require_same([int(number) for number, _, _ in description], list(range(len(names))), "pool.cd")
    require_same(names[-len(snapshot.features) or len(names) :], snapshot.features, "pool.cd features")
    for split in SPLITS:
        rows = snapshot.table(f"pointwise/{split}")
        lines = [line.split("\t") for line in (folder / f"{split}.tsv").read_text().splitlines()]
        for name, found in zip(names, zip(*lines, strict=True), strict=True):
            convert = {"label": int, "qid": int}.get(name, unquote if name in TEXTS else None)
            values = [convert(text) for text in found] if convert else float32(found)
            require_same(values, rows[name], f"catboost {split} {name}")
        pairs = snapshot.table(f"pairs/{split}")
        lines = [line.split("\t") for line in (folder / f"{split}.pairs").read_text().splitlines()]
        for column, name in enumerate(("chosen_row", "rejected_row")):
            require_same([int(line[column]) for line in lines], pairs[name], f"catboost {split} {name}")
        require_same(float32(line[2] for line in lines), pairs["weight"], f"catboost {split} weights of pairs")


def read_trl(folder: Path, snapshot: Snapshot) -> None:
    for split in SPLITS:
        pairs = snapshot.table(f"pairs/{split}")
        lines = [json.loads(line) for line in (folder / f"{split}.jsonl").read_text().split("\n")[:-1]]
        for name in ("prompt", "chosen", "rejected", "query_id", "chosen_item_id", "rejected_item_id"):
            require_same([line[name] for line in lines], pairs[name], f"trl-jsonl {split} {name}")
        for name in ("margin", "weight"):
            require_same(float32(line[name] for line in lines), pairs[name], f"trl-jsonl {split} {name}")


def read_atomic(path: Path) -> dict[str, list[str]]:
    """An atomic file as RecBole's reader takes it: tabs, and quotes as in CSV."""
    with path.open(newline="") as file:
        header, *lines = csv.reader(file, delimiter="\t")
    for field in header:
        require(field.split(":")[1] in ("token", "token_seq", "float"), f"{path.name}: {field}")
    names = [field.split(":")[0] for field in header]
    return dict(zip(names, zip(*lines, strict=True), strict=True))


def one_line(text: str) -> str:
    return "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)


def read_recbole(folder: Path, snapshot: Snapshot) -> None:
    for split in SPLITS:
        rows = snapshot.table(f"pointwise/{split}")
        found = read_atomic(folder / f"{folder.name}.{split}.inter")
        for name, column in (("user_id", "query_id"), ("item_id", "item_id")):
            require_same([unquote(word) for word in found[name]], rows[column], f"recbole {split} {name}")
        require_same([int(text) for text in found["rating"]], rows["label"], f"recbole {split} rating")
        for name in ("score", "weight", *snapshot.features):
            require_same(float32(found[name]), rows[name], f"recbole {split} {name}")
    for table, kind in (("items", "item"), ("queries", "user")):
        rows = snapshot.table(table)
        found = read_atomic(folder / f"{folder.name}.{kind}")
        require_same([unquote(word) for word in found[f"{kind}_id"]], rows["id"], f"recbole {kind}_id")
        for name in ("title", "brand"):
            wanted = [one_line(text or "") for text in rows[name]]
            require_same(list(found[f"{kind}_{name}"]), wanted, f"recbole {kind}_{name}")
        prices = [float(text) if text else None for text in found[f"{kind}_price_usd"]]
        require_same(prices, rows["price_usd"], f"recbole {kind}_price_usd")


def messages():
    """The messages of TensorFlow, from their published field numbers."""
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="example.proto", package="tf", syntax="proto3")

    def message(name: str, *fields: tuple[str, int, int, int, str]) -> descriptor_pb2.DescriptorProto:
        made = file.message_type.add(name=name)
        for label, number, kind, repeat, type_name in fields:
            made.field.add(name=label, number=number, type=kind, label=repeat, type_name=type_name or None)
        return made

    one, many = field.LABEL_OPTIONAL, field.LABEL_REPEATED
    message("BytesList", ("value", 1, field.TYPE_BYTES, many, ""))
    message("FloatList", ("value", 1, field.TYPE_FLOAT, many, ""))
    message("Int64List", ("value", 1, field.TYPE_INT64, many, ""))
    lists = (("bytes_list", 1, ".tf.BytesList"), ("float_list", 2, ".tf.FloatList"), ("int64_list", 3, ".tf.Int64List"))
    feature = message("Feature", *((name, number, field.TYPE_MESSAGE, one, kind) for name, number, kind in lists))
    feature.oneof_decl.add(name="kind")
    for made in feature.field:
        made.oneof_index = 0
    features = message("Features", ("feature", 1, field.TYPE_MESSAGE, many, ".tf.Features.FeatureEntry"))
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=field.TYPE_STRING, label=one)
    entry.field.add(name="value", number=2, type=field.TYPE_MESSAGE, label=one, type_name=".tf.Feature")
    message("Example", ("features", 1, field.TYPE_MESSAGE, one, ".tf.Features"))
    message(
        "ExampleListWithContext",
        ("examples", 1, field.TYPE_MESSAGE, many, ".tf.Example"),
        ("context", 2, field.TYPE_MESSAGE, one, ".tf.Example"),
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    classes = (pool.FindMessageTypeByName(f"tf.{name}") for name in ("Example", "ExampleListWithContext"))
    return [message_factory.GetMessageClass(found) for found in classes]


def masked_crc(content: bytes) -> int:
    """CRC-32C bit by bit, masked as TFRecord wants it."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def read_records(path: Path, kind) -> list:
    content = path.read_bytes()
    found, at = [], 0
    while at < len(content):
        (length, length_crc) = struct.unpack_from("<QI", content, at)
        record = content[at + 12 : at + 12 + length]
        (record_crc,) = struct.unpack_from("<I", content, at + 12 + length)
        # Bit by bit is slow: the frames of the first records stand for all.
        if len(found) < 20:
            require(masked_crc(content[at : at + 8]) == length_crc, f"{path.name}: checksum of a length")
            require(masked_crc(record) == record_crc, f"{path.name}: checksum of a record")
        found.append(kind.FromString(record))
        at += 16 + length
    return found


def require_example(example, rows: dict[str, list], row: int, names: tuple, where: str) -> None:
    feature = example.features.feature
    require(sorted(feature) == sorted(names), f"{where}: has {sorted(feature)}")
    for name in names:
        kind = "bytes_list" if name in TEXTS else "int64_list" if name in INTEGERS else "float_list"
        require(feature[name].WhichOneof("kind") == kind, f"{where}: {name} is no {kind}")
        (value,) = getattr(feature[name], kind).value
        value = value.decode() if kind == "bytes_list" else value
        require(value == rows[name][row], f"{where}, row {row}: {name} is {value!r}, not {rows[name][row]!r}")


def read_tfrecord(folder: Path, snapshot: Snapshot) -> None:
    names = (*TEXTS, *INTEGERS, *FLOATS, *snapshot.features)
    example, _ = messages()
    for split in SPLITS:
        rows = snapshot.table(f"pointwise/{split}")
        found = read_records(folder / f"{split}.tfrecord", example)
        require(len(found) == len(rows["qid"]), f"tfrecord {split}: {len(found)} records")
        for row, one in enumerate(found):
            require_example(one, rows, row, names, f"tfrecord {split}")


def read_elwc(folder: Path, snapshot: Snapshot) -> None:
    names = (*TEXTS, *INTEGERS, *FLOATS, *snapshot.features)
    names = tuple(name for name in names if name not in CONTEXT)
    _, example_list = messages()
    for split in SPLITS:
        rows = snapshot.table(f"pointwise/{split}")
        found = read_records(folder / f"{split}.tfrecord", example_list)
        groups = snapshot.groups(split)
        require(len(found) == len(groups), f"elwc {split}: {len(found)} records")
        for one, group in zip(found, groups):
            require(len(one.examples) == len(group), f"elwc {split}: {len(one.examples)} examples")
            require_example(one.context, rows, group[0], CONTEXT, f"elwc {split} context")
            for example, row in zip(one.examples, group):
                require_example(example, rows, row, names, f"elwc {split}")


READERS = {
    "letor": read_letor,
    "catboost": read_catboost,
    "trl-jsonl": read_trl,
    "recbole": read_recbole,
    "tfrecord": read_tfrecord,
    "elwc": read_elwc,
}


def main() -> None:
    name, folder, snapshot = sys.argv[1], Path(sys.argv[2]), Snapshot(Path(sys.argv[3]))
    READERS[name](folder, snapshot)
    print(f"{name}: ok")


if __name__ == "__main__":
    main()
