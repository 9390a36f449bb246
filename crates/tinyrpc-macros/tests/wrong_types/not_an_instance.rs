use tinyrpc::Dispatcher;

struct Website;

#[tinyrpc::service]
trait Bank {
    fn close(&self);
}

impl Bank for Website {
    fn close(&self) {}
}

fn main() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register_instance(Website, "site.").unwrap();
}
