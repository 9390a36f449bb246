//! A CGI program. Put it where your web server looks for such programs, and call it with any HTTP client:
//! `tinyrpc call http://localhost/cgi-bin/cgi add 1 2`. Started by hand it tries itself.

use tinyrpc::transport::cgi::{self, CgiRequest, CgiSettings};
use tinyrpc::{Context, Dispatcher, JsonRpc, MessagePackRpc, Service};

fn service() -> Result<Service, Box<dyn std::error::Error>> {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
    dispatcher.register("browser", |cx: Context, (): ()| {
        let request = cx.extension::<CgiRequest>();
        request.and_then(|request| request.header("User-Agent")).unwrap_or("unknown").to_owned()
    })?;
    Ok(Service::new(JsonRpc::new(), dispatcher).with_protocol(MessagePackRpc::new()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::var_os("GATEWAY_INTERFACE").is_some() {
        return Ok(cgi::run(service()?).await?);
    }

    // What a web server would say of a request, and its body.
    let request: CgiRequest =
        [("REQUEST_METHOD", "POST"), ("CONTENT_TYPE", "application/json"), ("HTTP_USER_AGENT", "example")]
            .into_iter()
            .collect();
    let body =
        r#"[{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1},{"jsonrpc":"2.0","method":"browser","id":2}]"#;
    let response = cgi::respond(&service()?, &CgiSettings::new(), request, body.as_bytes()).await;
    response.write_to(std::io::stdout())?;
    println!();
    let replies = r#"[{"jsonrpc":"2.0","id":1,"result":3},{"jsonrpc":"2.0","id":2,"result":"example"}]"#;
    assert_eq!((response.status(), response.body()), (200, replies.as_bytes()));
    Ok(())
}
