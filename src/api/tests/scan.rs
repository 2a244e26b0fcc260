//! Finds what templates, code and scripts say.

use std::collections::BTreeSet;

/// A text with the line it stands on.
pub(super) struct Piece {
    pub(super) line: usize,
    pub(super) text: String,
}

/// A text that is said, with the names that are filled in.
type Said = (String, BTreeSet<String>);

/// Attributes whose values people read or hear.
const HEARD: [&str; 7] = [
    "data-name=",
    "aria-label=",
    "title=",
    "alt=",
    "placeholder=",
    "aria-description=",
    "data-say",
];

/// A part of a template.
enum Part<'a> {
    Plain(&'a str),
    Code(&'a str),
}

fn parts(template: &str) -> Vec<Part<'_>> {
    let (mut found, mut rest) = (Vec::new(), template);
    loop {
        let opened = ["{{", "{%", "{#"].iter();
        let opened = opened.filter_map(|mark| rest.find(mark)).min();
        let Some(at) = opened else {
            found.push(Part::Plain(rest));
            return found;
        };
        let (plain, code) = rest.split_at(at);
        found.push(Part::Plain(plain));
        let close = match &code[..2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let end = closed(code, close);
        found.push(Part::Code(&code[..end]));
        rest = &code[end..];
    }
}

/// Where a part ends: texts in it may hold braces.
fn closed(code: &str, mark: &str) -> usize {
    let mut at = 2;
    while at < code.len() {
        if code[at..].starts_with('"') {
            at += literal(&code[at..]).map_or(1, |(_, length)| length);
        } else if code[at..].starts_with(mark) {
            return at + 2;
        } else {
            at += code[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    code.len()
}

/// The literal that begins here: what it says, and its length.
fn literal(code: &str) -> Option<(String, usize)> {
    let mut said = String::new();
    let mut letters = code.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((said, at + 1)),
            '\\' => match letters.next()?.1 {
                'n' => said.push('\n'),
                // The line goes on behind the blanks of the next one.
                '\n' => {
                    let rest = &code[at + 2..];
                    let blanks = rest.len() - rest.trim_start().len();
                    for _ in 0..rest[..blanks].chars().count() {
                        letters.next();
                    }
                }
                other => said.push(other),
            },
            letter => said.push(letter),
        }
    }
    None
}

/// Texts before the filter `say`, with the names before the filter `with`.
pub(super) fn said_in_template(template: &str) -> Vec<Said> {
    let mut found: Vec<Said> = Vec::new();
    for part in parts(template) {
        let Part::Code(mut code) = part else {
            continue;
        };
        while let Some(at) = code.find('"') {
            let Some((text, length)) = literal(&code[at..]) else {
                break;
            };
            let rest = &code[at + length..];
            if rest.trim_start().starts_with("|say") {
                found.push((text, BTreeSet::new()));
            } else if code[..at].ends_with("|with(") {
                let (_, names) = found.last_mut().expect("a text before");
                names.insert(text);
            }
            code = rest;
        }
    }
    found
}

/// Texts in `say!` and `text!`, with the names that are filled in.
pub(super) fn said_in_code(code: &str) -> Vec<Said> {
    let mut found = Vec::new();
    for macro_name in ["say!(", "text!("] {
        for (at, _) in code.match_indices(macro_name) {
            let rest = code[at + macro_name.len()..].trim_start();
            if !rest.starts_with('"') || code[..at].ends_with(|c: char| c.is_alphanumeric()) {
                continue;
            }
            let (text, length) = literal(rest).expect("a whole literal");
            found.push((text, names(&rest[length..])));
        }
    }
    found
}

/// The names of `, name = value, …)`.
fn names(arguments: &str) -> BTreeSet<String> {
    let (mut depth, mut start, mut found) = (0_u32, 0, BTreeSet::new());
    for (at, letter) in arguments.char_indices() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth > 0 => depth -= 1,
            ')' | ',' if depth == 0 => {
                let name = arguments[start..at].split(" = ").next().unwrap_or_default();
                let name = name.trim();
                if !name.is_empty() {
                    found.insert(name.to_owned());
                }
                start = at + 1;
                if letter == ')' {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

/// What a template says by itself: between its tags, and in what is heard of them.
pub(super) fn bare(template: &str) -> Vec<Piece> {
    // What is filled in leaves a mark behind, so that lines stay what they are.
    let plain: String = parts(template)
        .iter()
        .map(|part| match part {
            Part::Plain(text) => (*text).to_owned(),
            Part::Code(code) => "\n".repeat(code.matches('\n').count()),
        })
        .collect();
    let (mut found, mut line) = (Vec::new(), 1);
    for tagged in plain.split('<') {
        let (tag, text) = tagged.split_once('>').unwrap_or(("", tagged));
        let heard = heard(tag).map(|text| Piece { line, text });
        found.extend(heard);
        line += tag.matches('\n').count();
        // A command is the same in every language.
        if !tag.starts_with("code") && !tag.starts_with("pre") {
            let text = text.replace("&amp;", "").replace("&nbsp;", "");
            found.push(Piece { line, text });
        }
        line += text.matches('\n').count();
    }
    found
}

fn heard(tag: &str) -> impl Iterator<Item = String> {
    let values = HEARD.iter().flat_map(move |name| {
        let found = tag.match_indices(name);
        found.filter_map(move |(at, _)| {
            let (_, rest) = tag[at..].split_once('"')?;
            Some(rest.split_once('"')?.0.to_owned())
        })
    });
    values.collect::<Vec<_>>().into_iter()
}

/// Literals that look like English and are not said.
pub(super) fn bare_in_code(code: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let (mut at, mut before) = (0, String::new());
    while at < code.len() {
        let rest = &code[at..];
        let next = rest.chars().next().map_or(1, char::len_utf8);
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("#[") {
            // An attribute ends with its line.
            at += rest.find("]\n").unwrap_or(rest.len());
        } else if rest.starts_with("r#\"") {
            at += rest.find("\"#").map_or(rest.len(), |end| end + 2);
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\") {
            at += 3;
        } else if rest.starts_with('"') {
            let Some((text, length)) = literal(rest) else {
                break;
            };
            let is_said = is_looked_up(&before);
            if !is_said && is_english(&text) {
                let line = code[..at].matches('\n').count() + 1;
                found.push(Piece { line, text });
            }
            before.clear();
            at += length;
        } else {
            before.push_str(&rest[..next]);
            at += next;
        }
    }
    found
}

/// Whether the literal after this code is looked up, or names a read in the audit.
fn is_looked_up(before: &str) -> bool {
    let near = before.trim_end();
    let within = |call: &&str| {
        let at = before.rfind(call);
        at.is_some_and(|at| !before[at..].contains(';'))
    };
    near.ends_with("say!(")
        || near.ends_with("text!(")
        || ["audit_read(", "audit_link("].iter().any(within)
}

/// Two words with a blank between them, or one with a capital letter.
fn is_english(text: &str) -> bool {
    let mut plain = String::new();
    let mut depth = 0_u32;
    for letter in text.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            letter if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    let is_word = |word: &str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        word.chars().count() > 1 && word.chars().all(char::is_alphabetic)
    };
    let words: Vec<&str> = plain.split(' ').collect();
    let two = words
        .windows(2)
        .any(|pair| pair.iter().all(|word| is_word(word)));
    let capital = plain.chars().next().is_some_and(char::is_uppercase)
        && plain.chars().nth(1).is_some_and(char::is_lowercase);
    let blank = plain.starts_with(' ') && words.iter().any(|word| is_word(word));
    two || blank || capital && words.iter().all(|word| is_word(word))
}

/// What scripts hold and nobody reads.
const NO_TEXTS: [&str; 3] = ["use strict", "{key}One", "once more"];

/// What elements are looked up by.
const SELECTING: [&str; 3] = ["querySelector(", "querySelectorAll(", "closest("];

/// Literals of a script that look like English.
pub(super) fn bare_in_script(script: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    for (number, line) in script.lines().enumerate() {
        let line = line.split("// ").next().unwrap_or_default();
        for quote in ['"', '\'', '`'] {
            let parts: Vec<&str> = line.split(quote).collect();
            let pairs = parts.chunks_exact(2);
            // Selectors are no texts.
            let literals = pairs.filter(|pair| !SELECTING.iter().any(|of| pair[0].ends_with(of)));
            let literals = literals.map(|pair| pair[1].replace("${", "{"));
            let english =
                literals.filter(|text| !NO_TEXTS.contains(&text.as_str()) && is_english(text));
            found.extend(english.map(|text| Piece {
                line: number + 1,
                text,
            }));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_templates_say_is_found_with_what_is_filled_in() {
        let template =
            "<p title=\"Bad\">{{ \"A \\\"b\\\" {c}}\"|say|with(\"c\", d) }} and\n<b>x</b>";
        let said = said_in_template(template);
        assert_eq!(said, [("A \"b\" {c}}".to_owned(), ["c".to_owned()].into())]);
        let bare: Vec<_> = bare(template).into_iter().map(|piece| piece.text).collect();
        assert_eq!(bare, ["", "Bad", " and\n", "x", ""]);
    }

    #[test]
    fn what_code_says_is_found_and_what_it_says_otherwise() {
        let code = "let a = say!(\n    \"One {two} \\\n     three\",\n    two = f(1, 2),\n);\n\
                    // \"Not this\"\nlet b = (text!(\"Four\"), \"Five six\", \"Seven\", \"eight\", \"x {nine}\");";
        let said = said_in_code(code);
        assert_eq!(
            said[0],
            ("One {two} three".to_owned(), ["two".to_owned()].into())
        );
        assert_eq!(said[1].0, "Four");
        let bare: Vec<_> = bare_in_code(code)
            .into_iter()
            .map(|p| (p.line, p.text))
            .collect();
        assert_eq!(bare, [(7, "Five six".to_owned()), (7, "Seven".to_owned())]);
    }

    #[test]
    fn what_scripts_say_is_found() {
        let script = "const a = `Last heard ${b}`; // never mind\nc(\"Live\", 'tr[data-at]');";
        let bare: Vec<_> = bare_in_script(script).into_iter().map(|p| p.text).collect();
        assert_eq!(bare, ["Last heard {b}", "Live"]);
    }
}
