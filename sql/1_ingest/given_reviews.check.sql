-- fail: a review is neither ACCEPT nor REJECT
select assignment_id, event
from source.review_events
where upper(event) not in ('ACCEPT', 'REJECT');

-- warn: a review is of no page that was handed in
select count(*) as n_reviews
from source.review_events
left anti join ingest.pages on review_events.assignment_id = pages.assignment_id and pages.is_handed_in
where review_events.event is not null
having count(*) > 0;
