import duckdb

rows = duckdb.sql("select * from 'pointwise/train/*.parquet'").arrow().read_all()
best = duckdb.sql("""
    select pointwise.query_id, items.title
    from 'pointwise/train/*.parquet' as pointwise
    inner join 'items/*.parquet' as items on pointwise.item_id = items.id
    where pointwise.rank = 1
    order by pointwise.qid, pointwise.pos
""").fetchall()
