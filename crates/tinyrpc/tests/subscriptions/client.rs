//! The client against an other side that is written by hand.

use tinyrpc::client::{CallErrorKind, Subscribe, SubscriptionErrorKind};
use tinyrpc::transport::TransportErrorKind;
use tinyrpc::transport::memory::Memory;
use tinyrpc::{Client, JsonRpc, Service};

use crate::support::*;

#[tokio::test]
async fn items_in_the_same_read_as_the_reply_are_not_lost() {
    let (client, mut other) = client(65_536);
    let caller = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe::<u64>("subscribe_ticks", ()).await }
    });
    other.expect(OPEN).await;
    let items: Vec<_> = (0..100).map(|number| item("7", number)).collect();
    let mut messages = vec![OPENED];
    messages.extend(items.iter().map(String::as_str));
    other.send(&messages).await;
    let mut ticks = soon(caller).await.unwrap().unwrap();
    assert_eq!(ticks.id().decode::<u64>().unwrap(), 7);
    for number in 0..100 {
        assert_eq!(value(&mut ticks).await, number);
    }
    // The rest of the link works on.
    let adding = tokio::spawn(async move { client.call::<u64>("add", (1, 2)).await });
    other.expect(r#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":2}"#).await;
    other.send(&[r#"{"jsonrpc":"2.0","id":2,"result":3}"#]).await;
    assert_eq!(soon(adding).await.unwrap().unwrap(), 3);
}

#[tokio::test]
async fn items_before_the_reply_are_kept() {
    let (client, mut other) = client(65_536);
    let opening = tokio::spawn(async move { client.subscribe::<u64>("subscribe_ticks", ()).await });
    other.expect(OPEN).await;
    let (first, second, others, unrelated) =
        (item("7", 1), item("7", 2), item("8", 9), r#"{"jsonrpc":"2.0","method":"news","params":[1]}"#);
    other.send(&[&first, &others, unrelated, &second, OPENED, &item("7", 3)]).await;
    let mut ticks = soon(opening).await.unwrap().unwrap();
    for number in 1..=3 {
        assert_eq!(value(&mut ticks).await, number);
    }
}

#[tokio::test]
async fn too_many_items_before_the_reply_are_counted() {
    let (client, mut other) = client(1 << 20);
    let opening = tokio::spawn(async move { client.subscribe::<u64>("subscribe_ticks", ()).await });
    other.expect(OPEN).await;
    for number in 0..300 {
        other.send(&[&item("7", number)]).await;
    }
    other.send(&[OPENED, &end("7", "null")]).await;
    let mut ticks = soon(opening).await.unwrap().unwrap();
    assert_eq!(next(&mut ticks).await.unwrap().unwrap_err().missed(), Some(300 - 256));
    for number in 300 - 256..300 {
        assert_eq!(value(&mut ticks).await, number);
    }
    assert!(next(&mut ticks).await.is_none());
}

#[tokio::test]
async fn a_subscription_that_ends_before_its_reply_ends() {
    let (client, mut other) = client(65_536);
    let opening = tokio::spawn(async move { client.subscribe::<u64>("subscribe_ticks", ()).await });
    other.expect(OPEN).await;
    other.send(&[&item("7", 1), &end("7", r#""no more""#), OPENED]).await;
    let mut ticks = soon(opening).await.unwrap().unwrap();
    assert_eq!(value(&mut ticks).await, 1);
    let error = next(&mut ticks).await.unwrap().unwrap_err();
    assert_eq!(error.rpc_error().unwrap().message(), "no more");
    assert!(next(&mut ticks).await.is_none());
}

#[tokio::test]
async fn dropping_unsubscribes() {
    let (client, mut other) = client(65_536);
    let opening = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe::<String>("eth_subscribe", ("newHeads",)).await }
    });
    other.expect(r#"{"jsonrpc":"2.0","method":"eth_subscribe","params":["newHeads"],"id":1}"#).await;
    other.send(&[r#"{"jsonrpc":"2.0","id":1,"result":"0xa"}"#]).await;
    let heads = soon(opening).await.unwrap().unwrap();
    drop(heads);
    other.expect(r#"{"jsonrpc":"2.0","method":"eth_unsubscribe","params":["0xa"],"id":2}"#).await;
    // What is still on its way disturbs nobody; the link is closed when all is done.
    let late = r#"{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0xa","result":"x"}}"#;
    other.send(&[late, r#"{"jsonrpc":"2.0","id":2,"result":true}"#]).await;
    drop(client);
    assert_eq!(other.receive().await, None);
}

#[tokio::test]
async fn unsubscribing_waits_for_the_confirmation() {
    let (client, mut other) = client(65_536);
    let to = Subscribe::new("open").with_unsubscribe("shut").with_notification("item");
    let opening = tokio::spawn(async move { client.subscribe::<u64>(to, ()).await });
    other.expect(r#"{"jsonrpc":"2.0","method":"open","id":1}"#).await;
    let mine = r#"{"jsonrpc":"2.0","method":"item","params":[7,1]}"#;
    other.send(&[OPENED, &item("7", 5), mine]).await;
    let mut ticks = soon(opening).await.unwrap().unwrap();
    assert_eq!(value(&mut ticks).await, 1, "the other one is of another method");
    let ending = tokio::spawn(ticks.unsubscribe());
    other.expect(r#"{"jsonrpc":"2.0","method":"shut","params":[7],"id":2}"#).await;
    settle().await;
    assert!(!ending.is_finished());
    other.send(&[r#"{"jsonrpc":"2.0","id":2,"error":{"code":5,"message":"never heard of it"}}"#]).await;
    let error = soon(ending).await.unwrap().unwrap_err();
    assert_eq!(error.rpc_error().unwrap().code(), 5);
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_any_more_is_undone() {
    let (client, mut other) = client(65_536);
    let impatient = client.clone().with_timeout(std::time::Duration::from_millis(1));
    let error = soon(impatient.subscribe::<u64>("subscribe_ticks", ())).await.unwrap_err();
    assert!(error.is_timeout());
    other.expect(OPEN).await;
    other.send(&[OPENED]).await;
    other.expect(r#"{"jsonrpc":"2.0","method":"unsubscribe_ticks","params":[7],"id":2}"#).await;

    let opening = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe::<u64>("subscribe_ticks", ()).await }
    });
    other.expect(r#"{"jsonrpc":"2.0","method":"subscribe_ticks","id":3}"#).await;
    opening.abort();
    assert!(soon(opening).await.is_err());
    other.send(&[r#"{"jsonrpc":"2.0","id":3,"result":8}"#]).await;
    other.expect(r#"{"jsonrpc":"2.0","method":"unsubscribe_ticks","params":[8],"id":4}"#).await;
}

#[tokio::test]
async fn the_end_has_a_reason() {
    for (error, code, message) in [
        (r#"{"code":9,"message":"no","data":[1]}"#, 9, "no"),
        (r#""the node stops""#, 0, "the node stops"),
        ("[1]", 0, "the other side's error is no code and message"),
    ] {
        let (client, mut other) = client(65_536);
        let opening = tokio::spawn(async move { client.subscribe::<u64>("subscribe_ticks", ()).await });
        other.expect(OPEN).await;
        other.send(&[OPENED, &item("7", 1), &end("7", error), &item("7", 2)]).await;
        let mut ticks = soon(opening).await.unwrap().unwrap();
        assert_eq!(value(&mut ticks).await, 1);
        let ended = next(&mut ticks).await.unwrap().unwrap_err();
        assert_eq!((ended.kind(), ended.is_end()), (SubscriptionErrorKind::Failed, true));
        let remote = ended.rpc_error().unwrap();
        assert_eq!((remote.code(), remote.message()), (code, message));
        assert!(next(&mut ticks).await.is_none());
        // It has ended, so there is nothing to unsubscribe from, and the link is not needed any more.
        drop(ticks);
        assert_eq!(other.receive().await, None);
    }
}

#[tokio::test]
async fn a_lost_link_is_a_reason() {
    let (client, mut other) = client(65_536);
    let opening = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe::<u64>("subscribe_ticks", ()).await }
    });
    other.expect(OPEN).await;
    other.send(&[OPENED, &item("7", 1)]).await;
    let mut ticks = soon(opening).await.unwrap().unwrap();
    drop(other);
    assert_eq!(value(&mut ticks).await, 1);
    let error = next(&mut ticks).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), SubscriptionErrorKind::Lost);
    assert_eq!(error.transport_error().unwrap().kind(), TransportErrorKind::Lost);
    assert!(next(&mut ticks).await.is_none());
    assert!(soon(ticks.unsubscribe()).await.is_ok());

    let error = soon(client.subscribe::<u64>("subscribe_ticks", ())).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Transport);
}

#[tokio::test]
async fn closing_the_client_ends_its_subscriptions() {
    let (client, mut other) = client(65_536);
    let opening = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe::<u64>("subscribe_ticks", ()).await }
    });
    other.expect(OPEN).await;
    other.send(&[OPENED]).await;
    let mut ticks = soon(opening).await.unwrap().unwrap();
    let closing = tokio::spawn(client.close());
    assert_eq!(other.receive().await, None);
    drop(other);
    soon(closing).await.unwrap();
    let error = next(&mut ticks).await.unwrap().unwrap_err();
    assert_eq!(error.transport_error().unwrap().kind(), TransportErrorKind::Closed);
}

#[tokio::test]
async fn a_subscription_keeps_its_link_open() {
    let (client, mut other) = client(65_536);
    let opening = tokio::spawn(async move { client.subscribe::<u64>("subscribe_ticks", ()).await });
    other.expect(OPEN).await;
    other.send(&[OPENED]).await;
    let mut ticks = soon(opening).await.unwrap().unwrap();
    settle().await;
    other.send(&[&item("7", 1)]).await;
    assert_eq!(value(&mut ticks).await, 1);
}

#[tokio::test]
async fn an_item_of_another_type_costs_one_item() {
    let (client, mut other) = client(65_536);
    let opening = tokio::spawn(async move { client.subscribe::<u64>("subscribe_ticks", ()).await });
    other.expect(OPEN).await;
    other.send(&[OPENED, &item("7", r#""one""#), &item("7", 2)]).await;
    let mut ticks = soon(opening).await.unwrap().unwrap();
    let error = next(&mut ticks).await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.is_end()), (SubscriptionErrorKind::WrongType, false));
    assert_eq!(value(&mut ticks).await, 2);
}

#[tokio::test]
async fn what_is_no_id_opens_nothing() {
    for result in ["true", "null", "[1]", r#"{"id":1}"#] {
        let (client, mut other) = client(65_536);
        let opening = tokio::spawn(async move { client.subscribe::<u64>("subscribe_ticks", ()).await });
        other.expect(OPEN).await;
        other.send(&[&format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#)]).await;
        assert_eq!(soon(opening).await.unwrap().unwrap_err().kind(), CallErrorKind::InvalidReply, "{result}");
    }
    let (client, mut other) = client(65_536);
    let opening = tokio::spawn(async move { client.subscribe::<u64>("subscribe_ticks", ()).await });
    other.expect(OPEN).await;
    other.send(&[r#"{"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"no"}}"#]).await;
    assert_eq!(soon(opening).await.unwrap().unwrap_err().rpc_error().unwrap().code(), 3);
}

#[tokio::test]
async fn items_in_a_batch_are_items() {
    let (client, mut other) = client(65_536);
    let opening = tokio::spawn(async move { client.subscribe::<u64>("subscribe_ticks", ()).await });
    other.expect(OPEN).await;
    let together = format!("[{},{},{}]", item("7", 1), item("7", 2), end("7", "null"));
    other.send(&[OPENED, &together]).await;
    let mut ticks = soon(opening).await.unwrap().unwrap();
    assert_eq!((value(&mut ticks).await, value(&mut ticks).await), (1, 2));
    assert!(next(&mut ticks).await.is_none());
}

#[tokio::test]
async fn an_id_that_is_given_twice_belongs_to_the_newer_one() {
    let (client, mut other) = client(65_536);
    let mut opened = Vec::new();
    for id in 1..=2 {
        let client = client.clone();
        let opening = tokio::spawn(async move { client.subscribe::<u64>("subscribe_ticks", ()).await });
        other.expect(&format!(r#"{{"jsonrpc":"2.0","method":"subscribe_ticks","id":{id}}}"#)).await;
        other.send(&[&format!(r#"{{"jsonrpc":"2.0","id":{id},"result":7}}"#)]).await;
        opened.push(soon(opening).await.unwrap().unwrap());
    }
    other.send(&[&item("7", 1)]).await;
    assert_eq!(value(&mut opened[1]).await, 1);
    assert_eq!(next(&mut opened[0]).await.unwrap().unwrap_err().kind(), SubscriptionErrorKind::Failed);
}

#[tokio::test]
async fn without_a_link_there_are_no_subscriptions() {
    let service = Service::new(JsonRpc::new(), numbers("subscribe_numbers"));
    let client = Client::new(Memory::new(service), JsonRpc::new());
    let error = client.subscribe::<u64>("subscribe_numbers", (1, 2)).await.unwrap_err();
    assert!(error.is_unsent() && error.to_string().contains("needs a link"), "{error}");
    // Nor does the serving side open one.
    let error = client.call::<u64>("subscribe_numbers", (1, 2)).await.unwrap_err();
    assert!(error.is_method_not_found() && error.to_string().contains("needs a link"), "{error}");
}
