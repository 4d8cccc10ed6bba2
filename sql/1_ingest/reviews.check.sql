-- warn: a page was reviewed before it was handed in; the review is taken as of that moment
select assignment_id, accepted_at, rejected_at, submitted_at
from ingest.pages
where is_handed_in and (accepted_at < submitted_at or rejected_at < submitted_at);
