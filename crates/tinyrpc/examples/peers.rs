//! Both ends of a link call each other, and a call that is given up is cancelled on the other side.

use std::sync::Arc;

use tinyrpc::client::{Caller, Connector};
use tinyrpc::{Client, Dispatcher, JsonRpc, RpcError, Server, Service};
use tokio::sync::Notify;

/// Asks whoever calls for a name while the call is under way.
async fn greet(caller: Caller, (greeting,): (String,)) -> Result<String, RpcError> {
    let asked = caller.call("name", ()).await;
    let name: String = asked.map_err(|error| RpcError::application(format!("nobody to greet: {error}")))?;
    Ok(format!("{greeting}, {name}"))
}

/// Says when it is dropped.
struct Work(Arc<Notify>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (begun, given_up) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let mut desk = Dispatcher::new();
    desk.register("greet", greet)?;
    let (began, dropped) = (Arc::clone(&begun), Arc::clone(&given_up));
    desk.register("work", move || {
        let work = Work(Arc::clone(&dropped));
        began.notify_one();
        async move {
            let _work = work;
            std::future::pending::<()>().await;
        }
    })?;
    let server = Server::new(Service::new(JsonRpc::new(), desk)).bind("inproc://desk").await?;
    let serving = tokio::spawn(server.run());

    // Over `tcp:`, `unix:`, `ws:`, `exec:`, `stdio:` and `zmq+tcp:` it is the same.
    let mut guest = Dispatcher::new();
    guest.register("name", || "Ada")?;
    let connector = Connector::new().with_service(Service::new(JsonRpc::new(), guest));
    let client = connector.connect("inproc://desk").await?;

    let greeting: String = client.call("greet", ("Good morning",)).await?;
    println!("{greeting}");
    assert_eq!(greeting, "Good morning, Ada");

    // Whoever drops the future of a call gives it up.
    tokio::select! {
        ended = client.call::<()>("work", ()) => panic!("{ended:?}"),
        () = begun.notified() => {}
    }
    given_up.notified().await;
    println!("the handler of the call that was given up has been dropped");

    // Without a service there is nothing to ask for.
    let silent = Client::connect("inproc://desk").await?;
    let error = silent.call::<String>("greet", ("Hello",)).await.expect_err("it has no name");
    println!("without a service: {error}");
    serving.abort();
    Ok(())
}
