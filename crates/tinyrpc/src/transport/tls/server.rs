//! The server's side: who it is, and from whom it wants to know that too.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsStream};

use super::{pem, plain, provider, setup};
use crate::transport::TransportError;

/// How a server goes about TLS: its certificate and its key. Cheap to clone.
///
/// The files are read once; a server that is to use a renewed certificate is started anew.
#[derive(Clone)]
pub struct TlsServer {
    identity: Arc<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    config: Arc<ServerConfig>,
}

impl TlsServer {
    /// A server with this certificate: a PEM file with it and those between it and its authority, and a PEM file with its
    /// private key. They may be the same file. Clients need not show a certificate.
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when they cannot be read, or do not belong together.
    pub fn from_files(certificate: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<Self, TransportError> {
        let (certificate, key) = (certificate.as_ref(), key.as_ref());
        let chain = pem::within(certificate, pem::certificates(&pem::file(certificate)?))?;
        let secret = pem::within(key, pem::key(&pem::file(key)?))?;
        Self::build(Arc::new((chain, secret)), None)
    }

    /// The same with PEM texts.
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when they hold no certificate or no key, or do not
    /// belong together.
    pub fn from_pem(certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Result<Self, TransportError> {
        Self::build(Arc::new((pem::certificates(certificate.as_ref())?, pem::key(key.as_ref())?)), None)
    }

    /// Serves only clients that show a certificate from an authority in this PEM file. Handlers find it in their caller's
    /// [`TlsPeer`](super::TlsPeer).
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when it cannot be read, or holds no usable certificate.
    pub fn with_client_ca_file(self, path: impl AsRef<Path>) -> Result<Self, TransportError> {
        let path = path.as_ref();
        let text = pem::file(path)?;
        pem::within(path, self.with_client_ca_pem(text))
    }

    /// The same with a PEM text.
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when it holds no usable certificate.
    pub fn with_client_ca_pem(self, pem: impl AsRef<[u8]>) -> Result<Self, TransportError> {
        let mut trusted = RootCertStore::empty();
        for certificate in pem::certificates(pem.as_ref())? {
            trusted.add(certificate).map_err(|error| setup("a certificate is broken").with_source(error))?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(trusted), provider()).build();
        let verifier = verifier.map_err(|error| setup("clients cannot be verified").with_source(error))?;
        Self::build(self.identity, Some(verifier))
    }

    fn build(
        identity: Arc<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
        verifier: Option<Arc<dyn ClientCertVerifier>>,
    ) -> Result<Self, TransportError> {
        let unusable = |error: rustls::Error| {
            setup("the certificate and the key cannot be used together: are they a pair?").with_source(error)
        };
        let builder = ServerConfig::builder_with_provider(provider());
        let builder = builder.with_safe_default_protocol_versions().map_err(unusable)?;
        let builder = match verifier {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let config = builder.with_single_cert(identity.0.clone(), identity.1.clone_key()).map_err(unusable)?;
        Ok(Self { identity, config: Arc::new(config) })
    }

    /// The same, for what is spoken on its connections.
    pub(crate) fn speaking(mut self, alpn: &[&[u8]]) -> Self {
        Arc::make_mut(&mut self.config).alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        self
    }

    /// Makes a connection a secure one; `None` when the client speaks plain HTTP and was told so. Waits for the client as
    /// long as it takes.
    pub(crate) async fn accept(&self, tcp: TcpStream) -> io::Result<Option<TlsStream<TcpStream>>> {
        if plain::is_http(&tcp).await? {
            plain::refuse(tcp).await?;
            return Ok(None);
        }
        let stream = TlsAcceptor::from(Arc::clone(&self.config)).accept(tcp).await?;
        Ok(Some(stream.into()))
    }
}

/// Without the key.
impl fmt::Debug for TlsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsServer").finish_non_exhaustive()
    }
}
