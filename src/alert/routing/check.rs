//! Reads what was written, and names everything that is wrong with it.

use super::hours::{Hours, Window, day_of_week, minute_of_day};
use super::rota::Rota;
use super::route::Route;
use super::settings::{
    ChainText, InhibitionText, QuietText, RotaText, RouteText, Settings, Unknown, WindowText,
};
use super::table::{self, Chain, Inhibition, Quiet, Step, Table};
use super::target::Target;
use crate::alert::EventType;
use crate::domain::{EndpointId, KindPattern, Priority, TeamId, WardId};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::fmt::Display;

/// Longest list of anything.
const LIST_MAX: usize = 1_000;
/// Longest delay of a step: a day.
const AFTER_SECONDS_MAX: u32 = 86_400;
/// Shortest time after which a chain begins anew: a minute.
const REPEAT_SECONDS_MIN: u32 = 60;
/// Longest wait for one channel: ten minutes.
const WITHIN_SECONDS_MAX: u32 = 600;

/// What is wrong so far, and where the reading stands.
struct Check<'a> {
    written: &'a Settings,
    zone: TimeZone,
    problems: Vec<String>,
}

/// The table of what was written.
pub(super) fn table(written: &Settings) -> Result<Table, Vec<String>> {
    let mut check = Check {
        written,
        zone: TimeZone::UTC,
        problems: Vec::new(),
    };
    check.zone = check.zone("`zone`", Some(&written.zone));
    check.ranges();
    let chains: BTreeMap<_, _> = written
        .chains
        .iter()
        .map(|(name, text)| (name.clone(), check.chain(name, text)))
        .collect();
    let rotas: BTreeMap<_, _> = written
        .rotas
        .iter()
        .map(|(name, text)| (name.clone(), check.rota(name, text)))
        .collect();
    let routes = check.routes();
    let inhibitions = check.inhibitions();
    if !check.problems.is_empty() {
        return Err(check.problems);
    }
    Ok(Table {
        routes,
        chains,
        rotas,
        inhibitions,
        patient_per_hour: written.patient_per_hour,
        ward_per_hour: written.ward_per_hour,
        silence_hours_max: written.silence_hours_max,
        version: table::version(written),
        written: written.clone(),
    })
}

impl Check<'_> {
    fn wrong(&mut self, at: &str, problem: impl Display) {
        self.problems.push(format!("{at} {problem}"));
    }

    /// Reads a value; what is wrong with it is noted.
    fn read<T, E: Display>(&mut self, at: &str, read: Result<T, E>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(problem) => {
                self.wrong(at, problem);
                None
            }
        }
    }

    fn unknown(&mut self, at: &str, unknown: &Unknown) {
        for key in unknown.keys() {
            let key: String = key.chars().take(64).collect();
            self.wrong(at, format!("has no key `{key}`"));
        }
    }

    fn length(&mut self, at: &str, length: usize) {
        if length > LIST_MAX {
            self.wrong(at, "holds more than 1000 entries");
        }
    }

    fn ranges(&mut self) {
        let written = self.written;
        self.length("`routes`", written.routes.len());
        self.length("`chains`", written.chains.len());
        self.length("`rotas`", written.rotas.len());
        self.length("`inhibitions`", written.inhibitions.len());
        let hours = written.silence_hours_max;
        if !(1..=744).contains(&hours) {
            self.wrong("`silence_hours_max`", format!("is {hours}; give 1 to 744"));
        }
        for name in written.chains.keys().chain(written.rotas.keys()) {
            let fine =
                (1..=64).contains(&name.chars().count()) && !name.chars().any(char::is_control);
            if !fine {
                self.wrong("`chains`", "and `rotas` have names of 1 to 64 characters");
            }
        }
    }

    fn zone(&mut self, at: &str, name: Option<&str>) -> TimeZone {
        let Some(name) = name else {
            return self.zone.clone();
        };
        let problem = || format!("`{name}` is no IANA time zone such as Europe/London");
        let read = TimeZone::get(name).map_err(|_| problem());
        self.read(at, read).unwrap_or(TimeZone::UTC)
    }

    fn days(&mut self, at: &str, days: &[String]) -> [bool; 7] {
        let mut on = [days.is_empty(); 7];
        for day in days {
            let place = day_of_week(day).and_then(|place| on.get_mut(place));
            match place {
                Some(place) => *place = true,
                None => self.wrong(
                    at,
                    format!("`{day}` is no day; write mon, tue, wed, thu, fri, sat, sun"),
                ),
            }
        }
        on
    }

    fn window(&mut self, at: &str, days: &[String], from: &str, until: &str) -> Option<Window> {
        let days = self.days(at, days);
        let mut minute = |name: &str, text: &str| {
            let problem = || format!("`{name}` is `{text}`; write a time such as 08:00");
            let read = minute_of_day(text).ok_or_else(problem);
            self.read(at, read)
        };
        let (from, until) = (minute("from", from), minute("until", until));
        let (from, until) = (from?, until?);
        if from >= 24 * 60 || from == until {
            self.wrong(at, "begins and ends at the same time, or begins at 24:00");
            return None;
        }
        Some(Window { days, from, until })
    }

    fn hours(&mut self, at: &str, zone: TimeZone, windows: &[WindowText]) -> Option<Hours> {
        self.length(at, windows.len());
        let read = windows.iter().filter_map(|text| {
            self.unknown(at, &text.unknown);
            self.window(at, &text.days, &text.from, &text.until)
        });
        let read: Vec<Window> = read.collect();
        (!read.is_empty()).then(|| Hours::new(zone, read))
    }

    fn chain(&mut self, name: &str, text: &ChainText) -> Chain {
        let at = format!("`chains.{name}`");
        self.unknown(&at, &text.unknown);
        self.length(&at, text.steps.len());
        if text.steps.is_empty() {
            self.wrong(&at, "has no steps: nobody would be told");
        }
        let mut before = 0;
        let mut steps = Vec::new();
        for (place, step) in text.steps.iter().enumerate() {
            let at = format!("`chains.{name}` step {}", place + 1);
            self.unknown(&at, &step.unknown);
            if step.after_seconds < before || step.after_seconds > AFTER_SECONDS_MAX {
                self.wrong(
                    &at,
                    "has an `after_seconds` before that of the step before it, or above 86400",
                );
            }
            before = step.after_seconds;
            if !(1..=WITHIN_SECONDS_MAX).contains(&step.within_seconds) {
                self.wrong(
                    &at,
                    format!(
                        "has `within_seconds` {}; give 1 to 600",
                        step.within_seconds
                    ),
                );
            }
            steps.push(Step {
                after_seconds: step.after_seconds,
                notify: self.targets(&at, &step.notify),
                within_seconds: step.within_seconds,
            });
        }
        let repeat_after_seconds = text.repeat_after_seconds;
        let fine = repeat_after_seconds == 0
            || (REPEAT_SECONDS_MIN.max(before + 1)..=AFTER_SECONDS_MAX)
                .contains(&repeat_after_seconds);
        if !fine {
            self.wrong(
                &at,
                "has a `repeat_after_seconds` that is not after its last step, below 60 or above 86400",
            );
        }
        Chain {
            steps,
            repeat_after_seconds,
        }
    }

    fn targets(&mut self, at: &str, notify: &[String]) -> Vec<Target> {
        if notify.is_empty() || notify.len() > 16 {
            self.wrong(at, "must name 1 to 16 channels in `notify`");
        }
        let mut targets = Vec::new();
        for text in notify {
            let Some(target) = self.read(at, Target::try_from(text.clone())) else {
                continue;
            };
            if let Target::Rota(name) = &target
                && !self.written.rotas.contains_key(name)
            {
                self.wrong(
                    at,
                    format!("names `rota:{name}`, and there is no such rota"),
                );
            }
            targets.push(target);
        }
        targets
    }

    fn rota(&mut self, name: &str, text: &RotaText) -> Rota {
        let at = format!("`rotas.{name}`");
        self.unknown(&at, &text.unknown);
        self.length(&at, text.shifts.len());
        let zone = self.zone(&at, text.zone.as_deref());
        let (mut windows, mut who) = (Vec::new(), Vec::new());
        for (place, shift) in text.shifts.iter().enumerate() {
            let at = format!("`rotas.{name}` shift {}", place + 1);
            self.unknown(&at, &shift.unknown);
            let window = self.window(&at, &shift.days, &shift.from, &shift.until);
            let problem = |_| "needs `who`: the id of an endpoint";
            let endpoint = EndpointId::new(&shift.who).map_err(problem);
            let endpoint = self.read(&at, endpoint);
            if let (Some(window), Some(endpoint)) = (window, endpoint) {
                windows.push(window);
                who.push(endpoint);
            }
        }
        Rota {
            hours: Hours::new(zone, windows),
            who,
        }
    }

    fn routes(&mut self) -> Vec<Route> {
        let written = self.written;
        let mut routes: Vec<Route> = Vec::new();
        for (place, text) in written.routes.iter().enumerate() {
            let at = format!("`routes` entry {}", place + 1);
            let name = match text.name.as_str() {
                "" => format!("route {}", place + 1),
                name => name.to_owned(),
            };
            if routes.iter().any(|route| route.name == name) {
                self.wrong(&at, "has the name of an earlier route");
            }
            let route = self.route(&at, name, text);
            routes.push(route);
        }
        routes
    }

    fn route(&mut self, at: &str, name: String, text: &RouteText) -> Route {
        self.unknown(at, &text.unknown);
        if !self.written.chains.contains_key(&text.chain) {
            let chain: String = text.chain.chars().take(64).collect();
            self.wrong(
                at,
                format!("has the chain `{chain}`, and there is no such chain"),
            );
        }
        let zone = self.zone(at, text.zone.as_deref());
        let quiet = text.quiet_hours.as_ref();
        Route {
            name,
            wards: self.names(at, "ward", &text.wards, |id| WardId::new(id).is_ok()),
            teams: self.names(at, "team", &text.teams, |id| TeamId::new(id).is_ok()),
            kinds: self.kinds(at, &text.kinds),
            priorities: self.priorities(at, &text.priorities),
            hours: self.hours(at, zone.clone(), &text.hours),
            chain: text.chain.clone(),
            event_types: self.events(at, &text.event_types),
            goes_on: text.goes_on,
            quiet: quiet.and_then(|quiet| self.quiet(at, zone, quiet)),
        }
    }

    fn quiet(&mut self, at: &str, zone: TimeZone, text: &QuietText) -> Option<Quiet> {
        self.unknown(at, &text.unknown);
        if text.hours.is_empty() {
            self.wrong(at, "has `quiet_hours` without `hours`");
        }
        Some(Quiet {
            hours: self.hours(at, zone, &text.hours)?,
            medium: text.medium,
        })
    }

    fn names(
        &mut self,
        at: &str,
        what: &str,
        names: &[String],
        is_id: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        self.length(at, names.len());
        for name in names.iter().filter(|name| !is_id(name)) {
            let name: String = name.chars().take(64).collect();
            self.wrong(
                at,
                format!("names the {what} `{name}`, which is no identifier"),
            );
        }
        names.to_vec()
    }

    fn kinds(&mut self, at: &str, kinds: &[String]) -> Vec<KindPattern> {
        self.length(at, kinds.len());
        let read = kinds
            .iter()
            .filter_map(|text| self.read(at, KindPattern::new(text)));
        read.collect()
    }

    fn priorities(&mut self, at: &str, texts: &[String]) -> Vec<Priority> {
        let read = |text: &String| match text.as_str() {
            "low" => Ok(Priority::Low),
            "medium" => Ok(Priority::Medium),
            "high" => Ok(Priority::High),
            other => Err(format!(
                "names the priority `{other}`; write low, medium or high"
            )),
        };
        texts
            .iter()
            .filter_map(|text| self.read(at, read(text)))
            .collect()
    }

    fn events(&mut self, at: &str, texts: &[String]) -> Vec<EventType> {
        let read = |text: &String| {
            let mut starting = EventType::ALL.into_iter().filter(|e| e.starts_a_chain());
            let known = starting.find(|event| event.name() == text);
            known.ok_or_else(|| format!("names the event `{text}`, with which no chain starts"))
        };
        texts
            .iter()
            .filter_map(|text| self.read(at, read(text)))
            .collect()
    }

    fn inhibitions(&mut self) -> Vec<Inhibition> {
        let written = self.written;
        let read = written
            .inhibitions
            .iter()
            .enumerate()
            .filter_map(|(place, text)| {
                let at = format!("`inhibitions` entry {}", place + 1);
                self.inhibition(&at, text)
            });
        read.collect()
    }

    fn inhibition(&mut self, at: &str, text: &InhibitionText) -> Option<Inhibition> {
        self.unknown(at, &text.unknown);
        let of = self.kinds(at, &text.of);
        let by = self.read(at, KindPattern::new(&text.by))?;
        Some(Inhibition { by, of })
    }
}
