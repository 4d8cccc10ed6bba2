-- warn: workers agree hardly more than by chance; look at the instruction before you look at the workers
select project_id, krippendorff_alpha, n_answers
from labels.agreement
where krippendorff_alpha < 0.1;
