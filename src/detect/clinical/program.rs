//! A compiled expression: a short list of operations on numbers.
//!
//! Truth is 1 and 0, unknown is not-a-number; so arithmetic and comparison
//! carry the unknown along by themselves, and only `&&`, `||` and `? :` need
//! a rule: they answer where the known side decides, as CEL's do with errors.

use super::names::{AGE, INPUTS, SLOTS};

/// Values of all slots.
pub(super) type Slots = [f64; SLOTS];

/// What is not known.
pub(super) const UNKNOWN: f64 = f64::NAN;

/// Gives a slot its value.
pub(super) fn set(slots: &mut Slots, slot: usize, value: f64) {
    if let Some(place) = slots.get_mut(slot) {
        *place = value;
    }
}

/// Values that may wait for their operator.
pub(super) const STACK_MAX: usize = 16;
/// Operations of one expression.
pub(super) const OPERATIONS_MAX: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operation {
    Number(f64),
    /// The value of a slot.
    Load(u8),
    /// Whether an input is known.
    Known(u8),
    Not,
    Negate,
    /// Takes two values.
    Pair(Pair),
    /// Takes a condition and two values.
    Choose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pair {
    And,
    Or,
    Add,
    Subtract,
    Multiply,
    Divide,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

/// A checked expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Program {
    operations: Box<[Operation]>,
}

impl Program {
    /// `operations` in the order of evaluation; the check has made sure that
    /// they leave one value and never more than [`STACK_MAX`].
    pub(super) fn new(operations: Vec<Operation>) -> Self {
        Self {
            operations: operations.into(),
        }
    }

    /// The value; not-a-number when it is unknown. `missing` has one bit for
    /// each input that the rule may not use now.
    pub(super) fn value(&self, slots: &Slots, missing: u16) -> f64 {
        let mut stack = Stack::default();
        for operation in &self.operations {
            let value = match *operation {
                Operation::Number(number) => number,
                Operation::Load(slot) => load(slots, missing, slot),
                Operation::Known(input) => truth(missing & (1 << input) == 0),
                Operation::Not => 1.0 - stack.pop(),
                Operation::Negate => -stack.pop(),
                Operation::Pair(pair) => {
                    let right = stack.pop();
                    pair.of(stack.pop(), right)
                }
                Operation::Choose => {
                    let (other, one) = (stack.pop(), stack.pop());
                    choose(stack.pop(), one, other)
                }
            };
            stack.push(value);
        }
        stack.pop()
    }

    /// Whether it holds; none when that is unknown.
    pub(super) fn holds(&self, slots: &Slots, missing: u16) -> Option<bool> {
        let value = self.value(slots, missing);
        (!value.is_nan()).then_some(value != 0.0)
    }

    /// The numbers it compares with.
    pub(super) fn numbers(&self) -> impl Iterator<Item = f64> {
        self.operations
            .iter()
            .filter_map(|operation| match operation {
                Operation::Number(number) => Some(*number),
                _ => None,
            })
    }
}

struct Stack {
    values: [f64; STACK_MAX],
    height: usize,
}

impl Default for Stack {
    fn default() -> Self {
        Self {
            values: [UNKNOWN; STACK_MAX],
            height: 0,
        }
    }
}

impl Stack {
    fn push(&mut self, value: f64) {
        if let Some(place) = self.values.get_mut(self.height) {
            *place = value;
            self.height += 1;
        }
    }

    fn pop(&mut self) -> f64 {
        self.height = self.height.saturating_sub(1);
        self.values.get(self.height).copied().unwrap_or(UNKNOWN)
    }
}

fn load(slots: &Slots, missing: u16, slot: u8) -> f64 {
    let slot = usize::from(slot);
    let of_input = slot < AGE + INPUTS;
    if of_input && missing & (1 << (slot % INPUTS)) != 0 {
        return UNKNOWN;
    }
    slots.get(slot).copied().unwrap_or(UNKNOWN)
}

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// What cannot be computed (a division by zero) is unknown.
fn computed(value: f64) -> f64 {
    if value.is_finite() { value } else { UNKNOWN }
}

fn choose(condition: f64, one: f64, other: f64) -> f64 {
    if condition.is_nan() {
        UNKNOWN
    } else if condition != 0.0 {
        one
    } else {
        other
    }
}

impl Pair {
    fn of(self, left: f64, right: f64) -> f64 {
        let compared = |holds: bool| {
            if left.is_nan() || right.is_nan() {
                UNKNOWN
            } else {
                truth(holds)
            }
        };
        match self {
            Self::And if left == 0.0 || right == 0.0 => 0.0,
            Self::Or if left == 1.0 || right == 1.0 => 1.0,
            Self::And | Self::Or => compared(self == Self::And),
            Self::Add => computed(left + right),
            Self::Subtract => computed(left - right),
            Self::Multiply => computed(left * right),
            Self::Divide => computed(left / right),
            Self::Less => compared(left < right),
            Self::LessEqual => compared(left <= right),
            Self::Greater => compared(left > right),
            Self::GreaterEqual => compared(left >= right),
            Self::Equal => compared(left == right),
            Self::NotEqual => compared(left != right),
        }
    }
}
