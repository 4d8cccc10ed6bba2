//! Features of the training rows: which columns there are, what they say, and what never changes; and queries that stay together.
//!
//! Every figure is computed once more from the catalog, by plain SQL over the published files.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::binary::{crowdrank, text};
use crate::published::Snapshot;
use crate::shop::Shop;

/// Every kind of feature; `half` is an expression, `rating` a column that only this catalog has, some brands are blank.
const FEATURES: &str = r#"[inputs.products.columns]
half = "price_usd / 2"
brand = "case when product_id like '%3' then '  ' when product_id like '%4' then ' ' || brand else brand end"
[[training.features]]
column = "half"
kind = "number"
[[training.features]]
column = "rating"
kind = "number"
side = "item"
[[training.features]]
column = "brand"
kind = "category"
[[training.features]]
column = "category"
kind = "levels"
depth = 2
[[training.features]]
column = "title"
kind = "words"
buckets = 4
side = "query"
[[training.features]]
column = "title"
kind = "length"
side = "item"
"#;

fn shop(more: &str) -> Shop {
    let shop = Shop::generate("0.005", "3");
    shop.configure("data/responses", more);
    shop
}

fn names(value: &Value) -> Vec<String> {
    let listed = value.as_array().expect("a list");
    let name = |value: &Value| value.as_str().expect("a name").to_owned();
    listed.iter().map(name).collect()
}

#[test]
fn features_are_columns_in_the_order_of_the_manifest() {
    let shop = shop(FEATURES);
    shop.run(&[]).succeeded();
    let snapshot = Snapshot::current(&shop.path("published"));
    let features = names(&snapshot.manifest["features"]);
    assert_eq!(features.len(), 4 + 2 + 3 + 6 + 4 + 1, "{features:?}");
    let columns = snapshot.manifest["schemas"]["pointwise"]
        .as_array()
        .expect("columns");
    let first = columns.len() - 1 - features.len();
    assert_eq!(columns[first - 1]["name"], "group_weight");
    assert_eq!(columns[columns.len() - 1]["name"], "as_of");
    for (column, feature) in columns[first..].iter().zip(&features) {
        assert_eq!(column["name"], feature.as_str());
        assert_eq!(column["type"], "Float32");
        assert_eq!(column["nullable"], false);
    }
}

/// Rows of `pointwise` whose features differ from what the catalog says; there must be none.
const WRONG_ROWS: &str = "
with catalog as (
    select source.product_id, source.price_usd, raw.rating, nullif(trim(source.brand), '') as brand, source.category, source.title
    from source.products as source
    inner join raw.products as raw on source.product_id = raw.product_id
),
codes as (select feature, value, code from published.categories),
told as (
    select
        rows.*,
        cast(coalesce(candidate.price_usd / 2, 0) as float) as half,
        cast(coalesce(candidate.rating, 0) as float) as rating,
        candidate.rating is not null as is_rated,
        coalesce(brands.code, 0) as brand_code,
        initial.brand = candidate.brand as is_same_brand,
        coalesce(tops.code, 0) as top_code,
        split_part(initial.category, ' > ', 1) = split_part(candidate.category, ' > ', 1) as is_same_top,
        initial.category = candidate.category as is_same_category,
        character_length(candidate.title) as n_characters
    from published.pointwise as rows
    left join catalog as candidate on rows.item_id = candidate.product_id
    left join catalog as initial on rows.query_id = initial.product_id
    left join codes as brands on brands.feature = 'brand' and candidate.brand = brands.value
    left join codes as tops on tops.feature = 'category' and split_part(candidate.category, ' > ', 1) = tops.value
)
select query_id, item_id
from told
where f_item_half <> half
    or f_item_rating <> rating
    or (f_item_rating_is_known = 1) <> is_rated
    or f_item_brand_code <> brand_code
    or (f_brand_match = 1) <> coalesce(is_same_brand, false)
    or f_item_category_1_code <> top_code
    or (f_category_levels_shared > 0) <> is_same_top
    or (f_category_match = 1) <> is_same_category
    or f_item_title_length <> n_characters
    or f_query_title_words_00 + f_query_title_words_01 + f_query_title_words_02 + f_query_title_words_03 < 3
limit 3";

#[test]
fn every_feature_says_what_the_catalog_says() {
    let shop = shop(FEATURES);
    shop.run(&[]).succeeded();
    let wrong = shop.query(&[], WRONG_ROWS);
    assert!(wrong.is_empty(), "{wrong:?}");
    let sql = "select count(distinct f_item_half) as halves, count(distinct f_item_rating) as ratings, sum(f_brand_match) as matches, sum(case when f_item_brand_code = 0 and f_query_brand_code = 0 then 1 else 0 end) as blanks, min(f_item_rating_is_known) as known_min from published.pointwise";
    let told = &shop.query(&[], sql)[0];
    for (name, least) in [
        ("halves", 20.0),
        ("ratings", 10.0),
        ("matches", 1.0),
        ("blanks", 1.0),
    ] {
        let found = told[name].as_f64().expect("a number");
        assert!(found >= least, "{name} {found}");
    }
    assert_eq!(told["known_min"], 0.0, "a product without rating is there");
}

fn codes(shop: &Shop) -> BTreeMap<(String, String), i64> {
    let rows = shop.query(&[], "select feature, value, code from published.categories");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    rows.iter()
        .map(|row| {
            let code = row["code"].as_i64().expect("a code");
            ((text(&row["feature"]), text(&row["value"])), code)
        })
        .collect()
}

#[test]
fn a_code_stays_when_new_values_come_and_old_ones_go() {
    let shop = shop("");
    shop.run(&[]).succeeded();
    let before = codes(&shop);
    let renamed = "[inputs.products.columns]\nbrand = \"case when product_id < 'P00000030' then 'Aardvark' else brand end\"\n";
    shop.configure("data/responses", renamed);
    shop.run(&[]).succeeded();
    let after = codes(&shop);
    let aardvark = ("brand".to_owned(), "Aardvark".to_owned());
    let n_brands = |codes: &BTreeMap<(String, String), i64>| {
        codes
            .keys()
            .filter(|(feature, _)| feature == "brand")
            .count() as i64
    };
    assert_eq!(before.get(&aardvark), None);
    assert_eq!(
        after[&aardvark],
        n_brands(&before) + 1,
        "the next code, not the first"
    );
    for (value, code) in &before {
        assert_eq!(after.get(value), Some(code), "{value:?}");
    }
}

#[test]
fn a_catalog_gives_price_brand_and_category_unless_told_otherwise() {
    let shop = shop("");
    let feature_names = |shop: &Shop, arguments: &[&str]| {
        shop.run(arguments).succeeded();
        names(&Snapshot::current(&shop.path("published")).manifest["features"])
    };
    let automatic = feature_names(&shop, &[]);
    for name in [
        "f_item_price_usd",
        "f_brand_match",
        "f_category_levels_shared",
    ] {
        assert!(automatic.iter().any(|found| found == name), "{automatic:?}");
    }
    assert_eq!(
        feature_names(&shop, &["--set", "training.features=[]"]),
        Vec::<String>::new(),
        "and other features are another run"
    );
}

#[test]
fn features_that_cannot_be_are_refused_by_name() {
    let feature = |column: &str, kind: &str| {
        format!("[[training.features]]\ncolumn = \"{column}\"\nkind = \"{kind}\"\n")
    };
    let shop = shop(&feature("raiting", "number"));
    shop.run(&[])
        .refused(8)
        .explains(&["raiting", "rating", "products"]);
    shop.configure("data/responses", &feature("title", "number"));
    shop.run(&[])
        .refused(8)
        .explains(&["title", "number", "Utf8"]);
    let twice = [feature("brand", "category"), feature("brand", "category")].concat();
    shop.configure("data/responses", &twice);
    shop.run(&[])
        .refused(2)
        .explains(&["f_brand_match", "twice"]);
    shop.configure("data/responses", &feature("brand", "colour"));
    shop.run(&[]).refused(2).explains(&["colour", "category"]);
    let config = shop.config();
    crowdrank(&["check", "--config", text(&config)]).refused(2);
}

#[test]
fn queries_that_share_items_stay_together_and_do_not_move() {
    // Queries share items with those of the same last digit only, and so few that they do from the first day.
    let shop = shop(
        r#"[inputs.responses.columns]
left_item_id = "substr(left_item_id, 9) || substr(query_id, 9)"
right_item_id = "substr(right_item_id, 9) || substr(query_id, 9)"
[training]
group_by = "component"
split_shares = [0.5, 0.2, 0.3]
"#,
    );
    let splits = |shop: &Shop| -> BTreeMap<String, String> {
        let rows = shop.query(
            &[],
            "select distinct query_id, split from published.pointwise",
        );
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        rows.iter()
            .map(|row| (text(&row["query_id"]), text(&row["split"])))
            .collect()
    };
    let early = ["--as-of", "2026-11-01T00:00:00Z"];
    shop.run(&early).succeeded();
    let before = splits(&shop);
    shop.run(&[]).succeeded();
    let after = splits(&shop);
    let used: BTreeSet<&String> = after.values().collect();
    assert!(
        used.len() > 1,
        "one component would prove nothing: {after:?}"
    );
    let shared =
        "select item_id from published.pointwise group by item_id having count(distinct split) > 1";
    let shared = shop.query(&[], shared);
    assert!(shared.is_empty(), "{shared:?}");
    assert!(before.len() < after.len(), "new queries came");
    let moved: Vec<_> = before
        .iter()
        .filter(|(query, split)| after.get(*query).is_some_and(|now| now != *split))
        .collect();
    assert!(moved.is_empty(), "{moved:?}");
}
