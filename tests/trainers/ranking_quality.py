"""NDCG@5 of scores, of a scorer that knows nothing, and whether a difference can be chance."""

import numpy

CUT = 5
# A draw of all queries is repeated so often.
RESAMPLES = 10_000
# Both bounds hold with 99 %.
TAIL = 0.005


def gains(labels: numpy.ndarray) -> numpy.ndarray:
    return 2.0 ** labels.astype(float) - 1.0


def discounts(n_items: int) -> numpy.ndarray:
    return 1.0 / numpy.log2(numpy.arange(min(CUT, n_items)) + 2.0)


def ideal(labels: numpy.ndarray) -> float:
    return float(numpy.sort(gains(labels))[::-1][:CUT] @ discounts(len(labels)))


def ndcg(labels: numpy.ndarray, scores: numpy.ndarray) -> float:
    """Ties in file order, as trainers break them."""
    order = numpy.argsort(-scores, kind="stable")
    return float(gains(labels)[order][:CUT] @ discounts(len(labels))) / ideal(labels)


def ndcg_by_chance(labels: numpy.ndarray) -> float:
    """The mean over all orders: what a constant scorer is worth."""
    return float(gains(labels).mean() * discounts(len(labels)).sum()) / ideal(labels)


def ndcg_of_queries(labels: list[numpy.ndarray], scores: list[float]) -> numpy.ndarray:
    starts = numpy.cumsum([len(group) for group in labels])[:-1]
    groups = numpy.split(numpy.asarray(scores), starts)
    return numpy.array([ndcg(*both) for both in zip(labels, groups, strict=True)])


def bounds_of_mean(values: numpy.ndarray) -> tuple[float, float]:
    """Bounds of the mean over queries, by drawing queries anew."""
    generator = numpy.random.default_rng(1)
    drawn = generator.choice(values, (RESAMPLES, len(values))).mean(axis=1)
    low, high = numpy.quantile(drawn, [TAIL, 1.0 - TAIL])
    return float(low), float(high)
