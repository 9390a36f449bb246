//! The answer to a request that is owed none.

/// The answer to a message that is owed no reply, such as a notification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NothingOwed {
    /// 200 with an empty body, which every known client takes. The default.
    #[default]
    Ok,
    /// 204. Some clients take it for a failure.
    NoContent,
    /// 202 with an empty body.
    Accepted,
}
