"""What the facts of each block must be, by the manifest of the snapshot that it read."""

from snapshots import Snapshot


def require(holds: bool, sentence: str) -> None:
    if not holds:
        raise SystemExit(f"test-trainers: {sentence}")


def expected(reader: str, snapshot: Snapshot) -> dict:
    """Facts that must be equal; others are judged by `check_more`."""
    rows = snapshot.rows("pointwise/train")
    queries = snapshot.queries("train")
    tables = snapshot.rows_of_splits()
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
            "pairs": snapshot.rows("pairs/train"),
            "pair_weights": snapshot.rows("pairs/train"),
            "pairs_across_groups": 0,
            "pairs_against_labels": 0,
        },
        "Hugging Face datasets": {
            "rows": rows,
            "rows_of": tables,
            "streamed_rows_of": tables,
            "columns_of": {name: snapshot.columns(name) for name in tables},
            "first_columns_of": {
                name: snapshot.columns(name) for name, splits in tables.items() if splits["train"]
            },
        },
        "polars": {"rows": rows, "queries": queries},
        "pyarrow": {"rows": rows, "batched_rows": rows},
        "DuckDB": {"rows": rows, "queries": queries},
        "Ray Data": {"rows": rows, "columns": snapshot.columns("pointwise")},
        "Croissant": {
            "rows": snapshot.rows("pointwise"),
            "errors": [],
            "rows_of": {name: snapshot.rows(name) for name in tables},
            "first_split": "test",
        },
        "Check it, and find the newest": {"is_here": True},
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
