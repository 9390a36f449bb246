//! Instances from `impl` blocks, and functions.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tinyrpc::{Context, Dispatch, Dispatcher, RpcError, State};

use crate::bank::client;

struct Website {
    title: String,
}

#[tinyrpc::service(rename_all = "camelCase")]
impl Website {
    fn new(title: &str) -> Self {
        Self { title: title.to_owned() }
    }

    /// The title.
    #[rpc]
    fn page_title(&self) -> String {
        self.title.clone()
    }

    #[rpc(name = "get_user_info")]
    async fn user(
        &self,
        count: State<u32>,
        user: String,
        context: Context,
        #[rpc(default = 5)] level: u8,
    ) -> Result<String, RpcError> {
        Ok(format!("{} {user} {} {} {level}", self.title, context.method(), *count.0))
    }
}

struct Store<T> {
    items: Vec<T>,
}

#[tinyrpc::service]
impl<T: Clone + Serialize + DeserializeOwned + PartialEq + Send + Sync + 'static> Store<T> {
    #[rpc]
    fn position(&self, item: T) -> Option<usize> {
        self.items.iter().position(|own| *own == item)
    }

    #[rpc]
    fn all(&self) -> Vec<T> {
        self.items.clone()
    }
}

/// Adds.
#[tinyrpc::method]
fn add(a: i64, #[rpc(default)] b: i64) -> i64 {
    a + b
}

#[tinyrpc::method(name = "later", rename_all_args = "camelCase")]
async fn add_later(first_one: i64, _context: Context) -> Result<i64, String> {
    Ok(first_one + 1)
}

#[tokio::test]
async fn several_instances_of_one_type() {
    let mut dispatcher = Dispatcher::new().with_state(3u32);
    dispatcher.register_instance(Website::new("A"), "sitea.").unwrap();
    dispatcher.register_instance(Arc::new(Website::new("B")), "siteb.").unwrap();
    let again = dispatcher.register_instance(Website::new("C"), "siteb.").unwrap_err();
    assert!(again.is_duplicate(), "{again}");
    let client = client(dispatcher);
    assert_eq!(client.call::<String>("sitea.pageTitle", ()).await.unwrap(), "A");
    assert_eq!(client.call::<String>("siteb.pageTitle", ()).await.unwrap(), "B");
    let info: String = client.call("siteb.get_user_info", ("me",)).await.unwrap();
    assert_eq!(info, "B me siteb.get_user_info 3 5");
    assert!(client.call::<String>("siteb.new", ("x",)).await.unwrap_err().is_method_not_found());
}

#[test]
fn state_must_be_there() {
    let error = Dispatcher::new().register_instance(Website::new("A"), "").unwrap_err();
    assert!(error.to_string().contains("u32"), "{error}");
}

#[tokio::test]
async fn generic_instances() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register_instance(Store { items: vec!["a".to_owned(), "b".to_owned()] }, "texts.").unwrap();
    dispatcher.register_instance(Store { items: vec![1, 2] }, "numbers.").unwrap();
    let client = client(dispatcher);
    assert_eq!(client.call::<Option<usize>>("texts.position", ("b",)).await.unwrap(), Some(1));
    assert_eq!(client.call::<Option<usize>>("numbers.position", (3,)).await.unwrap(), None);
    assert_eq!(client.call::<Vec<i64>>("numbers.all", ()).await.unwrap(), [1, 2]);
}

#[tokio::test]
async fn functions_take_named_arguments() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("plus", AddMethod).unwrap();
    dispatcher.register_instance(AddMethod, "").unwrap();
    dispatcher.register_instance(AddLaterMethod, "math.").unwrap();
    let methods = dispatcher.methods();
    let names: Vec<_> = methods.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(names, ["add", "math.later", "plus"]);
    assert_eq!(methods[2].description.as_ref().unwrap().docs, "Adds.");
    let client = client(dispatcher);
    assert_eq!(client.call::<i64>("plus", serde_json::json!({"b": 2, "a": 1})).await.unwrap(), 3);
    assert_eq!(client.call::<i64>("add", (1,)).await.unwrap(), 1);
    assert_eq!(client.call::<i64>("math.later", serde_json::json!({"firstOne": 1})).await.unwrap(), 2);
    assert_eq!(add(1, 2), 3);
}
