//! Writes a Python module: types as typed dictionaries, and a client that needs the standard library only.

mod types;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tinyrpc::openrpc::ParamStructure;

use super::model::{Method, Model, Type};
use super::names::{Names, snake, unless};
use super::text::{self, commented};

/// What cannot be a name of an argument or a method: keywords, and what the module itself says inside of them.
#[rustfmt::skip]
const TAKEN: &[&str] = &[
    "and", "as", "assert", "async", "await", "break", "case", "cast", "class", "continue", "def", "del", "dict",
    "elif", "else", "except", "finally", "float", "for", "from", "global", "if", "import", "in", "int", "is",
    "json", "lambda", "list", "match", "nonlocal", "not", "or", "pass", "raise", "return", "self", "str", "bool",
    "try", "type", "urllib", "while", "with", "yield", "itertools",
];

struct Python<'m> {
    model: &'m Model,
    types: BTreeSet<&'m str>,
}

pub(super) fn write(model: &Model) -> String {
    let types = model.definitions.iter().map(|definition| &*definition.name).collect();
    let python = Python { model, types };
    let mut out = String::new();
    out.push_str("# Written by `tinyrpc generate python`; changes are lost when it is written again.\n");
    docstring(&mut out, &format!("{} {}\n\n{}", model.title, model.version, model.docs), "");
    out.push_str(include_str!("head.py"));
    for definition in &model.definitions {
        out.push_str("\n\n");
        python.definition(&mut out, definition);
    }
    python.client(&mut out);
    out
}

impl Python<'_> {
    fn client(&self, out: &mut String) {
        let _ = writeln!(out, "\n\nclass {}:", self.model.client);
        docstring(out, &format!("Calls the methods of {}.", self.model.title), "    ");
        out.push_str(include_str!("client.py"));
        let mut names = Names::default();
        for method in &self.model.methods {
            out.push('\n');
            self.method(out, method, &names.unique(&unless(snake(&method.name), TAKEN)));
        }
    }

    fn method(&self, out: &mut String, method: &Method, identifier: &str) {
        let mut names = Names::without(["given"]);
        let identifiers: Vec<_> =
            method.params.iter().map(|param| names.unique(&unless(snake(&param.name), TAKEN))).collect();
        let (mut declared, fewest) = (String::from("self"), method.fewest());
        for (at, (param, identifier)) in method.params.iter().zip(&identifiers).enumerate() {
            let kind = self.kind(&param.kind);
            let nullable = matches!(self.model.plain(&param.kind), Type::Optional(_) | Type::Any | Type::Null);
            let kind = if param.required || nullable { kind } else { format!("{kind} | None") };
            // One that must be given cannot come behind one that has a default.
            let default = if at >= fewest { " = None" } else { "" };
            let _ = write!(declared, ", {identifier}: {}{default}", text::python(&kind));
        }
        if method.any_params {
            declared.push_str(", *args: Any, **kwargs: Any");
        }
        let result = method.result.as_ref().map_or("None".to_owned(), |kind| self.kind(kind));
        let _ = writeln!(out, "    def {identifier}({declared}) -> {}:", text::python(&result));
        let deprecated = if method.deprecated { "\n\nDeprecated." } else { "" };
        docstring(out, &format!("{}{deprecated}", method.docs), "        ");
        let passed = match method.any_params {
            true => "list(args), kwargs".to_owned(),
            false => arguments(method, &identifiers),
        };
        let one_way = if method.result.is_none() { ", True" } else { "" };
        let call = format!("self._caller.call({}, {passed}{one_way})", text::python(&method.name));
        let _ = match (&method.result, &*result) {
            (None, _) | (_, "None") => writeln!(out, "        {call}"),
            (_, "Any") => writeln!(out, "        return {call}"),
            _ => writeln!(out, "        return cast({}, {call})", text::python(&result)),
        };
    }
}

/// The arguments as the caller takes them: a list and a dictionary.
fn arguments(method: &Method, identifiers: &[String]) -> String {
    let is_simple = method.params.iter().all(|param| param.required);
    let pairs = || method.params.iter().zip(identifiers);
    match method.structure {
        ParamStructure::ByName if is_simple => {
            let named: Vec<_> =
                pairs().map(|(param, value)| format!("{}: {value}", text::python(&param.name))).collect();
            format!("[], {{{}}}", named.join(", "))
        }
        _ if is_simple => format!("[{}], {{}}", identifiers.join(", ")),
        structure => {
            let structure = match structure {
                ParamStructure::ByName => "by-name",
                ParamStructure::ByPosition => "by-position",
                _ => "either",
            };
            let given: Vec<_> = pairs()
                .map(|(param, value)| {
                    let required = if param.required { "True" } else { "False" };
                    format!("({}, {value}, {required})", text::python(&param.name))
                })
                .collect();
            format!("*_arguments(\"{structure}\", [{}])", given.join(", "))
        }
    }
}

/// A docstring whose text cannot end it.
fn docstring(out: &mut String, docs: &str, indent: &str) {
    let escaped = |line: String| line.replace('\\', "\\\\").replace('"', "\\\"");
    let lines: Vec<_> = text::lines(docs).into_iter().map(escaped).collect();
    match lines.as_slice() {
        [] => {}
        [line] => commented(out, &[format!("\"\"\"{line}\"\"\"")], indent),
        [first, rest @ ..] => {
            commented(out, &[format!("\"\"\"{first}")], indent);
            commented(out, rest, indent);
            commented(out, &["\"\"\"".to_owned()], indent);
        }
    }
}
