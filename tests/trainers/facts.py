"""What a block of the card left behind, as plain numbers, for each reader.

It judges nothing: `expectations.py` does.
"""

import importlib.metadata
from pathlib import Path


def trained(names: dict) -> dict:
    """The scores of the test rows, where the block trained."""
    if "model" not in names:
        return {}
    return {"scores": [float(score) for score in names["scores"]]}


def lightgbm(names: dict) -> dict:
    group = names["group"]
    return {
        "version": importlib.metadata.version("lightgbm"),
        "rows": names["train"].num_rows,
        "queries": len(group),
        "rows_in_groups": int(group.sum()),
        "group_min": int(group.min()),
        "weights": len(names["weight"]),
        "weight_min": float(names["weight"].min()),
        **trained(names),
    }


def xgboost(names: dict) -> dict:
    return {
        "version": importlib.metadata.version("xgboost-cpu"),
        "rows": names["train"].num_rows,
        "queries": int(names["qid"].max()) + 1,
        "weights": len(names["weight"]),
        "weight_min": float(names["weight"].min()),
        "is_qid_ascending": bool((names["qid"][1:] >= names["qid"][:-1]).all()),
        **trained(names),
    }


def catboost(names: dict) -> dict:
    chosen, rejected = names["pairs"].T
    label = names["train"]["label"].to_numpy()
    group = names["group_id"]
    return {
        "version": importlib.metadata.version("catboost"),
        "rows": names["train"].num_rows,
        "pairs": len(chosen),
        "pair_weights": len(names["pairs_weight"]),
        "pairs_across_groups": int((group[chosen] != group[rejected]).sum()),
        "pairs_against_labels": int((label[chosen] < label[rejected]).sum()),
        **trained(names),
    }


def datasets(names: dict) -> dict:
    tables = names["tables"]
    streams = names["streams"]
    return {
        "version": importlib.metadata.version("datasets"),
        "rows": sum(rows.num_rows for splits in tables.values() for rows in splits.values()),
        "rows_of": {
            name: {split: rows.num_rows for split, rows in splits.items()}
            for name, splits in tables.items()
        },
        "streamed_rows_of": {
            name: {split: sum(1 for _ in rows) for split, rows in splits.items()}
            for name, splits in streams.items()
        },
        "columns_of": {name: splits["train"].column_names for name, splits in tables.items()},
        "first_columns_of": {
            name: list(row) for name, row in names["first_rows"].items() if row is not None
        },
    }


def polars(names: dict) -> dict:
    version = importlib.metadata.version("polars")
    if "labels" in names:
        return {"version": version, "rows": names["labels"].height}
    return {"version": version, "rows": names["rows"].height, "queries": names["queries"].height}


def pyarrow(names: dict) -> dict:
    version = importlib.metadata.version("pyarrow")
    if "labels" in names:
        return {"version": version, "rows": names["labels"].num_rows}
    return {"version": version, "rows": names["rows"].num_rows, "batched_rows": names["n_rows"]}


def duckdb(names: dict) -> dict:
    version = importlib.metadata.version("duckdb")
    if "labels" in names:
        return {"version": version, "rows": names["labels"].num_rows}
    queries = {query_id for query_id, _ in names["best"]}
    return {"version": version, "rows": names["rows"].num_rows, "queries": len(queries)}


def ray(names: dict) -> dict:
    return {"version": importlib.metadata.version("ray"), "rows": names["n_rows"]}


def croissant(names: dict) -> dict:
    dataset = names["dataset"]
    rows_of = {
        record_set.id: sum(1 for _ in dataset.records(record_set.id))
        for record_set in dataset.metadata.record_sets
    }
    first_rows = {name: row for name, row in names["first_rows"].items() if row is not None}
    return {
        "version": importlib.metadata.version("mlcroissant"),
        "rows": sum(rows_of.values()),
        "errors": list(dataset.metadata.ctx.issues.errors),
        "rows_of": rows_of,
        "first_columns_of": {
            name: [key.split("/")[1] for key in row] for name, row in first_rows.items()
        },
        "splits": sorted(
            {row[f"{name}/split"].decode() for name, row in first_rows.items() if f"{name}/split" in row}
        ),
    }


def newest(names: dict) -> dict:
    is_here = names["snapshot"].resolve() == Path.cwd().resolve()
    return {"version": "", "rows": None, "is_here": is_here}


OF_READER = {
    "LightGBM": lightgbm,
    "XGBoost": xgboost,
    "CatBoost": catboost,
    "Hugging Face datasets": datasets,
    "polars": polars,
    "pyarrow": pyarrow,
    "DuckDB": duckdb,
    "Ray Data": ray,
    "Croissant": croissant,
    "Check it, and find the newest": newest,
}
