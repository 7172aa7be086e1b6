//! Versions as numbers.

/// The first three numbers of a version; anything else counts as 0.
pub(super) fn numbers(version: &str) -> [u32; 3] {
    let mut numbers = [0; 3];
    for (number, part) in numbers.iter_mut().zip(version.split('.')) {
        let digits = part.find(|c: char| !c.is_ascii_digit()).map_or(part, |end| &part[..end]);
        *number = digits.parse().unwrap_or(0);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_compared_as_numbers() {
        assert!(numbers("0.11.1") > numbers("0.3.28"));
        assert!(numbers("5.8.5") > numbers("5.8"));
        assert_eq!(numbers("4.1.0-rc.1"), [4, 1, 0]);
        assert_eq!(numbers("latest"), [0, 0, 0]);
    }
}
