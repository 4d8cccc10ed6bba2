import json
import pathlib

dataset = pathlib.Path("../..")
newest = max(dataset.glob("_commits/*.json"))
snapshot = dataset / json.loads(newest.read_text())["snapshot"]
