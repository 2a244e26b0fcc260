//! Checks CEL's tree and compiles it: names, types, size.
//!
//! Only what a rule needs is taken of CEL: numbers, truth, comparison,
//! arithmetic, `&&`, `||`, `!`, `? :` and `has(age.…)`. There are no texts,
//! lists, functions and no loops (`all`, `exists`, `map`), so that every
//! expression ends. As in CEL, whole numbers and numbers may be compared but
//! not added.

use super::expression::{Fault, Tree, parse};
use super::names::{self, AGE, Name, SlotSet, Type, bit};
use super::program::{OPERATIONS_MAX, Operation, Pair, Program, STACK_MAX};
use crate::domain::Vital;
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SelectExpr};

/// Largest number that may be written.
const NUMBER_MAX: f64 = 1e9;

/// What an expression may name beside the context.
#[derive(Clone, Copy, Default)]
pub(super) struct Scope {
    /// One bit for each input that the rule declares.
    pub(super) inputs: u16,
    /// Whether the rule has criteria to count.
    pub(super) criteria: bool,
}

/// An expression that may be evaluated.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) program: Program,
    pub(super) of: Type,
    /// One bit for each slot it reads.
    pub(super) uses: SlotSet,
}

/// Reads and checks an expression.
pub(super) fn compile(source: &str, scope: Scope) -> Result<Checked, Fault> {
    let tree = parse(source)?;
    let mut compiler = Compiler {
        tree: &tree,
        scope,
        operations: Vec::new(),
        uses: 0,
        height: 0,
    };
    let of = compiler.node(&tree.root)?;
    Ok(Checked {
        program: Program::new(compiler.operations),
        of,
        uses: compiler.uses,
    })
}

/// Reads and checks a condition.
pub(super) fn condition(source: &str, scope: Scope) -> Result<Checked, Fault> {
    let checked = compile(source, scope)?;
    if checked.of != Type::Bool {
        return Err(Fault {
            line: 1,
            reason: format!(
                "is {}, a condition must be true or false",
                checked.of.words()
            ),
        });
    }
    Ok(checked)
}

struct Compiler<'a> {
    tree: &'a Tree,
    scope: Scope,
    operations: Vec<Operation>,
    uses: SlotSet,
    height: usize,
}

impl Compiler<'_> {
    fn fault<T>(&self, node: &IdedExpr, reason: impl Into<String>) -> Result<T, Fault> {
        Err(Fault {
            line: self.tree.line(node),
            reason: reason.into(),
        })
    }

    fn node(&mut self, node: &IdedExpr) -> Result<Type, Fault> {
        match &node.expr {
            Expr::Literal(literal) => self.literal(node, literal),
            Expr::Ident(name) => self.name(node, name, names::plain(name)),
            Expr::Select(select) => self.select(node, select),
            Expr::Call(call) => self.call(node, call),
            Expr::Comprehension(_) => self.fault(node, "loops are not part of rules"),
            Expr::List(_) | Expr::Map(_) | Expr::Struct(_) => {
                self.fault(node, "lists and maps are not part of rules")
            }
            Expr::Unspecified => self.fault(node, "is empty"),
        }
    }

    fn literal(&mut self, node: &IdedExpr, literal: &LiteralValue) -> Result<Type, Fault> {
        let (value, of) = match literal {
            LiteralValue::Boolean(truth) => (f64::from(u8::from(*truth.inner())), Type::Bool),
            LiteralValue::Int(whole) => (*whole.inner() as f64, Type::Int),
            LiteralValue::Double(number) => (*number.inner(), Type::Double),
            LiteralValue::UInt(_) => return self.fault(node, "write whole numbers without `u`"),
            LiteralValue::String(_) | LiteralValue::Bytes(_) => {
                return self.fault(node, "texts are not part of rules");
            }
            LiteralValue::Null => return self.fault(node, "null is not part of rules"),
        };
        if value.abs() > NUMBER_MAX {
            return self.fault(node, "the number is too large");
        }
        self.push(node, Operation::Number(value), 1)?;
        Ok(of)
    }

    fn name(&mut self, node: &IdedExpr, text: &str, name: Option<Name>) -> Result<Type, Fault> {
        let Some(name) = name else {
            return self.fault(node, unknown(text));
        };
        self.check_scope(node, text, name)?;
        self.uses |= bit(name.slot);
        self.push(node, Operation::Load(name.slot as u8), 1)?;
        Ok(name.of)
    }

    fn check_scope(&self, node: &IdedExpr, text: &str, name: Name) -> Result<(), Fault> {
        let declared = |input: usize| self.scope.inputs & (1 << input) != 0;
        if let Some(input) = name.input
            && !declared(input)
        {
            let own = text.rsplit('.').next().unwrap_or(text);
            return self.fault(
                node,
                format!("`{text}`: `{own}` must stand in [inputs_max_age_minutes]"),
            );
        }
        if [names::MET, names::POSSIBLE].contains(&name.slot) && !self.scope.criteria {
            return self.fault(
                node,
                format!("`{text}` counts [[criteria]], and there are none"),
            );
        }
        Ok(())
    }

    fn select(&mut self, node: &IdedExpr, select: &SelectExpr) -> Result<Type, Fault> {
        let Expr::Ident(group) = &select.operand.expr else {
            return self.fault(node, "names have at most one point");
        };
        let text = format!("{group}.{}", select.field);
        let name = names::pointed(group, &select.field);
        if !select.test {
            return self.name(node, &text, name);
        }
        let Some(name) = name.filter(|_| group == "age") else {
            return self.fault(node, "has() asks for an age: has(age.heart_rate)");
        };
        self.check_scope(node, &text, name)?;
        self.uses |= bit(name.slot);
        self.push(node, Operation::Known((name.slot - AGE) as u8), 1)?;
        Ok(Type::Bool)
    }

    fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> Result<Type, Fault> {
        match (call.func_name.as_str(), call.args.as_slice()) {
            ("!_", [one]) => {
                self.expect(one, Type::Bool, "`!`")?;
                self.push(node, Operation::Not, 0)?;
                Ok(Type::Bool)
            }
            ("-_", [one]) => {
                let of = self.number(one, "`-`")?;
                self.push(node, Operation::Negate, 0)?;
                Ok(of)
            }
            ("_?_:_", [condition, one, other]) => self.choice(node, condition, one, other),
            (operator, [left, right]) => match pair(operator) {
                Some((sign, pair)) => self.pair(node, sign, pair, left, right),
                None => self.fault(node, no_function(operator)),
            },
            (function, _) => self.fault(node, no_function(function)),
        }
    }

    fn pair(
        &mut self,
        node: &IdedExpr,
        sign: &str,
        pair: Pair,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Result<Type, Fault> {
        let sides = (self.node(left)?, self.node(right)?);
        let numbers = sides.0 != Type::Bool && sides.1 != Type::Bool;
        let of = match (pair, sides) {
            (Pair::And | Pair::Or, (Type::Bool, Type::Bool)) => Type::Bool,
            (Pair::Equal | Pair::NotEqual, (Type::Bool, Type::Bool)) => Type::Bool,
            (Pair::Divide, (Type::Int, Type::Int)) => {
                return self.fault(node, "`/` of whole numbers drops the rest: write 2.0 for 2");
            }
            (
                Pair::Add | Pair::Subtract | Pair::Multiply | Pair::Divide,
                (Type::Double, Type::Double) | (Type::Int, Type::Int),
            ) => sides.0,
            (Pair::Add | Pair::Subtract | Pair::Multiply | Pair::Divide, _) if numbers => {
                return self.fault(
                    node,
                    format!("`{sign}` takes no whole number beside a number: write 2.0 for 2"),
                );
            }
            (
                Pair::Less
                | Pair::LessEqual
                | Pair::Greater
                | Pair::GreaterEqual
                | Pair::Equal
                | Pair::NotEqual,
                _,
            ) if numbers => Type::Bool,
            _ => {
                let (one, other) = (sides.0.words(), sides.1.words());
                return self.fault(node, format!("`{sign}` does not take {one} and {other}"));
            }
        };
        self.push(node, Operation::Pair(pair), -1)?;
        Ok(of)
    }

    fn choice(
        &mut self,
        node: &IdedExpr,
        condition: &IdedExpr,
        one: &IdedExpr,
        other: &IdedExpr,
    ) -> Result<Type, Fault> {
        self.expect(condition, Type::Bool, "`? :`")?;
        let of = self.node(one)?;
        self.expect(other, of, "`? :`")?;
        self.push(node, Operation::Choose, -2)?;
        Ok(of)
    }

    fn expect(&mut self, node: &IdedExpr, wanted: Type, sign: &str) -> Result<(), Fault> {
        let of = self.node(node)?;
        if of == wanted {
            return Ok(());
        }
        let (wanted, found) = (wanted.words(), of.words());
        self.fault(node, format!("{sign} needs {wanted} here, not {found}"))
    }

    fn number(&mut self, node: &IdedExpr, sign: &str) -> Result<Type, Fault> {
        match self.node(node)? {
            Type::Bool => self.fault(node, format!("{sign} needs a number")),
            of => Ok(of),
        }
    }

    fn push(&mut self, node: &IdedExpr, operation: Operation, more: isize) -> Result<(), Fault> {
        self.height = self.height.saturating_add_signed(more);
        if self.height > STACK_MAX || self.operations.len() >= OPERATIONS_MAX {
            return self.fault(node, "the expression is too long");
        }
        self.operations.push(operation);
        Ok(())
    }
}

fn pair(operator: &str) -> Option<(&'static str, Pair)> {
    Some(match operator {
        "_&&_" => ("&&", Pair::And),
        "_||_" => ("||", Pair::Or),
        "_+_" => ("+", Pair::Add),
        "_-_" => ("-", Pair::Subtract),
        "_*_" => ("*", Pair::Multiply),
        "_/_" => ("/", Pair::Divide),
        "_<_" => ("<", Pair::Less),
        "_<=_" => ("<=", Pair::LessEqual),
        "_>_" => (">", Pair::Greater),
        "_>=_" => (">=", Pair::GreaterEqual),
        "_==_" => ("==", Pair::Equal),
        "_!=_" => ("!=", Pair::NotEqual),
        _ => return None,
    })
}

fn no_function(operator: &str) -> String {
    match operator {
        "_%_" => "`%` is not part of rules".to_owned(),
        "@in" => "`in` is not part of rules: compare with `==` and `||`".to_owned(),
        "_[_]" => "lists and maps are not part of rules".to_owned(),
        other => format!("there is no function `{other}` for rules"),
    }
}

fn unknown(text: &str) -> String {
    let own = text.rsplit('.').next().unwrap_or(text);
    match Vital::from_name(own) {
        Some(_) if names::plain(own).is_none() => {
            format!("`{text}`: rules cannot use `{own}`, which has no minutes")
        }
        Some(_) if text != own => format!("there is no `{text}`"),
        _ => format!(
            "there is no `{text}`; names are those of vitals, age., level., spread. and days. of them, and the context's"
        ),
    }
}
