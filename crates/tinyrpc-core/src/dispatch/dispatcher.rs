//! The usual dispatcher: a table of methods, with other dispatchers nested under prefixes.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::check::{ArgumentCheck, Validator};
use super::describe::Description;
use super::extract::{MissingState, States};
use super::handler::{Handler, IntoHandler, from_fn};
use super::instance::{Instance, IntoInstance};
use super::{Dispatch, MethodInfo};

/// Methods by name.
///
/// ```
/// use tinyrpc_core::Dispatcher;
///
/// let mut site = Dispatcher::new();
/// site.register("title", || "home")?;
///
/// let mut dispatcher = Dispatcher::new();
/// dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
/// dispatcher.nest("site.", site)?;
/// # Ok::<(), tinyrpc_core::dispatch::RegisterError>(())
/// ```
#[derive(Default)]
pub struct Dispatcher {
    // The keys are the program's own, so nobody can choose them to collide; a fixed seed does.
    methods: HashMap<Box<str>, Box<dyn Handler>, FixedState>,
    descriptions: HashMap<Box<str>, Arc<Description>, FixedState>,
    nested: Vec<(Box<str>, Arc<dyn Dispatch>)>,
    states: States,
    check: ArgumentCheck,
    validator: Option<Validator>,
}

impl Dispatcher {
    /// A dispatcher without methods.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Shares `state` with the handlers that are registered after this and ask for `State<S>`.
    #[must_use]
    pub fn with_state<S: Send + Sync + 'static>(mut self, state: S) -> Self {
        self.states.insert(state);
        self
    }

    /// How strictly the arguments of handlers registered after this are checked; default [`ArgumentCheck::Exact`].
    #[must_use]
    pub fn with_argument_check(mut self, check: ArgumentCheck) -> Self {
        self.check = check;
        self
    }

    /// Checks the arguments of handlers registered after this with a function of the program's own, before they are
    /// decoded. Together with [`ArgumentCheck::Off`] it replaces the usual check.
    #[must_use]
    pub fn with_validator(mut self, validator: Validator) -> Self {
        self.validator = Some(validator);
        self
    }

    /// Makes `handler` callable as `name`. What can be a handler is told at [`IntoHandler`].
    ///
    /// # Errors
    /// When the name is taken, empty, or starts with `rpc.` (reserved by JSON-RPC 2.0 §8), or the handler wants state
    /// that the dispatcher has not got.
    pub fn register<Via>(&mut self, name: &str, handler: impl IntoHandler<Via>) -> Result<&mut Self, RegisterError> {
        let handler = handler
            .into_handler(&self.states, self.check)
            .map_err(|missing| RegisterError::new(name, RegisterErrorKind::MissingState(missing)))?;
        let description = handler.description();
        self.add(name.into(), handler, description)
    }

    /// Makes the methods of `instance` callable under their public names with `prefix` before them, such as `site.`;
    /// several instances of one type go under several prefixes. An [`Arc`] of an instance will do as well.
    ///
    /// `#[tinyrpc::service]` on an `impl` block makes a type an [`Instance`]; on a trait it makes a service type that is
    /// one.
    ///
    /// # Errors
    /// As [`register`](Self::register). Nothing has been registered then.
    pub fn register_instance(&mut self, instance: impl IntoInstance, prefix: &str) -> Result<&mut Self, RegisterError> {
        let mut own = Self { states: self.states.clone(), check: self.check, ..Self::default() };
        instance.into_instance().register(&mut own)?;
        let full = |name: &str| -> Box<str> { format!("{prefix}{name}").into() };
        let names: Vec<_> = own.methods.keys().map(|name| full(name)).collect();
        self.check_names(names.iter().map(|name| &**name))?;
        for (name, handler) in own.methods {
            let description = own.descriptions.remove(&name);
            self.add(full(&name), handler, description)?;
        }
        self.nested.extend(own.nested.into_iter().map(|(inner, dispatch)| (full(&inner), dispatch)));
        Ok(self)
    }

    /// Whether methods of all these names can be registered, for what consists of several and must not stop half-way.
    ///
    /// # Errors
    /// When one of them is taken, empty or reserved, or is there twice.
    pub fn check_names<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Result<(), RegisterError> {
        let mut seen = HashSet::with_hasher(FixedState::default());
        for name in names {
            self.check_name(name)?;
            if !seen.insert(name) {
                return Err(RegisterError::new(name, RegisterErrorKind::Taken));
            }
        }
        Ok(())
    }

    fn check_name(&self, name: &str) -> Result<(), RegisterError> {
        let wrong = match name {
            "" => RegisterErrorKind::Empty,
            _ if name.starts_with("rpc.") => RegisterErrorKind::Reserved,
            _ if self.methods.contains_key(name) => RegisterErrorKind::Taken,
            _ => return Ok(()),
        };
        Err(RegisterError::new(name, wrong))
    }

    fn add(
        &mut self,
        name: Box<str>,
        handler: Box<dyn Handler>,
        description: Option<Arc<Description>>,
    ) -> Result<&mut Self, RegisterError> {
        self.check_name(&name)?;
        let handler = match &self.validator {
            None => handler,
            Some(validator) => {
                let mut info = MethodInfo::new(&*name, handler.shape());
                info.description = description.clone();
                let validator = Arc::clone(validator);
                from_fn(move |call| match validator(&info, call.params) {
                    Ok(()) => handler.call(call),
                    Err(error) => error.into(),
                })
            }
        };
        if let Some(description) = description {
            self.descriptions.insert(name.clone(), description);
        }
        self.methods.insert(name, handler);
        Ok(self)
    }

    /// Says what the method `name`, which is registered here, does and takes; for listings such as OpenRPC documents. A
    /// later description replaces an earlier one.
    ///
    /// # Errors
    /// When there is no such method.
    pub fn describe(
        &mut self,
        name: &str,
        description: impl Into<Arc<Description>>,
    ) -> Result<&mut Self, RegisterError> {
        if !self.methods.contains_key(name) {
            return Err(RegisterError::new(name, RegisterErrorKind::Unknown));
        }
        self.descriptions.insert(name.into(), description.into());
        Ok(self)
    }

    /// Takes over the methods of `other` under their names with `prefix` before them, such as `site.`.
    ///
    /// # Errors
    /// When one of the names is taken; the methods before it have been taken over then.
    pub fn nest(&mut self, prefix: &str, other: Dispatcher) -> Result<&mut Self, RegisterError> {
        for (name, handler) in other.methods {
            self.insert(format!("{prefix}{name}").into(), handler)?;
        }
        for (name, description) in other.descriptions {
            self.descriptions.insert(format!("{prefix}{name}").into(), description);
        }
        for (inner, dispatch) in other.nested {
            self.nested.push((format!("{prefix}{inner}").into(), dispatch));
        }
        Ok(self)
    }

    /// Asks `other` for methods whose name starts with `prefix` and that are not registered here; it sees the name
    /// without the prefix. Several under one prefix are asked in the order in which they were added.
    pub fn nest_dispatch(&mut self, prefix: &str, other: impl Dispatch) -> &mut Self {
        self.nested.push((prefix.into(), Arc::new(other)));
        self
    }

    fn insert(&mut self, name: Box<str>, handler: Box<dyn Handler>) -> Result<&mut Self, RegisterError> {
        if self.methods.contains_key(&name) {
            return Err(RegisterError::new(&name, RegisterErrorKind::Taken));
        }
        self.methods.insert(name, handler);
        Ok(self)
    }
}

impl Dispatch for Dispatcher {
    #[inline]
    fn find(&self, method: &str) -> Option<&dyn Handler> {
        if let Some(handler) = self.methods.get(method) {
            return Some(&**handler);
        }
        self.nested.iter().find_map(|(prefix, other)| other.find(method.strip_prefix(&**prefix)?))
    }

    fn methods(&self) -> Vec<MethodInfo> {
        let own = self.methods.iter().map(|(name, handler)| MethodInfo {
            name: name.to_string(),
            shape: handler.shape(),
            description: self.descriptions.get(name).cloned(),
        });
        let nested = self.nested.iter().flat_map(|(prefix, other)| {
            other.methods().into_iter().map(move |info| MethodInfo { name: format!("{prefix}{}", info.name), ..info })
        });
        let mut all: Vec<_> = own.chain(nested).collect();
        // Of methods with one name the first one answers; the sort is stable.
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all.dedup_by(|a, b| a.name == b.name);
        all
    }
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.methods().iter().map(|info| &info.name)).finish()
    }
}

/// A method could not be registered.
#[derive(Debug)]
pub struct RegisterError {
    name: Box<str>,
    kind: RegisterErrorKind,
}

#[derive(Debug)]
enum RegisterErrorKind {
    Taken,
    Unknown,
    Empty,
    Reserved,
    MissingState(MissingState),
}

impl RegisterError {
    fn new(name: &str, kind: RegisterErrorKind) -> Self {
        Self { name: name.into(), kind }
    }

    /// Whether the name belongs to another method already.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self.kind, RegisterErrorKind::Taken)
    }
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.kind {
            RegisterErrorKind::Taken => write!(f, "there is a method `{name}` already"),
            RegisterErrorKind::Unknown => write!(f, "there is no method `{name}` to describe: register it first"),
            RegisterErrorKind::Empty => f.write_str("a method needs a name"),
            RegisterErrorKind::Reserved => write!(f, "`{name}`: names that start with `rpc.` are reserved"),
            RegisterErrorKind::MissingState(missing) => write!(f, "`{name}`: {missing}"),
        }
    }
}

impl std::error::Error for RegisterError {}
