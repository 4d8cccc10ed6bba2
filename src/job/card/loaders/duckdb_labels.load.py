import duckdb

labels = duckdb.sql("select * from 'labels/*.parquet'").arrow().read_all()
sure = duckdb.sql("select task_id, label from 'labels/*.parquet' where confidence >= 0.9").fetchall()
