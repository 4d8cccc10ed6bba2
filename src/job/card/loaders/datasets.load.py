import os

from datasets import get_dataset_config_names, load_dataset

here = os.getcwd()
tables = {name: load_dataset(here, name) for name in get_dataset_config_names(here)}

# The same without a copy: rows as they are read.
streams = {name: load_dataset(here, name, streaming=True) for name in tables}
first_rows = {name: next(iter(stream["train"]), None) for name, stream in streams.items()}
