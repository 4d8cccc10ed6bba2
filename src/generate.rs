//! A made-up shop with a crowd and a known truth, written as Parquet at any size.
//!
//! It does not run the job on what it writes, and writes no rules or configuration.
//!
//! The shop asks "what goes well with this product?". Every query (an initial product) has
//! candidates with a latent log-strength, the truth. Workers of seven kinds answer pairs of them
//! (see `kinds`); those who do not read take more pages than the honest, so counting answers is
//! not enough. Captchas, reviews, skips and times are there for the rules that look at them.
//! Everything is a function of the `Shop`: the same shop gives the same bytes on any machine.

mod answers;
mod captchas;
mod catalog;
mod columns;
mod crowd;
mod ids;
mod kinds;
mod parts;
mod platform;
mod random;
mod reviews;
mod schedule;
mod tables;
mod tasks;
mod taste;

use std::path::Path;

use crate::error::{Error, Result};
use crowd::Crowd;

/// The size and seed of a shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// Initial products; they are the first products of the catalog.
    pub n_queries: u64,
    /// All products; more than `n_queries`.
    pub n_products: u64,
    /// Products compared for one query, 2 or more.
    pub candidates_per_query: u32,
    /// Pairs asked of one query: from candidates - 1 to all of them; they connect the candidates.
    pub pairs_per_query: u32,
    /// Workers who answer each pair, 1 to 50.
    pub overlap: u32,
    /// The crowd; at least 10 and 4 times the overlap.
    pub n_workers: u64,
    /// Another seed is another shop of the same size.
    pub seed: u64,
}

/// What was written, table by table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// In the order of writing.
    pub tables: Vec<WrittenTable>,
}

/// The size of one written table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenTable {
    /// The folder below the directory.
    pub table: &'static str,
    /// Rows in all files.
    pub n_rows: u64,
    /// Bytes of all files.
    pub n_bytes: u64,
    /// Files, `part-00000.parquet` and on.
    pub n_files: u64,
}

impl Written {
    /// The table of this name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&WrittenTable> {
        self.tables.iter().find(|table| table.table == name)
    }
}

impl Shop {
    /// The shop of `crowdrank demo`: 300 queries and about 40,000 responses.
    #[must_use]
    pub fn demo(seed: u64) -> Self {
        Self {
            n_queries: 300,
            n_products: 600,
            candidates_per_query: 8,
            pairs_per_query: 22,
            overlap: 5,
            n_workers: 120,
            seed,
        }
    }

    /// A shop of about `scale` million responses.
    ///
    /// # Errors
    /// `Usage` when the scale is not within 0.001 to 1000.
    pub fn at_scale(scale: f64, seed: u64) -> Result<Self> {
        if !(0.001..=1_000.0).contains(&scale) {
            return Err(Error::Usage(format!(
                "scale {scale} is out of range; give 0.001 to 1000 (1 is about a million responses)"
            )));
        }
        let n_workers = (500.0 * scale).round().max(40.0) as u64;
        let one_query = Self {
            n_queries: 1,
            n_products: 2,
            candidates_per_query: 6,
            pairs_per_query: 7,
            overlap: 3,
            n_workers,
            seed,
        };
        let n_unpaid = one_query.n_unpaid_responses();
        let per_query = one_query.n_responses_expected() - n_unpaid;
        let n_queries = ((scale * 1e6 - n_unpaid) / per_query).round().max(1.0) as u64;
        Ok(Self {
            n_queries,
            n_products: (2 * n_queries).max(12),
            ..one_query
        })
    }

    /// Rows of `responses`, to a few percent.
    #[must_use]
    pub fn n_responses_expected(&self) -> f64 {
        self.n_pages_expected() * platform::TASKS_PER_PAGE as f64 + self.n_unpaid_responses()
    }

    /// Pages taken outside training and exam.
    fn n_pages_expected(&self) -> f64 {
        let n_tasks = self.n_queries as f64 * f64::from(self.pairs_per_query);
        let n_suites = n_tasks / platform::REAL_TASKS_PER_PAGE_MEAN;
        n_suites * f64::from(self.overlap) * platform::taken_per_answered(self.n_workers)
    }

    fn n_unpaid_responses(&self) -> f64 {
        self.n_workers as f64 * platform::UNPAID_TASKS_PER_WORKER
    }

    fn check(&self) -> Result<()> {
        let n_candidates = u64::from(self.candidates_per_query);
        let n_pairs = u64::from(self.pairs_per_query);
        let problem = if self.n_queries == 0 || self.n_queries > 90_000_000 {
            "n_queries must be 1 to 90,000,000"
        } else if !(2..=1_000).contains(&n_candidates) {
            "candidates_per_query must be 2 to 1000"
        } else if self.n_products < self.n_queries || self.n_products <= n_candidates {
            "n_products must not be below n_queries, and above candidates_per_query"
        } else if self.n_products >= 100_000_000 {
            "n_products must be below 100,000,000"
        } else if n_pairs + 1 < n_candidates || n_pairs > n_candidates * (n_candidates - 1) / 2 {
            "pairs_per_query must be from candidates - 1 to all pairs"
        } else if self.overlap == 0 || self.overlap > 50 {
            "overlap must be 1 to 50"
        } else if self.n_workers < 10.max(4 * u64::from(self.overlap)) || self.n_workers > 999_999 {
            "n_workers must be at least 10 and 4 times the overlap, and below a million"
        } else {
            return Ok(());
        };
        Err(Error::Usage(format!("this shop cannot be made: {problem}")))
    }
}

/// Writes a shop below the directory, each table as `<table>/part-NNNNN.parquet`.
///
/// The tables are `products`, `truth`, `pools`, `responses`, `captcha_events`, `review_events`,
/// `restrictions` (columns as in the data model) and `workers_truth`: `worker_id`, `kind`,
/// `accuracy` (the probability to answer a golden task right) and `is_bad` (whether a good set of
/// rules bans this kind: see `kinds`). Memory does not grow with the number of queries; a worker
/// takes about 200 bytes.
///
/// # Errors
/// `Usage` when the shop's numbers do not fit together or a table's folder holds something;
/// `Storage` when a file cannot be written.
pub fn write_shop(shop: &Shop, directory: &Path) -> Result<Written> {
    shop.check()?;
    let mut crowd = Crowd::new(shop, shop.n_pages_expected());
    let products = tables::write_products(shop, directory)?;
    let truth = tables::write_truth(shop, directory)?;
    let pools = tables::write_pools(shop, directory)?;
    let workers_truth = tables::write_workers_truth(&crowd, directory)?;
    let log = platform::write_log(shop, &mut crowd, directory)?;
    let restrictions = tables::write_restrictions(&log.restrictions, directory)?;
    Ok(Written {
        tables: vec![
            products,
            truth,
            pools,
            workers_truth,
            log.responses,
            log.captcha_events,
            log.review_events,
            restrictions,
        ],
    })
}

#[cfg(test)]
mod tests;
