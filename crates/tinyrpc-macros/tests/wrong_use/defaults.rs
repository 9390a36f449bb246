#[tinyrpc::service]
trait Bank {
    fn list(&self, #[rpc(default = 10)] limit: u64, account: String);
    fn seen(&self, #[rpc(default)] context: tinyrpc::Context);
}

fn main() {}
