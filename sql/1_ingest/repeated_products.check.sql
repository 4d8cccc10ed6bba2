-- warn: the catalog lists products more than once; the latest row counts
select product_id
from ingest.repeated_products
order by product_id;
