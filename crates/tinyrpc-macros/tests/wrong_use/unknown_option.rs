#[tinyrpc::service(prefx = "bank.")]
trait Bank {
    fn close(&self);
}

#[tinyrpc::service(rename_all = "cammelCase")]
trait Style {
    fn close(&self);
}

#[tinyrpc::service]
trait Method {
    #[rpc(notificaton)]
    fn note(&self);

    #[rpc(params = "name")]
    fn named(&self, a: u64);
}

#[tinyrpc::service]
trait Arg {
    fn list(&self, #[rpc(defualt = 1)] limit: u64);
}

#[derive(Debug, tinyrpc::RpcError)]
enum Wrong {
    #[rpc(code = 1, mesage = "closed")]
    Closed,
}

fn main() {}
