trait Bank {
    fn close(&self);
}

struct Vault;

#[tinyrpc::service]
impl Bank for Vault {
    fn close(&self) {}
}

#[tinyrpc::service]
impl Vault {
    fn private(&self) {}
}

#[tinyrpc::service]
fn add(a: u64) {}

#[tinyrpc::service]
struct Nothing;

#[tinyrpc::method]
struct Neither;

#[tinyrpc::service]
trait Types {
    type Money;
    fn close(&self);
}

fn main() {}
