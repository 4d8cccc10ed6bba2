-- warn: a model of labels and workers did not converge
select project_id, max(n_iterations) as n_iterations
from labels.labels_by_model
where not is_converged
group by project_id;
