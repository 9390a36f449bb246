//! Typed clients and streams, which are async, in a program that is not.

use tinyrpc::blocking::{Client, block_on, iterate};
use tinyrpc::subscription::RegisterSubscription as _;
use tinyrpc::transport::memory::{Memory, pair};
use tinyrpc::{Dispatcher, JsonRpc, Origin, RpcError, Service, TypedCallError};

#[derive(Debug, PartialEq, RpcError)]
enum CashError {
    #[rpc(code = 99, message = "{needed} more needed")]
    NoFunds { needed: u64 },
}

#[tinyrpc::service(prefix = "cash.")]
trait Cash {
    /// Takes money out.
    async fn withdraw(&self, amount: u64) -> Result<u64, CashError>;
}

struct Till(u64);

impl Cash for Till {
    async fn withdraw(&self, amount: u64) -> Result<u64, CashError> {
        self.0.checked_sub(amount).ok_or(CashError::NoFunds { needed: amount - self.0 })
    }
}

#[test]
fn a_typed_client_runs_under_block_on() {
    let service = Service::new(JsonRpc::new(), Till(5).into_dispatcher());
    let client = Client::new(Memory::new(service), JsonRpc::new());
    let cash = CashClient::new(client.as_async().clone());
    assert_eq!(block_on(cash.withdraw(2)).unwrap(), 3);
    match block_on(cash.withdraw(8)) {
        Err(TypedCallError::App(error)) => assert_eq!(error, CashError::NoFunds { needed: 3 }),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stream_is_an_iterator() {
    let mut dispatcher = Dispatcher::new();
    let numbers = |(from, to): (u64, u64)| futures_util::stream::iter(from..to);
    dispatcher.register_subscription("subscribe_numbers", numbers).unwrap();
    let service = Service::new(JsonRpc::new(), dispatcher);
    let (here, there) = pair(65_536);
    std::thread::spawn(move || block_on(service.link(Origin::new("test"), there)));
    let client = Client::over(here, JsonRpc::new());
    let numbers = block_on(client.as_async().subscribe::<u64>("subscribe_numbers", (1, 4))).unwrap();
    assert_eq!(iterate(numbers).map(Result::unwrap).collect::<Vec<_>>(), [1, 2, 3]);
}
