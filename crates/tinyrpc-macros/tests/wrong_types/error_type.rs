#[derive(Debug)]
struct Broken;

#[tinyrpc::service]
trait Bank {
    fn close(&self) -> Result<u64, Broken>;
}

fn main() {}
