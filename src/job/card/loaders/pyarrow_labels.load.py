import pyarrow.dataset

labels = pyarrow.dataset.dataset("labels").to_table()
