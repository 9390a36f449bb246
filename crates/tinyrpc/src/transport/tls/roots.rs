//! The certificates that this system trusts, read once.

use std::sync::OnceLock;

use rustls::RootCertStore;

/// Empty when the system has none.
pub(super) fn system() -> &'static RootCertStore {
    static SYSTEM: OnceLock<RootCertStore> = OnceLock::new();
    SYSTEM.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "some of the certificates that this system trusts cannot be read");
        }
        let mut roots = RootCertStore::empty();
        let (added, ignored) = roots.add_parsable_certificates(found.certs);
        tracing::debug!(added, ignored, "read the certificates that this system trusts");
        roots
    })
}
