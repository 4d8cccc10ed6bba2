//! A preconditioner for groups whose comparisons form long chains, trees, grids or loose clusters: an
//! approximate factorisation of the curvature.
//!
//! Exact elimination of an item joins all its neighbours with each other. Here a random part of these
//! joints is kept, one less than there are neighbours, with weights such that the mean is exact (Kyng
//! and Sachdeva, FOCS 2016; least degree first as in Gao, Kyng and Spielman 2023). So the factor never
//! has more terms at a time than the group has pairs, and items with one or two neighbours are eliminated
//! exactly: chains, rings and trees are solved at once. It does not solve the system: conjugate gradients
//! with it do, in some ten or twenty sweeps.

mod joints;

use joints::{Joints, Neighbour};

use super::Sparse;

/// H ≈ L D Lᵀ, the unit triangular L by columns in the order of elimination.
pub(super) struct Factor {
    order: Vec<u32>,
    /// Column k is `ends[k - 1]..ends[k]` of the next two.
    ends: Vec<usize>,
    items: Vec<u32>,
    /// Entries of L, sign reversed.
    shares: Vec<f64>,
    /// 1 / D; 0 for the last item of a component that nothing holds.
    reciprocals: Vec<f64>,
}

impl Factor {
    /// Of the curvature at the last linearisation; `None` for more entries than 32 bits can number.
    ///
    /// Items that have more than `degree_max` joints when their turn comes are not eliminated: of what is
    /// left of the curvature among them, only the diagonal is taken.
    pub(super) fn of(system: &Sparse, degree_max: u32) -> Option<Self> {
        let n_items = system.order.n_core;
        let mut factor = Self {
            order: Vec::with_capacity(n_items),
            ends: Vec::with_capacity(n_items),
            items: Vec::new(),
            shares: Vec::new(),
            reciprocals: Vec::with_capacity(n_items),
        };
        let mut joints = Joints::new(n_items, &system.rows, &system.curvatures)?;
        let mut grounds = system.grounds[..n_items].to_vec();
        let mut neighbours = Vec::new();
        while let Some((item, degree)) = joints.next_item() {
            if degree > degree_max {
                break;
            }
            joints.take_neighbours(item, &mut neighbours);
            let total = factor.add_column(item, &neighbours, &mut grounds);
            joints.join(item, &neighbours, total);
        }
        for (item, ground) in (0..).zip(&grounds) {
            if let Some(weight) = joints.weight_left(item) {
                factor.close_column(item, weight + ground);
            }
        }
        Some(factor)
    }

    /// Eliminates an item; returns its pivot.
    fn add_column(&mut self, item: u32, neighbours: &[Neighbour], grounds: &mut [f64]) -> f64 {
        let ground = grounds[item as usize];
        let of_neighbours: f64 = neighbours.iter().map(|neighbour| neighbour.weight).sum();
        let total = of_neighbours + ground;
        if total > 0.0 {
            for neighbour in neighbours {
                let share = neighbour.weight / total;
                self.items.push(neighbour.item);
                self.shares.push(share);
                grounds[neighbour.item as usize] += share * ground;
            }
        }
        self.close_column(item, total);
        total
    }

    fn close_column(&mut self, item: u32, pivot: f64) {
        self.order.push(item);
        self.ends.push(self.items.len());
        self.reciprocals
            .push(if pivot > 0.0 { 1.0 / pivot } else { 0.0 });
    }

    /// Each vector becomes (L D Lᵀ)⁻¹ × itself.
    pub(super) fn solve<const LANES: usize>(&self, vectors: &mut [[f64; LANES]]) {
        let mut start = 0;
        for ((&item, &end), reciprocal) in self.order.iter().zip(&self.ends).zip(&self.reciprocals)
        {
            let own = vectors[item as usize];
            for (&other, share) in self.items[start..end].iter().zip(&self.shares[start..end]) {
                let vector = &mut vectors[other as usize];
                for lane in 0..LANES {
                    vector[lane] += share * own[lane];
                }
            }
            vectors[item as usize] = own.map(|entry| entry * reciprocal);
            start = end;
        }
        for (column, &item) in self.order.iter().enumerate().rev() {
            let start = if column == 0 {
                0
            } else {
                self.ends[column - 1]
            };
            let entries = start..self.ends[column];
            let mut own = vectors[item as usize];
            for (&other, share) in self.items[entries.clone()]
                .iter()
                .zip(&self.shares[entries])
            {
                let vector = &vectors[other as usize];
                for lane in 0..LANES {
                    own[lane] += share * vector[lane];
                }
            }
            vectors[item as usize] = own;
        }
    }
}
