#[tinyrpc::service]
trait Bank {
    #[rpc(notification)]
    fn note(&self, text: String) -> u64;

    #[rpc(blocking)]
    async fn wait(&self);
}

fn main() {}
