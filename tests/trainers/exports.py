"""Exports a snapshot in every format and reads the files with the trainers they are for.

Usage: exports.py BINARY CONFIG FOLDER. One line "<format> <reader>: ok" each; the first failure ends it.
Needs lightgbm, xgboost, catboost, scikit-learn, datasets and pyarrow; RecBole and TensorFlow are tried where they
are installed. Trainers get a feature of their own where the snapshot has none.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy
import pyarrow.parquet

SPLITS = ("train", "validation", "test")


def require(holds: bool, sentence: str) -> None:
    if not holds:
        sys.exit(f"exports.py: {sentence}")


def export(binary: str, config: str, name: str, folder: Path) -> Path:
    target = folder / name
    command = [binary, "-q", "export", "--config", config, "--to", name, str(target)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return target


def snapshot_of(config: str) -> Path:
    """The current snapshot of a configuration whose output.url is a folder."""
    import tomllib

    output = tomllib.loads(Path(config).read_text())["output"]["url"]
    dataset = Path(config).parent / output
    commit = max((dataset / "_commits").glob("*.json"))
    return dataset / json.loads(commit.read_text())["snapshot"]


def features_of(snapshot: Path) -> list[str]:
    return json.loads((snapshot / "manifest.json").read_text())["features"]


def read_pointwise(snapshot: Path, split: str):
    return pyarrow.parquet.read_table(snapshot / "pointwise" / split)


def check_letor(folder: Path, snapshot: Path) -> None:
    import lightgbm
    import xgboost
    from sklearn.datasets import load_svmlight_file

    names = features_of(snapshot)
    for split in SPLITS:
        rows = read_pointwise(snapshot, split)
        matrix, label, qid = load_svmlight_file(
            str(folder / f"{split}.txt"), n_features=max(len(names), 1), query_id=True, zero_based=False
        )
        require((label == rows["label"].to_numpy()).all(), f"letor {split}: labels")
        require((qid == rows["qid"].to_numpy()).all(), f"letor {split}: qid")
        dense = matrix.toarray().astype("float32")
        for column, name in enumerate(names):
            same = (dense[:, column] == rows[name].to_numpy()).all()
            require(same, f"letor {split}: {name} does not read back")
        weight = numpy.loadtxt(folder / f"{split}.weight.txt", dtype="float32", ndmin=1)
        require((weight == rows["weight"].to_numpy()).all(), f"letor {split}: weights")
        group_weight = numpy.loadtxt(folder / f"{split}.group_weight.txt", dtype="float32", ndmin=1)
        first_rows = numpy.unique(qid, return_index=True)[1]
        same = (group_weight == rows["group_weight"].to_numpy()[first_rows]).all()
        require(same, f"letor {split}: weights of groups")
        if split == "train":
            if not names:
                dense = rows["item_idx"].to_numpy().reshape(-1, 1).astype("float32")
            sizes = numpy.unique(qid, return_counts=True)[1]
            ranker = lightgbm.LGBMRanker(n_estimators=3, min_child_samples=2, verbosity=-1)
            ranker.fit(dense, label, group=sizes, sample_weight=weight)
            xgboost.XGBRanker(n_estimators=3).fit(dense, label, qid=qid, sample_weight=group_weight)
    print("letor scikit-learn, LightGBM, XGBoost: ok")


def check_catboost(folder: Path, snapshot: Path) -> None:
    import catboost

    names = features_of(snapshot)
    for split in SPLITS:
        rows = read_pointwise(snapshot, split)
        pairs = pyarrow.parquet.read_table(snapshot / "pairs" / split)
        pool = catboost.Pool(
            str(folder / f"{split}.tsv"),
            column_description=str(folder / "pool.cd"),
            pairs=str(folder / f"{split}.pairs"),
        )
        require(pool.num_row() == rows.num_rows, f"catboost {split}: {pool.num_row()} rows")
        require(pool.num_pairs() == pairs.num_rows, f"catboost {split}: {pool.num_pairs()} pairs")
        label = numpy.array(pool.get_label(), dtype="float32")
        require((label == rows["label"].to_numpy()).all(), f"catboost {split}: labels")
        groups = numpy.array(pool.get_group_id_hash())
        n_groups = 1 + (groups[1:] != groups[:-1]).sum()
        require(n_groups == len(set(rows["qid"].to_pylist())), f"catboost {split}: {n_groups} groups")
        if names:
            require(pool.get_feature_names() == names, f"catboost {split}: {pool.get_feature_names()}")
            found = numpy.array(pool.get_features(), dtype="float32")
            wanted = numpy.column_stack([rows[name].to_numpy() for name in names])
            require((found == wanted).all(), f"catboost {split}: features do not read back")
        if split == "train":
            for loss in ("PairLogit", "YetiRank", "QueryRMSE"):
                options = {"loss_function": loss, "iterations": 3, "verbose": 0, "allow_writing_files": False}
                catboost.CatBoost(options).fit(pool)
    print("catboost CatBoost: ok")


def check_trl(folder: Path, snapshot: Path) -> None:
    import datasets

    files = {split: str(folder / f"{split}.jsonl") for split in SPLITS}
    loaded = datasets.load_dataset("json", data_files=files, cache_dir=str(folder.parent / "cache"))
    for split in SPLITS:
        pairs = pyarrow.parquet.read_table(snapshot / "pairs" / split)
        require(loaded[split].num_rows == pairs.num_rows, f"trl-jsonl {split}: rows")
        for name in ("prompt", "chosen", "rejected", "query_id"):
            require(list(loaded[split][name]) == pairs[name].to_pylist(), f"trl-jsonl {split}: {name}")
        margin = numpy.array(loaded[split]["margin"], dtype="float32")
        require((margin == pairs["margin"].to_numpy()).all(), f"trl-jsonl {split}: margin")
    print("trl-jsonl datasets: ok")


def check_recbole(folder: Path, snapshot: Path) -> None:
    from recbole.config import Config
    from recbole.data import create_dataset

    names = features_of(snapshot)
    config = Config(
        model="FM",
        dataset=folder.name,
        config_dict={
            "data_path": str(folder.parent),
            "benchmark_filename": list(SPLITS),
            "load_col": {
                "inter": ["user_id", "item_id", "rating", "score", "weight", *names],
                "item": ["item_id", "item_title", "item_brand", "item_category", "item_price_usd"],
                "user": ["user_id", "user_title", "user_brand", "user_category", "user_price_usd"],
            },
            "threshold": {"rating": 3},
        },
    )
    dataset = create_dataset(config)
    rows = sum(read_pointwise(snapshot, split).num_rows for split in SPLITS)
    require(len(dataset.inter_feat) == rows, f"recbole: {len(dataset.inter_feat)} interactions, not {rows}")
    print("recbole RecBole: ok")


def check_tfrecord(folder: Path, snapshot: Path) -> None:
    import tensorflow as tf

    names = features_of(snapshot)
    spec = {name: tf.io.FixedLenFeature([], tf.int64) for name in ("qid", "label", "item_idx", "rank")}
    spec |= {name: tf.io.FixedLenFeature([], tf.float32) for name in ("score", "weight", "group_weight", *names)}
    spec |= {name: tf.io.FixedLenFeature([], tf.string) for name in ("query_id", "item_id")}
    for split in SPLITS:
        rows = read_pointwise(snapshot, split)
        records = tf.data.TFRecordDataset(str(folder / f"{split}.tfrecord"))
        parsed = next(iter(records.batch(rows.num_rows + 1).map(lambda batch: tf.io.parse_example(batch, spec))))
        for name in spec:
            found = parsed[name].numpy().tolist()
            found = [value.decode() for value in found] if spec[name].dtype == tf.string else found
            require(found == rows[name].to_pylist(), f"tfrecord {split}: {name}")
    print("tfrecord TensorFlow: ok")


CHECKS = {
    "letor": (check_letor, "lightgbm"),
    "catboost": (check_catboost, "catboost"),
    "trl-jsonl": (check_trl, "datasets"),
    "recbole": (check_recbole, "recbole"),
    "tfrecord": (check_tfrecord, "tensorflow"),
}


def main() -> None:
    binary, config, folder = sys.argv[1:]
    snapshot = snapshot_of(config)
    for name, (check, module) in CHECKS.items():
        is_optional = name in ("recbole", "tfrecord")
        if is_optional and importlib.util.find_spec(module) is None:
            print(f"{name}: {module} is not installed")
            continue
        check(export(binary, config, name, Path(folder)), snapshot)


if __name__ == "__main__":
    main()
