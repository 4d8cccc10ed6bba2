//! Numbers that look thrown by dice and are the same in every run, on every thread.
//!
//! It keeps no state: what is hashed is the caller's choice.

/// The `SplitMix64` mixer (Steele, Lea and Flood 2014).
pub(super) fn hash(number: usize) -> u64 {
    let mut bits = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
