-- fail: a raise is of no page that was handed in
select raises.assignment_id
from quality.raises
left anti join ingest.pages on raises.assignment_id = pages.assignment_id and pages.is_handed_in;
