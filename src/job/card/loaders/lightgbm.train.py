

def matrix(rows):
    return numpy.column_stack([rows[name] for name in features])


data = lightgbm.Dataset(
    matrix(train), label=label, group=group, weight=weight, feature_name=features
)
settings = {"objective": "lambdarank", "seed": 1, "deterministic": True, "verbose": -1}
model = lightgbm.train(settings, data, num_boost_round=50)
scores = model.predict(matrix(test))
