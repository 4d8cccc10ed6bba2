import polars

train = polars.scan_parquet("pointwise/train/*.parquet")
queries = train.group_by("qid").agg(polars.len(), polars.col("label").max()).collect()
rows = train.collect()
