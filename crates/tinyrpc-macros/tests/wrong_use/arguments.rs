#[tinyrpc::service]
trait Bank {
    fn pair(&self, (a, b): (u64, u64));
    fn text(&self, text: &str);
    fn list(&self, items: &[u64]);
    fn nested(&self, items: Vec<&'static str>);
    fn any(&self, text: impl Into<String>);
    fn cow(&self, text: std::borrow::Cow<'_, str>);
    fn own(&self, other: Self::Other);
    fn twice(&self, a: u64, #[rpc(name = "a")] b: u64);
}

fn main() {}
