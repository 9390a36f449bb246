//! Unix sockets and their files.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tinyrpc::transport::TransportErrorKind;
use tinyrpc::transport::stream::UnixServer;
use tinyrpc::{Client, Context, Dispatcher, JsonRpc, Server, Service};

use crate::support::{Running, adds, service, soon};

/// A folder of a test's own, removed in the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("tinyrpc-test-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left there is not worth a failure.
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn serve(path: &Path) -> Running {
    let server = UnixServer::bind(path).await.unwrap();
    Running::start(Server::new(service()).with_transport(server))
}

#[tokio::test]
async fn the_file_is_there_as_long_as_the_server() {
    let folder = Folder::new();
    let path = folder.path("socket");
    let server = serve(&path).await;
    assert_eq!(server.url, format!("unix://{}", path.display()));
    assert!(fs::metadata(&path).unwrap().file_type().is_socket());
    let client = Client::connect(&server.url).await.unwrap();
    adds(&client).await;
    soon(client.close()).await;
    server.stop().await;
    assert!(!path.exists());
    let error = Client::connect(&format!("unix://{}", path.display())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unreachable);
}

#[tokio::test]
async fn a_socket_that_was_left_behind_is_replaced() {
    let folder = Folder::new();
    let path = folder.path("socket");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let server = serve(&path).await;
    adds(&Client::connect(&server.url).await.unwrap()).await;
    server.stop().await;
    assert!(!path.exists());
}

#[tokio::test]
async fn a_socket_in_use_and_other_files_are_left_alone() {
    let folder = Folder::new();
    let (used, other) = (folder.path("used"), folder.path("other"));
    let server = serve(&used).await;
    let client = Client::connect(&server.url).await.unwrap();
    let error = UnixServer::bind(&used).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Setup);
    adds(&client).await;
    adds(&Client::connect(&server.url).await.unwrap()).await;

    fs::write(&other, "precious").unwrap();
    let error = UnixServer::bind(&other).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Setup);
    assert_eq!(fs::read_to_string(&other).unwrap(), "precious");
}

#[tokio::test]
async fn another_servers_file_is_not_removed() {
    let folder = Folder::new();
    let path = folder.path("socket");
    let first = serve(&path).await;
    fs::rename(&path, folder.path("elsewhere")).unwrap();
    let second = serve(&path).await;
    first.stop().await;
    adds(&Client::connect(&second.url).await.unwrap()).await;
}

#[tokio::test]
async fn only_the_same_user_may_connect_unless_said_otherwise() {
    let folder = Folder::new();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let server = UnixServer::bind(folder.path("socket")).await.unwrap();
    assert_eq!(mode(server.path()), 0o600);
    let server = server.with_mode(0o660).unwrap();
    assert_eq!(mode(server.path()), 0o660);
}

#[tokio::test]
async fn handlers_see_which_process_calls() {
    let folder = Folder::new();
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register("who", |context: Context, (): ()| {
            let process = context.extension::<tokio::net::unix::UCred>().and_then(tokio::net::unix::UCred::pid);
            (context.origin().transport(), process)
        })
        .unwrap();
    let server = UnixServer::bind(folder.path("socket")).await.unwrap();
    let server = Running::start(Server::new(Service::new(JsonRpc::new(), dispatcher)).with_transport(server));
    let client = Client::connect(&server.url).await.unwrap();
    let (transport, process) = soon(client.call::<(String, Option<u32>)>("who", ())).await.unwrap();
    assert_eq!((&*transport, process), ("unix", Some(std::process::id())));
}
