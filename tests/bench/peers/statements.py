"""The SQL that crowdrank is given; nothing here runs it."""

# In the order of the registry; what a binary lacks is said and left out.
METHODS = [
    "bradley_terry",
    "counting",
    "win_rate",
    "average_win_rate",
    "elo",
    "davidson",
    "rao_kupper",
    "pagerank",
    "rank_centrality",
    "hodgerank",
]
WORKER_MODELS = ["noisy_bradley_terry", "crowd_bradley_terry"]

READ_ALONE = """
select max(query_id), max(left_item_id), max(right_item_id), max(outcome), max(weight), max(worker_id)
from read_parquet('{answers}')
"""

RANK_GROUPS = """
select
    query_id,
    unnest({method}(left_item_id, right_item_id, outcome, weight, worker_id{options})) as ranked
from read_parquet('{answers}')
group by query_id
"""

RANK_GRAPH = """
select unnest({method}(left_item_id, right_item_id, outcome, weight, worker_id{options})) as ranked
from read_parquet('{answers}')
"""

RANK_GRAPH_BY_THREE_COLUMNS = """
select unnest({method}(left_item_id, right_item_id, outcome)) as ranked
from read_parquet('{answers}')
"""

# A worker model takes the name of a table or view.
RANK_BY_WORKER_MODEL = """
create view answers as select * from read_parquet('{answers}');
select * from {model}('answers')
"""

RANK_BY_WORKER_WEIGHTS = """
create view answers as select * from read_parquet('{answers}');
with

workers as (select worker_id, weight from {model}_workers('answers')),

answers_weighted_by_worker as (
    select
        answers.query_id,
        answers.left_item_id,
        answers.right_item_id,
        answers.outcome,
        answers.worker_id,
        -- Mean 1: the prior is set against the weights.
        workers.weight / avg(workers.weight) over () as weight
    from answers
    inner join workers on answers.worker_id = workers.worker_id
)

select
    query_id,
    unnest(bradley_terry(left_item_id, right_item_id, outcome, weight, worker_id{options})) as ranked
from answers_weighted_by_worker
group by query_id
"""

FUNCTIONS = "select distinct routine_name from information_schema.routines order by routine_name"


def filled(statement: str, answers: str, method: str = "", model: str = "", options: str = "") -> str:
    """The statement on few lines, so that it can be pasted into a shell."""
    given = f", '{options}'" if options else ""
    text = statement.format(answers=answers, method=method, model=model, options=given)
    lines = [line for line in text.splitlines() if not line.strip().startswith("--")]
    return " ".join(" ".join(lines).split())
