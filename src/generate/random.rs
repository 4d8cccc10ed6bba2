//! Seeded draws that are the same on every machine: splitmix64, and only exact arithmetic on top.
//!
//! It does not use the platform's `exp`, `ln` or `cos`, whose last bits differ between systems.
//! The numbers that a seed gives are a promise: the files written from them are compared by bytes.

/// What a stream of draws is for; the same index under another purpose is another stream.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Product = 1,
    ShelfAffinity,
    Quality,
    Query,
    Golden,
    Training,
    Worker,
    Shuffle,
    Suite,
    Page,
    WorkerOrder,
    Exam,
    Captcha,
    Review,
}

/// One sequence of draws (splitmix64; Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(super) struct Stream {
    state: u64,
}

impl Stream {
    /// The sequence for one thing, e.g. one page: a function of its three arguments only.
    pub(super) fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let purpose_key = scramble(seed ^ scramble(purpose as u64));
        Self {
            state: scramble(purpose_key.wrapping_add(index)),
        }
    }

    /// 64 uniform bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        scramble(self.state)
    }

    /// Uniform in 0 (included) to 1 (excluded), 53 bits.
    pub(super) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform between two bounds.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in `0..limit`; 0 when the limit is 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        let product = u128::from(self.bits()) * u128::from(limit);
        (product >> 64) as u64
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Nearly normal, mean 0 and variance 1: the sum of four uniform draws, so within ±3.47.
    pub(super) fn normal(&mut self) -> f64 {
        // The standard deviation of a sum of four uniform integers below 65,536.
        const DEVIATION: f64 = 37_837.227_3;
        let bits = self.bits();
        let sum =
            (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
        (sum as f64 - 131_070.0) / DEVIATION
    }

    /// Lognormal around this median, `spread` being the deviation of the logarithm.
    pub(super) fn lognormal(&mut self, median: f64, spread: f64) -> f64 {
        median * exponential(spread * self.normal())
    }

    /// Puts the items in a random order (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last_idx in (1..items.len()).rev() {
            let other_idx = self.below(last_idx as u64 + 1) as usize;
            items.swap(last_idx, other_idx);
        }
    }
}

/// `e^x`, to a relative error near 1e-15; the exponent is cut to ±700.
///
/// `x = k ln 2 + r` with `|r| <= ln 2 / 2`; the series of `e^r` to the 13th power, times `2^k`.
pub(super) fn exponential(exponent: f64) -> f64 {
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let bounded = exponent.clamp(-700.0, 700.0);
    let power = (bounded * std::f64::consts::LOG2_E).round();
    let rest = (bounded - power * LN_2_HIGH) - power * LN_2_LOW;
    let mut series = 1.0;
    for divisor in (1_u32..=13).rev() {
        series = 1.0 + series * rest / f64::from(divisor);
    }
    let biased_power = (power as i64 + 1023) as u64;
    series * f64::from_bits(biased_power << 52)
}

/// `1 / (1 + e^-x)`.
pub(super) fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + exponential(-log_odds))
}

/// Rounds to this many steps a unit, e.g. 100 for cents.
pub(super) fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

/// The finalizer of splitmix64: a bijection that looks random.
fn scramble(value: u64) -> u64 {
    let mixed = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_of_a_seed_never_changes() {
        let mut stream = Stream { state: 1_234_567 };
        // The published test values of splitmix64 for this state.
        assert_eq!(stream.bits(), 6_457_827_717_110_365_317);
        assert_eq!(stream.bits(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn the_exponential_agrees_with_the_platform() {
        for step in -2_000..=2_000 {
            let exponent = f64::from(step) / 100.0;
            let ratio = exponential(exponent) / exponent.exp();
            assert!((ratio - 1.0).abs() < 1e-14, "{exponent}: {ratio}");
        }
    }

    #[test]
    fn the_normal_draw_has_mean_zero_and_variance_one() {
        let mut stream = Stream::new(1, Purpose::Page, 0);
        let draws: Vec<f64> = (0..100_000).map(|_| stream.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|draw| draw * draw).sum::<f64>() / 1e5;
        assert!(
            mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02,
            "{mean} {variance}"
        );
    }
}
