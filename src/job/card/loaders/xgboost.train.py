

def matrix(rows):
    return numpy.column_stack([rows[name] for name in features])


data = xgboost.DMatrix(
    matrix(train), label=label, qid=qid, weight=weight, feature_names=features
)
settings = {"objective": "rank:ndcg", "eta": 0.1, "max_depth": 4, "seed": 1}
model = xgboost.train(settings, data, num_boost_round=50)
scores = model.predict(xgboost.DMatrix(matrix(test), feature_names=features))
