//! Reads an OpenRPC document from a service, a file or standard input.

use std::io::Read as _;

use tinyrpc::openrpc::{DISCOVER, Document};

use crate::args::ClientOptions;
use crate::exit::Failure;
use crate::{connect, output};

/// A document, and its text as it came.
pub(crate) struct Source {
    pub(crate) document: Document,
    pub(crate) text: String,
}

/// Reads the document of the service at a URL, of a file, or of standard input, which is `-`.
pub(crate) async fn read(place: &str, options: &ClientOptions) -> Result<Source, Failure> {
    let is_url = place.contains("://") || ["exec:", "cgi:", "stdio:"].iter().any(|scheme| place.starts_with(scheme));
    let text = match place {
        _ if is_url => ask(place, options).await?,
        "-" => {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.map_err(|error| Failure::Usage(format!("cannot read standard input: {error}")))?;
            text
        }
        path => std::fs::read_to_string(path)
            .map_err(|error| Failure::Usage(format!("{path}: neither a URL nor a file that can be read: {error}")))?,
    };
    match Document::from_json(&text) {
        Ok(document) => Ok(Source { document, text }),
        Err(error) if is_url => Err(Failure::BrokenProtocol(format!("what {DISCOVER} gave: {error}"))),
        Err(error) => Err(Failure::Usage(format!("{place}: {error}"))),
    }
}

async fn ask(url: &str, options: &ClientOptions) -> Result<String, Failure> {
    let document = connect::until_stopped(url, async {
        let client = connect::client(url, options).await?;
        let document = client.call_payload(DISCOVER, None).await;
        connect::leave(client).await;
        Ok(document)
    })
    .await?;
    match document {
        Ok(document) => output::json_text(&document),
        Err(error) if error.is_method_not_found() => {
            output::complain(&format!(
                "the service does not describe itself: it has no method `{DISCOVER}`. If there is an OpenRPC document \
                 of it elsewhere, name that file instead"
            ));
            Err(Failure::Reported)
        }
        Err(error) => Err(error.into()),
    }
}
