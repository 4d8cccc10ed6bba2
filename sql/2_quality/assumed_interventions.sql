-- What this round takes for granted of what rules did to pages: at first nothing, then what the last round found.
-- grain: one row per page that a rule kept from counting, or verdict of a rule on a page
with

nothing_yet as (
    select
        cast(null as varchar) as assignment_id,
        cast(null as varchar) as kind,
        arrow_cast(null, 'Timestamp(Microsecond, Some("UTC"))') as at
    where false
)

select * from nothing_yet
