//! Makes a document from what the methods of a dispatcher say about themselves.

use serde_json::Value;
use tinyrpc_core::describe::{self, Description, ErrorInfo};
use tinyrpc_core::dispatch::{Dispatch, MethodInfo, Shape};

use super::document::{Document, Info, Tag};
use super::method::{AnyParams, ContentDescriptor, ErrorObject, Example, ExamplePairing, Method, ParamStructure};
use super::reference::OrRef;
use super::schemas::Schemas;

impl Document {
    /// Describes the methods of `dispatch`, sorted by name.
    ///
    /// Definitions of types go to `components`. Of a method without a description it says what its handler's type tells:
    /// the names of arguments or their number, and nothing about their values. A method called `site.title` gets the tag
    /// `site`. An example whose text is no JSON is left out, with a line in the log.
    #[must_use]
    pub fn describe<D: Dispatch + ?Sized>(dispatch: &D, info: Info) -> Self {
        let mut document = Self::new(info);
        let mut schemas = Schemas::new();
        let mut methods: Vec<_> = dispatch.methods().iter().map(|info| method(info, &mut schemas)).collect();
        document.components.schemas = schemas.finish(methods.iter_mut().flat_map(written));
        document.methods = methods.into_iter().map(OrRef::Item).collect();
        document
    }
}

/// The schemas of what the service writes.
fn written(method: &mut Method) -> impl Iterator<Item = &mut Value> {
    let result = method.result.iter_mut().filter_map(|result| match result {
        OrRef::Item(result) => Some(&mut result.schema),
        OrRef::Ref { .. } => None,
    });
    let data = method.errors.iter_mut().filter_map(|error| match error {
        OrRef::Item(error) => error.data.as_mut(),
        OrRef::Ref { .. } => None,
    });
    result.chain(data)
}

fn method(info: &MethodInfo, schemas: &mut Schemas) -> Method {
    let mut method = Method { name: info.name.clone(), ..Method::default() };
    if let Some((group, _)) = info.name.rsplit_once('.').filter(|(group, _)| !group.is_empty()) {
        method.tags.push(Tag::new(group).into());
    }
    let empty = Description::default();
    let description = info.description.as_deref().unwrap_or(&empty);
    explain(&mut method, description);
    arguments(&mut method, info, description, schemas);
    if !description.notification {
        let schema = description.result.as_ref().map_or(Value::Bool(true), |result| schemas.written(result));
        method.result = Some(ContentDescriptor::new("result", schema).into());
    }
    method.errors = description.errors.iter().map(|error| self::error(error, schemas).into()).collect();
    method.examples = description.examples.iter().filter_map(|example| self::example(&method, example)).collect();
    method
}

/// The words about it.
fn explain(method: &mut Method, description: &Description) {
    let summary = description.summary();
    let mut docs = description.docs.trim().to_owned();
    if let Some(note) = &description.deprecated {
        method.deprecated = true;
        if !note.is_empty() {
            docs = format!("{docs}\n\nDeprecated: {note}").trim_start().to_owned();
        }
    }
    method.description = (docs != summary && !docs.is_empty()).then_some(docs);
    method.summary = (!summary.is_empty()).then_some(summary);
}

fn arguments(method: &mut Method, info: &MethodInfo, description: &Description, schemas: &mut Schemas) {
    method.param_structure = match description.structure {
        describe::ParamStructure::ByName => ParamStructure::ByName,
        describe::ParamStructure::ByPosition => ParamStructure::ByPosition,
        _ => ParamStructure::Either,
    };
    let unknown = |name: String| ContentDescriptor::new(name, Value::Bool(true));
    let params: Vec<_> = match (&description.params, &info.shape) {
        (Some(params), _) => params.iter().map(|param| argument(param, schemas)).collect(),
        (None, Shape::None) => Vec::new(),
        (None, Shape::Positional(count)) => {
            method.param_structure = ParamStructure::ByPosition;
            let name = |position| unknown(format!("arg{position}"));
            (1..=*count).map(|position| ContentDescriptor { required: true, ..name(position) }).collect()
        }
        // Which of them may be left out is not known, and aliases of one field are among them.
        (None, Shape::Named(names)) => names.iter().map(|name| unknown((*name).to_owned())).collect(),
        (None, _) => {
            method.any_params = AnyParams::YES;
            Vec::new()
        }
    };
    method.params = params.into_iter().map(OrRef::Item).collect();
}

fn argument(param: &describe::Param, schemas: &mut Schemas) -> ContentDescriptor {
    let docs = param.docs.trim();
    ContentDescriptor {
        description: (!docs.is_empty()).then(|| docs.to_owned()),
        required: param.required,
        ..ContentDescriptor::new(&*param.name, schemas.read(&param.info))
    }
}

fn error(error: &ErrorInfo, schemas: &mut Schemas) -> ErrorObject {
    ErrorObject {
        code: error.code,
        message: error.message.clone().into_owned(),
        data: error.data.as_ref().map(|data| schemas.written(data)),
        ..ErrorObject::default()
    }
}

fn example(method: &Method, example: &describe::Example) -> Option<OrRef<ExamplePairing>> {
    let parsed = |text: &str| serde_json::from_str::<Value>(text);
    let (params, result) = match (parsed(&example.params), parsed(&example.result)) {
        (Ok(params), Ok(result)) => (params, result),
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(method = method.name, example = &*example.name, %error, "an example is no JSON");
            return None;
        }
    };
    let name_of = |position: usize| match method.params.get(position) {
        Some(OrRef::Item(param)) => param.name.clone(),
        _ => format!("arg{}", position + 1),
    };
    let params: Vec<_> = match params {
        Value::Object(named) => named.into_iter().map(|(name, value)| Example::new(name, value).into()).collect(),
        Value::Array(items) => {
            items.into_iter().enumerate().map(|(at, value)| Example::new(name_of(at), value).into()).collect()
        }
        other => vec![Example::new(name_of(0), other).into()],
    };
    let result = method.result.is_some().then(|| Example::new("result", result).into());
    Some(ExamplePairing { name: example.name.clone().into_owned(), params, result, ..ExamplePairing::default() }.into())
}
