//! Identifiers as text: a letter and digits of fixed width, so byte order is numeric order.
//!
//! It does not hand out numbers; widths are enough for a thousand million responses.

/// A short ASCII identifier without a heap allocation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id {
    bytes: [u8; 12],
    length: usize,
}

impl Id {
    pub(super) fn product(number: u64) -> Self {
        Self::new(b'P', 8, number)
    }

    pub(super) fn worker(number: u64) -> Self {
        Self::new(b'W', 6, number)
    }

    pub(super) fn assignment(number: u64) -> Self {
        Self::new(b'A', 9, number)
    }

    pub(super) fn suite(number: u64) -> Self {
        Self::new(b'S', 10, number)
    }

    pub(super) fn real_task(number: u64) -> Self {
        Self::new(b'T', 9, number)
    }

    pub(super) fn golden_task(number: u64) -> Self {
        Self::new(b'G', 6, number)
    }

    pub(super) fn training_task(number: u64) -> Self {
        Self::new(b'X', 6, number)
    }

    pub(super) fn exam_task(number: u64) -> Self {
        Self::new(b'E', 6, number)
    }

    pub(super) fn as_str(&self) -> &str {
        // Always ASCII by construction.
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    fn new(letter: u8, n_digits: usize, number: u64) -> Self {
        let mut bytes = [b'0'; 12];
        bytes[0] = letter;
        let mut rest = number;
        for digit in bytes[1..=n_digits].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        Self {
            bytes,
            length: n_digits + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_a_fixed_width() {
        assert_eq!(Id::product(1_234).as_str(), "P00001234");
        assert_eq!(Id::worker(42).as_str(), "W000042");
        assert_eq!(Id::suite(9_999_999_999).as_str(), "S9999999999");
    }
}
