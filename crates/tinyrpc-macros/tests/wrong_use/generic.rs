#[tinyrpc::service]
trait Bank {
    fn deposit<T: Into<u64>>(&self, amount: T);
    fn name<'a>(&'a self, text: &'a str);
}

#[tinyrpc::service]
trait Store<T> {
    fn put(&self, item: T);
}

struct Borrowed<'a>(&'a str);

#[tinyrpc::service]
impl<'a> Borrowed<'a> {
    #[rpc]
    fn text(&self) -> String {
        self.0.to_owned()
    }
}

fn main() {}
