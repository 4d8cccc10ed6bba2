"""Ranks a file of answers with one peer, as its user would call it; it measures and judges nothing.

Usage: rank_with.py PEER [ANSWERS RANKED [--weighted]]. Without files it only loads what the peer needs:
the start-up cost. A query that makes the peer fail is left out of RANKED, and counted on stderr.
"""

import sys
from collections.abc import Callable


def evalica_by(method: str) -> Callable:
    import evalica
    import pandas as pd

    winners = {"left": evalica.Winner.X, "right": evalica.Winner.Y, "tie": evalica.Winner.Draw}

    def fit(answers: pd.DataFrame, is_weighted: bool) -> pd.Series:
        result = getattr(evalica, method)(
            answers["left_item_id"].tolist(),
            answers["right_item_id"].tolist(),
            answers["outcome"].map(winners).tolist(),
            weights=answers["weight"].tolist() if is_weighted else None,
        )
        return result.scores

    return fit


def crowd_kit_by(method: str) -> Callable:
    import pandas as pd
    from crowdkit import aggregation

    def fit(answers: pd.DataFrame, is_weighted: bool) -> pd.Series:
        # It knows neither ties nor weights.
        decisive = answers[answers["outcome"] != "tie"]
        left, right = decisive["left_item_id"], decisive["right_item_id"]
        pairs = pd.DataFrame({"worker": decisive["worker_id"], "left": left, "right": right})
        pairs["label"] = left.where(decisive["outcome"] == "left", right)
        return getattr(aggregation, method)(n_iter=100).fit_predict(pairs)

    return fit


def choix_by(method: str, alpha: float) -> Callable:
    import choix
    import pandas as pd

    def fit(answers: pd.DataFrame, is_weighted: bool) -> pd.Series:
        # It knows neither ties nor weights; without alpha it fails where an item never won or never lost.
        decisive = answers[answers["outcome"] != "tie"]
        sides = pd.concat([decisive["left_item_id"], decisive["right_item_id"]])
        numbers, items = pd.factorize(sides)
        left, right = numbers[: len(decisive)].tolist(), numbers[len(decisive) :].tolist()
        is_left = (decisive["outcome"] == "left").tolist()
        pairs = [(one, two) if won else (two, one) for one, two, won in zip(left, right, is_left)]
        return pd.Series(getattr(choix, method)(len(items), pairs, alpha=alpha), index=items)

    return fit


def logistic_regression(penalty: float, **options: float) -> Callable:
    import numpy as np
    import pandas as pd
    from scipy.sparse import csr_array
    from sklearn.linear_model import LogisticRegression

    def fit(answers: pd.DataFrame, is_weighted: bool) -> pd.Series:
        # A tie is half a win for each side: two rows of half the weight.
        credit = answers["outcome"].map({"left": 1.0, "right": 0.0, "tie": 0.5}).to_numpy()
        numbers, items = pd.factorize(pd.concat([answers["left_item_id"], answers["right_item_id"]]))
        n_answers = len(answers)
        ties = np.flatnonzero(credit == 0.5)
        rows = np.concatenate([np.arange(n_answers), ties])
        won = np.concatenate([credit > 0, np.zeros(len(ties), dtype=bool)])
        weight = np.where(credit[rows] == 0.5, 0.5, 1.0)
        if is_weighted:
            weight = weight * answers["weight"].to_numpy()[rows]
        # Every other row is turned round: it wants two classes, and a group may have left wins only.
        sign = np.where(np.arange(len(rows)) % 2 == 0, 1.0, -1.0)
        columns = np.stack([numbers[:n_answers][rows], numbers[n_answers:][rows]], axis=1).ravel()
        values = np.stack([sign, -sign], axis=1).ravel()
        starts = np.arange(0, 2 * len(rows) + 1, 2)
        matrix = csr_array((values, columns, starts), shape=(len(rows), len(items)))
        model = LogisticRegression(C=1 / penalty, fit_intercept=False, **options)
        model.fit(matrix, won == (sign > 0), sample_weight=weight)
        return pd.Series(model.coef_[0], index=items)

    return fit


PEERS = {
    **{
        f"evalica.{method}": lambda method=method: evalica_by(method)
        for method in ("bradley_terry", "newman", "elo", "eigen", "pagerank", "counting", "average_win_rate")
    },
    "crowdkit.BradleyTerry": lambda: crowd_kit_by("BradleyTerry"),
    "crowdkit.NoisyBradleyTerry": lambda: crowd_kit_by("NoisyBradleyTerry"),
    "choix.opt_pairwise": lambda: choix_by("opt_pairwise", 0.1),
    "choix.ilsr_pairwise": lambda: choix_by("ilsr_pairwise", 0.01),
    "sklearn.LogisticRegression-C1": lambda: logistic_regression(1.0),
    # Its tolerance of 1e-4 is for the mean gradient over answers, which many items meet before the first step.
    "sklearn.LogisticRegression-C1-tight": lambda: logistic_regression(1.0, tol=1e-8, max_iter=1000),
    "sklearn.LogisticRegression-C1e4-tight": lambda: logistic_regression(1e-4, tol=1e-8, max_iter=1000),
}

# One fit over all queries, as the workers are the same: an item's name carries its query.
OVER_ALL_QUERIES = ("crowdkit.NoisyBradleyTerry",)
SEPARATOR = "\x1f"

WIN_RATES = """
copy (
    with sides as (
        select query_id, left_item_id as item_id, weight,
            case outcome when 'left' then 1.0 when 'tie' then 0.5 else 0.0 end as credit
        from read_parquet('{answers}')
        union all
        select query_id, right_item_id as item_id, weight,
            case outcome when 'right' then 1.0 when 'tie' then 0.5 else 0.0 end as credit
        from read_parquet('{answers}')
    )
    select query_id, item_id, sum(weight * credit) / sum(weight) as score
    from sides
    group by query_id, item_id
) to '{ranked}' (format parquet)
"""


def rank_by_sql(files: list[str]) -> None:
    """Plain SQL: the least that ranking by groups can cost."""
    import duckdb

    connection = duckdb.connect()
    if files:
        connection.execute(WIN_RATES.format(answers=files[0], ranked=files[1]))


def rank_query_by_query(fit: Callable, answers, is_weighted: bool):
    import numpy as np
    import pandas as pd

    queries, items, scores, failures = [], [], [], []
    for query_id, of_query in answers.groupby("query_id", sort=False):
        try:
            fitted = fit(of_query, is_weighted)
        except Exception as error:  # Whatever a peer throws, the next query may go well.
            failures.append(f"{type(error).__name__}: {error}")
            continue
        queries.append(np.repeat(query_id, len(fitted)))
        items.append(fitted.index.to_numpy())
        scores.append(fitted.to_numpy())
    n_queries = len(queries) + len(failures)
    if failures:
        print(f"warning: {len(failures)} of {n_queries} queries failed, such as {failures[0][:80]}", file=sys.stderr)
    if not queries:
        sys.exit(failures[0][:160])
    columns = {"query_id": queries, "item_id": items, "score": scores}
    return pd.DataFrame({name: np.concatenate(parts) for name, parts in columns.items()})


def rank_all_at_once(fit: Callable, answers):
    import pandas as pd

    for side in ("left_item_id", "right_item_id"):
        answers[side] = answers["query_id"] + SEPARATOR + answers[side]
    scores = fit(answers, False)
    names = scores.index.str.split(SEPARATOR, n=1, expand=True)
    queries, items = names.get_level_values(0), names.get_level_values(1)
    return pd.DataFrame({"query_id": queries, "item_id": items, "score": scores.to_numpy()})


def main() -> None:
    peer, *files = sys.argv[1:]
    is_weighted = "--weighted" in files
    files = [file for file in files if file != "--weighted"]
    if peer == "duckdb.win_rate":
        rank_by_sql(files)
        return
    fit = PEERS[peer]()
    import pandas as pd

    if not files:
        return
    columns = ["query_id", "left_item_id", "right_item_id", "outcome"]
    columns += ["weight"] if is_weighted else []
    columns += ["worker_id"] if peer.startswith("crowdkit.") else []
    answers = pd.read_parquet(files[0], columns=columns)
    if peer in OVER_ALL_QUERIES:
        ranked = rank_all_at_once(fit, answers)
    else:
        ranked = rank_query_by_query(fit, answers, is_weighted)
    ranked.to_parquet(files[1], index=False)


if __name__ == "__main__":
    main()
