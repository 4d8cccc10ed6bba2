import ray

labels = ray.data.read_parquet("labels")
n_rows = labels.count()
