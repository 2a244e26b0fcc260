//! The order in which people expect labels: `Bed 2` before `Bed 10`.

/// A piece of a label; numbers come before words, and go by their size.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Piece {
    /// How many digits without leading zeros, and the digits: of any size.
    Number(usize, String),
    Words(String),
}

/// What to sort a label by; capitals make no difference.
pub(super) fn natural(label: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for letter in label.chars() {
        match (pieces.last_mut(), letter.is_ascii_digit()) {
            (Some(Piece::Number(length, digits)), true) => {
                if digits == "0" {
                    digits.clear();
                }
                digits.push(letter);
                *length = digits.len();
            }
            (Some(Piece::Words(words)), false) => words.extend(letter.to_lowercase()),
            (_, true) => pieces.push(Piece::Number(1, letter.to_string())),
            (_, false) => pieces.push(Piece::Words(letter.to_lowercase().collect())),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn beds_stand_in_the_order_of_their_numbers() {
        let mut beds = [
            "Bed 10",
            "Bed 2",
            "bed 1",
            "Bed 007",
            "Bay B bed 3",
            "Bed",
            "4",
            "Bed 99999999999999999999999",
            "Bed 0",
        ];
        beds.sort_by_cached_key(|bed| natural(bed));
        let expected = [
            "4",
            "Bay B bed 3",
            "Bed",
            "Bed 0",
            "bed 1",
            "Bed 2",
            "Bed 007",
            "Bed 10",
            "Bed 99999999999999999999999",
        ];
        assert_eq!(beds, expected);
    }
}
