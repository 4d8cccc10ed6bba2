-- warn: pages were skipped or ran out of time and nothing says when; they are taken to end when they were taken
select status, count(*) as n_pages
from ingest.pages
where (status = 'SKIPPED' and skipped_at is null) or (status = 'EXPIRED' and expired_at is null)
group by status;
