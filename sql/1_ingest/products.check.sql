-- warn: a product costs less than nothing
select product_id, price_usd
from ingest.products
where price_usd < 0;
