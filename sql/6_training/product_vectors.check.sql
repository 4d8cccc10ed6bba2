-- fail: the vectors of products differ in length, or hold what is no number
select product_id, array_length(vector) as n_numbers
from training.product_vectors
cross join (select max(array_length(vector)) as n_numbers_max from training.product_vectors)
where array_length(vector) <> n_numbers_max
    or array_position(vector, arrow_cast('NaN', 'Float32')) is not null;
