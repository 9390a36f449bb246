//! Writes a TypeScript module: types, and a client that needs `fetch` only.

mod types;

use std::fmt::Write as _;

use tinyrpc::openrpc::ParamStructure;

use super::model::{Method, Model, Type};
use super::names::{Names, camel, unless};
use super::text::{self, braced, commented};

/// What cannot be a name of an argument or a method; an object with a method `then` would be taken for a promise.
#[rustfmt::skip]
const TAKEN: &[&str] = &[
    "arguments", "await", "break", "case", "catch", "class", "const", "constructor", "continue", "debugger",
    "default", "delete", "do", "else", "enum", "eval", "export", "extends", "false", "finally", "for", "function",
    "if", "implements", "import", "in", "instanceof", "interface", "let", "new", "null", "package", "positional",
    "private", "protected", "prototype", "public", "return", "static", "super", "switch", "then", "this", "throw",
    "true", "try", "typeof", "undefined", "var", "void", "while", "with", "yield",
];

struct TypeScript<'m> {
    model: &'m Model,
}

pub(super) fn write(model: &Model) -> String {
    let typescript = TypeScript { model };
    let mut out = String::new();
    out.push_str("// Written by `tinyrpc generate typescript`; changes are lost when it is written again.\n");
    out.push_str("// Integers beyond 2^53 lose their last digits: JavaScript's numbers hold no more.\n\n");
    docs(&mut out, &format!("{} {}\n\n{}", model.title, model.version, model.docs), "");
    out.push_str(include_str!("head.ts"));
    for definition in &model.definitions {
        out.push('\n');
        typescript.definition(&mut out, definition);
    }
    typescript.client(&mut out);
    out
}

impl TypeScript<'_> {
    fn client(&self, out: &mut String) {
        out.push('\n');
        docs(out, &format!("Calls the methods of {}.", self.model.title), "");
        let _ = writeln!(out, "export class {} {{", self.model.client);
        out.push_str(include_str!("client.ts"));
        let mut names = Names::default();
        for method in &self.model.methods {
            out.push('\n');
            self.method(out, method, &names.unique(&unless(camel(&method.name), TAKEN)));
        }
        out.push_str("}\n");
    }

    fn method(&self, out: &mut String, method: &Method, identifier: &str) {
        let deprecated = if method.deprecated { "\n\n@deprecated" } else { "" };
        docs(out, &format!("{}{deprecated}", method.docs), "  ");
        let mut names = Names::default();
        let identifiers: Vec<_> =
            method.params.iter().map(|param| names.unique(&unless(camel(&param.name), TAKEN))).collect();
        let fewest = method.fewest();
        let declared: Vec<_> = method
            .params
            .iter()
            .zip(&identifiers)
            .enumerate()
            .map(|(at, (param, identifier))| match (param.required, at >= fewest) {
                (true, _) => format!("{identifier}: {}", self.kind(&param.kind)),
                (_, true) => format!("{identifier}?: {}", self.kind(&param.kind)),
                // One that must be given cannot come behind one that need not.
                _ => format!("{identifier}: {} | undefined", self.kind(&param.kind)),
            })
            .collect();
        let declared = match method.any_params {
            true => "params?: unknown[] | { [name: string]: unknown }".to_owned(),
            false => declared.join(", "),
        };
        let result = match &method.result {
            None => "void".to_owned(),
            Some(kind) => self.kind(kind),
        };
        let passed = match method.any_params {
            true => "params".to_owned(),
            false => arguments(method, &identifiers),
        };
        let name = braced(&method.name);
        let _ = writeln!(out, "  async {identifier}({declared}): Promise<{result}> {{");
        let _ = match method.result {
            None => writeln!(out, "    await this.#transport({name}, {passed}, true);"),
            Some(Type::Any) => writeln!(out, "    return await this.#transport({name}, {passed}, false);"),
            Some(_) => writeln!(out, "    return (await this.#transport({name}, {passed}, false)) as {result};"),
        };
        out.push_str("  }\n");
    }
}

/// The arguments as the transport takes them.
fn arguments(method: &Method, identifiers: &[String]) -> String {
    let pairs = || method.params.iter().zip(identifiers);
    if method.params.is_empty() {
        return "undefined".to_owned();
    }
    if method.structure == ParamStructure::ByName {
        // What is undefined is left out by `JSON.stringify`.
        let named: Vec<_> = pairs().map(|(param, value)| format!("[{}]: {value}", braced(&param.name))).collect();
        return format!("{{ {} }}", named.join(", "));
    }
    if method.params.iter().all(|param| param.required) {
        return format!("[{}]", identifiers.join(", "));
    }
    let given: Vec<_> = pairs().map(|(param, value)| format!("[{}, {value}]", braced(&param.name))).collect();
    let either = method.structure != ParamStructure::ByPosition;
    format!("positional([{}], {either})", given.join(", "))
}

/// A comment that its text cannot end.
fn docs(out: &mut String, docs: &str, indent: &str) {
    let escaped = |line: String| line.replace("*/", "*\\/").replace("@ts-", "@ ts-");
    let lines: Vec<_> = text::lines(docs).into_iter().map(escaped).collect();
    match lines.as_slice() {
        [] => {}
        [line] => commented(out, &[format!("/** {line} */")], indent),
        lines => {
            commented(out, &["/**".to_owned()], indent);
            commented(out, lines, &format!("{indent} * "));
            commented(out, &[" */".to_owned()], indent);
        }
    }
}
