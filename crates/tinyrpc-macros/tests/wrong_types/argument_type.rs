struct Money(u64);

#[tinyrpc::service]
trait Bank {
    fn deposit(&self, account: String, amount: Money);
}

fn main() {}
