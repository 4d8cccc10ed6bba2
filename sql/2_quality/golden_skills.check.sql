-- fail: a share or its bounds lie outside 0..1, or the skill outside 0..100
select *
from quality.golden_skills
where golden_lo < 0
    or golden_lo > golden_accuracy + 1e-12
    or golden_hi < golden_accuracy - 1e-12
    or golden_hi > 1
    or golden < 0
    or golden > 100;
