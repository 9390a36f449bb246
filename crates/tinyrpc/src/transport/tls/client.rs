//! The client's side: whom it trusts, and who it says it is.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, TlsStream};

use super::{explain, pem, provider, roots, setup};
use crate::transport::TransportError;

/// How a client goes about TLS. Cheap to clone.
///
/// The certificate of a server must come from someone who is trusted, be valid now, and name the host of the URL. There is
/// no way around that.
#[derive(Clone)]
pub struct TlsClient {
    settings: Settings,
    config: Arc<OnceLock<Arc<ClientConfig>>>,
}

#[derive(Clone)]
struct Settings {
    system: bool,
    more: Vec<CertificateDer<'static>>,
    identity: Option<Arc<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>>,
}

impl Default for TlsClient {
    fn default() -> Self {
        Self { settings: Settings { system: true, more: Vec::new(), identity: None }, config: Arc::default() }
    }
}

impl TlsClient {
    /// One that trusts whom this system trusts, and shows no certificate of its own. On Linux those are the files of the
    /// package `ca-certificates`; the environment variables `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the authorities in this PEM file as well.
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when it cannot be read, or holds no usable certificate.
    pub fn with_ca_file(self, path: impl AsRef<Path>) -> Result<Self, TransportError> {
        let path = path.as_ref();
        let text = pem::file(path)?;
        pem::within(path, self.with_ca_pem(text))
    }

    /// Trusts the authorities in this PEM text as well.
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when it holds no usable certificate.
    pub fn with_ca_pem(mut self, pem: impl AsRef<[u8]>) -> Result<Self, TransportError> {
        let found = pem::certificates(pem.as_ref())?;
        let mut trial = RootCertStore::empty();
        for certificate in &found {
            let added = trial.add(certificate.clone());
            added.map_err(|error| setup("a certificate is broken").with_source(error))?;
        }
        self.settings.more.extend(found);
        Ok(self.changed())
    }

    /// Trusts the authorities that were given to `other` as well.
    #[cfg(feature = "amqp")]
    pub(crate) fn trusting_also(mut self, other: &Self) -> Self {
        self.settings.more.extend_from_slice(&other.settings.more);
        self.changed()
    }

    /// Does not trust whom this system trusts, but only the authorities that were given.
    #[must_use]
    pub fn without_system_roots(mut self) -> Self {
        self.settings.system = false;
        self.changed()
    }

    /// Shows this certificate to servers that ask for one: a PEM file with it and those between it and its authority, and a
    /// PEM file with its private key. They may be the same file.
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when they cannot be read, or do not belong together.
    pub fn with_identity_files(
        self,
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Self, TransportError> {
        let (certificate, key) = (certificate.as_ref(), key.as_ref());
        let (chain, secret) = (pem::file(certificate)?, pem::file(key)?);
        pem::within(key, pem::key(&secret))?;
        pem::within(certificate, self.with_identity_pem(chain, secret))
    }

    /// The same with PEM texts.
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when they hold no certificate or no key, or do not
    /// belong together.
    pub fn with_identity_pem(
        mut self,
        certificate: impl AsRef<[u8]>,
        key: impl AsRef<[u8]>,
    ) -> Result<Self, TransportError> {
        let identity = (pem::certificates(certificate.as_ref())?, pem::key(key.as_ref())?);
        let certified = rustls::sign::CertifiedKey::from_der(identity.0.clone(), identity.1.clone_key(), &provider());
        certified.map_err(|error| setup("the certificate and the key cannot be used together").with_source(error))?;
        self.settings.identity = Some(Arc::new(identity));
        Ok(self.changed())
    }

    /// A configuration that was made before is no longer right.
    fn changed(mut self) -> Self {
        self.config = Arc::default();
        self
    }

    fn config(&self) -> Result<Arc<ClientConfig>, TransportError> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let Settings { system, more, identity } = &self.settings;
        let mut trusted = if *system { roots::system().clone() } else { RootCertStore::empty() };
        trusted.add_parsable_certificates(more.iter().cloned());
        if trusted.is_empty() {
            let what = match system {
                true => {
                    "this system trusts no certificates: install `ca-certificates`, or name a file with those to trust"
                }
                false => "no certificate is trusted: name a file with those to trust",
            };
            return Err(setup(what));
        }
        let unusable = |error: rustls::Error| setup("TLS cannot be set up").with_source(error);
        let builder = ClientConfig::builder_with_provider(provider());
        let builder = builder.with_safe_default_protocol_versions().map_err(unusable)?.with_root_certificates(trusted);
        let config = match identity.as_deref() {
            Some((chain, key)) => builder.with_client_auth_cert(chain.clone(), key.clone_key()).map_err(unusable)?,
            None => builder.with_no_client_auth(),
        };
        Ok(Arc::clone(self.config.get_or_init(|| Arc::new(config))))
    }

    /// Makes a connection to `host` a secure one. `port` is for messages; `alpn` is what is to be spoken on it, if there is a
    /// name for that.
    pub(crate) async fn connect(
        &self,
        tcp: TcpStream,
        host: &str,
        port: u16,
        alpn: Option<&[u8]>,
    ) -> Result<TlsStream<TcpStream>, TransportError> {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|error| setup(format!("no certificate can be for `{host}`")).with_source(error))?;
        let mut config = ClientConfig::clone(&*self.config()?);
        config.alpn_protocols = alpn.map(<[u8]>::to_vec).into_iter().collect();
        match TlsConnector::from(Arc::new(config)).connect(name, tcp).await {
            Ok(stream) => Ok(stream.into()),
            Err(error) => Err(explain::handshake(host, port, error)),
        }
    }
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient")
            .field("system", &self.settings.system)
            .field("more", &self.settings.more.len())
            .field("identity", &self.settings.identity.is_some())
            .finish()
    }
}
