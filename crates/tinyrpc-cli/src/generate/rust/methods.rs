//! The client of Rust: one async method for each method of the service.

use tinyrpc::openrpc::ParamStructure;

use super::super::Refusal;
use super::super::model::{Method, Type};
use super::super::names::{Names, snake, unless};
use super::super::text::braced;
use super::{KEYWORDS, Rust, line, tuple};

/// The longest tuple that serde knows.
const LONGEST_TUPLE: usize = 16;

/// An argument: its identifier, and how it is passed.
struct Argument {
    identifier: String,
    name: String,
    kind: String,
    /// As a field of a struct with the lifetime `'a`.
    field: String,
    required: bool,
}

impl Rust<'_> {
    pub(super) fn client(&self, out: &mut String) -> Result<(), Vec<Refusal>> {
        let name = &self.model.client;
        self.docs(out, &format!("Calls the methods of {}.", self.model.title), "/// ");
        line(out, 0, "#[derive(Clone, Debug)]");
        line(out, 0, format_args!("pub struct {name} {{"));
        line(out, 1, "client: ::tinyrpc::Client,");
        line(out, 0, "}");
        line(out, 0, "");
        line(out, 0, format_args!("impl {name} {{"));
        line(out, 1, "/// Calls them by way of `client`.");
        line(out, 1, "pub fn new(client: ::tinyrpc::Client) -> Self {");
        line(out, 2, "Self { client }");
        line(out, 1, "}");
        let mut names = Names::without(["new"]);
        let mut refusals = Vec::new();
        for method in &self.model.methods {
            if method.structure == ParamStructure::ByPosition && method.params.len() > LONGEST_TUPLE {
                let why = format!("more than {LONGEST_TUPLE} arguments by position cannot be expressed in Rust");
                refusals.push(Refusal::new(format!("{}/params", method.path), why));
            }
            line(out, 0, "");
            self.method(out, method, &names.unique(&unless(snake(&method.name), KEYWORDS)));
        }
        line(out, 0, "}");
        if refusals.is_empty() { Ok(()) } else { Err(refusals) }
    }

    fn method(&self, out: &mut String, method: &Method, identifier: &str) {
        let errors = "# Errors\n\nWhen the call fails, or its result is not of the expected type.";
        self.docs(out, &format!("{}\n\n{errors}", method.docs), "    /// ");
        if method.deprecated {
            line(out, 1, "#[deprecated]");
        }
        let (result, verb) = match &method.result {
            Some(kind) => (self.kind(kind, None), "call"),
            None => ("()".to_owned(), "notify"),
        };
        let start = format!("self.client.{verb}({}", braced(&method.name));
        let arguments = self.arguments(method);
        let declared: String = match method.any_params {
            true => ", arguments: impl ::serde::Serialize".to_owned(),
            false => arguments.iter().map(|argument| format!(", {}: {}", argument.identifier, argument.kind)).collect(),
        };
        line(
            out,
            1,
            format_args!("pub async fn {identifier}(&self{declared}) -> Result<{result}, ::tinyrpc::CallError> {{"),
        );
        let by_position = method.structure != ParamStructure::ByName && arguments.len() <= LONGEST_TUPLE;
        let gap = gap(&arguments, method.fewest());
        if method.any_params {
            line(out, 2, format_args!("{start}, arguments).await"));
        } else if arguments.is_empty() {
            line(out, 2, format_args!("{start}, ()).await"));
        } else if !by_position {
            by_name(out, 2, &start, &arguments);
        } else {
            if method.structure == ParamStructure::Either && !gap.is_empty() {
                // What is left out between others can only be left out by name.
                line(out, 2, format_args!("if {gap} {{"));
                by_name(out, 3, &format!("return {start}"), &arguments);
                line(out, 2, "}");
            }
            positional(out, &start, &arguments, method.fewest());
        }
        line(out, 1, "}");
    }

    fn arguments(&self, method: &Method) -> Vec<Argument> {
        let mut names = Names::without(["given", "Arguments"]);
        let argument = |param: &super::super::model::Field| {
            let optional = !param.required && !matches!(self.unwrapped(&param.kind), Type::Optional(_));
            let around = |kind: String| if optional { format!("Option<{kind}>") } else { kind };
            Argument {
                identifier: names.unique(&unless(snake(&param.name), KEYWORDS)),
                name: param.name.clone(),
                kind: around(self.argument(&param.kind, "")),
                field: around(self.argument(&param.kind, "'a ")),
                required: param.required,
            }
        };
        method.params.iter().map(argument).collect()
    }
}

/// The condition under which an argument is left out before one that is given; empty if that cannot be.
fn gap(arguments: &[Argument], fewest: usize) -> String {
    let mut conditions = Vec::new();
    for (at, argument) in arguments.iter().enumerate().filter(|(_, argument)| !argument.required) {
        let is_none = format!("{}.is_none()", argument.identifier);
        if at < fewest {
            conditions.push(is_none);
        } else if let Some(next) = arguments.get(at + 1) {
            conditions.push(format!("{is_none} && {}.is_some()", next.identifier));
        }
    }
    conditions.join(" || ")
}

/// Passes all arguments by position but those at the end that are left out.
fn positional(out: &mut String, start: &str, arguments: &[Argument], fewest: usize) {
    let tuple = |count: usize| tuple(arguments[..count].iter().map(|argument| argument.identifier.clone()));
    if fewest == arguments.len() {
        line(out, 2, format_args!("{start}, {}).await", tuple(fewest)));
        return;
    }
    let given =
        (fewest..arguments.len()).rev().map(|at| format!("if {}.is_some() {{ {} }}", arguments[at].identifier, at + 1));
    line(out, 2, format_args!("let given = {} else {{ {fewest} }};", given.collect::<Vec<_>>().join(" else ")));
    line(out, 2, "match given {");
    for count in fewest..arguments.len() {
        line(out, 3, format_args!("{count} => {start}, {}).await,", tuple(count)));
    }
    line(out, 3, format_args!("_ => {start}, {}).await,", tuple(arguments.len())));
    line(out, 2, "}");
}

/// Passes all arguments by name but those that are left out.
fn by_name(out: &mut String, indent: usize, start: &str, arguments: &[Argument]) {
    let lifetime = if arguments.iter().any(|argument| argument.field.contains('&')) { "<'a>" } else { "" };
    line(out, indent, "#[derive(::serde::Serialize)]");
    line(out, indent, format_args!("struct Arguments{lifetime} {{"));
    for Argument { identifier, name, field, required, .. } in arguments {
        let skip = if *required { "" } else { ", skip_serializing_if = \"Option::is_none\"" };
        line(out, indent + 1, format_args!("#[serde(rename = {}{skip})]", braced(name)));
        line(out, indent + 1, format_args!("{identifier}: {field},"));
    }
    line(out, indent, "}");
    let names: Vec<_> = arguments.iter().map(|argument| &*argument.identifier).collect();
    let end = if start.starts_with("return ") { ";" } else { "" };
    line(out, indent, format_args!("{start}, Arguments {{ {} }}).await{end}", names.join(", ")));
}
