use std::rc::Rc;

#[tinyrpc::service]
trait Bank {
    async fn close(&self) -> u64;
}

struct Vault;

impl Bank for Vault {
    async fn close(&self) -> u64 {
        let held = Rc::new(1);
        std::future::ready(()).await;
        *held
    }
}

fn main() {}
