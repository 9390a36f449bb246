//! Reads JSON Schemas into types. A type can hold every value that its schema allows; a schema of which that cannot be had is
//! refused with its path.

mod body;
mod keywords;
mod merge;
mod settle;
mod union;

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;
use tinyrpc::openrpc::Document;

use super::Refusal;
use super::model::{Definition, Id, Kind, Type};
use super::names::{Names, pascal};

pub(super) use keywords::docs;

/// The most types that are written; documents that people use have hundreds.
const MOST_DEFINITIONS: usize = 10_000;

/// Where a schema stands, and what a type of it may be called.
#[derive(Clone, Debug)]
pub(super) struct Place {
    path: String,
    name: String,
    /// Whether the name is given already to what is read here.
    named: bool,
}

impl Place {
    pub(super) fn new(path: String, name: String) -> Self {
        Self { path, name, named: false }
    }

    /// A part of the schema, whose type may be called like the whole with `name` behind it.
    fn part(&self, steps: &[&str], name: &str) -> Self {
        let steps: String = steps.iter().map(|step| format!("/{}", escaped(step))).collect();
        Self::new(format!("{}{steps}", self.path), format!("{}{}", self.name, pascal(name)))
    }

    /// A part of the schema that says no more than the whole.
    fn same(&self, steps: &[&str]) -> Self {
        Self { name: self.name.clone(), named: self.named, ..self.part(steps, "") }
    }
}

/// A step of a JSON pointer (RFC 6901 §3), without what would break a line.
pub(super) fn escaped(step: &str) -> String {
    let plain: String = step.chars().map(|sign| if sign.is_control() { '?' } else { sign }).collect();
    plain.replace('~', "~0").replace('/', "~1")
}

/// What a schema is, before it has a name.
enum Body {
    /// Needs none.
    Plain(Type),
    Defined(Kind),
}

/// A definition while it is read.
struct Slot {
    path: String,
    name: String,
    docs: String,
    kind: Option<Kind>,
}

/// Reads schemas, each definition once, and remembers what it cannot express.
pub(super) struct Reader<'d> {
    document: &'d Document,
    slots: Vec<Slot>,
    by_reference: BTreeMap<String, Id>,
    /// Definitions that were referred to and are not read yet. A list, so that a long chain of them takes no stack.
    waiting: VecDeque<(Id, String)>,
    names: Names,
    components: BTreeMap<&'d str, String>,
    refusals: Vec<Refusal>,
    /// How often schemas have been looked through to put them together.
    merges: usize,
}

impl<'d> Reader<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        let mut names = Names::of_types();
        // Before anything else is named, so that they get their own names.
        let components = &document.components.schemas;
        let components = components.keys().map(|name| (&**name, names.unique(&pascal(name)))).collect();
        Self {
            document,
            slots: Vec::new(),
            by_reference: BTreeMap::new(),
            waiting: VecDeque::new(),
            names,
            components,
            refusals: Vec::new(),
            merges: 0,
        }
    }

    /// A name that no other type has.
    pub(super) fn name(&mut self, wanted: &str) -> String {
        self.names.unique(wanted)
    }

    pub(super) fn refuse(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.refusals.push(Refusal::new(path, why));
    }

    /// The type of a schema.
    pub(super) fn read(&mut self, schema: &'d Value, place: &Place) -> Type {
        match self.body(schema, place) {
            Body::Plain(kind) => kind,
            Body::Defined(kind) => self.define(place, docs(schema), kind),
        }
    }

    /// A new definition.
    fn add(&mut self, path: &str, name: &str, docs: String, kind: Option<Kind>) -> Id {
        if self.slots.len() == MOST_DEFINITIONS {
            self.refuse(path, format!("there are more than {MOST_DEFINITIONS} types"));
        }
        if self.slots.len() > MOST_DEFINITIONS {
            // Nothing is written any more; this only keeps the work bounded.
            return MOST_DEFINITIONS;
        }
        self.slots.push(Slot { path: path.to_owned(), name: name.to_owned(), docs, kind });
        self.slots.len() - 1
    }

    /// Gives a type a name.
    fn define(&mut self, place: &Place, docs: String, kind: Kind) -> Type {
        let wanted = if place.named { format!("{}Value", place.name) } else { place.name.clone() };
        let name = self.names.unique(&wanted);
        Type::Named(self.add(&place.path, &name, docs, Some(kind)))
    }

    /// The type that a reference leads to. It is read later.
    fn reference(&mut self, reference: &str, place: &Place) -> Type {
        if let Some(id) = self.by_reference.get(reference) {
            return Type::Named(*id);
        }
        let schema = match self.document.schema(reference) {
            Ok(schema) => schema,
            Err(error) => {
                self.refuse(format!("{}/$ref", place.path), error.to_string());
                return Type::Any;
            }
        };
        let name = reference.trim_start_matches("#/components/schemas/");
        let name = match self.components.get(name) {
            Some(name) => name.clone(),
            None => self.names.unique(&pascal(name)),
        };
        let id = self.add(&escaped_path(reference), &name, docs(schema), None);
        if id == MOST_DEFINITIONS {
            return Type::Any;
        }
        self.by_reference.insert(reference.to_owned(), id);
        self.waiting.push_back((id, reference.to_owned()));
        Type::Named(id)
    }

    /// All definitions.
    pub(super) fn finish(mut self) -> Result<Vec<Definition>, Vec<Refusal>> {
        while let Some((id, reference)) = self.waiting.pop_front() {
            let slot = &self.slots[id];
            let place = Place { path: slot.path.clone(), name: slot.name.clone(), named: true };
            let Ok(schema) = self.document.schema(&reference) else { continue };
            self.slots[id].kind = Some(match self.body(schema, &place) {
                Body::Plain(kind) => Kind::Alias(kind),
                Body::Defined(kind) => kind,
            });
        }
        self.settle();
        if !self.refusals.is_empty() {
            // Without the order in which things happened to be read.
            self.refusals.sort();
            self.refusals.dedup();
            return Err(self.refusals);
        }
        let defined = |slot: Slot| {
            let kind = slot.kind.unwrap_or(Kind::Alias(Type::Any));
            Definition { name: slot.name, docs: slot.docs, kind }
        };
        Ok(self.slots.into_iter().map(defined).collect())
    }
}

/// A reference as a path: it is one, but may hold what would break a line.
fn escaped_path(reference: &str) -> String {
    reference.chars().map(|sign| if sign.is_control() { '?' } else { sign }).collect()
}
