import polars

labels = polars.read_parquet("labels/*.parquet")
counts = labels.group_by("label").len().sort("label")
