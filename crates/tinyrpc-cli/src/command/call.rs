//! `tinyrpc call`: one call, one result.

use crate::args::Call;
use crate::exit::Failure;
use crate::{arguments, connect, output};

pub(crate) async fn run(call: &Call) -> Result<(), Failure> {
    let params = arguments::params(&call.request.arguments)?;
    let result = connect::until_stopped(&call.request.url, async {
        let client = connect::client(&call.request.url, &call.client).await?;
        connect::check_numbers(&client, params.as_ref())?;
        let result = client.call_payload(&call.request.method, params.as_ref()).await;
        connect::leave(client).await;
        Ok(result?)
    })
    .await?;
    output::print(&output::layout(&output::json_text(&result)?, call.layout))
}
