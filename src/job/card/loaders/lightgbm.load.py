import json

import lightgbm
import numpy
import pyarrow.parquet

features = json.load(open("manifest.json"))["features"]
train = pyarrow.parquet.read_table("pointwise/train")
test = pyarrow.parquet.read_table("pointwise/test")

# The rows of a query stand together and qid counts from 0: the sizes of the groups, in order.
group = numpy.bincount(train["qid"])
label = train["label"].to_numpy()
weight = train["weight"].to_numpy()
