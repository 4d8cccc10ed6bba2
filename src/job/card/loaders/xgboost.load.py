import json

import numpy
import pyarrow.parquet
import xgboost

features = json.load(open("manifest.json"))["features"]
train = pyarrow.parquet.read_table("pointwise/train")
test = pyarrow.parquet.read_table("pointwise/test")

qid = train["qid"].to_numpy()
label = train["label"].to_numpy()
# With qid, XGBoost wants one weight for each query, not for each row.
first_rows = numpy.unique(qid, return_index=True)[1]
weight = train["group_weight"].to_numpy()[first_rows]
