//! CGI passes the suite: the client end starts a real process for each message.

use tinyrpc::Service;
use tinyrpc::transport::cgi::{CgiClient, CgiRequest, CgiSettings, respond};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Answers what a CGI program tells of its request; the program prints the answer.
async fn answer(mut program: TcpStream, service: Service) {
    let mut told = Vec::new();
    if program.read_to_end(&mut told).await.is_err() {
        return;
    }
    let end = told.windows(2).position(|two| two == b"\0\0").expect("the variables end");
    let variables = std::str::from_utf8(&told[..end]).expect("the variables are text");
    let request: CgiRequest = variables.split('\0').filter_map(|variable| variable.split_once('=')).collect();
    let response = respond(&service, &CgiSettings::new(), request, &told[end + 2..]).await;
    let mut printed = Vec::new();
    response.write_to(&mut printed).expect("memory can be written to");
    // The program may have been killed.
    let _ = program.write_all(&printed).await;
}

async fn serve(service: Service) -> CgiClient {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((program, _)) = listener.accept().await {
            tokio::spawn(answer(program, service.clone()));
        }
    });
    CgiClient::new(env!("CARGO_BIN_EXE_relay")).with_argument("cgi").with_argument(address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_for_each_message() {
    tinyrpc_conformance::exchange(serve).await;
}
