//! Services from traits, and their clients.

use tinyrpc::client::CallErrorKind;
use tinyrpc::{Client, Dispatch, RpcError, TypedCallError};

use crate::bank::{Bank, BankClient, BankError, BankService, Vault, client};

fn bank() -> (BankClient, Client) {
    let client = client(Vault::default().into_dispatcher());
    (BankClient::new(client.clone()), client)
}

#[tokio::test]
async fn a_client_calls_what_the_trait_says() {
    let (bank, _) = bank();
    assert_eq!(bank.withdraw("mine".to_owned(), 30).await.unwrap(), 70);
    bank.wait().await.unwrap();
    bank.note("a".to_owned()).await.unwrap();
    assert_eq!(bank.notes().await.unwrap(), ["a"]);
    assert_eq!(bank.who("hello".to_owned()).await.unwrap(), "hello bank.caller");
    assert_eq!(bank.slow("x".to_owned()).await.unwrap(), "x");
    assert_eq!(bank.partly(3).await.unwrap(), 3);
    #[allow(deprecated)]
    let old = bank.old().await.unwrap();
    assert_eq!(old, 7);
}

#[tokio::test]
async fn a_client_gets_the_same_error_back() {
    let (bank, _) = bank();
    for (account, amount, expected) in [
        ("mine", 130, BankError::NoFunds { needed: 30, account: "mine".to_owned() }),
        ("yours", 1, BankError::NoAccount("yours".to_owned())),
    ] {
        let error = bank.withdraw(account.to_owned(), amount).await.unwrap_err();
        assert_eq!(error.to_string(), expected.to_string());
        assert_eq!(format!("{:?}", error.into_app().unwrap()), format!("{expected:?}"));
    }
    let fail = async |how: &str| bank.fail(how.to_owned()).await.unwrap_err().into_app();
    assert!(matches!(fail("closed").await.unwrap(), BankError::Closed));
    assert!(matches!(fail("range").await.unwrap(), BankError::OutOfRange(-1, 1)));
    match fail("other").await.unwrap() {
        BankError::Other(error) => {
            assert_eq!((error.code(), error.message()), (5, "other"));
            assert!(error.data::<bool>().unwrap().unwrap());
        }
        other => panic!("{other:?}"),
    }
    let error = bank.slow(String::new()).await.unwrap_err();
    assert!(matches!(error, TypedCallError::App(text) if text == "nothing"));
}

#[tokio::test]
async fn what_is_not_the_methods_error_is_a_call_error() {
    let bank = BankClient::new(client(tinyrpc::Dispatcher::new()));
    let error = bank.fail("x".to_owned()).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::MethodNotFound);
    assert!(error.app().is_none());
    assert!(RpcError::from(error).code() == -32601);
}

#[tokio::test]
async fn arguments_at_the_end_can_be_left_out() {
    let (bank, client) = bank();
    assert_eq!(bank.list(1, None, None).await.unwrap(), "1 10 None");
    assert_eq!(bank.list(1, Some(2), None).await.unwrap(), "1 2 None");
    assert_eq!(bank.list(1, None, Some("x".to_owned())).await.unwrap(), r#"1 10 Some("x")"#);
    assert_eq!(bank.named("a".to_owned(), None).await.unwrap(), "a 0");
    assert_eq!(bank.named("a".to_owned(), Some(3)).await.unwrap(), "a 3");
    // By hand.
    for params in ["[1]", "[1,10]", r#"{"start":1}"#, r#"{"filter":null,"start":1}"#] {
        let params: serde_json::Value = serde_json::from_str(params).unwrap();
        assert_eq!(client.call::<String>("bank.list", params).await.unwrap(), "1 10 None");
    }
    for (params, why) in [
        ("[]", "invalid length 0, expected the arguments `start`, `limit` (optional), `filter` (optional)"),
        ("[1,null]", "argument 2 (`limit`): invalid type: null, expected u32"),
        ("[1,2,null,3]", "expected at most 3 arguments, got 4"),
        (r#"{"start":1,"x":2}"#, "unknown argument `x`, expected `start`, `limit`, `filter`"),
        (r#"{"limit":2}"#, "missing field `start`"),
    ] {
        let params: serde_json::Value = serde_json::from_str(params).unwrap();
        let error = client.call::<String>("bank.list", params).await.unwrap_err();
        assert_eq!(error.rpc_error().unwrap().message(), format!("Invalid params: {why}"));
    }
}

#[tokio::test]
async fn named_arguments_travel_as_an_object() {
    let sent = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let seen = std::sync::Arc::clone(&sent);
    let (_, client) = bank();
    let client = client.with_trace(move |direction, _, message| {
        if direction == tinyrpc::Direction::Sent {
            *seen.lock().unwrap() = String::from_utf8(message.to_vec()).unwrap();
        }
    });
    let bank = BankClient::new(client);
    bank.named("a".to_owned(), Some(3)).await.unwrap();
    assert!(sent.lock().unwrap().contains(r#"{"type":"a","size":3}"#), "{sent:?}");
    bank.named("a".to_owned(), None).await.unwrap();
    assert!(sent.lock().unwrap().contains(r#"{"type":"a"}"#), "{sent:?}");
    bank.list(1, None, None).await.unwrap();
    assert!(sent.lock().unwrap().contains("[1]"), "{sent:?}");
    bank.list(1, None, Some("f".to_owned())).await.unwrap();
    assert!(sent.lock().unwrap().contains(r#"[1,10,"f"]"#), "{sent:?}");
    bank.note("x".to_owned()).await.unwrap();
    assert!(!sent.lock().unwrap().contains("id"), "{sent:?}");
    bank.wait().await.unwrap();
    assert!(sent.lock().unwrap().contains("id"), "a method without a result is a call: {sent:?}");
}

#[test]
fn methods_describe_themselves() {
    let methods = Vault::default().into_dispatcher().methods();
    let names: Vec<_> = methods.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "bank.caller",
            "bank.fail",
            "bank.list",
            "bank.named",
            "bank.note",
            "bank.notes",
            "bank.old",
            "bank.partly",
            "bank.slow",
            "bank.wait",
            "bank.withdraw"
        ]
    );
    let find = |name: &str| {
        methods.iter().find(|info| info.name == format!("bank.{name}")).unwrap().description.clone().unwrap()
    };
    let withdraw = find("withdraw");
    assert_eq!(withdraw.docs, "Takes money out.\n\nReturns what is left.");
    let params: Vec<_> = withdraw.params.as_deref().unwrap().iter().map(|param| (&*param.name, &*param.docs)).collect();
    assert_eq!(params, [("account", "Whose money."), ("amount", "")]);
    assert_eq!(withdraw.result.unwrap().name(), "u64");
    let errors: Vec<_> = withdraw.errors.iter().map(|error| (error.code, &*error.message)).collect();
    assert_eq!(
        errors,
        [
            (99, "{needed} more needed on {account}"),
            (98, "there is no account {0:?}"),
            (97, "closed"),
            (96, "between {0} and {1}")
        ]
    );
    assert_eq!(find("old").deprecated.as_deref(), Some("use `withdraw`"));
    assert!(find("note").notification && !find("wait").notification);
    let required: Vec<_> = find("list").params.as_deref().unwrap().iter().map(|param| param.required).collect();
    assert_eq!(required, [true, false, false]);
    assert_eq!(find("caller").params.as_deref().unwrap().len(), 1);
}

#[tokio::test]
async fn one_implementation_can_be_shared_and_prefixed() {
    let vault = std::sync::Arc::new(Vault::default());
    let mut dispatcher = tinyrpc::Dispatcher::new();
    dispatcher.register_instance(BankService::shared(std::sync::Arc::clone(&vault)), "a.").unwrap();
    dispatcher.register_instance(BankService::shared(std::sync::Arc::clone(&vault)), "b.").unwrap();
    let client = client(dispatcher);
    let bank = BankClient::new(client).with_prefix("b.");
    bank.note("x".to_owned()).await.unwrap();
    assert_eq!(*vault.notes.lock().unwrap(), ["x"]);
    assert_eq!(vault.not_public(), "not public");
    assert_eq!(bank.who("hi".to_owned()).await.unwrap(), "hi b.bank.caller");
}
