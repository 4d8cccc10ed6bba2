"""What the facts of each block must be, by the manifest of the snapshot that it read."""

from snapshots import Snapshot


def require(holds: bool, sentence: str) -> None:
    if not holds:
        raise SystemExit(f"test-trainers: {sentence}")


def expected(reader: str, snapshot: Snapshot) -> dict:
    """Facts that must be equal; others are judged by `check`."""
    if reader == "Check it, and find the newest":
        return {"is_here": True}
    tables = snapshot.rows_of_splits()
    if reader == "Hugging Face datasets":
        configurations = snapshot.configurations()
        columns = {name: snapshot.columns(name) for name in configurations}
        return {
            "rows_of": configurations,
            "streamed_rows_of": configurations,
            "columns_of": columns,
            "first_columns_of": columns,
        }
    if reader == "Croissant":
        return {
            "errors": [],
            "rows_of": {name: snapshot.rows(name) for name in tables},
            # The first file by name.
            "splits": ["test"] if "pointwise" in tables else [],
        }
    if "labels" in tables:
        return {"rows": snapshot.rows("labels")}
    return of_rankings(reader, snapshot)


def of_rankings(reader: str, snapshot: Snapshot) -> dict:
    rows = snapshot.rows("pointwise/train")
    queries = snapshot.queries("train")
    pairs = snapshot.rows("pairs/train")
    return {
        "LightGBM": {
            "rows": rows,
            "queries": queries,
            "rows_in_groups": rows,
            "weights": rows,
        },
        "XGBoost": {
            "rows": rows,
            "queries": queries,
            "weights": queries,
            "is_qid_ascending": True,
        },
        "CatBoost": {
            "rows": rows,
            "pairs": pairs,
            "pair_weights": pairs,
            "pairs_across_groups": 0,
            "pairs_against_labels": 0,
        },
        "polars": {"rows": rows, "queries": queries},
        "pyarrow": {"rows": rows, "batched_rows": rows},
        "DuckDB": {"rows": rows, "queries": queries},
        "Ray Data": {"rows": rows},
    }[reader]


def check(reader: str, facts: dict, snapshot: Snapshot) -> None:
    for name, value in expected(reader, snapshot).items():
        require(facts[name] == value, f"{reader}: {name} is {facts[name]}, not {value}")
    if reader == "LightGBM":
        require(facts["group_min"] >= 2, f"{reader}: a group has {facts['group_min']} rows")
    if "weight_min" in facts:
        require(facts["weight_min"] > 0, f"{reader}: a weight is {facts['weight_min']}")
    if reader == "Croissant":
        for table, columns in facts["first_columns_of"].items():
            wanted = set(snapshot.columns(table))
            require(set(columns) - {"split"} == wanted, f"{reader}: columns of {table}: {columns}")
