use tinyrpc::RpcError;

#[derive(Debug, RpcError)]
enum UnknownField {
    #[rpc(code = 1, message = "{missing} more")]
    First { needed: u64 },
}

fn main() {}
