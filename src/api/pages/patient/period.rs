//! The period that is looked at: a span up to now or up to a moment, or one from a
//! moment to another.

use crate::api::language::{Text, say, text};
use crate::api::moment::Moment;
use crate::api::pages::form::Form;
use crate::api::pages::ward::Choice;
use crate::api::pages::words::Zone;
use crate::domain::{ClinicalTime, MeasuredTime};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Longest period: as long as a report's.
const LONGEST_MS: i64 = crate::api::reports::SPAN_DAYS_MAX * DAY_MS;
/// Up to so long single values are drawn, where they are few enough.
const SINGLE_MS: i64 = 6 * HOUR_MS;
/// Stretches of one chart at most, about.
const DRAWN_MAX: i64 = 360;
/// Rows of the table at most, about; of months there are more.
const ROWS_MAX: i64 = 30;

/// Name, words, length.
const SPANS: [(&str, Text, i64); 6] = [
    ("1h", text!("1 hour"), HOUR_MS),
    ("6h", text!("6 hours"), 6 * HOUR_MS),
    DAY,
    ("7d", text!("7 days"), 7 * DAY_MS),
    ("30d", text!("30 days"), 30 * DAY_MS),
    ("90d", text!("90 days"), 90 * DAY_MS),
];
const DAY: (&str, Text, i64) = ("24h", text!("24 hours"), DAY_MS);

/// Length and words of the table's stretches.
const ROWS: [(i64, Text); 5] = [
    (5 * MINUTE_MS, text!("5 minutes")),
    (15 * MINUTE_MS, text!("15 minutes")),
    (HOUR_MS, text!("1 hour")),
    (6 * HOUR_MS, text!("6 hours")),
    (DAY_MS, text!("1 day")),
];

/// Lengths of the charts' stretches.
const DRAWN: [i64; 8] = [
    10_000,
    MINUTE_MS,
    5 * MINUTE_MS,
    10 * MINUTE_MS,
    30 * MINUTE_MS,
    HOUR_MS,
    2 * HOUR_MS,
    6 * HOUR_MS,
];

/// What is looked at: from a moment until before another.
#[derive(Clone)]
pub(super) struct Period {
    pub(super) from: ClinicalTime,
    pub(super) until: ClinicalTime,
    /// The span by whose name it was asked for; none: from a moment to another.
    span: Option<&'static str>,
    /// Whether it ends when it is looked at.
    pub(super) is_now: bool,
    /// Why it is not what was asked for; empty where it is.
    pub(super) fault: &'static str,
}

impl Period {
    /// The period that a query asks for with `span`, `until` and `from`: the last
    /// day where it asks for none.
    pub(super) fn asked(form: &Form<'_>, zone: &Zone, now: ClinicalTime) -> Self {
        let (from, until) = (form.text("from"), form.text("until"));
        let named = SPANS
            .into_iter()
            .find(|(name, ..)| form.text("span") == *name);
        let (name, _, length) = named.unwrap_or(DAY);
        let day = |fault| Self::ending(now, (DAY.0, DAY.2), true, fault);
        let (Ok(from), Ok(until)) = (moment(&from, zone), moment(&until, zone)) else {
            return day(say!("A moment could not be read: give a day and a time."));
        };
        // The end is exclusive; what was measured just now counts.
        let last = now.plus_ms(1);
        let is_now = until.is_none_or(|until| until > now);
        let until = until.map_or(last, |until| until.min(last));
        let Some(from) = from else {
            return Self::ending(until.plus_ms(-1), (name, length), is_now, "");
        };
        match until.epoch_ms() - from.epoch_ms() {
            ..=0 => day(say!(
                "The period must begin before it ends, and have begun."
            )),
            1..=LONGEST_MS => Self {
                from,
                until,
                span: None,
                is_now,
                fault: "",
            },
            _ => day(say!("A period has 92 days at most.")),
        }
    }

    /// So long up to a moment, which is inside.
    fn ending(
        last: ClinicalTime,
        (name, length): (&'static str, i64),
        is_now: bool,
        fault: &'static str,
    ) -> Self {
        let until = last.plus_ms(1);
        Self {
            from: until.plus_ms(-length),
            until,
            span: Some(name),
            is_now,
            fault,
        }
    }

    pub(super) fn length_ms(&self) -> i64 {
        self.until.epoch_ms() - self.from.epoch_ms()
    }

    /// From and until by when things were measured.
    pub(super) fn measured(&self) -> (MeasuredTime, MeasuredTime) {
        let at = |at: ClinicalTime| MeasuredTime::from_epoch_ms(at.epoch_ms());
        (at(self.from), at(self.until))
    }

    /// Length of the table's stretches, also in words.
    pub(super) fn row(&self) -> (i64, &'static str) {
        let fits = |row: &&(i64, Text)| self.length_ms() / row.0 <= ROWS_MAX;
        let found = ROWS.iter().find(fits).or(ROWS.last());
        let (length, words) = found.copied().unwrap_or((DAY_MS, text!("1 day")));
        (length, words.said())
    }

    /// Length of the charts' stretches.
    pub(super) fn drawn_ms(&self) -> i64 {
        let mut fitting = DRAWN.into_iter();
        let found = fitting.find(|width| self.length_ms() / width <= DRAWN_MAX);
        found.unwrap_or(6 * HOUR_MS)
    }

    /// Whether it was asked for by the moment at which it begins.
    pub(super) fn is_free(&self) -> bool {
        self.span.is_none()
    }

    /// Whether it is short enough for single values.
    pub(super) fn is_short(&self) -> bool {
        self.length_ms() <= SINGLE_MS
    }

    /// Spans to choose from.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let choice = |(name, words, _): (&'static str, Text, i64)| Choice {
            value: name.to_owned(),
            words: words.said().to_owned(),
            is_chosen: self.span == Some(name),
        };
        SPANS.into_iter().map(choice).collect()
    }

    /// The query that asks for it by its two moments: it means the same tomorrow.
    pub(super) fn exact(&self) -> String {
        written(&[("from", text(self.from)), ("until", text(self.until))])
    }

    /// The query that asks for as long a period before it.
    pub(super) fn earlier(&self) -> String {
        self.moved(self.from)
    }

    /// The same for the one after it; none where that has not begun.
    pub(super) fn later(&self) -> Option<String> {
        let later = self.until.plus_ms(self.length_ms());
        (!self.is_now).then(|| self.moved(later))
    }

    fn moved(&self, until: ClinicalTime) -> String {
        match self.span {
            Some(span) => written(&[("span", span.to_owned()), ("until", text(until))]),
            None => {
                let from = until.plus_ms(-self.length_ms());
                written(&[("from", text(from)), ("until", text(until))])
            }
        }
    }

    /// From when to when, in words.
    pub(super) fn words(&self, zone: &Zone) -> String {
        say!(
            "{from} to {until}",
            from = zone.moment(self.from),
            until = zone.moment(self.until)
        )
    }
}

/// What was typed into a field or stands in a link; none where nothing is.
fn moment(typed: &str, zone: &Zone) -> Result<Option<ClinicalTime>, ()> {
    if typed.is_empty() {
        return Ok(None);
    }
    let linked = Moment::parse(typed).map(Moment::clinical);
    linked.or_else(|| zone.typed(typed)).map(Some).ok_or(())
}

fn text(at: ClinicalTime) -> String {
    Moment::from(at).text()
}

fn written(pairs: &[(&str, String)]) -> String {
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-04T09:16:02Z.
    const NOW: ClinicalTime = ClinicalTime::from_epoch_ms(1_772_615_762_000);

    fn asked(query: &str) -> Period {
        let zone = Zone::named("Europe/London");
        Period::asked(&Form(query.as_bytes()), &zone, NOW)
    }

    /// How long before now it begins and ends, minutes.
    fn ago(period: &Period) -> (i64, i64) {
        let minutes = |at: ClinicalTime| (NOW.epoch_ms() + 1 - at.epoch_ms()) / MINUTE_MS;
        (minutes(period.from), minutes(period.until))
    }

    #[test]
    fn a_period_is_a_span_up_to_now_or_a_moment_or_lies_between_two() {
        assert_eq!(ago(&asked("")), (24 * 60, 0));
        assert_eq!(ago(&asked("span=6h")), (6 * 60, 0));
        let then = asked("span=1h&until=2026-03-04T08:16:02.001Z");
        assert_eq!((ago(&then), then.is_now), ((120, 60), false));
        let free = asked("from=2026-03-04T07%3A16&until=2026-03-04T08%3A16");
        assert_eq!((ago(&free), free.is_now), ((120, 60), false));
        let open = asked("from=2026-03-04T07%3A16");
        assert_eq!((ago(&open), open.is_now), ((120, 0), true));
        // Nobody looks ahead.
        let ahead = asked("span=1h&until=2027-01-01T00:00:00Z");
        assert_eq!((ago(&ahead), ahead.is_now), ((60, 0), true));
    }

    #[test]
    fn what_makes_no_period_is_said_and_the_last_day_shown() {
        for query in [
            "from=soon",
            "until=%22x",
            "from=2026-03-04T08:00&until=2026-03-04T08:00",
            "from=2027-03-04T08:00",
            "from=2025-03-04T08:00",
        ] {
            let period = asked(query);
            assert_eq!(ago(&period), (24 * 60, 0), "{query}");
            assert!(!period.fault.is_empty(), "{query}");
        }
    }

    #[test]
    fn earlier_and_later_lead_back_to_where_one_came_from() {
        let start = asked("span=7d");
        assert_eq!(start.later(), None);
        let before = asked(&start.earlier());
        assert_eq!(before.until, start.from);
        let again = asked(&before.later().expect("there is one"));
        assert_eq!((again.from, again.is_now), (start.from, true));
        let free = asked("from=2026-03-04T07%3A16&until=2026-03-04T08%3A16");
        let before = asked(&free.earlier());
        assert_eq!(ago(&before), (180, 120));
        let exact = asked(&before.exact());
        assert_eq!((exact.from, exact.until), (before.from, before.until));
    }

    #[test]
    fn stretches_grow_with_the_period() {
        for (span, row, drawn) in [
            ("1h", "5 minutes", 10_000),
            ("6h", "15 minutes", MINUTE_MS),
            ("24h", "1 hour", 5 * MINUTE_MS),
            ("7d", "6 hours", 30 * MINUTE_MS),
            ("30d", "1 day", 2 * HOUR_MS),
            ("90d", "1 day", 6 * HOUR_MS),
        ] {
            let period = asked(&format!("span={span}"));
            assert_eq!((period.row().1, period.drawn_ms()), (row, drawn), "{span}");
        }
    }
}
