//! That values come back as they were sent.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tinyrpc::client::Client;
use tinyrpc::codec::{Json, Payload};

use super::Python;

async fn echoed<T: Serialize + DeserializeOwned + Debug + PartialEq>(client: &Client, value: T) {
    let back = client.call::<T>("echo", (&value,)).await;
    assert_eq!(back.unwrap(), value);
}

pub(super) async fn plain(python: Python) {
    let client = python.client().await;
    for value in
        [json!(null), json!(true), json!(0), json!(""), json!([]), json!({}), json!([null, [true, {"a": [1.5]}]])]
    {
        echoed::<Value>(&client, value).await;
    }
}

pub(super) async fn non_ascii(python: Python) {
    let client = python.client().await;
    let text = "Grüße, 世界, \u{1f980} \u{1d11e} \u{2028} \0 \u{7f} \" \\ /";
    echoed(&client, text.to_owned()).await;
    echoed(&client, json!({"ключ": ["Ω", {"\u{1f511}": null}]})).await;
    assert_eq!(client.call::<String>("reverse_string", ("né\u{1f980}",)).await.unwrap(), "\u{1f980}én");
}

pub(super) async fn numbers(python: Python) {
    let client = python.client().await;
    for number in [1 << 53 | 1, i64::MAX, i64::MIN, -1] {
        echoed(&client, number).await;
    }
    echoed(&client, u64::MAX).await;
    for number in [0.1, -1.5e300, 5e-324, -0.0] {
        echoed(&client, number).await;
    }
    assert_eq!(client.call::<u64>("add", (u64::MAX - 1, 1)).await.unwrap(), u64::MAX);
}

pub(super) async fn beyond_64_bits(python: Python) {
    let client = python.client().await;
    for digits in ["18446744073709551616", "-9223372036854775809", "10000000000000000000000000000000000000007"] {
        let params = Payload::new(format!("[{digits}]").into(), &Json);
        let back = client.call_payload("echo", Some(&params)).await.unwrap();
        assert_eq!(back.raw(), digits);
    }
}

pub(super) async fn bytes_and_extensions(python: Python) {
    let client = python.client().await;
    let binary = rmpv::Value::Binary([0, 255].repeat(300));
    let extension = rmpv::Value::Ext(5, b"xy".to_vec());
    let timestamp = rmpv::Value::Ext(-1, vec![0, 0, 0, 8, 0, 0, 0, 1]);
    for value in [binary.clone(), extension, timestamp, rmpv::Value::Array(vec![binary, rmpv::Value::Nil])] {
        echoed(&client, value).await;
    }
}

pub(super) async fn large(python: Python) {
    let client = python.client().await;
    echoed(&client, "0123456789abcdef".repeat(65_536)).await;
    // Python writes each of these as 12 bytes of JSON.
    echoed(&client, "\u{1f980}".repeat(250_000)).await;
}
