"""Writes the answers of the cases as Parquet, and the truth beside them; it ranks and measures nothing.

Usage: data_sets.py FOLDER KIND SOURCE; SOURCE is the number of queries (of answers for `graph`), and for
real answers the folder that holds them. FOLDER/answers.parquet has query_id, left_item_id, right_item_id,
outcome, weight, worker_id; FOLDER/truth.parquet has query_id, item_id, strength.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 1
N_WORKERS = 40
TIE_SHARE = 0.1

ITEMS_PER_QUERY = 6
ANSWERS_PER_QUERY = 15
N_ITEMS_OF_GRAPH = 10_000

# With these the equal weights and the oracle come near the 0.477 and 0.519 that our bar was set beside.
# A crew works for some queries only, so that one lucky or unlucky draw of workers decides little.
QUERIES_PER_CREW = 400
N_SPAMMERS = 7
N_CONTROL_TASKS = 20
CONTROL_RIGHT_SHARE = 0.9
STRENGTH_DEVIATION = 1.35
GOLDEN_WEIGHT_MAX = 3.0


def numbered(letter: str, numbers: np.ndarray, n_digits: int) -> pd.Series:
    """Ids such as P00012345. Each text is made once and then repeated: there are fewer ids than rows."""
    unique, places = np.unique(numbers, return_inverse=True)
    texts = np.array([f"{letter}{number:0{n_digits}d}" for number in unique], dtype=object)
    return pd.Series(texts[places])


def simulated(random, strengths, query, left, right, worker, careless):
    """Outcomes of the planted strengths; a tie is as likely for any pair, a careless worker clicks at random."""
    margin = np.where(careless[worker], 0.0, strengths[left] - strengths[right])
    is_left = random.random(len(left)) < 1 / (1 + np.exp(-margin))
    outcome = np.where(is_left, "left", "right").astype(object)
    outcome[random.random(len(left)) < TIE_SHARE] = "tie"
    return pd.DataFrame({
        "query_id": query,
        "left_item_id": numbered("P", left, 8),
        "right_item_id": numbered("P", right, 8),
        "outcome": outcome,
        "weight": 1.0,
        "worker_id": numbered("W", worker, 6),
    })  # fmt: skip


def small_groups(n_queries: int, deviation: float, n_spammers: int):
    """15 answers over 6 items each, in the order of queries, and the workers' control tasks."""
    random = np.random.default_rng(SEED)
    n_crews = -(-n_queries // QUERIES_PER_CREW) if n_spammers else 1
    careless = np.concatenate([random.permutation(N_WORKERS) < n_spammers for _ in range(n_crews)])
    strengths = random.normal(scale=deviation, size=n_queries * ITEMS_PER_QUERY)
    query = np.repeat(np.arange(n_queries), ANSWERS_PER_QUERY)
    first = random.integers(0, ITEMS_PER_QUERY, len(query))
    second = (first + random.integers(1, ITEMS_PER_QUERY, len(query))) % ITEMS_PER_QUERY
    left, right = query * ITEMS_PER_QUERY + first, query * ITEMS_PER_QUERY + second
    crew = query * n_crews // n_queries
    worker = crew * N_WORKERS + random.integers(0, N_WORKERS, len(query))
    answers = simulated(random, strengths, numbered("Q", query, 8), left, right, worker, careless)
    items = np.arange(len(strengths))
    truth = pd.DataFrame({
        "query_id": numbered("Q", items // ITEMS_PER_QUERY, 8),
        "item_id": numbered("P", items, 8),
        "strength": strengths,
    })  # fmt: skip
    n_correct = random.binomial(N_CONTROL_TASKS, np.where(careless, 0.5, CONTROL_RIGHT_SHARE))
    golden = np.log((n_correct + 1) / (N_CONTROL_TASKS - n_correct + 1)).clip(0, GOLDEN_WEIGHT_MAX)
    weights = {"equal": np.ones(len(careless)), "golden": golden, "oracle": (~careless).astype(float)}
    return answers, truth, {name: values[worker] for name, values in weights.items()}


def groups(n_queries: int):
    answers, truth, _ = small_groups(n_queries, 1.0, 0)
    return answers, truth


def shuffled_groups(n_queries: int):
    answers, truth = groups(n_queries)
    return answers.sample(frac=1.0, random_state=SEED), truth


def spammers(n_queries: int, weighting: str):
    answers, truth, weights = small_groups(n_queries, STRENGTH_DEVIATION, N_SPAMMERS)
    answers["weight"] = weights[weighting] / weights[weighting].mean()
    return answers, truth


def graph(n_answers: int):
    """Random pairs of one large set of items."""
    random = np.random.default_rng(SEED)
    strengths = random.normal(size=N_ITEMS_OF_GRAPH)
    left = random.integers(0, N_ITEMS_OF_GRAPH, n_answers)
    right = (left + random.integers(1, N_ITEMS_OF_GRAPH, n_answers)) % N_ITEMS_OF_GRAPH
    worker = random.integers(0, N_WORKERS, n_answers)
    answers = simulated(random, strengths, "all", left, right, worker, np.zeros(N_WORKERS, dtype=bool))
    items = numbered("P", np.arange(N_ITEMS_OF_GRAPH), 8)
    return answers, pd.DataFrame({"query_id": "all", "item_id": items, "strength": strengths})


def canonical(query, left, right, outcome, worker) -> pd.DataFrame:
    answers = pd.DataFrame({
        "query_id": query,
        "left_item_id": left.astype(str),
        "right_item_id": right.astype(str),
        "outcome": outcome,
        "weight": 1.0,
        "worker_id": worker.astype(str),
    })  # fmt: skip
    return answers[answers.outcome.isin(["left", "right", "tie"])].reset_index(drop=True)


def reading(real: Path):
    """The file has lost which side was which; a coin says it anew, so that no side is favoured."""
    pairs = pd.read_parquet(real / "reading_pairs.parquet")
    is_left = pd.Series(np.random.default_rng(SEED).random(len(pairs)) < 0.5)
    left, right = pairs.winner.where(is_left, pairs.loser), pairs.loser.where(is_left, pairs.winner)
    answers = canonical("all", left, right, is_left.map({True: "left", False: "right"}), pairs.worker)
    grades = pd.read_parquet(real / "reading_gt.parquet")
    return answers, pd.DataFrame({
        "query_id": "all",
        "item_id": grades.item.astype(str),
        "strength": grades.grade.astype(float),
    })  # fmt: skip


def llmfao(real: Path, is_by_context: bool):
    """The crowd's answers, and the ranking that another judge's answers give.

    Overall that is evalica's maximum likelihood, which 0.537 was measured with; within a context, where
    that collapses, the share of comparisons won.
    """
    crowd = pd.read_parquet(real / "llmfao_crowd.parquet")
    judge = pd.read_parquet(real / "llmfao_gpt4.parquet")
    query = crowd.context.astype(str) if is_by_context else "all"
    answers = canonical(query, crowd.left, crowd.right, crowd.answer, crowd.worker)
    if is_by_context:
        credit = judge.answer.map({"left": 1.0, "tie": 0.5, "right": 0.0})
        sides = [(judge.left, credit), (judge.right, 1 - credit)]
        shares = [pd.DataFrame({"query_id": judge.context.astype(str), "item_id": item, "strength": won})
                  for item, won in sides]  # fmt: skip
        return answers, pd.concat(shares).groupby(["query_id", "item_id"]).strength.mean().reset_index()
    import evalica

    winners = {"left": evalica.Winner.X, "right": evalica.Winner.Y, "tie": evalica.Winner.Draw}
    outcomes = [winners[answer] for answer in judge.answer]
    scores = evalica.bradley_terry(judge.left.tolist(), judge.right.tolist(), outcomes).scores
    return answers, pd.DataFrame({"query_id": "all", "item_id": scores.index, "strength": scores.values})


def music(real: Path):
    """The authors' own partial order comes from the same judgments: an agreement, not a truth."""
    answers = pd.read_parquet(real / "music_sbs.parquet")
    places = pd.read_parquet(real / "music_groups.parquet")
    truth = places.rename(columns={"context": "query_id", "item": "item_id"})
    truth["strength"] = -truth.pop("group").astype(float)
    return canonical(answers.context, answers.left, answers.right, answers.answer, answers.worker), truth


SIMULATED = {
    "groups": groups,
    "shuffled_groups": shuffled_groups,
    "graph": graph,
    "spammers_equal": lambda n_queries: spammers(n_queries, "equal"),
    "spammers_golden": lambda n_queries: spammers(n_queries, "golden"),
    "spammers_oracle": lambda n_queries: spammers(n_queries, "oracle"),
}

REAL = {
    "reading": reading,
    "llmfao": lambda real: llmfao(real, is_by_context=False),
    "llmfao_contexts": lambda real: llmfao(real, is_by_context=True),
    "music": music,
}


def main() -> None:
    folder, kind, source = sys.argv[1:]
    answers, truth = SIMULATED[kind](int(source)) if kind in SIMULATED else REAL[kind](Path(source))
    Path(folder).mkdir(parents=True, exist_ok=True)
    truth.to_parquet(Path(folder) / "truth.parquet", index=False)
    # Written last: a folder with answers is whole.
    answers.to_parquet(Path(folder) / "answers.parquet", index=False)


if __name__ == "__main__":
    main()
