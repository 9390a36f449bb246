//! Says what a handshake that failed means, and what can be done.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

use crate::transport::{TransportError, TransportErrorKind};

/// The error of a client whose handshake with this server failed.
pub(super) fn handshake(host: &str, port: u16, error: io::Error) -> TransportError {
    let place = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    let (kind, what) = match tls {
        Some(Error::InvalidCertificate(why)) => (TransportErrorKind::Unreachable, certificate(host, &place, why)),
        Some(Error::InvalidMessage(_)) => {
            let what = format!("{place} does not speak TLS: does it serve http:// or ws:// instead?");
            (TransportErrorKind::Invalid, what)
        }
        Some(Error::AlertReceived(alert)) => (TransportErrorKind::Refused, refused(&place, *alert)),
        Some(_) => (TransportErrorKind::Invalid, format!("no secure connection to {place} could be agreed upon")),
        None => (TransportErrorKind::Unreachable, format!("{place} ended the connection before it was secure")),
    };
    TransportError::new(kind, what).with_source(error)
}

/// The error of a client when the cause is that a server would not go on: in TLS 1.3 it says so after the handshake.
pub(crate) fn alert(place: &str, error: &(dyn std::error::Error + 'static)) -> Option<TransportError> {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        let tls = inner.downcast_ref::<io::Error>().and_then(|inner| inner.get_ref()?.downcast_ref::<Error>());
        if let Some(Error::AlertReceived(alert)) = tls {
            return Some(TransportError::new(TransportErrorKind::Refused, refused(place, *alert)));
        }
        cause = inner.source();
    }
    None
}

fn certificate(host: &str, place: &str, why: &CertificateError) -> String {
    use CertificateError as Why;
    match why {
        Why::UnknownIssuer => format!(
            "the certificate of {place} is not from anybody who is trusted here: if it should be, trust its authority \
             (TlsClient::with_ca_file, --cacert FILE)"
        ),
        Why::BadSignature => format!(
            "the certificate of {place} names an authority that is trusted here, but which has another key than the one that \
             signed it"
        ),
        Why::Expired | Why::ExpiredContext { .. } => {
            format!("the certificate of {place} has expired: it must be renewed there, unless the clock here is wrong")
        }
        Why::NotValidYet | Why::NotValidYetContext { .. } => {
            format!("the certificate of {place} is not valid yet: is the clock here right?")
        }
        Why::NotValidForName => format!("the certificate of {place} is not for the name {host}"),
        Why::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            format!("the certificate of {place} is not for the name {host}, but for: {}", presented.join(", "))
        }
        Why::NotValidForNameContext { .. } => {
            format!(
                "the certificate of {place} is not for the name {host}, nor for any other: it has no subjectAltName"
            )
        }
        Why::Revoked => format!("the certificate of {place} has been revoked"),
        Why::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => format!(
            "the certificate of {place} is that of an authority, which a server must not use itself: issue one with \
             `CA:FALSE` for the server"
        ),
        why => format!("the certificate of {place} cannot be used: {why}"),
    }
}

fn refused(place: &str, alert: AlertDescription) -> String {
    use AlertDescription as Alert;
    match alert {
        Alert::CertificateRequired => format!("{place} wants a certificate of the client, and there is none"),
        Alert::UnknownCA
        | Alert::BadCertificate
        | Alert::DecryptError
        | Alert::CertificateUnknown
        | Alert::CertificateExpired => {
            format!("{place} does not accept the certificate of the client ({alert:?})")
        }
        Alert::NoApplicationProtocol => format!("{place} does not speak this version of HTTP"),
        alert => format!("{place} refused to make a secure connection ({alert:?})"),
    }
}
