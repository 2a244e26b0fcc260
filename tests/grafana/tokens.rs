//! Words, texts and signs of a query; PromQL and Flux share enough for one reader.

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Word(String),
    Text(String),
    Pattern(String),
    /// One character, or one of `==`, `!=`, `=~`, `!~`, `=>`, `<-`, `|>`.
    Sign(String),
}

const LONG_SIGNS: [&str; 7] = ["==", "!=", "=~", "!~", "=>", "<-", "|>"];

impl Token {
    pub(crate) fn is(&self, sign: &str) -> bool {
        matches!(self, Self::Sign(own) if own == sign)
    }

    pub(crate) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The tokens of `query`. Numbers with their units, and Grafana's variables
/// outside texts, are words too.
pub(crate) fn tokens(query: &str) -> Vec<Token> {
    let chars: Vec<char> = query.chars().collect();
    let (mut at, mut found) = (0, Vec::new());
    while at < chars.len() {
        let (token, next) = one(&chars, at, found.last());
        found.extend(token);
        at = next;
    }
    found
}

fn one(chars: &[char], at: usize, before: Option<&Token>) -> (Option<Token>, usize) {
    let is_word = |c: &char| c.is_alphanumeric() || "_$:".contains(*c);
    let after_match = before.is_some_and(|token| token.is("=~") || token.is("!~"));
    match chars[at] {
        c if c.is_whitespace() => (None, at + 1),
        '"' => {
            let (text, next) = quoted(chars, at);
            (Some(Token::Text(text)), next)
        }
        '/' if after_match => {
            let (text, next) = quoted(chars, at);
            (Some(Token::Pattern(text)), next)
        }
        // In Flux `:` parts a name from its value; in PromQL it may stand in a
        // metric's name, and ours have none.
        c if is_word(&c) && c != ':' => {
            let length = chars[at..]
                .iter()
                .take_while(|c| is_word(c) && **c != ':')
                .count();
            let number = c.is_ascii_digit();
            let length = if number {
                number_length(&chars[at..])
            } else {
                length
            };
            let word = chars[at..at + length].iter().collect();
            (Some(Token::Word(word)), at + length)
        }
        c => {
            let two: String = chars[at..].iter().take(2).collect();
            if LONG_SIGNS.contains(&two.as_str()) {
                return (Some(Token::Sign(two)), at + 2);
            }
            (Some(Token::Sign(c.to_string())), at + 1)
        }
    }
}

fn number_length(chars: &[char]) -> usize {
    let is_part = |c: &&char| c.is_alphanumeric() || **c == '.';
    chars.iter().take_while(is_part).count()
}

/// What stands between the sign at `at` and the next one like it, and where
/// that ends. No text of ours holds an escaped quote.
fn quoted(chars: &[char], at: usize) -> (String, usize) {
    let close = chars[at];
    let text: String = chars[at + 1..]
        .iter()
        .take_while(|c| **c != close)
        .collect();
    let next = at + text.chars().count() + 2;
    (text, next)
}

#[test]
fn a_query_is_read_word_by_word() {
    use Token::{Pattern, Sign, Text, Word};
    let sign = |sign: &str| Sign(sign.to_owned());
    let word = |word: &str| Word(word.to_owned());
    assert_eq!(
        tokens("r.a =~ /^x$/ and b == \"c d\" |> f(q: 0.5)"),
        [
            word("r"),
            sign("."),
            word("a"),
            sign("=~"),
            Pattern("^x$".to_owned()),
            word("and"),
            word("b"),
            sign("=="),
            Text("c d".to_owned()),
            sign("|>"),
            word("f"),
            sign("("),
            word("q"),
            sign(":"),
            word("0.5"),
            sign(")"),
        ]
    );
}
