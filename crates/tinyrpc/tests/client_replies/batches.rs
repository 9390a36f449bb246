//! Replies to a batch: in another order, incomplete, or refused.

use tinyrpc::client::CallErrorKind;
use tinyrpc::{CallError, Client, JsonRpc};

use super::{Say, Script};

/// What the two calls of a batch, with ids 1 and 2, give for this reply; or what the whole of it gives.
async fn batch(reply: &str) -> Result<[Result<i64, CallError>; 2], CallError> {
    let client = Client::new(Script::always(reply), JsonRpc::new());
    let mut batch = client.batch();
    let first = batch.call("first", (1,));
    batch.notify("between", ());
    let second = batch.call("second", (2,));
    let mut replies = batch.send().await?;
    Ok([replies.take(first), replies.take(second)])
}

async fn entries(reply: &str) -> [Result<i64, CallError>; 2] {
    batch(reply).await.expect("a reply to the batch")
}

#[tokio::test]
async fn replies_are_matched_by_id() {
    for reply in [
        r#"[{"id":1,"result":10},{"id":2,"result":20}]"#,
        r#"[{"id":2,"result":20},{"id":1,"result":10}]"#,
        // More than was asked for does no harm.
        r#"[{"id":3,"result":30},{"id":2,"result":20},{"id":1,"result":10},{"id":"x","error":"y"}]"#,
        r#"[{"event":1},{"id":2,"result":20},7,{"id":1,"result":10},{"id":1,"method":"m"},[]]"#,
        // Of two replies to one call the first counts.
        r#"[{"id":1,"result":10},{"id":2,"result":20},{"id":1,"result":11},{"id":2,"error":"late"}]"#,
    ] {
        let [first, second] = entries(reply).await;
        assert_eq!((first.unwrap(), second.unwrap()), (10, 20), "{reply}");
    }
}

#[tokio::test]
async fn each_call_has_an_error_of_its_own() {
    let [first, second] = entries(r#"[{"id":2,"error":{"code":-32601,"message":"no"}},{"id":1,"result":"ten"}]"#).await;
    assert_eq!(first.unwrap_err().kind(), CallErrorKind::WrongType);
    assert!(second.unwrap_err().is_method_not_found());
}

#[tokio::test]
async fn a_call_that_is_not_answered_says_so() {
    for reply in [
        r#"[{"id":2,"result":20}]"#,
        r#"[{"id":2,"result":20},{"id":"1","result":10}]"#,
        r#"[{"id":2,"result":20},{"id":null,"result":10}]"#,
        r#"[{"id":2,"result":20},{"result":10}]"#,
        // One object in place of a list.
        r#"{"id":2,"result":20}"#,
    ] {
        let [first, second] = entries(reply).await;
        assert_eq!(second.unwrap(), 20, "{reply}");
        let error = first.unwrap_err();
        assert_eq!(error.kind(), CallErrorKind::InvalidReply);
        assert!(error.to_string().contains("lacks this call"), "{error}");
    }
    for reply in [r#"[{"id":7,"result":1}]"#, r#"{"id":7,"result":1}"#] {
        for entry in entries(reply).await {
            assert_eq!(entry.unwrap_err().kind(), CallErrorKind::InvalidReply);
        }
    }
}

/// An entry that the other side could not read is answered with a null id.
#[tokio::test]
async fn an_error_without_an_id_is_that_of_the_unanswered() {
    let reply = r#"[{"id":2,"result":20},{"id":null,"error":{"code":-32600,"message":"Invalid Request"}}]"#;
    let [first, second] = entries(reply).await;
    assert_eq!(second.unwrap(), 20);
    assert_eq!(first.unwrap_err().rpc_error().unwrap().message(), "Invalid Request");
}

#[tokio::test]
async fn a_batch_can_be_refused_whole() {
    for reply in [
        r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no batches here"}}"#,
        r#"{"jsonrpc":"2.0","error":{"code":-32600,"message":"no batches here"}}"#,
    ] {
        let error = batch(reply).await.unwrap_err();
        assert_eq!(error.kind(), CallErrorKind::InvalidRequest);
        assert_eq!(error.rpc_error().unwrap().message(), "no batches here");
    }
    for reply in ["", " ", "null", "[", "[]", "{}", "<html>", "0"] {
        assert_eq!(batch(reply).await.unwrap_err().kind(), CallErrorKind::InvalidReply, "{reply:?}");
    }
}

#[tokio::test]
async fn notifications_alone_want_no_reply() {
    for reply in ["", "null", "[]", "{\"error\":1}", "junk"] {
        let script = Script::always(reply);
        let client = Client::new(script.clone(), JsonRpc::new());
        let mut batch = client.batch();
        batch.notify("a", ());
        batch.notify("b", (1,));
        assert_eq!(batch.calls(), 0);
        batch.send().await.unwrap();
        assert_eq!(script.sent(), [r#"[{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","method":"b","params":[1]}]"#]);
    }
}

#[tokio::test]
async fn an_empty_batch_is_not_sent() {
    let client = Client::new(Script::new(|_, _| panic!("nothing is to be sent")), JsonRpc::new());
    client.batch().send().await.unwrap();
    // Nor one whose only call cannot be sent.
    let mut batch = client.batch();
    let entry = batch.call::<i64>("x", 5);
    assert!(batch.try_notify("x", "scalar").is_err());
    let mut replies = batch.send().await.unwrap();
    assert_eq!(replies.take(entry).unwrap_err().kind(), CallErrorKind::Arguments);
}

#[tokio::test]
async fn a_call_that_cannot_be_sent_does_not_stop_the_others() {
    let script = Script::always(r#"[{"id":2,"result":20},{"id":4,"result":40}]"#);
    let client = Client::new(script.clone(), JsonRpc::new());
    let mut batch = client.batch();
    let bad = batch.call::<i64>("bad", 5);
    let good = batch.call::<i64>("good", (5,));
    let worse = batch.call::<i64>("worse", "text");
    let fine = batch.call::<i64>("fine", ());
    let mut replies = batch.send().await.unwrap();
    assert_eq!(replies.take(good).unwrap(), 20);
    assert_eq!(replies.take(fine).unwrap(), 40);
    for entry in [bad, worse] {
        let error = replies.take(entry).unwrap_err();
        assert!(error.kind() == CallErrorKind::Arguments && error.is_unsent());
    }
    assert_eq!(
        script.sent(),
        [r#"[{"jsonrpc":"2.0","method":"good","params":[5],"id":2},{"jsonrpc":"2.0","method":"fine","id":4}]"#]
    );
}

#[tokio::test]
async fn a_generator_that_repeats_itself_does_not_mix_up_results() {
    let ids = || tinyrpc::Id::from(7);
    let client = Client::new(Script::always(r#"[{"id":7,"result":1},{"id":7,"result":2}]"#), JsonRpc::new());
    let client = client.with_ids(ids);
    let mut batch = client.batch();
    let (first, second) = (batch.call::<i64>("a", ()), batch.call::<i64>("b", ()));
    let mut replies = batch.send().await.unwrap();
    assert_eq!((replies.take(first).unwrap(), replies.take(second).unwrap()), (1, 2));
}

#[tokio::test]
async fn a_silent_server_costs_the_timeout() {
    let client = Client::new(Script::new(|_, _| Say::Silence), JsonRpc::new());
    let client = client.with_timeout(std::time::Duration::from_millis(20));
    let mut batch = client.batch();
    batch.call::<i64>("a", ());
    assert!(batch.send().await.unwrap_err().is_timeout());
}
