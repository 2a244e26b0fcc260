//! Words for what can be made to happen to a simulated patient, and how soon
//! Wardlight says so.

use super::catalogue;
use crate::api::language::{Text, say, text};
use crate::api::stage::Play;
use crate::detect::Rules;

/// Fever passes 38 °C within so many minutes of its begin.
const FEVER_MINUTES: u32 = 10;
/// Oxygen falls in 8 minutes; NEWS2 then has to last.
const OXYGEN_MINUTES: u32 = 30;
/// Five windows of beats, 15 minutes apart, and the first one.
const PULSE_MINUTES: u32 = 100;
/// A patient is well again after so many.
const RECOVERY_MINUTES: u32 = 20;

/// One button.
pub(super) struct Offer {
    pub(super) play: Play,
    /// What the form sends.
    pub(super) name: &'static str,
    pub(super) button: Text,
    /// What is said when it is done.
    pub(super) done: Text,
    /// The audit's word for it.
    pub(super) action: &'static str,
    /// Whether it ends something.
    pub(super) ends: bool,
}

const fn begins(
    play: Play,
    (name, action): (&'static str, &'static str),
    button: Text,
    done: Text,
) -> Offer {
    Offer {
        play,
        name,
        button,
        done,
        action,
        ends: false,
    }
}

const fn ends(play: Play, names: (&'static str, &'static str), button: Text, done: Text) -> Offer {
    Offer {
        ends: true,
        ..begins(play, names, button, done)
    }
}

/// All of them, in the page's order.
pub(super) const OFFERS: [Offer; 9] = [
    begins(
        Play::Fever,
        ("fever", "simulate fever"),
        text!("Fever"),
        text!("The fever begins."),
    ),
    begins(
        Play::TakeOff,
        ("off", "simulate watch off"),
        text!("Watch comes off"),
        text!("The watch is off the wrist."),
    ),
    begins(
        Play::Silence,
        ("silent", "simulate silence"),
        text!("Watch goes silent"),
        text!("The watch sends nothing, and stores what it measures."),
    ),
    begins(
        Play::LowOxygen,
        ("oxygen", "simulate low oxygen"),
        text!("Low oxygen"),
        text!("The oxygen saturation begins to fall."),
    ),
    begins(
        Play::Embolism,
        ("clot", "simulate clot in the lung"),
        text!("Clot in the lung"),
        text!("Pulse and breathing begin to rise, oxygen to fall."),
    ),
    begins(
        Play::IrregularPulse,
        ("pulse", "simulate irregular pulse"),
        text!("Irregular pulse"),
        text!("The pulse becomes irregular."),
    ),
    ends(
        Play::Recover,
        ("recover", "simulate recovery"),
        text!("Patient recovers"),
        text!("The patient begins to recover."),
    ),
    ends(
        Play::PutOn,
        ("on", "simulate watch on"),
        text!("Watch is put on"),
        text!("The watch is on the wrist."),
    ),
    ends(
        Play::Return,
        ("return", "simulate return"),
        text!("Watch is heard again"),
        text!("The watch is heard again, and sends what it stored."),
    ),
];

/// What Wardlight is to say, and how soon at so many clinical seconds a second.
pub(super) fn promise(play: Play, rules: &Rules, scale: f64) -> String {
    let alert = |kind: &str, minutes: u32| {
        let kind = catalogue::kind(kind, None, None);
        say!(
            "Alert “{alert}” within {time}.",
            alert = kind,
            time = time(minutes, scale)
        )
    };
    match play {
        Play::Fever => alert("fever_on_treatment", FEVER_MINUTES),
        Play::LowOxygen | Play::Embolism => alert("news2", OXYGEN_MINUTES),
        Play::IrregularPulse => alert("irregular_pulse", PULSE_MINUTES),
        // What is due is told at the next look at the clock.
        Play::TakeOff => alert("not_worn", rules.device.not_worn_minutes + 1),
        Play::Silence => alert("device_silent", rules.silence.minimum_minutes + 1),
        Play::Recover => say!(
            "Well again within {time}. An alert stays until somebody answers it and its condition has ended.",
            time = time(RECOVERY_MINUTES, scale)
        ),
        Play::PutOn => say!("Values come again at once.").to_owned(),
        Play::Return => {
            say!("What it stored arrives late, and all of it; an empty battery is charged.")
                .to_owned()
        }
    }
}

/// `16 min, here 16 s`.
fn time(minutes: u32, scale: f64) -> String {
    if scale <= 1.0 {
        return say!("{count} min", count = minutes);
    }
    let seconds = (f64::from(minutes) * 60.0 / scale).ceil();
    match seconds {
        ..120.0 => say!(
            "{minutes} min, here {seconds} s",
            minutes = minutes,
            seconds = seconds
        ),
        _ => say!(
            "{minutes} min, here {here} min",
            minutes = minutes,
            here = (seconds / 60.0).ceil()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_of_the_settings_and_of_the_speed() {
        let mut rules = Rules::default();
        rules.device.not_worn_minutes = 45;
        let said = |scale| promise(Play::TakeOff, &rules, scale);
        assert_eq!(said(1.0), "Alert “Watch is not worn” within 46 min.");
        assert_eq!(
            said(10.0),
            "Alert “Watch is not worn” within 46 min, here 5 min."
        );
        assert_eq!(
            said(600.0),
            "Alert “Watch is not worn” within 46 min, here 5 s."
        );
    }
}
