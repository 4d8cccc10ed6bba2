//! The logistic function and its exponential, the same bits on every machine.
//!
//! It does not cover arguments beyond ±`SCORE_MAX` × 2: scores are clamped before they come here.

/// Scores stay within ± this; a difference of 30 is already odds of 10¹³ to 1.
pub(super) const SCORE_MAX: f64 = 30.0;

/// σ(x) = 1 / (1 + e⁻ˣ).
pub(super) fn sigmoid(x: f64) -> f64 {
    let exponential = exp_of_nonpositive(-x.abs());
    let greater = 1.0 / (1.0 + exponential);
    if x >= 0.0 {
        greater
    } else {
        exponential * greater
    }
}

/// log σ(x), without cancellation on either side.
pub(super) fn log_sigmoid(x: f64) -> f64 {
    x.min(0.0) - exp_of_nonpositive(-x.abs()).ln_1p()
}

/// eˣ for -700 <= x <= 0, to about 1 unit in the last place.
///
/// Ours, not the system's: no branch and no call, so that the compiler computes several at once, and
/// the system's last bit differs between versions of its library. Method: x = k ln 2 + r with
/// |r| <= ln 2 / 2 (Cody and Waite 1980), Taylor polynomial of degree 13 in r, times 2ᵏ by the
/// exponent's bits.
#[inline]
pub(super) fn exp_of_nonpositive(x: f64) -> f64 {
    /// 1.5 × 2⁵²: adding it rounds to an integer, whose low bits are then those of the sum.
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    /// ln 2, the bits that leave k × this exact, and the rest.
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let shifted = x * std::f64::consts::LOG2_E + ROUNDER;
    let k = shifted - ROUNDER;
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    // Three independent chains instead of one: the processor overlaps them.
    let r2 = r * r;
    let r4 = r2 * r2;
    let p0 = (1.0 / 2.0 + r * (1.0 / 6.0)) + r2 * (1.0 / 24.0 + r * (1.0 / 120.0));
    let p1 = (1.0 / 720.0 + r * (1.0 / 5_040.0)) + r2 * (1.0 / 40_320.0 + r * (1.0 / 362_880.0));
    let p2 = (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0))
        + r2 * (1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0));
    let power = 1.0 + (r + r2 * (p0 + r4 * (p1 + r4 * p2)));
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    power * scale
}
