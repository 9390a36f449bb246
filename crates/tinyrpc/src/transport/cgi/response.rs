//! What a CGI program prints.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::transport::web::{ALLOWED_HEADERS, ALLOWED_METHODS, Allowance, PREFLIGHT_SECONDS};

/// The response to one request (RFC 3875 §6.2.1).
#[derive(Clone, Debug)]
pub struct CgiResponse {
    status: u16,
    headers: Vec<(&'static str, Cow<'static, str>)>,
    body: Vec<u8>,
    preflight: bool,
}

impl CgiResponse {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The header of this name, in any case. `Content-Length` is not among them; it follows from the body.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// The body: a reply, or why there is none.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Writes all of it, head and body in one piece.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write_to(&self, mut out: impl Write) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(self.body.len() + 256);
        write!(bytes, "Status: {} {}\r\n", self.status, reason(self.status))?;
        for (name, value) in &self.headers {
            write!(bytes, "{name}: {value}\r\n")?;
        }
        // 204 must not have one (RFC 9110 §8.6).
        if self.status != 204 {
            write!(bytes, "Content-Length: {}\r\n", self.body.len())?;
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        out.write_all(&bytes)
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), preflight: false }
    }

    pub(super) fn reply(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { body, ..Self::empty(status) }.with("Content-Type", content_type)
    }

    /// A refusal that a person may read.
    pub(super) fn text(status: u16, text: impl Into<String>) -> Self {
        Self::reply(status, "text/plain; charset=utf-8", text.into().into_bytes())
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// It answers a browser that asks whether it may call.
    pub(super) fn answering_preflight(mut self) -> Self {
        self.preflight = true;
        self
    }

    /// Says which web pages may read it.
    pub(super) fn allowing(self, allowance: Allowance, origin: Option<String>) -> Self {
        let response = match (allowance, origin) {
            (Allowance::Silent, _) => return self,
            (Allowance::Any, _) => self.with("Access-Control-Allow-Origin", "*"),
            (Allowance::Origin, Some(origin)) => {
                self.with("Vary", "Origin").with("Access-Control-Allow-Origin", origin)
            }
            (Allowance::Origin | Allowance::Denied, _) => return self.with("Vary", "Origin"),
        };
        let response = response
            .with("Access-Control-Allow-Methods", ALLOWED_METHODS)
            .with("Access-Control-Allow-Headers", ALLOWED_HEADERS);
        match response.preflight {
            true => response.with("Access-Control-Max-Age", PREFLIGHT_SECONDS),
            false => response,
        }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        202 => "Accepted",
        204 => "No Content",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        _ => "Bad Request",
    }
}
