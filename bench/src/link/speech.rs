//! What a server's load says and hears on the wire: calls of `add(1, 2)` with ids of one length, and replies cut out.

use super::{Medium, tarpc};
use crate::Failure;
use crate::case::{Case, Wire};

/// The first id. All ids have six digits, so all calls have one length, and so have all replies.
const FIRST: u64 = 100_000;
/// As many ids; no two calls in flight at a time share one.
const IDS: u64 = 800_000;

/// How messages are written and cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Line,
    MsgPack,
    Frame,
    Tarpc { json: bool },
}

/// One side's words to one peer.
#[derive(Debug)]
pub(super) struct Speech {
    form: Form,
    /// Whether the peer sends back what it gets.
    echoes: bool,
    next: u64,
    /// How long a reply is with what frames it, once one has come.
    usual: Option<usize>,
}

impl Speech {
    pub(super) fn new(medium: Medium, peer: &str) -> Speech {
        let form = match peer {
            "tarpc-bincode" => Form::Tarpc { json: false },
            "tarpc-json" => Form::Tarpc { json: true },
            _ if medium == Medium::Ws => Form::Frame,
            _ if peer.contains("msgpack") => Form::MsgPack,
            _ => Form::Line,
        };
        Speech { form, echoes: peer == "bare", next: 0, usual: None }
    }

    /// Appends another call.
    pub(super) fn call(&mut self, out: &mut Vec<u8>) -> Result<(), Failure> {
        let id = FIRST + self.next % IDS;
        self.next += 1;
        match self.form {
            Form::Line => {
                json(id, out);
                out.push(b'\n');
            }
            Form::MsgPack => {
                out.extend_from_slice(b"\x94\x00\xce");
                out.extend_from_slice(&u32::try_from(id)?.to_be_bytes());
                out.extend_from_slice(b"\xa3add\x92\x01\x02");
            }
            Form::Frame => {
                let start = out.len();
                // Text, at its end, masked with zeros.
                out.extend_from_slice(&[0x81, 0x80, 0, 0, 0, 0]);
                json(id, out);
                let length = u8::try_from(out.len() - start - 6).ok().filter(|length| *length < 126);
                out[start + 1] |= length.ok_or("too long for a short frame")?;
            }
            Form::Tarpc { json } => {
                let call = tarpc::call(json, id)?;
                out.extend_from_slice(&u32::try_from(call.len())?.to_be_bytes());
                out.extend_from_slice(&call);
            }
        }
        Ok(())
    }

    /// The length of the reply at the front, if all of it is there. The first one is checked whole, of the others the
    /// length.
    pub(super) fn reply(&mut self, unread: &[u8]) -> Result<Option<usize>, Failure> {
        let Some((head, body, end)) = self.cut(unread) else { return Ok(None) };
        if end > unread.len() {
            return Ok(None);
        }
        match self.usual {
            None => self.check(&unread[head..body])?,
            Some(usual) if usual == end => {}
            Some(usual) => return Err(format!("{end} bytes instead of {usual}").into()),
        }
        self.usual = Some(end);
        Ok(Some(end))
    }

    /// Where the body of a reply begins and ends, and where the next reply begins.
    fn cut(&self, unread: &[u8]) -> Option<(usize, usize, usize)> {
        match self.form {
            Form::Line => memchr::memchr(b'\n', unread).map(|end| (0, end, end + 1)),
            // Array, kind, id, nil, 3.
            Form::MsgPack => Some((0, 9, 9)),
            Form::Frame => {
                let length = usize::from(unread.get(1)? & 0x7f);
                Some((2, 2 + length, 2 + length))
            }
            Form::Tarpc { .. } => {
                let length = u32::from_be_bytes(*unread.first_chunk()?);
                let end = 4 + usize::try_from(length).ok()?;
                Some((4, end, end))
            }
        }
    }

    fn check(&self, reply: &[u8]) -> Result<(), Failure> {
        if self.echoes {
            return Ok(());
        }
        // Replies may come in any order, but the first of all calls is alone.
        match self.form {
            Form::Tarpc { json } => tarpc::check(json, FIRST, reply),
            Form::MsgPack => Case::Add.check_as(Wire::MsgPack, FIRST, reply),
            Form::Line | Form::Frame => Case::Add.check_as(Wire::Json, FIRST, reply),
        }
    }
}

fn json(id: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":"#);
    let start = out.len();
    out.extend_from_slice(b"000000}");
    let mut rest = id;
    for digit in out[start..start + 6].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}
