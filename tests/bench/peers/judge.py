"""Says how well a ranking agrees with the truth; it neither ranks nor measures costs.

Usage: judge.py RANKED DATA_SET, or judge.py --count DATA_SET for the number of answers. RANKED has query_id,
item_id and score (crowdrank: in a struct `ranked`). Prints JSON: tau, the mean over queries of Kendall's
tau-b; collapsed_share, the share of queries where all scores are the same though some item won more than it
lost, one is no number, or there are none. Where all scores are the same, tau counts as 0.
"""

import json
import sys

import duckdb

AGREEMENT = """
with

ranked as (select * from read_ranked),

truths as (select query_id, item_id, strength from read_parquet($truth)),

votes as (
    select
        query_id,
        left_item_id,
        right_item_id,
        weight * case outcome when 'left' then 1 when 'right' then -1 else 0 end as margin
    from read_parquet($answers)
),

margins as (
    select query_id, left_item_id as item_id, margin from votes
    union all
    select query_id, right_item_id as item_id, -margin as margin from votes
),

item_margins as (
    select query_id, item_id, sum(margin) as margin
    from margins
    group by query_id, item_id
),

-- Where every item won as much as it lost, equal scores are right.
decided_queries as (
    select query_id
    from item_margins
    group by query_id
    having max(abs(margin)) > 1e-9
),

judged_queries as (
    select query_id
    from truths
    group by query_id
    having count(distinct strength) > 1
),

scored_items as (
    select truths.query_id, truths.item_id, truths.strength, ranked.score
    from truths
    inner join ranked
        on truths.query_id = ranked.query_id and truths.item_id = ranked.item_id
),

spreads as (
    select
        query_id,
        -- A sum that came about in another order is no difference.
        coalesce(bool_and(isfinite(score)), false)
            and max(score) - min(score) > 1e-9 * max(abs(score)) as is_spread
    from scored_items
    group by query_id
),

pairs as (
    select better.query_id, sign(better.score - worse.score) as score_sign
    from scored_items as better
    inner join scored_items as worse
        on better.query_id = worse.query_id and better.strength > worse.strength
    where isfinite(better.score) and isfinite(worse.score)
),

-- Pairs of equal truth count in the spread of scores only.
score_groups as (
    select query_id, score, count(*) as n_items
    from scored_items
    group by query_id, score
),

pairs_apart as (
    select
        query_id,
        (sum(n_items) * (sum(n_items) - 1) - sum(n_items * (n_items - 1))) / 2 as n_score_apart
    from score_groups
    group by query_id
),

agreements as (
    select query_id, sum(score_sign) as agreement, count(*) as n_truth_apart
    from pairs
    group by query_id
),

taus as (
    select
        judged_queries.query_id,
        decided_queries.query_id is not null and not coalesce(spreads.is_spread, false) as is_collapsed,
        case
            when coalesce(spreads.is_spread, false)
            then coalesce(
                agreements.agreement
                / nullif(sqrt(agreements.n_truth_apart * pairs_apart.n_score_apart), 0),
                0
            )
            else 0
        end as tau
    from judged_queries
    left join decided_queries on judged_queries.query_id = decided_queries.query_id
    left join spreads on judged_queries.query_id = spreads.query_id
    left join agreements on judged_queries.query_id = agreements.query_id
    left join pairs_apart on judged_queries.query_id = pairs_apart.query_id
)

select avg(tau), avg(case when is_collapsed then 1.0 else 0.0 end), count(*) from taus
"""


def main() -> None:
    ranked, data_set = sys.argv[1:]
    files = {name: f"{data_set}/{name}.parquet" for name in ("answers", "truth")}
    connection = duckdb.connect()
    if ranked == "--count":
        print(connection.execute("select count(*) from read_parquet(?)", [files["answers"]]).fetchone()[0])
        return
    reader = "read_json" if ranked.endswith(".json") else "read_parquet"
    names = [row[0] for row in connection.execute(f"describe select * from {reader}('{ranked}')").fetchall()]
    query = "cast(query_id as varchar)" if "query_id" in names else "'all'"
    item, score = ("ranked.item_id", "ranked.score") if "ranked" in names else ("item_id", "score")
    connection.execute(
        f"create view read_ranked as select {query} as query_id, cast({item} as varchar) as item_id,"
        f" cast({score} as double) as score from {reader}('{ranked}')"
    )
    tau, collapsed_share, n_queries = connection.execute(AGREEMENT, files).fetchone()
    print(json.dumps({"tau": tau, "collapsed_share": collapsed_share, "n_queries": n_queries}))


if __name__ == "__main__":
    main()
