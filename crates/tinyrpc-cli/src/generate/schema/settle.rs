//! What can be done only when all definitions are read: alternatives that cannot be told apart become one, and what
//! consists of nothing but itself is refused.

use std::collections::BTreeSet;

use super::super::circles::in_circle;
use super::super::model::{Kind, Type, Variant};
use super::super::names::{Names, pascal};
use super::Reader;

/// How deep types are compared; deeper down, only names are.
const DEEPEST: usize = 16;

/// How many parts of a type are compared; beyond them, only names are. A few tuples that name each other many times would be
/// endlessly many.
const LARGEST: usize = 1_000;

impl Reader<'_> {
    pub(super) fn settle(&mut self) {
        self.refuse_circles();
        if !self.refusals.is_empty() {
            return;
        }
        for id in 0..self.slots.len() {
            if let Some(Kind::Union(variants)) = self.slots[id].kind.take_if(|kind| matches!(kind, Kind::Union(_))) {
                self.slots[id].kind = Some(self.settled(variants));
            }
        }
    }

    /// Alternatives of one type in different words are one.
    fn settled(&self, variants: Vec<Variant>) -> Kind {
        let mut kept: Vec<(Type, Variant, bool)> = Vec::new();
        for variant in variants {
            let mut room = LARGEST;
            let plain = self.plain(&variant.kind, 0, &mut room);
            match kept.iter_mut().find(|(other, ..)| *other == plain) {
                Some((_, first, several)) => {
                    for text in [variant.name, variant.docs] {
                        if !first.docs.contains(&text) && first.name != text {
                            first.docs.push_str(&format!("\n\n{text}"));
                        }
                    }
                    *several = true;
                }
                None => kept.push((plain, variant, false)),
            }
        }
        if let [(_, only, _)] = kept.as_slice() {
            return Kind::Alias(only.kind.clone());
        }
        let mut names = Names::default();
        let variants = kept.into_iter().map(|(plain, mut variant, several)| {
            if several && let Some(name) = word(&plain) {
                if !variant.docs.starts_with(&variant.name) {
                    variant.docs = format!("{}\n\n{}", variant.name, variant.docs);
                }
                name.clone_into(&mut variant.name);
                variant.kind = plain;
            }
            Variant { name: names.unique(&pascal(&variant.name)), ..variant }
        });
        Kind::Union(variants.collect())
    }

    /// A type without names that only stand for another type.
    fn plain(&self, kind: &Type, depth: usize, room: &mut usize) -> Type {
        if depth > DEEPEST || *room == 0 {
            return kind.clone();
        }
        *room -= 1;
        let mut inner = |kind: &Type| self.plain(kind, depth + 1, room);
        match kind {
            Type::Named(id) => match &self.slots[*id].kind {
                Some(Kind::Alias(other)) => inner(other),
                _ => kind.clone(),
            },
            Type::Optional(kind) => Type::Optional(Box::new(inner(kind))),
            Type::List(kind) => Type::List(Box::new(inner(kind))),
            Type::Map(kind) => Type::Map(Box::new(inner(kind))),
            Type::Tuple(items) => Type::Tuple(items.iter().map(inner).collect()),
            other => other.clone(),
        }
    }

    /// Refuses definitions that are an alternative of themselves: reading one would never come to an end.
    fn refuse_circles(&mut self) {
        let steps: Vec<_> = self.slots.iter().map(|slot| slot.kind.as_ref().map_or_else(BTreeSet::new, same)).collect();
        for (id, is_circle) in in_circle(&steps).into_iter().enumerate() {
            if is_circle {
                let path = self.slots[id].path.clone();
                self.refuse(path, "this is nothing but itself, or an alternative of itself");
            }
        }
    }
}

/// The definitions that a value of this one may be as a whole.
fn same(kind: &Kind) -> BTreeSet<usize> {
    let id = |mut kind: &Type| {
        while let Type::Optional(inner) = kind {
            kind = inner;
        }
        match kind {
            Type::Named(id) => Some(*id),
            _ => None,
        }
    };
    match kind {
        Kind::Alias(kind) => id(kind).into_iter().collect(),
        Kind::Union(variants) => variants.iter().filter_map(|variant| id(&variant.kind)).collect(),
        Kind::Struct { .. } | Kind::Choice(_) => BTreeSet::new(),
    }
}

/// What to call alternatives of a type that goes by several names.
fn word(kind: &Type) -> Option<&'static str> {
    Some(match kind {
        Type::Text => "Text",
        Type::Integer(_) => "Integer",
        Type::Number => "Number",
        Type::Flag => "Flag",
        Type::Any => "Other",
        Type::List(_) => "List",
        Type::Map(_) => "Map",
        _ => return None,
    })
}
