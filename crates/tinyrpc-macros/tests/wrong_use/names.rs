#[tinyrpc::service]
trait Bank {
    fn add(&self, a: u64);

    #[rpc(name = "add")]
    fn put(&self, a: u64);
}

#[tinyrpc::service]
trait Reserved {
    #[rpc(name = "rpc.discover")]
    fn discover(&self);

    #[rpc(name = "")]
    fn nameless(&self);
}

#[tinyrpc::service(prefix = "rpc.")]
trait Prefixed {
    fn discover(&self);
}

#[tinyrpc::service]
trait Fresh {
    fn new(&self);
}

fn main() {}
