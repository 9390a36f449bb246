//! ZeroMQ, where one socket serves all peers.

use std::sync::Arc;

use tinyrpc::client::Caller;
use tinyrpc::peer::PeerSettings;
use tinyrpc::transport::zmq::{ZmqServer, ZmqSettings};
use tinyrpc::{Client, Dispatcher, JsonRpc, Server, Service};
use tokio::sync::{Notify, Semaphore};

use crate::media::{connect, serve};
use crate::mutual::*;

const URL: &str = "zmq+tcp://127.0.0.1:0";

#[tokio::test]
async fn a_router_calls_a_dealer_back() {
    for protocol in ["jsonrpc", "msgpack"] {
        let served = serve(ZmqServer::bind(URL).await.unwrap(), protocol);
        let client = connect(&served, protocol, PeerSettings::new()).await;
        go_deep(&client).await;
        go_at_once(&client).await;
        // Each of several is called by itself.
        let others = [(); 5].map(|()| connect(&served, protocol, PeerSettings::new()));
        for other in others {
            go_deep(&other.await).await;
        }
        let settings = ZmqSettings::new().with_calls_in_flight(1);
        let served = serve(ZmqServer::bind_with(URL, settings).await.unwrap(), protocol);
        be_refused(&connect(&served, protocol, PeerSettings::new()).await).await;
    }
}

/// What the server's handlers tell of themselves.
struct Watched {
    began: Arc<Notify>,
    ended: Arc<Semaphore>,
}

/// `ask` calls the caller's `wait` and says how that ended; `never` never ends and says when it is dropped.
fn watched() -> (Service, Watched) {
    struct Tell(Arc<Semaphore>);
    impl Drop for Tell {
        fn drop(&mut self) {
            self.0.add_permits(1);
        }
    }
    let watched = Watched { began: Arc::default(), ended: Arc::new(Semaphore::new(0)) };
    let mut dispatcher = Dispatcher::new();
    let ended = Arc::clone(&watched.ended);
    dispatcher
        .register("ask", move |caller: Caller, (): ()| {
            let ended = Arc::clone(&ended);
            async move {
                // In a task of its own it outlives its call.
                let asking = tokio::spawn(async move {
                    let reply = caller.call::<()>("wait", ()).await;
                    ended.add_permits(1);
                    reply.map_err(|error| error.to_string())
                });
                asking.await.unwrap()
            }
        })
        .unwrap();
    let (began, ended) = (Arc::clone(&watched.began), Arc::clone(&watched.ended));
    dispatcher
        .register("never", move || {
            let tell = Tell(Arc::clone(&ended));
            began.notify_one();
            async move {
                let _tell = tell;
                std::future::pending::<()>().await;
            }
        })
        .unwrap();
    (Service::new(JsonRpc::new(), dispatcher), watched)
}

/// The server at work, which ends with the test.
async fn start(service: Service) -> String {
    let server = Server::new(service).bind(URL).await.unwrap();
    let url = server.endpoints().concat();
    tokio::spawn(server.run());
    url
}

#[tokio::test]
async fn a_peer_that_goes_away_is_waited_for_no_longer() {
    let (service, watched) = watched();
    let url = start(service).await;
    let asked = Arc::new(Notify::new());
    let mut dispatcher = Dispatcher::new();
    let heard = Arc::clone(&asked);
    dispatcher
        .register("wait", move || {
            heard.notify_one();
            std::future::pending::<()>()
        })
        .unwrap();
    let own = Service::new(JsonRpc::new(), dispatcher);
    let client = tinyrpc::client::Connector::new().with_service(own).connect(&url).await.unwrap();
    tokio::select! {
        reply = client.call::<()>("ask", ()) => panic!("{reply:?}"),
        () = soon(asked.notified()) => {}
    }
    soon(client.close()).await;
    soon(watched.ended.acquire()).await.unwrap().forget();
}

#[tokio::test]
async fn a_call_that_is_given_up_is_cancelled() {
    let (service, watched) = watched();
    let url = start(service).await;
    let (client, other) = (Client::connect(&url).await.unwrap(), Client::connect(&url).await.unwrap());
    for client in [&client, &other] {
        let call = client.call::<()>("never", ());
        tokio::select! {
            reply = call => panic!("{reply:?}"),
            () = soon(watched.began.notified()) => {}
        }
        soon(watched.ended.acquire()).await.unwrap().forget();
    }
}

#[tokio::test]
async fn a_client_without_a_service_has_no_methods() {
    let (service, _) = watched();
    let client = Client::connect(&start(service).await).await.unwrap();
    let error = soon(client.call::<()>("ask", ())).await.unwrap_err();
    assert!(error.to_string().contains("Method not found"), "{error}");
}
