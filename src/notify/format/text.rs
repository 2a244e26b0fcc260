//! Text for people: one line, of bounded length, without marks that steer.

/// `text` on one line, without control characters and marks that turn the
/// direction of writing, at most `max` characters long.
pub(super) fn plain(text: &str, max: usize) -> String {
    let mut out = String::new();
    for character in text.chars() {
        let steers = character.is_control()
            || matches!(character, '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}')
            || ('\u{202A}'..='\u{202E}').contains(&character)
            || ('\u{2066}'..='\u{2069}').contains(&character);
        let character = if steers { ' ' } else { character };
        if character != ' ' || !out.ends_with(' ') {
            out.push(character);
        }
    }
    cut(out.trim(), max)
}

/// `text` with at most `max` characters; what was cut is shown.
pub(super) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(max.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// A number with at most one decimal.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A span of time in the largest unit that fits.
pub(super) fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// `moment` (RFC 3339) as a clock shows it in `zone`; the text itself when it
/// is not a time.
pub(super) fn clock(moment: &str, zone: &str) -> String {
    let Ok(at) = moment.parse::<jiff::Timestamp>() else {
        return plain(moment, 40);
    };
    let zone = if zone.is_empty() {
        "Europe/London"
    } else {
        zone
    };
    match at.in_tz(zone) {
        Ok(local) => local.strftime("%H:%M %Z on %-d %b %Y").to_string(),
        Err(_) => at.strftime("%H:%M UTC on %-d %b %Y").to_string(),
    }
}

/// Seconds from `earlier` to `later`, both RFC 3339.
pub(super) fn seconds_between(earlier: &str, later: &str) -> Option<i64> {
    let earlier: jiff::Timestamp = earlier.parse().ok()?;
    let later: jiff::Timestamp = later.parse().ok()?;
    Some(later.as_second().saturating_sub(earlier.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_on_its_line_and_in_its_direction_and_is_cut_where_it_shows() {
        assert_eq!(plain("a\r\nBcc: x\u{202E}y\t z", 40), "a Bcc: x y z");
        assert_eq!(plain("abcdef", 4), "abc…");
        assert_eq!(plain("  ", 4), "");
    }

    #[test]
    fn times_are_shown_as_the_wards_clock_shows_them() {
        let at = "2026-07-01T13:05:00.000Z";
        assert_eq!(clock(at, ""), "14:05 BST on 1 Jul 2026");
        assert_eq!(clock(at, "Mars/Olympus"), "13:05 UTC on 1 Jul 2026");
        assert_eq!(clock("soon", ""), "soon");
        assert_eq!(seconds_between("2026-07-01T13:04:00Z", at), Some(60));
    }

    #[test]
    fn numbers_and_spans_are_short() {
        assert_eq!([number(38.0), number(38.46)], ["38", "38.5"]);
        let spans = [span(-5), span(59), span(7_199), span(7_200), span(999_999)];
        assert_eq!(spans, ["0 s", "59 s", "119 min", "2 h", "11 days"]);
    }
}
