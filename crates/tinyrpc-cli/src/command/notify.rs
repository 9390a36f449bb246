//! `tinyrpc notify`: one notification.

use crate::args::Notify;
use crate::exit::Failure;
use crate::{arguments, connect};

pub(crate) async fn run(notify: &Notify) -> Result<(), Failure> {
    let params = arguments::params(&notify.request.arguments)?;
    connect::until_stopped(&notify.request.url, async {
        let client = connect::client(&notify.request.url, &notify.client).await?;
        connect::check_numbers(&client, params.as_ref())?;
        let sent = client.notify_payload(&notify.request.method, params.as_ref()).await;
        connect::leave(client).await;
        Ok(sent?)
    })
    .await
}
