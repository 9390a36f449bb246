//! Says how far a long call has come, while it runs.
//!
//! The caller puts a token of its choice into the arguments, and the handler sends notifications that carry it. Language
//! servers and MCP have forms for that, which both sides here speak.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use tinyrpc::progress::{Progress, ProgressForm, ProgressToken};
//! # use tinyrpc::{Client, Context, Dispatcher, JsonRpc, Origin, Service, transport::memory};
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//!
//! #[derive(Deserialize, Serialize)]
//! #[serde(rename_all = "camelCase")]
//! struct Index {
//!     files: u64,
//!     work_done_token: Option<ProgressToken>,
//! }
//!
//! let mut dispatcher = Dispatcher::new();
//! dispatcher.register("index", |cx: Context, index: Index| async move {
//!     let progress = Progress::new(&cx, index.work_done_token);
//!     for file in 0..index.files {
//!         progress.report(file).await;
//!     }
//!     index.files
//! })?;
//! # let service = Service::new(JsonRpc::new(), dispatcher);
//! # let (here, there) = memory::pair(65_536);
//! # tokio::spawn(async move { service.link(Origin::new("memory"), there).await });
//! # let client = Client::over(here, JsonRpc::new());
//!
//! let mut seen = Vec::new();
//! let arguments = |token| Index { files: 3, work_done_token: Some(token) };
//! let report = |file: u64| seen.push(file);
//! let files: u64 = client.call_with_progress(ProgressForm::Lsp, "index", arguments, report).await?;
//! assert_eq!((files, seen), (3, vec![0, 1, 2]));
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};
use tinyrpc_core::Context;

use crate::peer::Peer;

/// What ties a progress notification to its call: chosen by the caller, a number or a string.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ProgressToken {
    /// A number.
    Number(i64),
    /// A string.
    Text(String),
}

/// How progress notifications look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProgressForm {
    /// `$/progress` with `{"token": …, "value": …}`, as language servers have it (LSP 3.17, "Progress Support"). The token
    /// usually stands in the call's argument `workDoneToken`.
    #[default]
    Lsp,
    /// `notifications/progress` with `{"progressToken": …, "progress": …, …}`, as in MCP: what is reported must be a map or
    /// a struct. The token stands in the call's argument `_meta` as `progressToken`.
    Mcp,
}

impl ProgressForm {
    pub(crate) fn method(self) -> &'static str {
        match self {
            Self::Lsp => "$/progress",
            Self::Mcp => "notifications/progress",
        }
    }

    /// The member that is the token.
    pub(crate) fn token(self) -> &'static str {
        match self {
            Self::Lsp => "token",
            Self::Mcp => "progressToken",
        }
    }

    /// The member that is what is reported; `None` when that is all members together.
    pub(crate) fn value(self) -> Option<&'static str> {
        match self {
            Self::Lsp => Some("value"),
            Self::Mcp => None,
        }
    }
}

/// Reports how far a call has come. Cheap to clone.
#[derive(Clone)]
pub struct Progress {
    to: Option<(Peer, ProgressToken)>,
    form: ProgressForm,
}

#[derive(Serialize)]
struct Lsp<'p, T> {
    token: &'p ProgressToken,
    value: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mcp<'p, T> {
    progress_token: &'p ProgressToken,
    #[serde(flatten)]
    value: T,
}

impl Progress {
    /// Reports to the caller, in the form of language servers. Without a token, and where there is no link, reports go
    /// nowhere.
    #[must_use]
    pub fn new(context: &Context, token: Option<ProgressToken>) -> Self {
        let to = context.extension::<Peer>().cloned().zip(token);
        Self { to, form: ProgressForm::Lsp }
    }

    /// Reports in this form.
    #[must_use]
    pub fn with_form(mut self, form: ProgressForm) -> Self {
        self.form = form;
        self
    }

    /// Whether reports reach anybody.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.to.as_ref().is_some_and(|(peer, _)| !peer.is_closed())
    }

    /// Sends a report, and returns when it has been handed to the link, before anything that the handler does later. One
    /// that cannot be sent is logged and left out: the call is what counts.
    ///
    /// Dropping the future gives up a report that has not been handed over.
    pub async fn report(&self, value: impl Serialize) {
        let Some((peer, token)) = &self.to else { return };
        let mut message = Vec::with_capacity(128);
        let encoded = match self.form {
            ProgressForm::Lsp => write(peer, self.form, &Lsp { token, value }, &mut message),
            ProgressForm::Mcp => write(peer, self.form, &Mcp { progress_token: token, value }, &mut message),
        };
        if let Err(error) = encoded {
            tracing::error!(%error, "a report of progress cannot be encoded");
        } else if let Err(error) = peer.notify(message.into()).await {
            tracing::debug!(%error, "a report of progress was not sent");
        }
    }
}

fn write(
    peer: &Peer,
    form: ProgressForm,
    params: &impl Serialize,
    out: &mut Vec<u8>,
) -> Result<(), tinyrpc_core::EncodeError> {
    let protocol = peer.protocol();
    let (codec, named) = (protocol.codec(), protocol.capabilities().named_params);
    let mut encode = |out: &mut Vec<u8>| if named { codec.to_raw(params, out) } else { codec.to_raw(&(params,), out) };
    protocol.write_request(None, form.method(), &mut encode, out)
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("form", &self.form).field("wanted", &self.is_wanted()).finish()
    }
}
