//! Reads certificates and keys.

use std::fs;
use std::path::Path;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::setup;
use crate::transport::TransportError;

pub(super) fn file(path: &Path) -> Result<Vec<u8>, TransportError> {
    fs::read(path).map_err(|error| setup(format!("cannot read {}", path.display())).with_source(error))
}

/// All certificates in a PEM text, of which there must be one at least.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|error| setup("this is no PEM text with certificates").with_source(error))?;
    if found.is_empty() {
        return Err(setup("there is no certificate in this PEM text: it has no line `-----BEGIN CERTIFICATE-----`"));
    }
    Ok(found)
}

/// The first private key in a PEM text.
pub(super) fn key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, TransportError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| {
        setup("there is no private key in this PEM text: PKCS#8, PKCS#1 and SEC1 are read, without a password")
            .with_source(error)
    })
}

/// Says which file it was.
pub(super) fn within<T>(path: &Path, read: Result<T, TransportError>) -> Result<T, TransportError> {
    read.map_err(|error| setup(format!("{} cannot be used: {error}", path.display())).with_source(error))
}
