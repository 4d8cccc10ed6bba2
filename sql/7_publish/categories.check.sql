-- fail: a code of an earlier snapshot was lost or changed
select earlier.feature, earlier.value, earlier.code
from previous.categories as earlier
left anti join publish.categories as later
    on earlier.feature = later.feature
    and earlier.value = later.value
    and earlier.code = later.code;
