//! The parameters that name a server's files in its URL: `https://127.0.0.1:5000/?cert=FILE&key=FILE`.

use super::{TlsServer, setup};
use crate::transport::TransportError;

/// What a URL says about TLS.
#[derive(Debug, Default)]
pub(crate) struct Files {
    cert: Option<String>,
    key: Option<String>,
    client_ca: Option<String>,
}

/// Takes the query off a URL, and the files out of it.
pub(crate) fn split(url: &str) -> Result<(&str, Files), TransportError> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let mut files = Files::default();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let place = match name {
            "cert" => &mut files.cert,
            "key" => &mut files.key,
            "client-ca" => &mut files.client_ca,
            _ => return Err(setup(format!("servers have no parameter `{name}`: there are cert, key and client-ca"))),
        };
        *place = Some(decoded(value)?);
    }
    Ok((base, files))
}

impl Files {
    pub(crate) fn load(self) -> Result<TlsServer, TransportError> {
        let (Some(cert), Some(key)) = (self.cert, self.key) else {
            return Err(setup("a server with TLS needs a certificate and its key: `?cert=FILE&key=FILE`, both PEM"));
        };
        let tls = TlsServer::from_files(cert, key)?;
        match self.client_ca {
            Some(file) => tls.with_client_ca_file(file),
            None => Ok(tls),
        }
    }
}

/// `%20` and the like stand for the byte with that number.
fn decoded(value: &str) -> Result<String, TransportError> {
    let wrong = || setup(format!("`{value}` is no file name in a URL: `%` goes before two hexadecimal digits"));
    let mut parts = value.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or_else(wrong)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found() {
        let (base, files) = split("https://h:1/rpc?cert=/a%20b/c.pem&key=k&client-ca=ca").unwrap();
        assert_eq!(base, "https://h:1/rpc");
        assert_eq!((files.cert.as_deref(), files.key.as_deref()), (Some("/a b/c.pem"), Some("k")));
        assert_eq!(files.client_ca.as_deref(), Some("ca"));
        assert!(split("https://h/").unwrap().1.cert.is_none());
        for wrong in ["https://h/?cret=x", "https://h/?cert=%2", "https://h/?cert=%zz", "https://h/?cert=%ff"] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
        assert!(split("https://h/?cert=x").unwrap().1.load().unwrap_err().to_string().contains("key=FILE"));
    }
}
