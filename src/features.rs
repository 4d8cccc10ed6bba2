//! Features of training rows: which columns there are, and the numbers of a product and of a pair of products.
//!
//! It reads no table and gives no code to a category: the models do.
//!
//! A product is a *vector* of numbers, feature after feature; a row of `pointwise` is made of the vectors of its two
//! products. A missing value is 0: the code 0 stands for unknown, and numbers say in a column of their own whether
//! they are known.

use serde::{Deserialize, Serialize};

use crate::config::{Feature, FeatureKind, FeatureSide};

/// What splits the levels of a category.
const LEVEL_SEPARATOR: &str = " > ";

/// The features of a run, in the order of their columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Features(pub Vec<Feature>);

/// One feature column of `pointwise`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureColumn {
    /// Such as `f_item_price_usd`.
    pub name: String,
    /// The column of the catalog that it comes from.
    pub source: String,
    /// What the number says, in a sentence.
    pub meaning: String,
}

/// A value of a category feature that needs a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryValue {
    /// Where the code stands in the product's vector.
    pub position: usize,
    /// The column of the catalog.
    pub feature: String,
    /// A category, or a path of levels.
    pub value: String,
}

/// Whose vector a column repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Item,
    Query,
}

impl Features {
    /// The features that read numbers of the catalog; the others read texts.
    pub fn numbers(&self) -> impl Iterator<Item = &Feature> {
        self.0
            .iter()
            .filter(|feature| feature.kind == FeatureKind::Number)
    }

    /// The features that read texts.
    pub fn texts(&self) -> impl Iterator<Item = &Feature> {
        self.0
            .iter()
            .filter(|feature| feature.kind != FeatureKind::Number)
    }

    /// The columns of `pointwise`, in order.
    #[must_use]
    pub fn columns(&self) -> Vec<FeatureColumn> {
        self.0.iter().flat_map(columns_of).collect()
    }

    /// The first name that two columns would share.
    #[must_use]
    pub fn repeated_name(&self) -> Option<String> {
        let mut names: Vec<String> = self
            .columns()
            .into_iter()
            .map(|column| column.name)
            .collect();
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
        twice.map(|pair| pair[0].clone())
    }

    /// The categories of a product; `texts` in the order of [`Features::texts`].
    #[must_use]
    pub fn category_values(&self, texts: &[Option<&str>]) -> Vec<CategoryValue> {
        let mut texts = texts.iter();
        let mut start = 0;
        let mut values = Vec::new();
        for feature in &self.0 {
            let text = match feature.kind {
                FeatureKind::Number => None,
                _ => texts.next().copied().flatten(),
            };
            let paths = text.map_or_else(Vec::new, |text| category_paths(feature, text));
            values.extend(
                paths
                    .into_iter()
                    .enumerate()
                    .map(|(idx, value)| CategoryValue {
                        position: start + idx,
                        feature: feature.column.clone(),
                        value,
                    }),
            );
            start += n_numbers(feature);
        }
        values
    }

    /// The length of a product's vector.
    #[must_use]
    pub fn vector_length(&self) -> usize {
        self.0.iter().map(n_numbers).sum()
    }

    /// Adds a product's vector to `vector`; `codes` are positions and codes of its categories.
    pub fn push_vector(
        &self,
        numbers: &[Option<f64>],
        texts: &[Option<&str>],
        codes: impl Iterator<Item = (usize, i32)>,
        vector: &mut Vec<f32>,
    ) {
        let first = vector.len();
        vector.resize(first + self.vector_length(), 0.0);
        let (mut numbers, mut texts) = (numbers.iter(), texts.iter());
        let mut rest = &mut vector[first..];
        for feature in &self.0 {
            let (own, later) = rest.split_at_mut(n_numbers(feature));
            rest = later;
            if feature.kind == FeatureKind::Number {
                set_number(own, numbers.next().copied().flatten());
            } else if let Some(text) = texts.next().copied().flatten() {
                set_text_numbers(own, feature.kind, text);
            }
        }
        for (position, code) in codes {
            if let Some(number) = vector.get_mut(first + position) {
                *number = code as f32;
            }
        }
    }

    /// Adds the feature columns of one row to `row`; a product without a vector is unknown in every respect.
    pub fn push_row(&self, query: Option<&[f32]>, item: Option<&[f32]>, row: &mut Vec<f32>) {
        let is_unknown = query.is_none() || item.is_none();
        let unknown = vec![0.0; if is_unknown { self.vector_length() } else { 0 }];
        let (query, item) = (query.unwrap_or(&unknown), item.unwrap_or(&unknown));
        let mut start = 0;
        for feature in &self.0 {
            let own = start..start + n_numbers(feature);
            start = own.end;
            let (query, item) = (&query[own.clone()], &item[own]);
            for source in sources(feature.side) {
                row.extend_from_slice(match source {
                    Source::Item => item,
                    Source::Query => query,
                });
            }
            if feature.side == FeatureSide::Both {
                push_common(feature.kind, query, item, row);
            }
        }
    }
}

fn sources(side: FeatureSide) -> &'static [Source] {
    match side {
        FeatureSide::Both => &[Source::Item, Source::Query],
        FeatureSide::Item => &[Source::Item],
        FeatureSide::Query => &[Source::Query],
    }
}

/// How many numbers of a product's vector belong to the feature.
fn n_numbers(feature: &Feature) -> usize {
    match feature.kind {
        FeatureKind::Number => 2,
        FeatureKind::Category | FeatureKind::Length => 1,
        FeatureKind::Levels => feature.depth as usize,
        FeatureKind::Words => feature.buckets as usize,
    }
}

fn set_number(own: &mut [f32], number: Option<f64>) {
    // What 32 bits cannot hold is unknown like what is no number.
    let number = number
        .map(|number| number as f32)
        .filter(|number| number.is_finite());
    if let (Some(number), [value, is_known]) = (number, own) {
        (*value, *is_known) = (number, 1.0);
    }
}

fn set_text_numbers(own: &mut [f32], kind: FeatureKind, text: &str) {
    match kind {
        FeatureKind::Length => own[0] = text.chars().count() as f32,
        FeatureKind::Words => {
            let n_buckets = own.len() as u64;
            for word in words(text) {
                own[(word_hash(&word) % n_buckets) as usize] += 1.0;
            }
        }
        FeatureKind::Number | FeatureKind::Category | FeatureKind::Levels => {}
    }
}

/// What the two products have in common.
fn push_common(kind: FeatureKind, query: &[f32], item: &[f32], row: &mut Vec<f32>) {
    let pairs = || query.iter().zip(item);
    // A code of 0 is unknown and equals nothing.
    let n_equal = pairs()
        .take_while(|(query, item)| **query > 0.0 && query.total_cmp(item).is_eq())
        .count() as f32;
    let is_equal = n_equal > 0.0 && query == item;
    match kind {
        FeatureKind::Category => row.push(n_equal),
        FeatureKind::Levels => row.extend([f32::from(u8::from(is_equal)), n_equal]),
        FeatureKind::Words => row.push(pairs().map(|(query, item)| query.min(*item)).sum()),
        FeatureKind::Number | FeatureKind::Length => {}
    }
}

/// The category itself, or the paths of its levels from the top; the last takes all levels that are left.
fn category_paths(feature: &Feature, text: &str) -> Vec<String> {
    match feature.kind {
        FeatureKind::Category => vec![text.to_owned()],
        FeatureKind::Levels => {
            let levels = text.split(LEVEL_SEPARATOR).map(str::trim);
            let levels: Vec<&str> = levels.filter(|level| !level.is_empty()).collect();
            let n_paths = levels.len().min(feature.depth as usize);
            (1..=n_paths)
                .map(|n| if n == n_paths { levels.len() } else { n })
                .map(|n_levels| levels[..n_levels].join(LEVEL_SEPARATOR))
                .collect()
        }
        FeatureKind::Number | FeatureKind::Words | FeatureKind::Length => Vec::new(),
    }
}

/// Runs of letters and digits, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// FNV-1a in 64 bits (Fowler, Noll & Vo): the same on every machine and simple enough to repeat in a serving system.
fn word_hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn columns_of(feature: &Feature) -> Vec<FeatureColumn> {
    let source = &feature.column;
    let name = column_name(source);
    let column = |name: String, meaning: String| FeatureColumn {
        name: format!("f_{name}"),
        source: source.clone(),
        meaning,
    };
    let mut columns = Vec::new();
    for side in sources(feature.side) {
        let (prefix, whose) = match side {
            Source::Item => ("item", "the candidate"),
            Source::Query => ("query", "the initial product"),
        };
        let own = own_names(feature, &name, whose);
        columns.extend(
            own.into_iter()
                .map(|(name, meaning)| column(format!("{prefix}_{name}"), meaning)),
        );
    }
    if feature.side == FeatureSide::Both {
        let common = common_names(feature.kind, &name, source);
        columns.extend(
            common
                .into_iter()
                .map(|(name, meaning)| column(name, meaning)),
        );
    }
    columns
}

/// Names and meanings of the numbers of one product's feature.
fn own_names(feature: &Feature, name: &str, whose: &str) -> Vec<(String, String)> {
    let source = &feature.column;
    match feature.kind {
        FeatureKind::Number => vec![
            (name.to_owned(), format!("{source} of {whose}; 0 where unknown")),
            (
                format!("{name}_is_known"),
                format!("1 where {source} of {whose} is known, else 0"),
            ),
        ],
        FeatureKind::Category => vec![(
            format!("{name}_code"),
            format!("code of {source} of {whose} in `categories`; 0 is unknown"),
        )],
        FeatureKind::Levels => (1..=feature.depth)
            .map(|level| {
                (
                    format!("{name}_{level}_code"),
                    format!(
                        "code of the {} of {source} of {whose} in `categories`; 0 where there are fewer",
                        levels_in_words(level, feature.depth)
                    ),
                )
            })
            .collect(),
        FeatureKind::Words => (0..feature.buckets)
            .map(|bucket| {
                (
                    format!("{name}_words_{bucket:02}"),
                    format!(
                        "words of {source} of {whose} whose FNV-1a hash is {bucket} modulo {}",
                        feature.buckets
                    ),
                )
            })
            .collect(),
        FeatureKind::Length => vec![(
            format!("{name}_length"),
            format!("characters of {source} of {whose}; 0 where unknown"),
        )],
    }
}

fn levels_in_words(level: u32, depth: u32) -> String {
    match level {
        _ if level == depth && depth > 1 => format!("{depth} or more levels, all of them,"),
        1 => "first level".to_owned(),
        _ => format!("first {level} levels"),
    }
}

fn common_names(kind: FeatureKind, name: &str, source: &str) -> Vec<(String, String)> {
    let match_column = || {
        (
            format!("{name}_match"),
            format!("1 where both products have the same known {source}, else 0"),
        )
    };
    match kind {
        FeatureKind::Category => vec![match_column()],
        FeatureKind::Levels => vec![
            match_column(),
            (
                format!("{name}_levels_shared"),
                format!("how many of these codes of {source}, from the first, both products share"),
            ),
        ],
        FeatureKind::Words => vec![(
            format!("{name}_words_shared"),
            format!("words of {source} that both products share, by bucket"),
        )],
        FeatureKind::Number | FeatureKind::Length => Vec::new(),
    }
}

/// Lower-case letters, digits and underscores only: trainers choke on others.
fn column_name(source: &str) -> String {
    source
        .chars()
        .map(|letter| match letter.to_ascii_lowercase() {
            letter if letter.is_ascii_alphanumeric() => letter,
            _ => '_',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features() -> Features {
        Features(vec![
            Feature::new("price_usd", FeatureKind::Number),
            Feature::new("Brand name", FeatureKind::Category),
            Feature {
                depth: 2,
                ..Feature::new("category", FeatureKind::Levels)
            },
            Feature {
                buckets: 3,
                side: FeatureSide::Item,
                ..Feature::new("title", FeatureKind::Words)
            },
            Feature {
                side: FeatureSide::Query,
                ..Feature::new("title", FeatureKind::Length)
            },
        ])
    }

    #[test]
    fn every_number_has_a_name_and_names_are_plain() {
        let features = features();
        let names: Vec<String> = features.columns().into_iter().map(|c| c.name).collect();
        assert_eq!(
            names,
            [
                "f_item_price_usd",
                "f_item_price_usd_is_known",
                "f_query_price_usd",
                "f_query_price_usd_is_known",
                "f_item_brand_name_code",
                "f_query_brand_name_code",
                "f_brand_name_match",
                "f_item_category_1_code",
                "f_item_category_2_code",
                "f_query_category_1_code",
                "f_query_category_2_code",
                "f_category_match",
                "f_category_levels_shared",
                "f_item_title_words_00",
                "f_item_title_words_01",
                "f_item_title_words_02",
                "f_query_title_length",
            ]
        );
        let mut row = Vec::new();
        features.push_row(None, None, &mut row);
        assert_eq!(row, vec![0.0; names.len()]);
        assert_eq!(features.repeated_name(), None);
        let twice = Features([features.0.clone(), features.0].concat());
        assert!(twice.repeated_name().is_some());
    }

    #[test]
    fn deeper_levels_belong_to_the_last_code() {
        let features = features();
        let values =
            features.category_values(&[Some("Otterly"), Some("Home >  > Bath > Soap"), None, None]);
        let found: Vec<_> = values
            .iter()
            .map(|value| (value.position, value.feature.as_str(), value.value.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (2, "Brand name", "Otterly"),
                (3, "category", "Home"),
                (4, "category", "Home > Bath > Soap"),
            ]
        );
    }

    #[test]
    fn a_row_holds_both_products_and_what_they_share() {
        let features = features();
        let vector = |price: Option<f64>, codes: [i32; 3], title: Option<&str>| {
            let mut vector = Vec::new();
            let codes = (2..).zip(codes);
            features.push_vector(&[price], &[None, None, title, title], codes, &mut vector);
            vector
        };
        let query = vector(Some(f64::INFINITY), [7, 1, 2], Some("Été, été!"));
        let item = vector(Some(2.5), [7, 1, 3], Some("Mug mug"));
        let mut row = Vec::new();
        features.push_row(Some(&query), Some(&item), &mut row);
        assert_eq!(row[..4], [2.5, 1.0, 0.0, 0.0], "infinity is unknown");
        assert_eq!(row[4..7], [7.0, 7.0, 1.0]);
        assert_eq!(row[7..13], [1.0, 3.0, 1.0, 2.0, 0.0, 1.0]);
        let n_words: f32 = row[13..16].iter().sum();
        assert_eq!([n_words, row[16]].as_slice(), [2.0_f32, 9.0].as_slice());
        let nobody = vector(None, [0, 0, 0], None);
        row.clear();
        features.push_row(Some(&nobody), Some(&nobody), &mut row);
        assert_eq!(row, vec![0.0; row.len()], "unknown equals nothing");
    }
}
