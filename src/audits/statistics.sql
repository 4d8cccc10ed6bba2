select 'n_input_rows' as name, cast(count(*) as double) as value from source.responses
union all
select 'n_kept_votes' as name, cast(count(*) as double) as value
from comparisons.votes
left semi join training.splits on votes.query_id = splits.query_id
where $kind = 'side_by_side'
union all
select 'n_kept_votes' as name, cast(count(*) as double) as value
from labels.kept_answers
where $kind = 'classification'
union all
select 'n_rejects' as name, cast(count(*) as double) as value from published.rejects
union all
select 'n_queries' as name, cast(count(*) as double) as value
from published.lists
where $kind = 'side_by_side'
union all
select 'n_rows' as name, cast(count(*) as double) as value
from published.pointwise
where $kind = 'side_by_side'
union all
select 'n_rows' as name, cast(count(*) as double) as value
from published.labels
where $kind = 'classification'
union all
select 'n_workers' as name, cast(count(distinct worker_id) as double) as value from published.workers
union all
select 'n_banned_workers' as name, cast(count(distinct worker_id) as double) as value
from published.workers
where is_banned
union all
select 'n_majority' as name, cast(coalesce(sum(n_majority), 0) as double) as value from published.workers
union all
select 'n_majority_agreed' as name, cast(coalesce(sum(cast(round(n_majority * majority_agreement) as bigint)), 0) as double) as value
from published.workers
union all
select concat('n_label_', cast(label as varchar)) as name, cast(count(*) as double) as value
from published.pointwise
where $kind = 'side_by_side'
group by label
union all
select concat('n_label_', label) as name, cast(count(*) as double) as value
from published.labels
where $kind = 'classification'
group by label
