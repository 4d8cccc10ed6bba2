import ray

train = ray.data.read_parquet("pointwise/train")
n_rows = train.count()
first_row = train.take(1)
