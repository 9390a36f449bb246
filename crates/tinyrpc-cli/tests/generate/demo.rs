//! The Rust client of the sample service, compiled with these tests, calls it.

use serde_json::json;
use tinyrpc::Client;

use crate::golden::demo::{TinyrpcDemoClient, User};
use crate::support::demo;

#[tokio::test]
async fn it_calls_the_sample_service() {
    let demo = demo();
    let client = TinyrpcDemoClient::new(Client::connect(demo.url()).await.unwrap());
    assert_eq!(client.add(1, 2).await.unwrap(), 3);
    assert_eq!(client.subtract(42, 23).await.unwrap(), 19);
    assert_eq!(client.sum([1, 2, 3, 4]).await.unwrap(), 10);
    assert_eq!(client.reverse_string("Hello").await.unwrap(), "olleH");
    assert_eq!(client.get_data().await.unwrap(), ("hello".to_owned(), 5));
    assert_eq!(client.echo(&json!({"a": [1, null]})).await.unwrap(), json!({"a": [1, null]}));
    assert_eq!(client.site_get_user_info("bob").await.unwrap(), User { user: "bob".to_owned() });
    client.sleep(1).await.unwrap();
    let error = client.fail(99, "no funds", Some(&json!([7]))).await.unwrap_err();
    let error = error.rpc_error().unwrap();
    assert_eq!((error.code(), error.message()), (99, "no funds"));
    assert_eq!(error.data::<Vec<i64>>().unwrap().unwrap(), [7]);
    assert!(!client.fail(1, "x", None).await.unwrap_err().rpc_error().unwrap().has_data());
    client.update((1, "two")).await.unwrap();
    assert_eq!(client.received().await.unwrap(), [("update".to_owned(), json!([1, "two"]))]);
}
