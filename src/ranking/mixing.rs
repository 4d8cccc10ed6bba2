//! Numbers that look random, from numbers that do not: the same in every run and on every machine.
//!
//! No secret and no sequence: who needs a sequence counts.

/// The `SplitMix64` mixer (Steele, Lea and Flood 2014): every bit of the key reaches every bit of the result.
pub(super) fn mixed(key: u64) -> u64 {
    let mut bits = key.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// A number in [0, 1).
pub(super) fn mixed_share(key: u64) -> f64 {
    (mixed(key) >> 11) as f64 / (1_u64 << 53) as f64
}
