"""What is measured: one function per case, which yields tables. It measures and prints nothing itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import statements
from bench import Bench, DataSet, Row

N_GROUPS = 200_000
N_ANSWERS_OF_GRAPH = 1_000_000
N_GROUPS_WITH_SPAMMERS = 2000
# crowd-kit's worker model takes minutes for more.
N_GROUPS_FOR_CROWD_KIT = 400

# A peer that would need longer for all groups gets the largest sample that it can rank in this time.
FULL_RUN_CPU_SECONDS = 60.0
SAMPLES = [500, 4000, 20_000]

GROUP_PEERS = [
    "duckdb.win_rate",
    "evalica.bradley_terry",
    "evalica.newman",
    "crowdkit.BradleyTerry",
    "choix.opt_pairwise",
    "choix.ilsr_pairwise",
    "sklearn.LogisticRegression-C1",
]
GRAPH_PEERS = [
    "duckdb.win_rate",
    "evalica.bradley_terry",
    "evalica.newman",
    "evalica.elo",
    "evalica.pagerank",
    "crowdkit.BradleyTerry",
    "choix.opt_pairwise",
    "choix.ilsr_pairwise",
    "sklearn.LogisticRegression-C1",
    "sklearn.LogisticRegression-C1-tight",
    "sklearn.LogisticRegression-C1e4-tight",
]
REAL_PEERS = [
    *GRAPH_PEERS,
    "evalica.eigen",
    "evalica.counting",
    "evalica.average_win_rate",
    "crowdkit.NoisyBradleyTerry",
]
DENSE_NOTE = (
    "evalica, crowd-kit and choix keep dense matrices of items x items (10,000 x 10,000 numbers are 763 MiB each);"
    " choix loops over answers in Python besides."
)

BARS = {
    "reading": "bars: tau >= 0.383 with workers and prior=auto, >= 0.341 without",
    "llmfao": "bar: tau >= 0.57 with workers (peer 0.537); the truth is another judge's ranking",
    "llmfao_contexts": "no bar; tau is the mean over 13 prompts, against the judge's share of comparisons won",
    "music": "no bar; the truth is the authors' partial order of the same answers",
}


@dataclass
class Table:
    """Rows to print together; the first one is ours, which the others are set beside."""

    title: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def groups(bench: Bench) -> Iterator[Table]:
    n_groups = max(SAMPLES[0], round(N_GROUPS * bench.scale))
    whole = bench.data_set("groups", n_groups)
    shuffled = bench.data_set("shuffled_groups", n_groups)
    table = Table(f"{n_groups:,} queries x 15 answers over 6 items, from Parquet to ranked Parquet")
    ranking = statements.filled(statements.RANK_GROUPS, whole.answers, "bradley_terry")
    table.rows.append(bench.crowdrank("bradley_terry", whole, ranking))
    ranking = statements.filled(statements.RANK_GROUPS, shuffled.answers, "bradley_terry")
    table.rows.append(bench.crowdrank("bradley_terry, rows shuffled", shuffled, ranking))
    table.rows.append(reading_alone(bench, whole))
    for peer in GROUP_PEERS:
        table.rows.append(peer_on_enough_groups(bench, peer, n_groups))
    table.notes.append(
        f"A peer that would need more than {FULL_RUN_CPU_SECONDS:.0f} CPU s for all groups ranks the first ones only:"
        " see its answers. All rates are beside the start-up."
    )
    table.notes.append("bar: >= 100 x the 26,000 answers per CPU second of a pandas loop; no collapsed group")
    yield table


def peer_on_enough_groups(bench: Bench, peer: str, n_groups: int) -> Row:
    sizes = [*(size for size in SAMPLES if size < n_groups), n_groups]
    row = bench.peer(peer, bench.data_set("groups", sizes[0]), repeats=1)
    if row.cost.problem is not None:
        return row
    # Wall seconds would hang on what else the machine does.
    seconds_per_group = max(row.own_cpu_seconds, 0.0) / sizes[0]
    feasible = [size for size in sizes if size * seconds_per_group <= FULL_RUN_CPU_SECONDS]
    enough = max(feasible, default=sizes[0])
    return row if enough == sizes[0] else bench.peer(peer, bench.data_set("groups", enough))


def reading_alone(bench: Bench, data_set: DataSet) -> Row:
    statement = statements.filled(statements.READ_ALONE, data_set.answers)
    return bench.crowdrank("reading alone", data_set, statement, is_ranking=False)


def graph(bench: Bench) -> Iterator[Table]:
    n_answers = max(10_000, round(N_ANSWERS_OF_GRAPH * bench.scale))
    whole = bench.data_set("graph", n_answers)
    table = Table(f"one graph: {n_answers:,} answers over 10,000 items, from Parquet", notes=[DENSE_NOTE])
    # The peers read no weights and no workers here either.
    ranking = statements.filled(statements.RANK_GRAPH_BY_THREE_COLUMNS, whole.answers, "bradley_terry")
    table.rows.append(bench.crowdrank("bradley_terry, three columns", whole, ranking))
    for method in known(bench, statements.METHODS, table):
        statement = statements.filled(statements.RANK_GRAPH, whole.answers, method)
        table.rows.append(bench.crowdrank(method, whole, statement))
    table.rows.append(reading_alone(bench, whole))
    table.rows += [bench.peer(peer, whole) for peer in GRAPH_PEERS]
    table.notes.append("bar: <= 0.3 CPU s and <= 100 MiB beside the engine (start-up)")
    yield table


def real(bench: Bench) -> Iterator[Table]:
    if not bench.real.is_dir():
        yield Table("real answers", notes=[f"skipped: {bench.real} is absent"])
        return
    for kind in BARS:
        yield real_set(bench, kind)


def real_set(bench: Bench, kind: str) -> Table:
    answers = bench.data_set(kind, bench.real)
    table = Table(f"real answers: {kind}, {answers.n_answers:,} answers", notes=[BARS[kind]])
    for method in known(bench, statements.METHODS, table):
        statement = statements.filled(statements.RANK_GROUPS, answers.answers, method)
        table.rows.append(bench.crowdrank(method, answers, statement))
    for options in ("prior=auto", "prior=2"):
        statement = statements.filled(statements.RANK_GROUPS, answers.answers, "bradley_terry", options=options)
        table.rows.append(bench.crowdrank(f"bradley_terry {options}", answers, statement))
    table.rows += by_worker_models(bench, answers, table)
    # Accuracy is what matters here; costs are those of one run.
    table.rows += [bench.peer(peer, answers, repeats=1) for peer in REAL_PEERS]
    return table


def by_worker_models(bench: Bench, answers: DataSet, table: Table) -> list[Row]:
    """The scores of each worker model, and plain strengths of answers that weigh what it learnt."""
    rows = []
    for model in known(bench, statements.WORKER_MODELS, table):
        statement = statements.filled(statements.RANK_BY_WORKER_MODEL, answers.answers, model=model)
        rows.append(bench.crowdrank(model, answers, statement))
        for options in ("", "prior=auto"):
            statement = statements.filled(
                statements.RANK_BY_WORKER_WEIGHTS, answers.answers, model=model, options=options
            )
            name = f"bradley_terry {options} weights of {model}".replace("  ", " ")
            rows.append(bench.crowdrank(name, answers, statement))
    return rows


def known(bench: Bench, names: list[str], table: Table) -> list[str]:
    missing = [name for name in names if name not in bench.functions]
    if missing:
        table.notes.append(f"not in this binary: {', '.join(missing)}")
    return [name for name in names if name in bench.functions]


def spammers(bench: Bench) -> Iterator[Table]:
    n_groups = max(N_GROUPS_FOR_CROWD_KIT, round(N_GROUPS_WITH_SPAMMERS * min(bench.scale, 1.0)))
    table = Table(f"{n_groups:,} queries x 15 answers over 6 items, of each 40 workers 7 click at random")
    for weighting in ("equal", "golden", "oracle"):
        answers = bench.data_set(f"spammers_{weighting}", n_groups)
        statement = statements.filled(statements.RANK_GROUPS, answers.answers, "bradley_terry")
        table.rows.append(bench.crowdrank(f"bradley_terry, {weighting} weights", answers, statement))
    equal, golden = bench.data_set("spammers_equal", n_groups), bench.data_set("spammers_golden", n_groups)
    table.rows += by_worker_models(bench, equal, table)
    for peer in ("evalica.bradley_terry", "evalica.newman", "sklearn.LogisticRegression-C1"):
        table.rows.append(bench.peer(peer, equal, repeats=1))
        weighted = bench.peer(peer, golden, is_weighted=True, repeats=1)
        weighted.name += ", golden weights"
        table.rows.append(weighted)
    table.rows.append(bench.peer("crowdkit.BradleyTerry", equal, repeats=1))
    few = bench.data_set("spammers_equal", N_GROUPS_FOR_CROWD_KIT)
    table.rows.append(bench.peer("crowdkit.NoisyBradleyTerry", few, repeats=1))
    table.notes += [
        "Golden weights: clip(log((c + 1) / (n - c + 1)), 0, 3) of n = 20 control tasks, mean 1; the oracle leaves"
        " spammers out.",
        "bar: mean tau >= 0.51 with golden weights (peer: 0.477 equal weights, 0.519 oracle)",
    ]
    yield table


CASES = {"groups": groups, "graph": graph, "real": real, "spammers": spammers}
