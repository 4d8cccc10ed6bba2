//! Which columns of the catalog become features of the training sets, and how: `[[training.features]]`.
//!
//! What the numbers are is `features`'s; which file has the column, `inputs`'s.

use serde::{Deserialize, Serialize};

/// One column of the catalog as features.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// A column of `products`: a canonical one, one that `[inputs.products.columns]` maps, or one of the file.
    pub column: String,
    pub kind: FeatureKind,
    /// Whose product it describes.
    #[serde(default)]
    pub side: FeatureSide,
    /// Of `words`: the number of buckets that words are hashed to.
    #[serde(default = "default_buckets")]
    pub buckets: u32,
    /// Of `levels`: how many levels have a code of their own; the last one takes the rest.
    #[serde(default = "default_depth")]
    pub depth: u32,
}

/// How a column becomes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureKind {
    /// The number as it is, and whether it is known.
    Number,
    /// A code per value that stays from snapshot to snapshot, and whether both products have the same.
    Category,
    /// The same for each level of a path such as `Kitchen > Coffee`, and how many levels agree.
    Levels,
    /// How often the words of each bucket occur.
    Words,
    /// The number of characters.
    Length,
}

/// Whose product a feature describes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureSide {
    /// The candidate and the initial product, and what they have in common.
    #[default]
    Both,
    /// The candidate.
    Item,
    /// The initial product.
    Query,
}

/// More columns would make every row a book.
const N_NUMBERS_MAX: u32 = 4096;

fn default_buckets() -> u32 {
    16
}

fn default_depth() -> u32 {
    3
}

impl Feature {
    /// A feature of both products, with the default sizes.
    pub(crate) fn new(column: &str, kind: FeatureKind) -> Self {
        Self {
            column: column.to_owned(),
            kind,
            side: FeatureSide::Both,
            buckets: default_buckets(),
            depth: default_depth(),
        }
    }

    /// Why it means nothing.
    pub(super) fn problem(&self) -> Option<String> {
        let sizes = [
            ("buckets", self.buckets, FeatureKind::Words),
            ("depth", self.depth, FeatureKind::Levels),
        ];
        sizes
            .into_iter()
            .find(|(_, size, kind)| *kind == self.kind && !(1..=N_NUMBERS_MAX).contains(size))
            .map(|(name, size, _)| {
                format!(
                    "training.features: {name} = {size} of {}: write 1 to {N_NUMBERS_MAX}",
                    self.column
                )
            })
    }
}
