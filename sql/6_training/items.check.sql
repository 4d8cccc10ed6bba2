-- warn: candidates are missing from the catalog (orphan items); they are kept without text
select count(*) as n_orphan_items
from training.items
left anti join ingest.products on items.id = products.product_id
having count(*) > 0;
