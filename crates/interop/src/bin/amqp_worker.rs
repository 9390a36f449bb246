//! A worker process for the tests with several of them: serves a queue until it is told to stop or killed.
//!
//! usage: `amqp_worker URL [FILE]`; each run of `square(n)` appends the line `n` to FILE.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tinyrpc::{Context, Dispatcher, JsonRpc, MessagePackRpc, Server, Service};
use tokio::sync::Mutex;

type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Error> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<(), Error> {
    let mut args = std::env::args().skip(1);
    let url = args.next().ok_or("usage: amqp_worker URL [FILE]")?;
    let file = match args.next() {
        Some(path) => Some(std::fs::OpenOptions::new().append(true).create(true).open(path)?),
        None => None,
    };
    let server = Server::new(Service::new(JsonRpc::new(), dispatcher(file)?).with_protocol(MessagePackRpc::new()));
    let server = server.bind(&url).await?;
    println!("listening on {}", server.endpoints().concat());
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    server
        .run_until(async {
            terminate.recv().await;
        })
        .await?;
    Ok(())
}

fn dispatcher(mut file: Option<std::fs::File>) -> Result<Dispatcher, Error> {
    let mut dispatcher = Dispatcher::new();
    let runs: Arc<Mutex<u64>> = Arc::default();
    let log = std::sync::Mutex::new(move |number: u64| {
        if let Some(file) = &mut file {
            // In one piece, so that the lines of several workers do not mix.
            let _ = file.write_all(format!("{number}\n").as_bytes());
        }
    });
    dispatcher
        .register("pid", |(): ()| std::process::id())?
        .register("echo", |(text,): (String,)| text)?
        .register("origin", |cx: Context, (): ()| cx.origin().to_string())?
        .register("sleep", |(ms,): (u64,)| async move { tokio::time::sleep(Duration::from_millis(ms)).await })?
        .register("square", move |(number,): (u64,)| {
            if let Ok(mut log) = log.lock() {
                log(number);
            }
            async move {
                // Long enough that a worker which is killed has several of them under way.
                tokio::time::sleep(Duration::from_millis(2)).await;
                number * number
            }
        })?
        .register("count", {
            let runs = Arc::clone(&runs);
            move |(): ()| {
                let runs = Arc::clone(&runs);
                async move { *runs.lock().await += 1 }
            }
        })?
        .register("counted", move |(): ()| {
            let runs = Arc::clone(&runs);
            async move { *runs.lock().await }
        })?;
    Ok(dispatcher)
}
