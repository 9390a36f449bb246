//! What all that serve the peers of one socket have in common.

use std::sync::Arc;

use omq_tokio::IdentitySocket;
use tinyrpc_core::Protocol;

use super::settings::ZmqSettings;
use crate::service::Service;

pub(super) struct Shared {
    pub(super) socket: IdentitySocket,
    pub(super) service: Service,
    pub(super) protocol: Arc<dyn Protocol>,
    pub(super) settings: ZmqSettings,
}
