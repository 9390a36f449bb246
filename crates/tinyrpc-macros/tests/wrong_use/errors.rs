use tinyrpc::RpcError;

#[derive(Debug, RpcError)]
enum NoCode {
    Closed,
}

#[derive(Debug, RpcError)]
enum NoMessage {
    #[rpc(code = 1)]
    Closed,
}

#[derive(Debug, RpcError)]
enum Twice {
    #[rpc(code = 1, message = "a")]
    First,
    #[rpc(code = 1, message = "b")]
    Second,
}

#[derive(Debug, RpcError)]
enum Reserved {
    #[rpc(code = -32601, message = "a")]
    First,
}

#[derive(Debug, RpcError)]
enum Transparent {
    #[rpc(transparent)]
    First,
}

fn main() {}
