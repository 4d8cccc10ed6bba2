import mlcroissant

dataset = mlcroissant.Dataset("croissant.json")
first_rows = {
    table.id: next(iter(dataset.records(table.id)), None) for table in dataset.metadata.record_sets
}
