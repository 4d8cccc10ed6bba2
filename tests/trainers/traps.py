"""The trap that the order of the published rows avoids: what LightGBM and XGBoost say of a model that knows nothing."""

import lightgbm
import numpy
import pyarrow.parquet
import xgboost

from ranking_quality import CUT, ndcg_by_chance
from snapshots import Snapshot


def constant_in_lightgbm(train: pyarrow.Table) -> float:
    """A leaf larger than the table: no tree can split."""
    noise = numpy.random.default_rng(1).random((train.num_rows, 1))
    data = lightgbm.Dataset(
        noise, label=train["label"].to_numpy(), group=numpy.bincount(train["qid"])
    )
    settings = {
        "objective": "lambdarank",
        "metric": "ndcg",
        "eval_at": [CUT],
        "min_data_in_leaf": train.num_rows,
        "feature_pre_filter": False,
        "verbose": -1,
    }
    seen: dict = {}
    lightgbm.train(
        settings,
        data,
        num_boost_round=1,
        valid_sets=[data],
        valid_names=["train"],
        callbacks=[lightgbm.record_evaluation(seen)],
    )
    return seen["train"][f"ndcg@{CUT}"][0]


def constant_in_xgboost(train: pyarrow.Table) -> float:
    """No round: every row has the score to begin with."""
    data = xgboost.DMatrix(
        numpy.zeros((train.num_rows, 1)),
        label=train["label"].to_numpy(),
        qid=train["qid"].to_numpy(),
    )
    settings = {"objective": "rank:ndcg", "eval_metric": f"ndcg@{CUT}"}
    model = xgboost.train(settings, data, num_boost_round=0)
    return float(model.eval(data).rsplit(":", 1)[1])


def measure(snapshot: Snapshot) -> dict[str, float]:
    """NDCG of a constant scorer on the training split, by trainer, and what chance gives."""
    train = pyarrow.parquet.read_table(snapshot.folder / "pointwise" / "train")
    by_chance = [ndcg_by_chance(labels) for labels in snapshot.labels_by_query("train")]
    return {
        "LightGBM": constant_in_lightgbm(train),
        "XGBoost": constant_in_xgboost(train),
        "chance": float(numpy.mean(by_chance)),
    }
