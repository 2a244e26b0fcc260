//! Keeps the house tidy: import edges, sizes, words, documentation.

#[cfg(test)]
mod tidy {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// Rooms in the order of their imports: each may import those above it.
    /// Rooms of one layer do not know each other.
    const LAYERS: &[&[&str]] = &[
        &["domain"],
        &[
            "decode",
            "registry",
            "detect",
            "alert",
            "runtime",
            "telemetry",
        ],
        &["store"],
        &["engine"],
        &["ingest", "notify", "sink", "api"],
        &["canary"],
        &["config"],
        &["app"],
        &["cli"],
        &["main"],
    ];
    /// Rooms above that are not for everybody: the store tells nobody and
    /// reads no clock.
    const FORBIDDEN: &[(&str, &str)] = &[("store", "runtime"), ("store", "telemetry")];

    /// Files that may have more than [`LINES_WITH_REASON`] lines, with the reason.
    const LONG_FILES: &[(&str, &str)] = &[("tests/tidy.rs", "all rules of the house in one place")];
    /// Functions that may have more than [`FUNCTION_LINES_MAX`] lines, as
    /// `path::name`, with the reason.
    const LONG_FUNCTIONS: &[(&str, &str)] = &[
        (
            "benches/pipeline.rs::run",
            "one measurement from start to its figures",
        ),
        (
            "src/api/tests/alerts.rs::answers_to_an_alert_become_commands_in_the_tokens_name",
            "inline snapshots of whole bodies",
        ),
        (
            "src/api/tests/changes.rs::changes_of_patients_become_commands",
            "inline snapshots of whole bodies",
        ),
        (
            "src/api/tests/service.rs::the_description_holds_every_route",
            "the list of all routes",
        ),
        (
            "src/detect/tests/news2.rs::every_vector_of_the_reference_scores_as_published",
            "the published table",
        ),
        (
            "src/store/tests/lists.rs::sinks_read_messages_in_order_and_are_told_of_a_gap",
            "one story told from the first message to the gap",
        ),
        (
            "src/engine/tests/determinism.rs::day",
            "one day of inputs, told in order",
        ),
        (
            "src/engine/tests/upgrade.rs::another_version_refolds_from_stored_readings_and_keeps_alerts_and_identities",
            "one story from before the upgrade to after it",
        ),
        (
            "tests/it/fever.rs::a_fever_goes_from_the_watch_to_a_signed_webhook_and_waits_until_a_person_answers",
            "one story through the whole service",
        ),
    ];
    const LINES_WITH_REASON: usize = 500;
    const LINES_MAX: usize = 800;
    const FUNCTION_LINES_MAX: usize = 70;

    /// Lints that both packages inherit, as they stand in Cargo.toml.
    const LINTS: &[&str] = &[
        "unsafe_code = \"forbid\"",
        "unreachable_pub = \"deny\"",
        "unwrap_used = \"deny\"",
        "indexing_slicing = \"deny\"",
        "todo = \"deny\"",
        "dbg_macro = \"deny\"",
        "print_stdout = \"deny\"",
        "clone_on_ref_ptr = \"deny\"",
        "await_holding_lock = \"deny\"",
    ];

    fn root() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
    }

    /// A source file: its path below the root, its text, and the text with
    /// comments and what stands in quotes blanked out, line by line.
    struct Source {
        path: String,
        text: String,
        code: String,
    }

    impl Source {
        fn room(&self) -> Option<&str> {
            let below = self.path.strip_prefix("src/")?;
            let first = below.split('/').next()?;
            Some(first.strip_suffix(".rs").unwrap_or(first))
        }

        fn is_test(&self) -> bool {
            let parts: Vec<_> = self.path.split('/').collect();
            parts
                .iter()
                .any(|part| *part == "tests" || *part == "tests.rs")
        }

        /// The code without its inline tests, which may know other rooms.
        fn code_without_tests(&self) -> &str {
            let end = self.code.find("#[cfg(test)]\nmod tests {");
            &self.code[..end.unwrap_or(self.code.len())]
        }
    }

    fn sources(folders: &[&str]) -> Vec<Source> {
        let mut paths = Vec::new();
        for folder in folders {
            walk(&root().join(folder), &mut paths);
        }
        paths.sort();
        let read = |path: PathBuf| {
            let text = fs::read_to_string(&path).unwrap();
            let below = path.strip_prefix(root()).unwrap();
            Source {
                path: below.to_str().unwrap().replace('\\', "/"),
                code: blank(&text),
                text,
            }
        };
        paths.into_iter().map(read).collect()
    }

    fn all_sources() -> Vec<Source> {
        sources(&[
            "src",
            "simulators/src",
            "tests",
            "benches",
            "simulators/tests",
        ])
    }

    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(folder) else {
            return;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }

    /// Replaces comments and the insides of texts and characters by spaces.
    fn blank(text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while at < chars.len() {
            let end = match skip_end(&chars, at) {
                Some(end) => end,
                None => {
                    out.push(chars[at]);
                    at += 1;
                    continue;
                }
            };
            for c in &chars[at..end] {
                out.push(if *c == '\n' { '\n' } else { ' ' });
            }
            at = end;
        }
        out
    }

    /// Where the comment, text or character that begins at `at` ends, if one does.
    fn skip_end(chars: &[char], at: usize) -> Option<usize> {
        let next = chars.get(at + 1).copied();
        match chars[at] {
            '/' if next == Some('/') => {
                let line = chars[at..].iter().position(|c| *c == '\n');
                Some(line.map_or(chars.len(), |length| at + length))
            }
            '/' if next == Some('*') => Some(block_comment_end(chars, at)),
            '"' => Some(text_end(chars, at + 1)),
            'r' if !follows_name(chars, at) => raw_text_end(chars, at + 1),
            '\'' => character_end(chars, at),
            _ => None,
        }
    }

    /// Whether `at` is inside a name; the `b` of `br""` does not count.
    fn follows_name(chars: &[char], at: usize) -> bool {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let before = |back: usize| at.checked_sub(back).map(|i| chars[i]);
        match before(1) {
            Some('b' | 'c') => before(2).is_some_and(is_name),
            Some(c) => is_name(c),
            None => false,
        }
    }

    fn block_comment_end(chars: &[char], start: usize) -> usize {
        let (mut depth, mut at) = (0, start);
        while at + 1 < chars.len() {
            match (chars[at], chars[at + 1]) {
                ('/', '*') => (depth, at) = (depth + 1, at + 2),
                ('*', '/') => (depth, at) = (depth - 1, at + 2),
                _ => at += 1,
            }
            if depth == 0 {
                return at;
            }
        }
        chars.len()
    }

    fn text_end(chars: &[char], mut at: usize) -> usize {
        while at < chars.len() {
            match chars[at] {
                '\\' => at += 2,
                '"' => return at + 1,
                _ => at += 1,
            }
        }
        chars.len()
    }

    fn raw_text_end(chars: &[char], start: usize) -> Option<usize> {
        let hashes = chars[start..].iter().take_while(|c| **c == '#').count();
        if chars.get(start + hashes) != Some(&'"') {
            return None;
        }
        let close: String = std::iter::once('"')
            .chain(std::iter::repeat_n('#', hashes))
            .collect();
        let close: Vec<char> = close.chars().collect();
        let inside = start + hashes + 1;
        let length = chars[inside..]
            .windows(close.len())
            .position(|w| w == close);
        Some(length.map_or(chars.len(), |length| inside + length + close.len()))
    }

    /// A character, not a lifetime or label.
    fn character_end(chars: &[char], at: usize) -> Option<usize> {
        match (chars.get(at + 1)?, chars.get(at + 2)) {
            ('\\', _) => {
                let close = chars[at + 3..].iter().position(|c| *c == '\'')?;
                Some(at + 3 + close + 1)
            }
            (_, Some('\'')) => Some(at + 3),
            _ => None,
        }
    }

    /// The rooms that `code` names after `crate::`, also in a group.
    fn imported(code: &str) -> BTreeSet<String> {
        let mut rooms = BTreeSet::new();
        for (at, prefix) in code.match_indices("crate::") {
            let rest = &code[at + prefix.len()..];
            match rest.strip_prefix('{') {
                None => rooms.extend(first_name(rest)),
                Some(group) => rooms.extend(group_names(group)),
            }
        }
        rooms
    }

    fn first_name(text: &str) -> Option<String> {
        let text = text.trim_start();
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
        let name = &text[..end.unwrap_or(text.len())];
        // Types and macros of the crate itself are not rooms.
        let room = name.starts_with(|c: char| c.is_ascii_lowercase());
        room.then(|| name.to_owned())
    }

    fn group_names(group: &str) -> Vec<String> {
        let (mut depth, mut names, mut start) = (1, Vec::new(), 0);
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && c == ',') {
                names.extend(first_name(&group[start..at]));
                start = at + 1;
            }
            if depth == 0 {
                break;
            }
        }
        names
    }

    fn layer(room: &str) -> Option<usize> {
        LAYERS.iter().position(|rooms| rooms.contains(&room))
    }

    #[test]
    fn imports_between_rooms_point_one_way() {
        let mut wrong = Vec::new();
        for source in sources(&["src"]).iter().filter(|s| !s.is_test()) {
            let room = source.room().unwrap();
            if room == "lib" {
                continue;
            }
            let Some(layer) = layer(room) else {
                wrong.push(format!(
                    "{}: `{room}` is not a room of the plan",
                    source.path
                ));
                continue;
            };
            let code = source
                .code_without_tests()
                .replace("wardlight::", "crate::");
            for other in imported(&code).iter().filter(|other| *other != room) {
                let above = self::layer(other).is_some_and(|other| other < layer);
                if !above || FORBIDDEN.contains(&(room, other)) {
                    wrong.push(format!("{}: {room} may not import {other}", source.path));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn imports_are_found_alone_in_groups_and_in_paths() {
        let code = blank(
            "use crate::alert::A;\nuse crate::{store::{b, c}, engine, notify::D};\n\
             // crate::comment\nlet x = crate::sink::f(\"crate::text\"); pub(crate) fn a() {}\n",
        );
        let expected = ["alert", "engine", "notify", "sink", "store"];
        assert_eq!(imported(&code), expected.map(str::to_owned).into());
    }

    #[test]
    fn simulators_never_import_the_service() {
        for source in sources(&["simulators"]) {
            let code = &source.code;
            assert!(!code.contains("wardlight::"), "{}", source.path);
        }
        let manifest = fs::read_to_string(root().join("simulators/Cargo.toml")).unwrap();
        let depends = manifest.lines().any(|line| {
            let key = line.split(['=', '.']).next().unwrap_or_default();
            key.trim() == "wardlight"
        });
        assert!(!depends, "simulators must not depend on wardlight");
    }

    #[test]
    fn files_stay_small_or_say_why_not() {
        let mut wrong = Vec::new();
        for source in all_sources() {
            let lines = source.text.lines().count();
            let listed = LONG_FILES.iter().any(|(path, _)| *path == source.path);
            if lines > LINES_MAX {
                wrong.push(format!("{}: {lines} lines, split it", source.path));
            } else if lines > LINES_WITH_REASON && !listed {
                wrong.push(format!("{}: {lines} lines and no reason", source.path));
            } else if lines <= LINES_WITH_REASON && listed {
                wrong.push(format!("{}: needs no reason any more", source.path));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn functions_stay_small_or_say_why_not() {
        let mut wrong = Vec::new();
        for source in all_sources() {
            for (name, lines) in functions(&source.code) {
                let id = format!("{}::{name}", source.path);
                let listed = LONG_FUNCTIONS.iter().any(|(known, _)| *known == id);
                if lines > FUNCTION_LINES_MAX && !listed {
                    wrong.push(format!("{id}: {lines} lines"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Name and number of lines of each function with a body.
    fn functions(code: &str) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        for (at, _) in code.match_indices("fn ") {
            let alone = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let Some(name) = first_name(&code[at + 3..]).filter(|_| alone) else {
                continue;
            };
            // A `;` before the body ends a declaration, unless it stands in an
            // array's type.
            let mut brackets = 0;
            let body = code[at..].char_indices().find(|(_, c)| {
                match c {
                    '[' | '(' => brackets += 1,
                    ']' | ')' => brackets -= 1,
                    _ => {}
                }
                *c == '{' || (*c == ';' && brackets == 0)
            });
            let Some((offset, '{')) = body else {
                continue;
            };
            let (mut depth, mut end) = (0, code.len());
            for (inner, c) in code[at + offset..].char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    end = at + offset + inner;
                    break;
                }
            }
            let text = code.get(at..=end).unwrap_or(&code[at..]);
            found.push((name, text.lines().count()));
        }
        found
    }

    #[test]
    fn functions_are_measured_from_their_name_to_their_last_brace() {
        let text = "fn one(a: [u8; 2]) -> u8 {\n  \"}\";\n  '}';\n}\ntrait T { fn two(); }\n\
                    impl X { pub async fn three<'a>() { if x { y } } }\n";
        let measured = functions(&blank(text));
        let expected = [("one".to_owned(), 4), ("three".to_owned(), 1)];
        assert_eq!(measured, expected);
    }

    #[test]
    fn nothing_is_left_for_later() {
        let words = [
            concat!("todo", "!"),
            concat!("unimplemented", "!"),
            concat!("#[", "ignore"),
            concat!("TO", "DO"),
            concat!("FIX", "ME"),
        ];
        for source in all_sources() {
            for (number, line) in source.text.lines().enumerate() {
                for word in words {
                    let at = format!("{}:{}", source.path, number + 1);
                    assert!(!line.contains(word), "{at}: {word}");
                }
            }
        }
    }

    #[test]
    fn every_room_says_what_never_breaks_and_keeps_logic_out_of_its_mod() {
        let (mut rooms, mut wrong) = (BTreeSet::new(), Vec::new());
        for source in sources(&["src"]) {
            if !source.path.ends_with("/mod.rs") || source.is_test() {
                continue;
            }
            if !functions(&source.code).is_empty() {
                wrong.push(format!("{}: holds functions", source.path));
            }
            if source.path.matches('/').count() == 2 {
                if !source.text.contains("//! Invariant: ") {
                    wrong.push(format!("{}: no line `//! Invariant: …`", source.path));
                }
                rooms.insert(source.path);
            }
        }
        assert!(rooms.contains("src/domain/mod.rs"), "{rooms:?}");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn both_packages_keep_the_lints() {
        let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
        for lint in LINTS {
            assert!(manifest.contains(lint), "Cargo.toml misses {lint}");
        }
        let simulators = fs::read_to_string(root().join("simulators/Cargo.toml")).unwrap();
        for text in [&manifest, &simulators] {
            assert!(text.contains("[lints]\nworkspace = true"));
        }
        let clippy = fs::read_to_string(root().join("clippy.toml")).unwrap();
        for call in ["SystemTime::now", "env::set_var", "unbounded_channel"] {
            assert!(clippy.contains(call), "clippy.toml misses {call}");
        }
        for source in all_sources() {
            let attribute = source.code.contains("#[allow(") || source.code.contains("#![allow(");
            assert!(!attribute, "{}: use #[expect(.., reason)]", source.path);
        }
    }

    #[test]
    fn every_key_of_the_defaults_is_documented() {
        let path = root().join("src/config/default.toml");
        let text = fs::read_to_string(path).unwrap();
        let mut before = "";
        let mut open_lists = 0_i32;
        let mut keys = 0;
        for (number, line) in text.lines().enumerate() {
            let entry = line.strip_prefix("#? ").unwrap_or(line);
            let is_key =
                open_lists == 0 && !entry.starts_with(['#', '[', ' ']) && entry.contains(" = ");
            if is_key {
                keys += 1;
                let documented = before.starts_with("# ");
                assert!(documented, "default.toml:{}: {entry}", number + 1);
            }
            if !entry.starts_with('#') && (is_key || open_lists > 0) {
                let count = |c| i32::try_from(entry.matches(c).count()).unwrap();
                open_lists += count('[') - count(']');
            }
            before = line;
        }
        assert!(keys > 0);
    }
}
