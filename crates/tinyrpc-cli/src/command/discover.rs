//! `tinyrpc discover`: the methods that a service says it has.

mod kind;
mod table;

use std::io::{self, IsTerminal as _};

use clap::Args;
use tinyrpc::openrpc::{Document, Method, OrRef};

use crate::args::ClientOptions;
use crate::exit::Failure;
use crate::{json, output, source};

use table::{Table, clean};

#[derive(Args, Debug)]
pub(crate) struct Discover {
    /// Where the service listens, such as http://127.0.0.1:5000/, or a file with an OpenRPC
    /// document; `-` reads one from standard input
    #[arg(value_name = "URL")]
    place: String,
    /// Print the OpenRPC document; the default unless standard output is a terminal
    #[arg(long, conflicts_with = "table")]
    json: bool,
    /// Print a table; the default on a terminal
    #[arg(long)]
    table: bool,
    #[command(flatten)]
    client: ClientOptions,
}

pub(crate) async fn run(discover: &Discover) -> Result<(), Failure> {
    let source = source::read(&discover.place, &discover.client).await?;
    if discover.table || (!discover.json && io::stdout().is_terminal()) {
        output::print(&listing(&source.document, table::width()))
    } else {
        output::print(&output::shown(json::pretty(&source.text)))
    }
}

/// The document as people read it, on lines of at most `width` columns where that can be.
fn listing(document: &Document, width: Option<usize>) -> String {
    let info = &document.info;
    let mut text = clean(&format!("{} {}", info.title, info.version));
    if let Some(description) = &info.description {
        let first = description.trim().lines().take_while(|line| !line.trim().is_empty()).collect::<Vec<_>>().join(" ");
        text.push_str(&format!("\n{}", table::wrapped(&clean(&first), width.unwrap_or(usize::MAX)).join("\n")));
    }
    for server in &document.servers {
        text.push_str(&format!("\nat {}", clean(&server.url)));
    }
    let mut table = Table::new(["METHOD", "ARGUMENTS", "RESULT", "SUMMARY"]);
    for method in &document.methods {
        table.add(match method {
            OrRef::Item(method) => row(document, method),
            OrRef::Ref { reference } => [reference.clone(), String::new(), String::new(), "elsewhere".to_owned()],
            _ => continue,
        });
    }
    format!("{text}\n\n{}", table.lines(width).join("\n"))
}

fn row(document: &Document, method: &Method) -> [String; 4] {
    let mut arguments: Vec<_> = method
        .params
        .iter()
        .map(|param| match document.resolve(param) {
            Ok(param) => {
                let optional = if param.required { "" } else { "?" };
                format!("{}{optional}: {}", param.name, kind::of(document, &param.schema))
            }
            Err(error) => error.to_string(),
        })
        .collect();
    if method.any_params.is_yes() {
        arguments.push("...".to_owned());
    }
    let result = match method.result.as_ref().map(|result| document.resolve(result)) {
        None => "-".to_owned(),
        Some(Ok(result)) => kind::of(document, &result.schema),
        Some(Err(error)) => error.to_string(),
    };
    let first_line =
        |text: &Option<String>| text.as_deref().and_then(|text| text.trim().lines().next()).map(str::to_owned);
    let summary = first_line(&method.summary).or_else(|| first_line(&method.description)).unwrap_or_default();
    let deprecated = if method.deprecated { "(deprecated) " } else { "" };
    [method.name.clone(), arguments.join(", "), result, format!("{deprecated}{summary}")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs;

    #[test]
    fn a_hostile_document_cannot_steer_the_terminal() {
        let text = r##"{"openrpc": "1.3.2", "info": {"title": "\u001b]0;x\u0007", "version": "\u009b2J\u202e"}, "methods": [
            {"name": "a\nb", "params": [], "summary": "\u001b[31m", "result": {"$ref": "#/\u001b"}}]}"##;
        let listing = listing(&Document::from_json(text).unwrap(), Some(80));
        assert!(listing.chars().all(|sign| sign == '\n' || !signs::steers(sign)), "{listing:?}");
        assert!(listing.contains("a b"), "{listing}");
    }
}
