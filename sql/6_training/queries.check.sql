-- warn: initial products are missing from the catalog; they are kept without text
select count(*) as n_orphan_queries
from training.queries
left anti join ingest.products on queries.id = products.product_id
having count(*) > 0;
