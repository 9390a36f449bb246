#[tinyrpc::service]
trait Bank {
    fn close(self) -> u64;
    fn boxed(self: Box<Self>);
    fn deposit(&mut self, amount: u64) -> u64;
}

fn main() {}
