-- fail: the first round takes something for granted
select *
from quality.assumed_interventions;
