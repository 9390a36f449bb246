#[tinyrpc::service]
trait Bank {
    fn deposit(amount: u64) -> u64;
}

struct Vault;

#[tinyrpc::service]
impl Vault {
    #[rpc]
    fn open() {}
}

fn main() {}
