-- fail: a label lies outside 0..4, or a published value is missing
select query_id, item_id, label, score, weight
from training.pointwise
where label is null
    or label < 0
    or label > 4
    or score is null
    or isnan(score)
    or weight is null
    or group_weight is null;
