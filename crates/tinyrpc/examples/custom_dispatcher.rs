//! A dispatcher of one's own: makes up its methods as they are called, and stands beside the usual one.

use tinyrpc::call::{Call, Outcome};
use tinyrpc::dispatch::{Dispatch, Handler};
use tinyrpc::transport::memory::Memory;
use tinyrpc::{Client, Dispatcher, JsonRpc, RpcError, Service};

/// Answers `times_1`, `times_2` and so on, for every number.
struct Times(Multiply);

struct Multiply;

impl Dispatch for Times {
    fn find(&self, method: &str) -> Option<&dyn Handler> {
        factor(method).map(|_| &self.0 as &dyn Handler)
    }
}

impl Handler for Multiply {
    fn call(&self, call: Call<'_>) -> Outcome {
        // The call still has its full name, also under a prefix.
        let name = call.method.rsplit('.').next().unwrap_or_default();
        let Some(factor) = factor(name) else { return RpcError::method_not_found().into() };
        let product = match call.params.argument(0, "value").map(|value| value.decode::<i64>()) {
            Ok(Ok(value)) => value.checked_mul(factor).ok_or_else(|| RpcError::application("too large")),
            Ok(Err(error)) => Err(RpcError::invalid_params(error)),
            Err(error) => Err(error),
        };
        match product {
            Ok(product) => Outcome::Done(call.reply.send(&product)),
            Err(error) => error.into(),
        }
    }
}

fn factor(method: &str) -> Option<i64> {
    method.strip_prefix("times_")?.parse().ok()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
    dispatcher.nest_dispatch("calc.", Times(Multiply));

    let client = Client::new(Memory::new(Service::new(JsonRpc::new(), dispatcher)), JsonRpc::new());
    let sum: i64 = client.call("add", (20, 1)).await?;
    let product: i64 = client.proxy("calc.").call("times_2", (sum,)).await?;
    println!("{product}");
    assert_eq!(product, 42);
    assert!(client.call::<i64>("calc.times_two", (1,)).await.expect_err("it should fail").is_method_not_found());
    Ok(())
}
