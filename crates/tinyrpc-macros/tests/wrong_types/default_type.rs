#[tinyrpc::method]
fn add(a: u64, #[rpc(default = "ten")] b: u64) -> u64 {
    a + b
}

fn main() {}
