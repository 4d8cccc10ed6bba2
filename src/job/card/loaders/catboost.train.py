

def matrix(rows):
    return numpy.column_stack([rows[name] for name in features])


data = catboost.Pool(
    matrix(train),
    label=train["label"].to_numpy(),
    group_id=group_id,
    pairs=pairs,
    pairs_weight=pairs_weight,
    feature_names=features,
)
settings = {"loss_function": "PairLogit", "iterations": 100, "depth": 4, "random_seed": 1}
model = catboost.CatBoost({**settings, "verbose": False, "allow_writing_files": False})
model.fit(data)
scores = model.predict(catboost.Pool(matrix(test), feature_names=features))
