//! Which web pages may call from a browser: cross-origin resource sharing, and the same for those who send without asking.

use std::sync::Arc;

/// Which web pages may call. For more than this, wrap the service in a tower middleware of your choice.
///
/// The server's own pages always may: those whose origin names the host and port that the request was sent to. A proxy that
/// changes the header `Host` makes them foreign ones.
#[derive(Clone, Debug, Default)]
pub struct Cors(Allowed);

#[derive(Clone, Debug, Default)]
enum Allowed {
    #[default]
    None,
    Any,
    These(Arc<[Box<str>]>),
}

impl Cors {
    /// None but the server's own. The default. Over HTTP no CORS header is sent.
    #[must_use]
    pub fn off() -> Self {
        Self(Allowed::None)
    }

    /// Every web page, as Python's tinyrpc does. Whatever a browser can reach then can be called by any page it shows.
    #[must_use]
    pub fn any() -> Self {
        Self(Allowed::Any)
    }

    /// The pages of these origins, each like `https://example.org` or `http://localhost:8080`. Letters in either case will
    /// do, and a `/` at the end.
    #[must_use]
    pub fn origins<S: Into<String>>(origins: impl IntoIterator<Item = S>) -> Self {
        // As browsers write them.
        let written = |origin: String| origin.trim_end_matches('/').to_ascii_lowercase().into_boxed_str();
        Self(Allowed::These(origins.into_iter().map(|origin| written(origin.into())).collect()))
    }

    /// What a request is allowed whose header `Origin` says this; `origin` is not called when nobody asks.
    pub(crate) fn allow<'r>(&self, origin: impl FnOnce() -> Option<&'r [u8]>) -> Allowance {
        match &self.0 {
            Allowed::None => Allowance::Silent,
            Allowed::Any => Allowance::Any,
            Allowed::These(origins) => match origin() {
                Some(origin) if origins.iter().any(|allowed| allowed.as_bytes() == origin) => Allowance::Origin,
                _ => Allowance::Denied,
            },
        }
    }

    /// Whether a request may be taken that was sent without asking first: browsers do that for WebSocket, and for a POST
    /// whose `Content-Type` says nothing. `origin` and `host` are what its headers say; who is no browser names no origin.
    pub(crate) fn admits(&self, origin: Option<&[u8]>, host: Option<&[u8]>) -> bool {
        let Some(origin) = origin else { return true };
        match self.allow(|| Some(origin)) {
            Allowance::Any | Allowance::Origin => true,
            Allowance::Silent | Allowance::Denied => host.is_some_and(|host| is_own(origin, host)),
        }
    }
}

/// Whether a page of this origin comes from the host that it calls. The port of either is the usual one of the page's scheme
/// if it is not named; whether the call came over TLS may only be known to a proxy.
fn is_own(origin: &[u8], host: &[u8]) -> bool {
    let (usual, named) = match (origin.strip_prefix(b"http://"), origin.strip_prefix(b"https://")) {
        (Some(named), _) => (&b":80"[..], named),
        (_, Some(named)) => (&b":443"[..], named),
        // `null`, an extension of a browser, a file.
        _ => return false,
    };
    let bare = |named: &[u8]| named.strip_suffix(usual).unwrap_or(named).to_ascii_lowercase();
    !named.is_empty() && bare(named) == bare(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_at_home_where_it_was_loaded() {
        for (origin, host, own) in [
            ("http://a.example", "a.example", true),
            ("http://a.example", "A.Example:80", true),
            ("https://a.example", "a.example:443", true),
            ("https://a.example:443", "a.example", true),
            ("http://[::1]:5000", "[::1]:5000", true),
            ("http://[::80]", "[::80]:80", true),
            ("http://a.example:5000", "a.example", false),
            ("http://a.example", "a.example:5000", false),
            ("http://a.example:443", "a.example", false),
            ("https://b.example", "a.example", false),
            ("http://a.example.b.example", "a.example", false),
            ("ftp://a.example", "a.example", false),
            ("http://", "", false),
            ("null", "null", false),
            ("", "", false),
        ] {
            assert_eq!(Cors::off().admits(Some(origin.as_bytes()), Some(host.as_bytes())), own, "{origin} {host}");
        }
    }

    #[test]
    fn others_are_let_in_by_name_or_all_of_them() {
        let (named, host) = (Cors::origins(["https://b.example"]), Some(&b"a.example"[..]));
        assert!(named.admits(Some(b"https://b.example"), host));
        assert!(named.admits(Some(b"https://a.example"), host), "its own pages");
        assert!(!named.admits(Some(b"https://c.example"), host));
        assert!(Cors::origins(["HTTPS://B.example/"]).admits(Some(b"https://b.example"), host));
        assert!(Cors::any().admits(Some(b"null"), None));
        assert!(Cors::off().admits(None, None), "no browser");
        assert!(!Cors::off().admits(Some(b"https://a.example"), None));
    }
}

/// What one response says about who may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowance {
    Silent,
    Any,
    /// The origin that asked.
    Origin,
    /// Another origin might have been granted, which caches must know.
    Denied,
}
