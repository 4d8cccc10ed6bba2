//! A model that scores every row alike is judged by the order of the file: that must be no better than chance.
//!
//! NDCG@5 with gains 2^label − 1 and discounts `a_k = 1 / log2(k + 1)`, 0 beyond the fifth place. Under a random
//! order of n rows its numerator has the mean `ḡ Σ a_k` and the variance `Σ(a − ā)² Σ(g − ḡ)² / (n − 1)`
//! (Hoeffding, A combinatorial central limit theorem, 1951), both exact. The mean over the queries of a split must
//! lie within the tolerance of what chance gives, or within four of its standard errors where the split is small.
//! A sorted order of a few rows, which chance could explain too, is `hash_order`'s to find.

use super::{Law, Offence};
use crate::publish::audits::group::Group;

/// Places that NDCG looks at.
const N_PLACES: usize = 5;
/// Standard errors that are still chance: one split in 16,000.
const N_ERRORS_MAX: f64 = 4.0;

/// The mean over the queries, and what a random order would give.
#[derive(Debug)]
pub(super) struct OrderNeutral {
    tolerance: f64,
    n_queries: f64,
    found: f64,
    expected: f64,
    variance: f64,
}

impl OrderNeutral {
    pub(super) fn new(tolerance: f64) -> Self {
        Self {
            tolerance,
            n_queries: 0.0,
            found: 0.0,
            expected: 0.0,
            variance: 0.0,
        }
    }

    fn add(&mut self, labels: &[i8]) {
        let gains: Vec<f64> = labels
            .iter()
            .map(|label| f64::from(*label).exp2() - 1.0)
            .collect();
        let mut best = gains.clone();
        best.sort_unstable_by(|left, right| right.total_cmp(left));
        let best = discounted(&best);
        let n_rows = gains.len() as f64;
        if best <= 0.0 || gains.len() < 2 {
            // Without a gain there is no order to be judged.
            return;
        }
        let discounts: Vec<f64> = (0..gains.len()).map(discount).collect();
        let gain = gains.iter().sum::<f64>() / n_rows;
        self.n_queries += 1.0;
        self.found += discounted(&gains) / best;
        self.expected += gain * discounts.iter().sum::<f64>() / best;
        self.variance += squares(&discounts) * squares(&gains) / (n_rows - 1.0) / (best * best);
    }

    fn means(&self) -> (f64, f64, f64) {
        let n_queries = self.n_queries.max(1.0);
        let error = self.variance.sqrt() / n_queries;
        (self.found / n_queries, self.expected / n_queries, error)
    }
}

impl Law for OrderNeutral {
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence> {
        self.add(group.candidates.labels);
        Ok(())
    }

    fn end(&mut self) -> Option<String> {
        let (found, expected, error) = self.means();
        let allowed = self.tolerance.max(N_ERRORS_MAX * error);
        ((found - expected).abs() > allowed).then(|| {
            format!(
                "NDCG@5 of a constant scorer is {found:.3} in file order, {expected:.3} in random order; allowed are {allowed:.3} of difference"
            )
        })
    }

    fn figure(&self) -> Option<String> {
        let (found, expected, _) = self.means();
        (self.n_queries > 0.0).then(|| {
            format!("NDCG@5 of a constant scorer {found:.3}, of random order {expected:.3}")
        })
    }
}

fn discount(place: usize) -> f64 {
    if place < N_PLACES {
        ((place + 2) as f64).log2().recip()
    } else {
        0.0
    }
}

fn discounted(gains: &[f64]) -> f64 {
    let first = gains.iter().take(N_PLACES).enumerate();
    first.map(|(place, gain)| gain * discount(place)).sum()
}

/// The sum of squared differences from the mean.
fn squares(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every order of `labels`.
    fn orders(labels: &[i8]) -> Vec<Vec<i8>> {
        if labels.is_empty() {
            return vec![Vec::new()];
        }
        let mut all = Vec::new();
        for first in 0..labels.len() {
            let mut rest = labels.to_vec();
            let label = rest.remove(first);
            for mut order in orders(&rest) {
                order.insert(0, label);
                all.push(order);
            }
        }
        all
    }

    #[test]
    fn mean_and_variance_under_chance_are_those_of_all_orders() {
        let labels = [4, 0, 1, 1, 3, 0, 2];
        let mut each = Vec::new();
        for order in orders(&labels) {
            let mut law = OrderNeutral::new(0.0);
            law.add(&order);
            each.push(law);
        }
        let n_orders = each.len() as f64;
        let mean = each.iter().map(|law| law.found).sum::<f64>() / n_orders;
        let deviations = each
            .iter()
            .map(|law| (law.found - mean) * (law.found - mean));
        let variance = deviations.sum::<f64>() / n_orders;
        assert!((each[0].expected - mean).abs() < 1e-12);
        assert!((each[0].variance - variance).abs() < 1e-12);
    }

    #[test]
    fn a_sorted_order_is_found_in_thirty_queries_and_a_mixed_one_is_not() {
        let mut sorted = OrderNeutral::new(0.03);
        let mut mixed = OrderNeutral::new(0.03);
        for query in 0..30_usize {
            sorted.add(&[4, 3, 2, 2, 1, 0]);
            let mut labels = [2, 4, 0, 3, 1, 2];
            labels.rotate_left(query % 6);
            mixed.add(&labels);
        }
        assert!(sorted.end().is_some());
        assert_eq!(mixed.end(), None);
        assert!(
            mixed
                .figure()
                .is_some_and(|figure| figure.contains("random order"))
        );
    }
}
