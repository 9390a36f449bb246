//! What the macros write, in a strict program whose own types and derives have names that macros like to use.
#![deny(warnings, missing_docs, unreachable_pub, clippy::pedantic)]
// Of the program itself, not of what the macros write.
#![allow(unused_imports, clippy::unused_self, clippy::needless_pass_by_value)]

use serde::{Deserialize, Serialize};
use tinyrpc::JsonRpc;
use tinyrpc::transport::memory;

/// Derives that are not those of the standard library.
use serde::Serialize as Clone;
use serde::Serialize as Debug;

/// Where the macros find tinyrpc.
mod renamed {
    pub(crate) use tinyrpc as rpc;
}

macro_rules! shadowed {
    ($($name:ident)*) => {$(
        /// Not what it is elsewhere.
        #[allow(dead_code)]
        #[derive(std::fmt::Debug, Serialize, Deserialize)]
        #[cfg_attr(feature = "openrpc", derive(schemars::JsonSchema))]
        pub struct $name(pub u8);
    )*};
}

shadowed!(S D E T Arc Box Vec String Dispatcher Client Service Proxy Call Send Sync Future Default);

/// An error.
#[derive(std::fmt::Debug, std::clone::Clone, renamed::rpc::RpcError)]
#[rpc(crate = renamed::rpc)]
pub enum Trouble {
    /// With a raw field.
    #[rpc(code = 1, message = "no \"{type}\" for {code} {{}}")]
    No {
        /// What.
        r#type: u8,
        /// Which.
        code: u8,
    },
    /// Several.
    #[rpc(code = 2, message = "{0} and {1:?}")]
    Two(u8, u16),
}

/// "Quoted" `docs` \ {braces} #"#.
#[tinyrpc::service(crate = renamed::rpc, params = "named")]
pub trait Names {
    /// A type that is called like a type parameter.
    fn all(&self, s: S, d: D, e: E, t: T) -> S;

    /// "Quotes" in it.
    async fn standard(&self, text: String, list: Vec, arc: Arc, boxed: Box) -> Result<String, Trouble>;

    /// Names of arguments that the written code might have for itself.
    fn locals(&self, client: u8, prefix: u8, name: u8, args: u8, given: Option<u8>, list: Option<u8>) -> u8;

    /// A lint that only the body gives.
    #[expect(unused_variables)]
    fn expected(&self, unused: u8) -> u8 {
        7
    }

    /// Is never there.
    #[cfg(any())]
    fn gone(&self, it: Nowhere) -> Nowhere;

    /// Has a name that is a keyword.
    fn r#type(&self, r#fn: u8, #[rpc(default = 3)] r#loop: u8) -> u8;
}

/// An implementation.
#[derive(std::fmt::Debug)]
pub struct It;

impl Names for It {
    fn all(&self, s: S, d: D, e: E, t: T) -> S {
        S(s.0 + d.0 + e.0 + t.0)
    }

    async fn standard(&self, text: String, list: Vec, arc: Arc, boxed: Box) -> Result<String, Trouble> {
        match text.0 {
            0 => Err(Trouble::No { r#type: list.0, code: arc.0 }),
            _ => Ok(String(text.0 + boxed.0)),
        }
    }

    fn locals(&self, client: u8, prefix: u8, name: u8, args: u8, given: Option<u8>, list: Option<u8>) -> u8 {
        client + prefix + name + args + given.unwrap_or(0) + list.unwrap_or(0)
    }

    fn r#type(&self, r#fn: u8, r#loop: u8) -> u8 {
        r#fn + r#loop
    }
}

/// Adds.
#[tinyrpc::method]
#[must_use]
pub fn plus(s: S, t: T) -> S {
    S(s.0 + t.0)
}

/// An instance.
#[derive(std::fmt::Debug)]
pub struct Own;

#[tinyrpc::service(crate = renamed::rpc)]
impl Own {
    /// Gives it back.
    #[rpc]
    #[must_use]
    pub fn same(&self, s: S, #[rpc(default)] other: Option<T>) -> S {
        S(s.0 + other.map_or(0, |other| other.0))
    }
}

#[tokio::test]
async fn names_of_the_program_and_of_the_macros_do_not_meet() {
    let mut dispatcher = Names::into_dispatcher(It);
    dispatcher.register_instance(PlusMethod, "").unwrap();
    dispatcher.register_instance(Own, "").unwrap();
    let (here, there) = memory::pair(65_536);
    let service = tinyrpc::Service::new(JsonRpc::new(), dispatcher);
    let _serving = tinyrpc::Client::over_serving(there, service, tinyrpc::peer::PeerSettings::new());
    let client = tinyrpc::Client::over(here, JsonRpc::new());
    let names = NamesClient::new(std::clone::Clone::clone(&client));
    let _ = format!("{:?} {PlusMethod:?}", std::clone::Clone::clone(&names));
    assert_eq!(names.all(S(1), D(2), E(3), T(4)).await.unwrap().0, 10);
    assert_eq!(names.standard(String(1), Vec(1), Arc(1), Box(2)).await.unwrap().0, 3);
    let error = names.standard(String(0), Vec(1), Arc(2), Box(2)).await.unwrap_err();
    assert_eq!(error.to_string(), "no \"1\" for 2 {}");
    assert_eq!(names.locals(1, 2, 3, 4, Some(5), None).await.unwrap(), 15);
    assert_eq!(names.expected(1).await.unwrap(), 7);
    assert_eq!(names.r#type(1, None).await.unwrap(), 4);
    assert_eq!(client.call::<u8>("plus", (1, 2)).await.unwrap(), 3);
    assert_eq!(client.call::<u8>("same", (1,)).await.unwrap(), 1);
}
