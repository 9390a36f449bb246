//! Less common forms.

use std::sync::{Arc, Mutex};

use serde_json::json;
use tinyrpc::dispatch::{FromCall, MissingState, States};
use tinyrpc::{Call, Context, Dispatch, Dispatcher, RpcError, State};

use crate::bank::client;

/// Made from each call by a type of the program's own.
struct Length(usize);

impl FromCall for Length {
    type Source = ();

    fn prepare(_: &States) -> Result<(), MissingState> {
        Ok(())
    }

    fn from_call((): &(), call: &Call<'_>) -> Self {
        Self(call.method.len())
    }
}

type Outcome<T> = Result<T, RpcError>;

mod aliases {
    pub(super) type Result<T> = std::result::Result<T, tinyrpc::RpcError>;
}

mod elsewhere {
    pub(super) use tinyrpc as rpc;
}

#[tinyrpc::service(crate = elsewhere::rpc, rename_all = "camelCase", rename_all_args = "camelCase", params = "named")]
trait Odd {
    async fn with_a_body(&self, first_part: String) -> String {
        format!("{first_part}!")
    }

    fn aliased(&self, good: bool) -> aliases::Result<u8>;

    /// All of it.
    #[rpc(example(name = "one", params = "[1]", result = "1"))]
    fn r#match(&self, r#type: u32, #[cfg(test)] here: Option<u32>, #[cfg(any())] gone: Nowhere) -> u32;

    fn many(&self, a: Context, b: u8, #[rpc(from_call)] c: Length, d: Context, e: u8) -> (String, usize, u8);

    #[rpc(blocking)]
    fn blocks(&self, context: Context, nothing: Option<u8>, required: u8) -> String;
}

struct It;

impl Odd for It {
    fn aliased(&self, good: bool) -> Outcome<u8> {
        if good { Ok(1) } else { Err(RpcError::new(7, "bad")) }
    }

    fn r#match(&self, r#type: u32, here: Option<u32>) -> u32 {
        r#type + here.unwrap_or(0)
    }

    fn many(&self, a: Context, b: u8, c: Length, _: Context, e: u8) -> (String, usize, u8) {
        (a.method().to_owned(), c.0, b + e)
    }

    fn blocks(&self, context: Context, nothing: Option<u8>, required: u8) -> String {
        format!("{} {nothing:?} {required}", context.method())
    }
}

/// What is made from calls might want state, so there is no `into_dispatcher`.
fn odd() -> Dispatcher {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register_instance(OddService::new(It), "").unwrap();
    dispatcher
}

#[tokio::test]
async fn less_common_forms() {
    let client = client(odd());
    let typed = OddClient::from(client.clone());
    assert_eq!(typed.with_a_body("x".to_owned()).await.unwrap(), "x!");
    assert_eq!(client.call::<String>("withABody", json!({"firstPart": "y"})).await.unwrap(), "y!");
    assert_eq!(typed.aliased(true).await.unwrap(), 1);
    assert_eq!(typed.aliased(false).await.unwrap_err().into_app().unwrap().code(), 7);
    assert_eq!(typed.r#match(1, Some(2)).await.unwrap(), 3);
    assert_eq!(client.call::<u32>("match", json!({"type": 5})).await.unwrap(), 5);
    assert_eq!(typed.many(1, 2).await.unwrap(), ("many".to_owned(), 4, 3));
    assert_eq!(typed.blocks(None, 1).await.unwrap(), "blocks None 1");
    // An `Option` before a required argument has its place.
    let error = client.call::<String>("blocks", (1,)).await.unwrap_err();
    assert_eq!(error.kind(), tinyrpc::client::CallErrorKind::InvalidParams);
}

#[test]
fn examples_are_listed() {
    let methods = odd().methods();
    let method = methods.iter().find(|info| info.name == "match").unwrap();
    let description = method.description.as_ref().unwrap();
    assert_eq!((&*description.examples[0].params, &*description.examples[0].result), ("[1]", "1"));
    assert_eq!(description.params.as_ref().unwrap().len(), 2);
}

#[cfg(feature = "openrpc")]
#[test]
fn arguments_and_results_have_schemas() {
    let methods = odd().methods();
    let method = methods.iter().find(|info| info.name == "many").unwrap();
    let description = method.description.as_ref().unwrap();
    let schema = description.params.as_ref().unwrap()[0].info.schema(&mut Default::default()).unwrap();
    assert_eq!(schema.get("type"), Some(&json!("integer")));
    assert!(description.result.unwrap().schema(&mut Default::default()).is_some());
}

struct Pair;

#[tinyrpc::service]
impl Pair {
    #[rpc]
    fn first(&self) -> u8 {
        1
    }

    /// Second.
    #[rpc]
    fn second(&self, count: State<u8>) -> u8 {
        *count.0
    }
}

#[test]
fn an_instance_is_registered_whole_or_not_at_all() {
    let mut dispatcher = Dispatcher::new().with_state(2_u8);
    dispatcher.register("a.second", || 1).unwrap();
    assert!(dispatcher.register_instance(Pair, "a.").unwrap_err().is_duplicate());
    assert!(dispatcher.find("a.first").is_none());
    assert!(dispatcher.register_instance(Pair, "rpc.").is_err());
}

#[tokio::test]
async fn validators_see_public_names_and_descriptions() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let mut dispatcher = Dispatcher::new().with_state(2_u8).with_validator(Arc::new(move |info, _| {
        let docs = info.description.as_ref().map(|description| description.docs.to_string());
        log.lock().unwrap().push((info.name.clone(), docs));
        Ok(())
    }));
    dispatcher.register_instance(Pair, "a.").unwrap();
    assert_eq!(client(dispatcher).call::<u8>("a.second", ()).await.unwrap(), 2);
    assert_eq!(*seen.lock().unwrap(), [("a.second".to_owned(), Some("Second.".to_owned()))]);
}

#[tinyrpc::service]
trait Desk {
    /// Asks back before it answers.
    async fn greet(&self, guest: tinyrpc::client::Caller, greeting: String) -> Result<String, Refused>;
}

#[tinyrpc::service]
trait Guest {
    async fn name(&self, title: bool) -> Result<String, Refused>;
}

#[derive(Clone, Debug, RpcError)]
enum Refused {
    #[rpc(code = 1, message = "no {0}")]
    No(String),
    #[rpc(transparent)]
    Other(RpcError),
}

struct Here;

impl Desk for Here {
    async fn greet(&self, guest: tinyrpc::client::Caller, greeting: String) -> Result<String, Refused> {
        let guest = GuestClient::new(guest.into_client());
        match guest.name(greeting == "dear").await {
            Ok(name) => Ok(format!("{greeting} {name}")),
            Err(error) => Err(error.into_app().unwrap_or_else(|error| Refused::Other(error.into()))),
        }
    }
}

impl Guest for Here {
    async fn name(&self, title: bool) -> Result<String, Refused> {
        if title { Err(Refused::No("titles".to_owned())) } else { Ok("Ada".to_owned()) }
    }
}

/// Two services, one on each end of a link, and an error that crosses it twice.
async fn both_ends(protocol: impl tinyrpc::Protocol + Clone) {
    use tinyrpc::peer::PeerSettings;
    use tinyrpc::{Client, Service, transport::memory};
    let (here, there) = memory::pair(65_536);
    let desk = Service::new(protocol.clone(), Desk::into_dispatcher(Here));
    let _desk = Client::over_serving(there, desk, PeerSettings::new());
    let guest = Service::new(protocol, Guest::into_dispatcher(Here));
    let desk = DeskClient::new(Client::over_serving(here, guest, PeerSettings::new()));
    assert_eq!(desk.greet("hello".to_owned()).await.unwrap(), "hello Ada");
    let refused = desk.greet("dear".to_owned()).await.unwrap_err().into_app().unwrap();
    assert!(matches!(refused, Refused::No(what) if what == "titles"));
}

#[tokio::test]
async fn typed_services_on_both_ends_of_a_link() {
    both_ends(tinyrpc::JsonRpc::new()).await;
    #[cfg(feature = "msgpack")]
    both_ends(tinyrpc::MessagePackRpc::new()).await;
}
