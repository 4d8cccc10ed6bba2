//! What a snapshot says of itself: the card `README.md`, the machine-readable `croissant.json` and `report.html`.
//!
//! All are made from the run's own tables and settings; they hold no host facts and no clock.

mod classification;
mod croissant;
mod figures;
mod front_matter;
mod ledger;
mod loaders;
mod markdown;
mod provenance;
mod ranking;
mod report;
mod schema;

#[cfg(test)]
mod tests;

use crate::config::{Config, ProjectKind};
use crate::features::FeatureColumn;
use crate::manifest::{AsOf, LedgerLine, ManifestInput};
use crate::publish::WrittenTable;

pub(super) use croissant::croissant;
pub(super) use figures::Figures;
pub(super) use report::report_html;

/// Everything that a card tells of.
pub(super) struct Card<'a> {
    pub(super) config: &'a Config,
    pub(super) as_of: AsOf,
    pub(super) snapshot_id: &'a str,
    pub(super) inputs: &'a [ManifestInput],
    /// As they were written, in the order of the documentation.
    pub(super) tables: &'a [WrittenTable],
    pub(super) features: &'a [FeatureColumn],
    pub(super) ledger: &'a [LedgerLine],
    pub(super) figures: &'a Figures,
}

impl Card<'_> {
    fn title(&self) -> String {
        match self.config.project.kind {
            ProjectKind::SideBySide => format!("Ranked candidates as of {}", self.as_of.date()),
            ProjectKind::Classification => format!("Labels as of {}", self.as_of.date()),
        }
    }

    fn introduction(&self) -> String {
        match self.config.project.kind {
            ProjectKind::SideBySide => ranking::introduction(self),
            ProjectKind::Classification => classification::introduction(self),
        }
    }

    fn biases(&self) -> String {
        match self.config.project.kind {
            ProjectKind::SideBySide => ranking::biases(self),
            ProjectKind::Classification => classification::biases().to_owned(),
        }
    }

    fn limits(&self) -> String {
        match self.config.project.kind {
            ProjectKind::SideBySide => ranking::limits(self),
            ProjectKind::Classification => classification::limits().to_owned(),
        }
    }

    /// Rows of one split of a table; none where it was not written.
    fn n_rows(&self, table: &str, split: &str) -> u64 {
        let is_meant =
            |written: &&WrittenTable| written.spec.table == table && written.spec.prefix == split;
        let written = self.tables.iter().filter(is_meant);
        written.map(WrittenTable::n_rows).sum()
    }
}

/// The snapshot's README.md.
pub(super) fn readme(card: &Card<'_>) -> String {
    let mut parts = vec![front_matter::front_matter(card)];
    parts.push(format!(
        "# {}\n\n{}\nThe snapshot `{}` stands for {}: nothing that happened later is in it. It was made by crowdrank {}; the same \
         inputs, configuration and binary give the same bytes.\n",
        card.title(),
        card.introduction(),
        card.snapshot_id,
        card.as_of,
        env!("CARGO_PKG_VERSION"),
    ));
    let sections = sections(card).into_iter();
    parts.extend(sections.map(|(heading, section)| format!("\n## {heading}\n\n{section}")));
    parts.concat()
}

fn sections(card: &Card<'_>) -> Vec<(&'static str, String)> {
    let mut sections = vec![("Load it", loaders::loaders(card))];
    match card.config.project.kind {
        ProjectKind::SideBySide => sections.extend([
            ("Labels", ranking::labels(card)),
            ("Scores", ranking::scores(card)),
            ("Weights", ranking::weights().to_owned()),
            ("Splits", ranking::splits(card)),
            ("Features", schema::features(card)),
            ("Agreement", ranking::agreement(card)),
        ]),
        ProjectKind::Classification => sections.extend([
            ("Labels", classification::labels(card)),
            ("Agreement", classification::agreement(card)),
        ]),
    }
    sections.extend([
        ("Sources", provenance::sources(card)),
        ("What became of every answer", ledger::dropped(card.ledger)),
        ("Workers", provenance::workers(card)),
        ("Known biases", card.biases()),
        ("Known limits", card.limits()),
        ("Tables", schema::tables(card)),
        ("Check it, and find the newest", provenance::checks()),
    ]);
    sections
}
