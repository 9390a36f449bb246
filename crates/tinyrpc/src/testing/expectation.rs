//! What a mock server expects, and how it is told.

use std::collections::VecDeque;
use std::fmt;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tinyrpc_core::dispatch::{ArgumentCheck, IntoHandler, States};
use tinyrpc_core::{Codec, RpcError};

use super::action::Action;
use super::mock::MockServer;
use super::received::Received;
use super::value::{Arguments, Value};

/// How often calls are expected: a number, or a range such as `1..`, `0..=2` or `..`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub(super) least: usize,
    pub(super) most: usize,
}

macro_rules! times {
    ($($range:ty, $times:ident => $least:expr, $most:expr;)*) => {$(
        impl From<$range> for Times {
            fn from($times: $range) -> Self {
                Self { least: $least, most: $most }
            }
        }
    )*};
}

times! {
    usize, times => times, times;
    Range<usize>, times => times.start, times.end.saturating_sub(1);
    RangeInclusive<usize>, times => *times.start(), *times.end();
    RangeFrom<usize>, times => times.start, usize::MAX;
    RangeTo<usize>, times => 0, times.end.saturating_sub(1);
    RangeToInclusive<usize>, times => 0, times.end;
    RangeFull, _times => 0, usize::MAX;
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (0, 0) => f.write_str("never"),
            (1, 1) => f.write_str("once"),
            (least, most) if least == most => write!(f, "{least} times"),
            (0, usize::MAX) => f.write_str("any number of times"),
            (least, usize::MAX) => write!(f, "at least {}", Times::from(least)),
            (0, most) => write!(f, "at most {}", Times::from(most)),
            (least, most) => write!(f, "{least} to {most} times"),
        }
    }
}

type Encode = dyn Fn(&'static dyn Codec) -> Option<Value> + Send + Sync;
type Fits = dyn Fn(&Received) -> bool + Send + Sync;

#[derive(Clone)]
pub(super) enum Wanted {
    Any,
    /// Arguments of this value, in the encoding of the call.
    Equal(Arc<Encode>),
    Fitting(Arc<Fits>),
}

/// Which calls are expected, and how many of them came. Looking whether a call fits runs code of the test.
#[derive(Clone)]
pub(super) struct Pattern {
    pub(super) method: Arc<str>,
    pub(super) wanted: Wanted,
    pub(super) times: Times,
    pub(super) came: usize,
}

/// An expectation as it stands.
pub(super) struct Rule {
    pub(super) pattern: Pattern,
    /// Taken before the last action, one by one.
    pub(super) queue: VecDeque<Action>,
    pub(super) action: Action,
    pub(super) delay: Option<Duration>,
}

impl Rule {
    pub(super) fn new(method: String) -> Self {
        Self {
            pattern: Pattern { method: method.into(), wanted: Wanted::Any, times: 1.into(), came: 0 },
            queue: VecDeque::new(),
            action: Action::value(()),
            delay: None,
        }
    }
}

impl Pattern {
    /// Whether the arguments are those that are expected.
    pub(super) fn fits(&self, received: &Received) -> bool {
        match &self.wanted {
            Wanted::Any => true,
            Wanted::Equal(encode) => encode(received.params.codec()).is_some_and(|wanted| wanted == received.value),
            Wanted::Fitting(fits) => fits(received),
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.came < self.times.most
    }

    pub(super) fn is_met(&self) -> bool {
        self.came >= self.times.least
    }

    /// As `add(1, 2)`.
    pub(super) fn describe(&self, codec: &'static dyn Codec) -> String {
        let wanted = match &self.wanted {
            Wanted::Any => "…".to_owned(),
            Wanted::Equal(encode) => {
                encode(codec).map_or_else(|| "<not to be encoded>".to_owned(), |value| Arguments(&value).to_string())
            }
            Wanted::Fitting(_) => "<fitting>".to_owned(),
        };
        format!("{}({wanted})", self.method)
    }
}

/// A call that a [`MockServer`] expects; its methods say more about it. As it is made: once, with any arguments, and
/// answered with null.
///
/// When several expectations fit a call, the first one that has not had all its calls is taken. So several of the same
/// method make a sequence.
pub struct Expectation<'m> {
    mock: &'m MockServer,
    index: usize,
}

impl<'m> Expectation<'m> {
    pub(super) fn new(mock: &'m MockServer, index: usize) -> Self {
        Self { mock, index }
    }

    /// With these arguments: a tuple stands for positional ones, a struct or map for named ones, `()` for none. Numbers are
    /// equal if they are worth the same.
    pub fn with(self, params: impl Serialize + Send + Sync + 'static) -> Self {
        let encode = move |codec: &'static dyn Codec| {
            let mut raw = Vec::new();
            codec.to_raw(&params, &mut raw).ok()?;
            Some(Value::params(&raw, codec))
        };
        self.change(|rule| rule.pattern.wanted = Wanted::Equal(Arc::new(encode)))
    }

    /// With arguments that are a `T` and that `fits` says yes to. It may be asked more than once about a call, and may look at
    /// the mock server.
    pub fn matching<T: DeserializeOwned>(self, fits: impl Fn(T) -> bool + Send + Sync + 'static) -> Self {
        let fits = move |received: &Received| received.params().is_ok_and(&fits);
        self.change(|rule| rule.pattern.wanted = Wanted::Fitting(Arc::new(fits)))
    }

    /// So often; default: once. `0` says that it must not come.
    pub fn times(self, times: impl Into<Times>) -> Self {
        let times = times.into();
        self.change(|rule| rule.pattern.times = times)
    }

    /// Returns this value.
    pub fn returns(self, value: impl Serialize + Send + Sync + 'static) -> Self {
        self.acts(Action::value(value))
    }

    /// Returns these values, one call after the other, and expects as many calls.
    pub fn returns_each<T: Serialize + Send + Sync + 'static>(self, values: impl IntoIterator<Item = T>) -> Self {
        let actions: VecDeque<_> = values.into_iter().map(Action::value).collect();
        self.change(|rule| {
            rule.pattern.times = actions.len().into();
            rule.queue = actions;
        })
    }

    /// Fails with this error.
    pub fn fails(self, error: impl Into<RpcError>) -> Self {
        self.acts(Action::Fail(error.into()))
    }

    /// Runs a handler, of any kind that a dispatcher takes, on the arguments.
    ///
    /// # Panics
    /// When the handler wants state, which is not here: let it capture that.
    pub fn answers<Via>(self, handler: impl IntoHandler<Via>) -> Self {
        let handler = handler.into_handler(&States::default(), ArgumentCheck::default());
        self.acts(Action::Run(handler.unwrap_or_else(|error| panic!("{error}")).into()))
    }

    /// Never replies. The caller's time runs out.
    pub fn never_replies(self) -> Self {
        self.acts(Action::Hang)
    }

    /// Drops the connection. That is possible on links, and with [`MockServer::client`]; over others, such as HTTP, the
    /// call fails with an error that says so.
    pub fn drops_connection(self) -> Self {
        self.acts(Action::Cut)
    }

    /// Waits so long before whatever it does.
    pub fn after(self, delay: Duration) -> Self {
        self.change(|rule| rule.delay = Some(delay))
    }

    fn acts(self, action: Action) -> Self {
        self.change(|rule| rule.action = action)
    }

    fn change(self, change: impl FnOnce(&mut Rule)) -> Self {
        self.mock.change(self.index, change);
        self
    }
}

impl fmt::Debug for Expectation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expectation({})", self.index)
    }
}
