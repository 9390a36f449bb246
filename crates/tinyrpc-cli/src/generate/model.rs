//! What all languages are written from: types and methods, named and without references to look up.

use tinyrpc::openrpc::ParamStructure;

/// A definition, by its place in [`Model::definitions`].
pub(super) type Id = usize;

#[derive(Debug)]
pub(super) struct Model {
    pub(super) title: String,
    pub(super) version: String,
    pub(super) docs: String,
    /// The name of the client.
    pub(super) client: String,
    pub(super) definitions: Vec<Definition>,
    pub(super) methods: Vec<Method>,
}

/// A type of values.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type {
    Any,
    Null,
    Flag,
    Integer(Integer),
    Number,
    Text,
    List(Box<Type>),
    Tuple(Vec<Type>),
    Map(Box<Type>),
    /// Or null.
    Optional(Box<Type>),
    Named(Id),
}

/// Which integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Integer {
    Signed(u8),
    Unsigned(u8),
}

/// A type with a name.
#[derive(Debug)]
pub(super) struct Definition {
    /// Written so, in every language; no two are the same.
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Struct {
        fields: Vec<Field>,
        rest: Rest,
    },
    /// One of some texts.
    Choice(Vec<String>),
    /// One of some types, told apart by what they hold.
    Union(Vec<Variant>),
    Alias(Type),
}

#[derive(Debug)]
pub(super) struct Field {
    /// As on the wire.
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) kind: Type,
    pub(super) required: bool,
}

/// Members that a struct does not name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rest {
    /// May come, and mean nothing.
    Ignored,
    /// Must not come. A client ignores them all the same, unless they tell alternatives apart.
    Refused,
    /// Are part of the value.
    Kept(Type),
}

#[derive(Debug)]
pub(super) struct Variant {
    /// What it may be called; not unique before [`settle`](super::schema).
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) kind: Type,
}

#[derive(Debug)]
pub(super) struct Method {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) deprecated: bool,
    pub(super) params: Vec<Field>,
    pub(super) structure: ParamStructure,
    /// Takes whatever is passed.
    pub(super) any_params: bool,
    /// None for a notification.
    pub(super) result: Option<Type>,
}

impl Method {
    /// How many arguments there are at least, counted by position: up to the last required one.
    pub(super) fn fewest(&self) -> usize {
        self.params.iter().rposition(|param| param.required).map_or(0, |last| last + 1)
    }
}

impl Model {
    /// The type itself, where a name is only another word for it.
    pub(super) fn plain<'t>(&'t self, mut kind: &'t Type) -> &'t Type {
        // A circle of aliases has been refused; the bound is for safety only.
        for _ in 0..self.definitions.len() {
            match kind {
                Type::Named(id) => match &self.definitions[*id].kind {
                    Kind::Alias(inner) => kind = inner,
                    _ => break,
                },
                _ => break,
            }
        }
        kind
    }
}
