-- note: share of the candidates of the other splits that train has, too
select
    seen.split,
    count(*) as n_items,
    round(cast(count(*) filter (where seen.is_in_train) as double) / count(*), 4) as share_in_train
from (
    select others.split, train.item_idx is not null as is_in_train
    from (select split, item_idx from published.pointwise where split <> 'train' group by split, item_idx) as others
    left join (select item_idx from published.pointwise where split = 'train' group by item_idx) as train
        on others.item_idx = train.item_idx
) as seen
group by seen.split
order by seen.split;
