//! The columns of the catalog that become features: found like canonical ones, read as two lists per product.
//!
//! What the numbers of a feature are is `crate::features`'s.

use super::mapping::{MappedColumn, Mapper};
use crate::config::{Config, Feature, FeatureKind};
use crate::error::Result;
use crate::features::Features;

/// What a catalog gives where the configuration names no features.
fn automatic() -> [Feature; 3] {
    [
        Feature::new("price_usd", FeatureKind::Number),
        Feature::new("brand", FeatureKind::Category),
        Feature::new("category", FeatureKind::Levels),
    ]
}

/// The features of a catalog, each with its column.
#[derive(Debug, Default)]
pub(super) struct MappedFeatures {
    pub(super) features: Features,
    pub(super) columns: Vec<MappedColumn>,
}

impl MappedFeatures {
    /// The features that `config` names, or those for which `canonical` columns are there.
    pub(super) async fn find(
        config: &Config,
        mapper: &Mapper<'_>,
        canonical: &[MappedColumn],
    ) -> Result<Self> {
        let features = match &config.training.features {
            Some(features) => features.clone(),
            None => automatic()
                .into_iter()
                .filter(|feature| {
                    let is_it = |column: &&MappedColumn| column.name == feature.column;
                    canonical
                        .iter()
                        .find(is_it)
                        .is_some_and(|column| !column.is_absent)
                })
                .collect(),
        };
        let mut columns = Vec::new();
        for feature in &features {
            columns.push(mapper.map_feature(feature).await?);
        }
        Ok(Self {
            features: Features(features),
            columns,
        })
    }

    /// The two columns of `source.products` that hold them.
    pub(super) fn select_sql(&self) -> [String; 2] {
        let columns = || self.features.0.iter().zip(&self.columns);
        let is_number = |feature: &Feature| feature.kind == FeatureKind::Number;
        let numbers = columns()
            .filter(|(feature, _)| is_number(feature))
            .map(|(_, column)| column.value_sql());
        let texts = columns()
            .filter(|(feature, _)| !is_number(feature))
            // As `ingest.products` cleans texts: blank is unknown.
            .map(|(_, column)| format!("nullif(trim({}), '')", column.value_sql()));
        [
            list_sql(numbers, "Float64", "feature_numbers"),
            list_sql(texts, "Utf8", "feature_texts"),
        ]
    }
}

fn list_sql(values: impl Iterator<Item = String>, element: &str, name: &str) -> String {
    let values: Vec<String> = values.collect();
    let list = if values.is_empty() {
        "null".to_owned()
    } else {
        format!("make_array({})", values.join(", "))
    };
    format!("arrow_cast({list}, 'List({element})') as {name}")
}
