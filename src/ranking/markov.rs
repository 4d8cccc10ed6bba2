//! Where a random walk over items spends its time: the stationary distribution of a Markov chain.
//!
//! It does not know what a step stands for; `pagerank` and `rank_centrality` do.

/// Up to so many states elimination costs less than sweeps.
const DENSE_STATES_MAX: usize = 128;

/// Double sweeps allowed; 10 to 50 are usual.
const SWEEPS_MAX: u32 = 2_000;

/// Relative error of a share, estimated from the last changes, at which sweeps stop.
const ERROR_MAX: f64 = 1e-11;

/// A relative change of this size is rounding.
const CHANGE_MIN: f64 = 1e-14;

/// One step that the walk can take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arc {
    pub(super) source: u32,
    pub(super) target: u32,
    /// Per unit of time; not negative.
    pub(super) rate: f64,
}

/// A chain in continuous time. Only the ratios of rates matter.
pub(super) struct Chain {
    /// Rate from a state to every state to which it has no arc.
    background: Vec<f64>,
    /// The rate at which a state is left.
    exits: Vec<f64>,
    /// The arcs into state j are `offsets[j]..offsets[j + 1]` of the next two.
    offsets: Vec<usize>,
    sources: Vec<u32>,
    rates: Vec<f64>,
}

/// The shares of time, or the best that the limit of sweeps allowed.
pub(super) struct Stationary {
    /// Positive, with sum 1. `None` when the chain has no single answer in floats.
    pub(super) shares: Option<Vec<f64>>,
    /// Double sweeps used; 0 for elimination.
    pub(super) sweeps: u32,
    /// Greatest relative change of a share in the last one.
    pub(super) change: f64,
    pub(super) is_converged: bool,
}

impl Chain {
    /// The chain with these arcs, at most one from a state to another; `background` has one entry per
    /// state and holds for all other pairs.
    pub(super) fn new(background: Vec<f64>, arcs: &[Arc]) -> Self {
        let n_states = background.len();
        let mut offsets = vec![0; n_states + 1];
        let mut n_arcs_from = vec![0_usize; n_states];
        let mut exits = vec![0.0; n_states];
        for arc in arcs {
            offsets[arc.target as usize + 1] += 1;
            n_arcs_from[arc.source as usize] += 1;
            exits[arc.source as usize] += arc.rate;
        }
        for state in 0..n_states {
            offsets[state + 1] += offsets[state];
            let n_others = n_states - 1 - n_arcs_from[state];
            exits[state] += n_others as f64 * background[state];
        }
        let mut cursors = offsets.clone();
        let mut sources = vec![0; arcs.len()];
        let mut rates = vec![0.0; arcs.len()];
        for arc in arcs {
            let cursor = &mut cursors[arc.target as usize];
            sources[*cursor] = arc.source;
            rates[*cursor] = arc.rate;
            *cursor += 1;
        }
        Self {
            background,
            exits,
            offsets,
            sources,
            rates,
        }
    }

    /// The shares of time π with πⱼ × (rate out of j) = Σ πᵢ × (rate from i to j).
    pub(super) fn stationary(&self) -> Stationary {
        if self.exits.len() <= DENSE_STATES_MAX {
            self.by_elimination()
        } else {
            self.by_sweeps()
        }
    }

    /// State after state is taken out and its traffic led around it (Grassmann, Taksar and Heyman
    /// 1985). Nothing is subtracted, so every share is right to a few units in its last place.
    fn by_elimination(&self) -> Stationary {
        let n_states = self.exits.len();
        let mut rates = self.full_matrix();
        for last in (1..n_states).rev() {
            let (upper, lower) = rates.split_at_mut(last * n_states);
            let row = &lower[..last];
            let exit: f64 = row.iter().sum();
            for (source, from) in upper.chunks_exact_mut(n_states).enumerate() {
                let visits = from[last] / exit;
                from[last] = visits;
                for (target, (rate, onwards)) in from.iter_mut().zip(row).enumerate() {
                    if target != source {
                        *rate += visits * onwards;
                    }
                }
            }
        }
        let mut shares = vec![1.0; n_states];
        for state in 1..n_states {
            let visits = rates.chunks_exact(n_states).map(|from| from[state]);
            shares[state] = shares[..state].iter().zip(visits).map(|(a, b)| a * b).sum();
        }
        Stationary {
            shares: normalised(shares),
            sweeps: 0,
            change: 0.0,
            is_converged: true,
        }
    }

    /// Rates from row to column.
    fn full_matrix(&self) -> Vec<f64> {
        let n_states = self.exits.len();
        let mut rates = Vec::with_capacity(n_states * n_states);
        for &background in &self.background {
            rates.extend(std::iter::repeat_n(background, n_states));
        }
        for target in 0..n_states {
            let arcs = self.offsets[target]..self.offsets[target + 1];
            for (&source, &rate) in self.sources[arcs.clone()].iter().zip(&self.rates[arcs]) {
                rates[source as usize * n_states + target] = rate;
            }
        }
        rates
    }

    /// Gauss and Seidel's iteration, forwards and backwards in turn: one direction alone can walk
    /// around a ring for ever.
    fn by_sweeps(&self) -> Stationary {
        let n_states = self.exits.len();
        let mut shares = vec![1.0 / n_states as f64; n_states];
        let (mut change, mut factor, mut sweeps) = (0.0, 1.0, 0);
        let mut is_converged = false;
        while !is_converged && sweeps < SWEEPS_MAX {
            sweeps += 1;
            let forwards = self.sweep(&mut shares, 0..n_states);
            let backwards = self.sweep(&mut shares, (0..n_states).rev());
            let (last_change, last_factor) = (change, factor);
            change = forwards.max(backwards);
            // What shrinks by a factor q with every sweep has q / (1 - q) of its last change ahead.
            // The greater of two factors: after a first jump one alone looks better than it is.
            factor = (change / last_change).min(1.0);
            let slower = factor.max(last_factor);
            let ahead = change * slower / (1.0 - slower);
            is_converged = change <= CHANGE_MIN || ahead <= ERROR_MAX;
        }
        Stationary {
            shares: normalised(shares),
            sweeps,
            change,
            is_converged,
        }
    }

    /// Balances state after state; returns the greatest relative change of a share.
    fn sweep(&self, shares: &mut [f64], states: impl Iterator<Item = usize>) -> f64 {
        let products = shares.iter().zip(&self.background).map(|(a, b)| a * b);
        let mut everywhere: f64 = products.sum();
        let mut greatest: f64 = 0.0;
        for state in states {
            everywhere -= shares[state] * self.background[state];
            let mut inflow = everywhere;
            let arcs = self.offsets[state]..self.offsets[state + 1];
            for (&source, rate) in self.sources[arcs.clone()].iter().zip(&self.rates[arcs]) {
                inflow += shares[source as usize] * (rate - self.background[source as usize]);
            }
            let share = inflow / self.exits[state];
            greatest = greatest.max((share / shares[state] - 1.0).abs());
            shares[state] = share;
            everywhere += share * self.background[state];
        }
        greatest
    }
}

/// The same with sum 1; `None` unless every share is positive and finite.
fn normalised(mut shares: Vec<f64>) -> Option<Vec<f64>> {
    let sum: f64 = shares.iter().sum();
    for share in &mut shares {
        *share /= sum;
    }
    let is_share = |share: &f64| *share > 0.0 && share.is_finite();
    shares.iter().all(is_share).then_some(shares)
}
