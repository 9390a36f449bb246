//! One request on its way to its response.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::header::EXPECT;
use http::{Request, StatusCode, Version};
use hyper::body::Body;
use pin_project_lite::pin_project;

use super::super::metadata;
use super::cors::Grant;
use super::receive::{Discarding, Receiving, Trouble};
use super::reply::{self, Reply};
use super::service::Shared;
use super::settings::status;
use crate::service::{Answered, Pending};
use crate::transport::web::Head;

/// The most of a refused body that is read so that its connection can be kept, unless the message limit is higher.
const WORTH_READING: u64 = 1 << 20;

/// The most that a reply's buffer starts with; it grows as needed.
const REPLY_START: usize = 64 << 10;

pin_project! {
    /// The future of a response. Dropping it cancels the calls of the request; its notifications run on.
    pub struct HttpExchange<B> {
        #[pin]
        body: B,
        shared: Arc<Shared>,
        address: Option<Arc<str>>,
        grant: Grant,
        rest: Rest,
        step: Step,
    }
}

enum Step {
    Receive {
        request: Box<Head>,
        protocol: usize,
        receiving: Receiving,
    },
    Run {
        protocol: usize,
        pending: Pending,
    },
    /// The answer is known, but something of the request is still to come.
    Discard {
        reply: Reply,
        discarding: Discarding,
    },
    Answer(Reply),
    Done,
}

/// What is to become of a body that nobody wants.
#[derive(Clone, Copy, PartialEq)]
enum Rest {
    /// It is read, so that the next request on the connection can be found.
    Read,
    /// It has not been sent yet, and will not be if the connection closes.
    Unsent,
    /// It is in nobody's way.
    Ignore,
}

impl<B: Body> HttpExchange<B> {
    pub(super) fn new(shared: Arc<Shared>, request: Request<B>, address: Option<&Arc<str>>) -> Self {
        let (request, body) = request.into_parts();
        let grant = Grant::new(&shared.settings.answering.cors, &request.headers);
        let rest = if request.version < Version::HTTP_2 { Rest::Read } else { Rest::Ignore };
        let limit = shared.service.limits().message();
        let refused = match shared.admit(&request) {
            Ok(protocol) if body.size_hint().lower() > limit as u64 => shared.too_large(protocol),
            Ok(protocol) => {
                let receiving = Receiving::new(limit, shared.settings.body_timeout);
                let step = Step::Receive { request: Box::new(Head(request)), protocol, receiving };
                return Self { body, shared, address: address.cloned(), grant, rest, step };
            }
            Err(why) => shared.refusal(why, &grant),
        };
        let unsent = rest == Rest::Read && request.headers.contains_key(EXPECT);
        let step = refuse(&shared, refused, &body, if unsent { Rest::Unsent } else { rest });
        Self { body, shared, address: None, grant, rest, step }
    }
}

/// Answers without the body, of which something may still be on its way.
fn refuse<B: Body>(shared: &Shared, mut reply: Reply, body: &B, rest: Rest) -> Step {
    if rest == Rest::Ignore || body.is_end_stream() {
        return Step::Answer(reply);
    }
    let limit = WORTH_READING.max(shared.service.limits().message() as u64);
    if rest == Rest::Unsent || body.size_hint().lower() > limit {
        reply::close(&mut reply);
        return Step::Answer(reply);
    }
    Step::Discard { reply, discarding: Discarding::new(limit, shared.settings.body_timeout) }
}

impl<B: Body> Future for HttpExchange<B> {
    type Output = Result<Reply, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let shared = &**this.shared;
        loop {
            match this.step {
                Step::Receive { receiving, .. } => {
                    let received = ready!(receiving.poll(this.body.as_mut(), cx));
                    let Step::Receive { request, protocol, .. } = std::mem::replace(this.step, Step::Done) else {
                        return Poll::Pending;
                    };
                    *this.step = match received {
                        Ok(message) => run(shared, protocol, request, this.address.take(), &message),
                        Err(trouble) => abandon(shared, protocol, trouble, &*this.body, *this.rest),
                    };
                }
                Step::Run { protocol, pending } => {
                    let out = ready!(Pin::new(pending).poll(cx));
                    *this.step = Step::Answer(answer(shared, *protocol, out));
                }
                Step::Discard { discarding, .. } => {
                    let drained = ready!(discarding.poll(this.body.as_mut(), cx));
                    if let Step::Discard { mut reply, .. } = std::mem::replace(this.step, Step::Done) {
                        if !drained {
                            reply::close(&mut reply);
                        }
                        *this.step = Step::Answer(reply);
                    }
                }
                Step::Answer(_) => {
                    if let Step::Answer(mut reply) = std::mem::replace(this.step, Step::Done) {
                        this.grant.apply(reply.headers_mut());
                        return Poll::Ready(Ok(reply));
                    }
                }
                Step::Done => return Poll::Pending,
            }
        }
    }
}

fn run(shared: &Shared, protocol: usize, request: Box<Head>, address: Option<Arc<str>>, message: &[u8]) -> Step {
    let metadata = metadata::read(&request.0.headers);
    let origin = Arc::new(request.into_origin("http", address).with_metadata(metadata));
    let mut out = Vec::with_capacity(message.len().min(REPLY_START) + 64);
    match shared.service.answer(shared.protocol(protocol), &origin, message, &mut out) {
        Answered::Written => Step::Answer(answer(shared, protocol, out)),
        Answered::Later(pending) => Step::Run { protocol, pending },
        Answered::Nothing => Step::Answer(reply::empty(status(shared.settings.answering.nothing_owed))),
    }
}

fn answer(shared: &Shared, protocol: usize, out: Vec<u8>) -> Reply {
    if out.is_empty() {
        return reply::empty(status(shared.settings.answering.nothing_owed));
    }
    reply::reply(StatusCode::OK, shared.content_type(protocol), out)
}

/// Answers what did not become a message.
fn abandon<B: Body>(shared: &Shared, protocol: usize, trouble: Trouble, body: &B, rest: Rest) -> Step {
    let mut reply = match trouble {
        // The client has been told to go on, if it asked.
        Trouble::TooLarge if rest == Rest::Unsent => {
            return refuse(shared, shared.too_large(protocol), body, Rest::Read);
        }
        Trouble::TooLarge => return refuse(shared, shared.too_large(protocol), body, rest),
        Trouble::Broken => reply::broken(),
        Trouble::Slow => reply::slow(),
    };
    if rest != Rest::Ignore {
        reply::close(&mut reply);
    }
    Step::Answer(reply)
}

impl<B> fmt::Debug for HttpExchange<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpExchange").finish_non_exhaustive()
    }
}
