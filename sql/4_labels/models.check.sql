-- warn: a model of labels and workers did not converge
select project_id, model['n_iterations'] as n_iterations
from labels.models
where not model['is_converged'];
