-- fail: kept votes of published groups (or of labelled tasks) and rejects do not add up to the input
select n_responses, n_rejects, n_votes, n_label_votes
from (select count(*) as n_responses from source.responses)
cross join (select count(*) as n_rejects from publish.rejects)
cross join (
    select count(*) as n_votes
    from comparisons.votes
    left semi join training.splits on votes.query_id = splits.query_id
)
cross join (select count(*) as n_label_votes from labels.kept_answers)
where n_responses <> n_rejects + n_votes + n_label_votes;
