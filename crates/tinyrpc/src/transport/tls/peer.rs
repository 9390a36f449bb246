//! What a handler learns of a caller's TLS.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;

/// That a call came over TLS, and who the caller proved to be. Handlers find it with
/// [`Context::extension`](crate::Context::extension). Cheap to clone.
///
/// A server that is mounted in another one has it too, if that one puts it into the extensions of a request.
#[derive(Clone, Debug)]
pub struct TlsPeer {
    certificates: Arc<[CertificateDer<'static>]>,
    server_name: Option<Arc<str>>,
}

impl TlsPeer {
    /// A caller with these certificates in DER, its own first, who asked for the server by this name.
    #[must_use]
    pub fn new(certificates: impl IntoIterator<Item = Vec<u8>>, server_name: Option<&str>) -> Self {
        Self {
            certificates: certificates.into_iter().map(CertificateDer::from).collect(),
            server_name: server_name.map(Arc::from),
        }
    }

    /// The caller's certificate in DER, and those that vouch for it; empty when it showed none. They have been verified: see
    /// [`TlsServer::with_client_ca_file`](super::TlsServer::with_client_ca_file).
    pub fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.certificates.iter().map(AsRef::as_ref)
    }

    /// The name by which the caller asked for this server, if it is no address.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    pub(crate) fn of(connection: &rustls::ServerConnection) -> Self {
        let certificates = connection.peer_certificates().unwrap_or_default();
        Self {
            certificates: certificates.iter().map(|certificate| certificate.clone().into_owned()).collect(),
            server_name: connection.server_name().map(Arc::from),
        }
    }
}
