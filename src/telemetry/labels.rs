//! The labels of the metrics table that belong to no other room's enum.

use super::Label;

/// Declares an enum whose variants are the values of one label.
macro_rules! label {
    ($(#[$doc:meta])* $name:ident($label:literal) {
        $($(#[$value_doc:meta])* $variant:ident => $value:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$value_doc])* $variant,)+
        }

        impl Label for $name {
            const NAME: &'static str = $label;
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn index(self) -> usize {
                self as usize
            }

            fn value(self) -> &'static str {
                match self {
                    $(Self::$variant => $value,)+
                }
            }
        }
    };
}

label! {
    /// What became of one attempt to deliver a webhook.
    AttemptResult("result") {
        /// 2xx.
        Delivered => "delivered",
        /// Will be tried again.
        Retried => "retried",
        /// The schedule is used up.
        GivenUp => "given_up",
        /// 410.
        Gone => "gone",
    }
}
