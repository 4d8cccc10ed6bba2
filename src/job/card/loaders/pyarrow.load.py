import pyarrow.dataset

train = pyarrow.dataset.dataset("pointwise/train")
rows = train.to_table()
# Or in parts, in bounded memory; a query never crosses a row group.
n_rows = sum(batch.num_rows for batch in train.to_batches())
