import json

import catboost
import numpy
import pyarrow.parquet

features = json.load(open("manifest.json"))["features"]
train = pyarrow.parquet.read_table("pointwise/train")
test = pyarrow.parquet.read_table("pointwise/test")

# A pair names two rows of this split's pointwise table, the preferred one first.
compared = pyarrow.parquet.read_table("pairs/train")
pairs = numpy.column_stack([compared["chosen_row"], compared["rejected_row"]])
pairs_weight = compared["weight"].to_numpy()
group_id = train["qid"].to_numpy()
