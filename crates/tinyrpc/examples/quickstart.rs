//! A server with one function, and a client that calls it, over HTTP.
//!
//! `cargo run -p tinyrpc --features full --example quickstart [URL]`

use tinyrpc::{Client, Dispatcher, JsonRpc, Server, Service};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:5000/".to_owned());

    let mut dispatcher = Dispatcher::new();
    dispatcher.register("reverse_string", |(s,): (String,)| s.chars().rev().collect::<String>())?;
    let server = Server::new(Service::new(JsonRpc::new(), dispatcher)).bind(&url).await?;
    let endpoint = server.endpoints().remove(0);
    tokio::spawn(server.run());

    let remote = Client::connect(&endpoint).await?.proxy("");
    let answer: String = remote.call("reverse_string", ("Hello, World!",)).await?;
    println!("Server answered: {answer}");
    assert_eq!(answer, "!dlroW ,olleH");
    Ok(())
}
