//! Reads the methods of a document into the model.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tinyrpc::openrpc::{ContentDescriptor, Document, OrRef};

use super::Refusal;
use super::model::{Field, Method, Model, Type};
use super::names::pascal;
use super::schema::{Place, Reader, docs, escaped};

/// All methods and the types that they use, or the places that cannot be expressed.
pub(super) fn read(document: &Document) -> Result<Model, Vec<Refusal>> {
    let mut reader = Reader::new(document);
    let info = &document.info;
    let client = reader.name(&match pascal(&info.title) {
        title if title.ends_with("Client") => title,
        title => format!("{title}Client"),
    });
    let mut seen = BTreeSet::new();
    let mut methods = Vec::new();
    for (index, _) in document.methods.iter().enumerate() {
        let path = format!("#/methods/{index}");
        match document.resolve_method(index) {
            Ok(found) if !seen.insert(&found.name) => {
                reader.refuse(path, format!("there is another method {:?}", found.name));
            }
            Ok(found) => methods.push(method(&mut reader, document, found, path)),
            Err(error) => reader.refuse(path, error.to_string()),
        }
    }
    let definitions = reader.finish()?;
    let docs = info.description.clone().unwrap_or_default();
    Ok(Model { title: info.title.clone(), version: info.version.clone(), docs, client, definitions, methods })
}

fn method<'d>(
    reader: &mut Reader<'d>,
    document: &'d Document,
    found: &'d tinyrpc::openrpc::Method,
    path: String,
) -> Method {
    let name = pascal(&found.name);
    let (mut params, mut names) = (Vec::new(), BTreeSet::new());
    for (index, param) in found.params.iter().enumerate() {
        let path = format!("{path}/params/{index}");
        let Some((param, kind, path)) = content(reader, document, param, path, |param| name.clone() + &pascal(param))
        else {
            continue;
        };
        if !names.insert(&*param.name) {
            reader.refuse(path, format!("there is another argument {:?}", param.name));
            continue;
        }
        let words = param.description.as_ref().or(param.summary.as_ref()).cloned().unwrap_or_default();
        let deprecated = if param.deprecated { "\n\nDeprecated." } else { "" };
        let docs = format!("{words}\n\n{}{deprecated}", docs(&param.schema)).trim().to_owned();
        params.push(Field { name: param.name.clone(), docs, kind, required: param.required });
    }
    let result = found
        .result
        .as_ref()
        .and_then(|result| content(reader, document, result, format!("{path}/result"), |_| format!("{name}Result")));
    let docs = documentation(document, found, &params, result.as_ref().map(|(result, ..)| *result));
    Method {
        path,
        name: found.name.clone(),
        docs,
        deprecated: found.deprecated,
        any_params: found.any_params.is_yes() && params.is_empty(),
        params,
        structure: found.param_structure,
        // A result that was refused is no notification, but then nothing is written anyway.
        result: result.map(|(_, kind, _)| kind),
    }
}

/// An argument or a result, its type, and where it stands.
fn content<'d>(
    reader: &mut Reader<'d>,
    document: &'d Document,
    part: &'d OrRef<ContentDescriptor>,
    path: String,
    name: impl Fn(&str) -> String,
) -> Option<(&'d ContentDescriptor, Type, String)> {
    let found = match document.resolve(part) {
        Ok(found) => found,
        Err(error) => {
            reader.refuse(path, error.to_string());
            return None;
        }
    };
    let kind = reader.read(&found.schema, &Place::new(format!("{path}/schema"), name(&found.name)));
    Some((found, kind, path))
}

/// All that is said about a method, as Markdown.
fn documentation(
    document: &Document,
    method: &tinyrpc::openrpc::Method,
    params: &[Field],
    result: Option<&ContentDescriptor>,
) -> String {
    let mut text = String::new();
    let summary = method.summary.as_deref().unwrap_or_default().trim();
    let description = method.description.as_deref().unwrap_or_default().trim();
    // Descriptions often begin with the summary.
    if !description.starts_with(summary) {
        let _ = writeln!(text, "{summary}\n");
    }
    let _ = writeln!(text, "{description}\n");
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let described: Vec<_> = params.iter().filter(|param| !param.docs.is_empty()).collect();
    if !described.is_empty() {
        let _ = writeln!(text, "Arguments:");
        for param in described {
            let _ = writeln!(text, "- `{}`: {}", escaped(&param.name), one_line(&param.docs));
        }
    }
    let result = result.and_then(|result| result.description.as_ref().or(result.summary.as_ref()));
    if let Some(result) = result.filter(|result| !result.trim().is_empty()) {
        let _ = writeln!(text, "\nResult: {}", one_line(result));
    }
    let errors: Vec<_> = method.errors.iter().filter_map(|error| document.resolve(error).ok()).collect();
    if !errors.is_empty() {
        let _ = writeln!(text, "\nErrors:");
        for error in errors {
            let _ = writeln!(text, "- {}: {}", error.code, one_line(&error.message));
        }
    }
    text.trim().to_owned()
}
