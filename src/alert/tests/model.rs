//! What the life cycle is, told a second time: one kind of alert, looked at
//! minute by minute. It shares nothing with the machine but the settings.

use crate::alert::Settings;
use crate::domain::Priority;

/// What a person or a detector does in one minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Deed {
    Raise(Priority),
    RaiseUnmonitored(Priority),
    Ease(Priority),
    Clear,
    Doubt,
    /// Detectors cannot see it any more.
    Unknown,
    /// It held once and was over when it became known.
    Late(Priority),
    Acknowledge(&'static str),
    Resolve,
    /// For so many minutes, by whom.
    Snooze(i64, &'static str),
    Unsnooze,
    Assign(&'static str, &'static str),
    Reopen,
    Comment,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Answered {
    Open,
    Acknowledged(&'static str),
    Resolved,
}

/// What is known of the newest episode of the kind.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) priority: Priority,
    pub(super) highest: Priority,
    pub(super) holds: bool,
    pub(super) answered: Answered,
    pub(super) snoozed: Option<(i64, &'static str)>,
    pub(super) assigned: Option<(&'static str, &'static str)>,
    /// It was high at some moment after the last time a person saw it.
    high_unseen: bool,
    told: i64,
    remind: Option<i64>,
    expire: Option<i64>,
    /// Resolves, is forgotten, or is suppressed until.
    end: Option<i64>,
    /// Less urgent since; the most and the last that was said since.
    eased: Option<(i64, Priority, Priority)>,
}

/// The model of one kind.
pub(super) struct Model {
    pub(super) physiological: bool,
    pub(super) sheet: Option<Sheet>,
    /// What happened this minute.
    pub(super) told: Vec<(i64, &'static str)>,
}

impl Model {
    pub(super) fn new(physiological: bool) -> Self {
        Self {
            physiological,
            sheet: None,
            told: Vec::new(),
        }
    }

    fn tell(&mut self, now: i64, what: &'static str) {
        self.told.push((now, what));
    }

    fn begin(&mut self, now: i64, priority: Priority) {
        self.sheet = Some(Sheet {
            priority,
            highest: priority,
            holds: true,
            answered: Answered::Open,
            snoozed: None,
            assigned: None,
            high_unseen: priority == Priority::High,
            told: now,
            remind: None,
            expire: None,
            end: None,
            eased: None,
        });
        self.tell(now, "alert.raised");
    }

    /// What the minute itself brings, before anything else in it.
    pub(super) fn pass(&mut self, now: i64, settings: &Settings) {
        let Some(mut sheet) = self.sheet.take() else {
            return;
        };
        if sheet.snoozed.is_some_and(|(until, _)| until == now) {
            sheet.snoozed = None;
            sheet.count_from(now, settings);
            self.tell(now, "alert.snooze_ended");
        }
        if sheet.expire == Some(now) {
            sheet.ask();
            sheet.told = now;
            self.tell(now, "alert.acknowledgement_expired");
        }
        if sheet.remind == Some(now) {
            let every = i64::from(settings.remind_minutes.of(sheet.priority));
            sheet.remind = (every > 0).then_some(now + every);
            sheet.told = now;
            self.tell(now, "alert.reminded");
        }
        if sheet.end != Some(now) {
            self.sheet = Some(sheet);
            return;
        }
        match (sheet.answered, sheet.holds) {
            (Answered::Resolved, true) => {
                let level = sheet.eased.map_or(sheet.priority, |(_, _, last)| last);
                self.begin(now, level);
            }
            (Answered::Resolved, false) => {}
            (Answered::Open | Answered::Acknowledged(_), _) => {
                sheet.close(now, settings);
                self.tell(now, "alert.resolved");
                self.sheet = Some(sheet);
            }
        }
    }

    /// A deed; none when it is refused, else whether it was anything new.
    pub(super) fn act(&mut self, deed: Deed, now: i64, settings: &Settings) -> Option<bool> {
        let before = self.told.len();
        let done = match deed {
            Deed::Raise(priority) => self.raise(priority, now, settings),
            Deed::Ease(priority) => self.ease(priority, now, settings),
            Deed::RaiseUnmonitored(_) | Deed::Clear => self.clear(now, settings),
            Deed::Doubt | Deed::Unknown => {
                if let Some(sheet) = &mut self.sheet {
                    sheet.eased = None;
                }
                Some(())
            }
            Deed::Acknowledge(who) => self.acknowledge(who, now, settings),
            Deed::Resolve => self.resolve(now, settings),
            Deed::Snooze(minutes, who) => self.snooze((now + minutes, who), now, settings),
            Deed::Unsnooze => self.unsnooze(now, settings),
            Deed::Assign(to, by) => self.assign((to, by), now),
            Deed::Reopen => self.reopen(now, settings),
            Deed::Late(_) => {
                // One that is open tells it already; any other stays as it is.
                if self.open().is_none() {
                    self.tell(now, "alert.found_late");
                }
                Some(())
            }
            Deed::Comment => self
                .sheet
                .is_some()
                .then(|| self.tell(now, "alert.commented")),
        };
        done.map(|()| self.told.len() > before)
    }

    /// What it rested on was another patient's.
    pub(super) fn entered_in_error(&mut self, now: i64) {
        if self.sheet.take().is_some() {
            self.tell(now, "alert.entered_in_error");
        }
    }

    fn raise(&mut self, priority: Priority, now: i64, settings: &Settings) -> Option<()> {
        let Some(mut sheet) = self.sheet.take() else {
            self.begin(now, priority);
            return Some(());
        };
        let worse = priority > sheet.priority;
        let closed = sheet.answered == Answered::Resolved;
        if closed && sheet.holds && worse {
            self.begin(now, priority);
            return Some(());
        }
        sheet.priority = sheet.priority.max(priority);
        sheet.highest = sheet.highest.max(priority);
        let fell = sheet.level(priority, now, settings);
        let since = now - sheet.told;
        let word = match () {
            () if !sheet.holds => Some("alert.reopened"),
            () if closed => None,
            () if worse => Some("alert.escalated"),
            () if fell => Some("alert.deescalated"),
            () if sheet.snoozed.is_none() && since >= i64::from(settings.update_minutes) => {
                Some("alert.updated")
            }
            () => None,
        };
        if matches!(word, Some("alert.reopened" | "alert.escalated")) {
            sheet.holds = true;
            sheet.snoozed = None;
            sheet.eased = None;
            sheet.end = None;
            sheet.ask();
        }
        if let Some(word) = word {
            if word != "alert.deescalated" {
                sheet.told = now;
            }
            self.tell(now, word);
        }
        self.sheet = Some(sheet);
        Some(())
    }

    fn ease(&mut self, priority: Priority, now: i64, settings: &Settings) -> Option<()> {
        let held = self.sheet.as_mut().filter(|sheet| sheet.holds);
        if held.is_some_and(|sheet| sheet.level(priority, now, settings)) {
            self.tell(now, "alert.deescalated");
        }
        Some(())
    }

    fn clear(&mut self, now: i64, settings: &Settings) -> Option<()> {
        let physiological = self.physiological;
        if let Some(sheet) = self.sheet.as_mut().filter(|sheet| sheet.holds) {
            sheet.holds = false;
            sheet.snoozed = None;
            sheet.eased = None;
            (sheet.remind, sheet.expire) = (None, None);
            let latched = physiological && sheet.high_unseen;
            sheet.end = match sheet.answered {
                Answered::Open if latched => None,
                Answered::Open | Answered::Acknowledged(_) => {
                    Some(now + quiet(physiological, settings))
                }
                Answered::Resolved => Some(now + i64::from(settings.reopen_minutes)),
            };
            if sheet.answered != Answered::Resolved {
                self.tell(now, "alert.condition_ended");
            }
        }
        Some(())
    }

    fn acknowledge(&mut self, who: &'static str, now: i64, settings: &Settings) -> Option<()> {
        let physiological = self.physiological;
        let sheet = self.sheet.as_mut()?;
        match sheet.answered {
            Answered::Open => {}
            Answered::Acknowledged(by) => return (by == who).then_some(()),
            Answered::Resolved => return None,
        }
        sheet.answered = Answered::Acknowledged(who);
        sheet.high_unseen = false;
        if !sheet.holds {
            sheet.end = Some(now + quiet(physiological, settings));
        }
        sheet.count_from(now, settings);
        self.tell(now, "alert.acknowledged");
        Some(())
    }

    fn resolve(&mut self, now: i64, settings: &Settings) -> Option<()> {
        self.open()?.close(now, settings);
        self.tell(now, "alert.resolved");
        Some(())
    }

    fn snooze(&mut self, what: (i64, &'static str), now: i64, settings: &Settings) -> Option<()> {
        let sheet = self.open()?;
        if sheet.snoozed == Some(what) {
            return Some(());
        }
        let most = i64::from(settings.snooze_minutes_max.of(sheet.priority));
        let ahead = what.0 - now;
        if !sheet.holds || most == 0 || ahead < 1 || ahead > most + 1 {
            return None;
        }
        sheet.snoozed = Some(what);
        (sheet.remind, sheet.expire) = (None, None);
        self.tell(now, "alert.snoozed");
        Some(())
    }

    fn unsnooze(&mut self, now: i64, settings: &Settings) -> Option<()> {
        let sheet = self.open()?;
        if sheet.snoozed.take().is_some() {
            sheet.count_from(now, settings);
            self.tell(now, "alert.unsnoozed");
        }
        Some(())
    }

    fn assign(&mut self, what: (&'static str, &'static str), now: i64) -> Option<()> {
        let sheet = self.open()?;
        if sheet.assigned.replace(what) != Some(what) {
            self.tell(now, "alert.assigned");
        }
        Some(())
    }

    fn reopen(&mut self, now: i64, settings: &Settings) -> Option<()> {
        let physiological = self.physiological;
        let sheet = self.sheet.as_mut()?;
        if sheet.answered != Answered::Resolved {
            return Some(());
        }
        sheet.ask();
        sheet.told = now;
        sheet.eased = sheet.eased.map(|(_, most, last)| (now, most, last));
        let waits = sheet.holds || (physiological && sheet.high_unseen);
        sheet.end = (!waits).then_some(now + quiet(physiological, settings));
        self.tell(now, "alert.reopened");
        Some(())
    }

    fn open(&mut self) -> Option<&mut Sheet> {
        let sheet = self.sheet.as_mut();
        sheet.filter(|sheet| sheet.answered != Answered::Resolved)
    }
}

impl Sheet {
    /// People must answer (again).
    fn ask(&mut self) {
        let high = self.priority == Priority::High;
        self.high_unseen = high || (self.answered == Answered::Open && self.high_unseen);
        self.answered = Answered::Open;
        (self.remind, self.expire) = (None, None);
    }

    fn close(&mut self, now: i64, settings: &Settings) {
        self.answered = Answered::Resolved;
        self.snoozed = None;
        (self.remind, self.expire) = (None, None);
        self.end = Some(match self.holds {
            true => now + i64::from(settings.suppress_minutes),
            false => now + i64::from(settings.reopen_minutes),
        });
    }

    /// An acknowledgement counts from now on, unless it is quiet or over.
    fn count_from(&mut self, now: i64, settings: &Settings) {
        let counts = matches!(self.answered, Answered::Acknowledged(_));
        let counts = counts && self.holds && self.snoozed.is_none();
        let after = |minutes: u32| (counts && minutes > 0).then_some(now + i64::from(minutes));
        self.remind = after(settings.remind_minutes.of(self.priority));
        self.expire = after(settings.acknowledgement_minutes.of(self.priority));
    }

    /// Detectors say how urgent it is; true when it falls.
    fn level(&mut self, priority: Priority, now: i64, settings: &Settings) -> bool {
        if priority >= self.priority {
            self.eased = None;
            return false;
        }
        let (since, most, _) = self.eased.unwrap_or((now, priority, priority));
        let most = most.max(priority);
        let hour = i64::from(settings.deescalate_minutes);
        if self.answered == Answered::Resolved || now - since < hour {
            self.eased = Some((since, most, priority));
            return false;
        }
        self.priority = most;
        self.eased = (priority < most).then_some((now, priority, priority));
        let (remind, expire) = (self.remind, self.expire);
        self.count_from(now, settings);
        self.remind = self.remind.map(|new| remind.unwrap_or(new));
        self.expire = self.expire.map(|new| expire.unwrap_or(new));
        true
    }
}

fn quiet(physiological: bool, settings: &Settings) -> i64 {
    i64::from(match physiological {
        true => settings.quiet_minutes,
        false => settings.quiet_minutes_technical,
    })
}
