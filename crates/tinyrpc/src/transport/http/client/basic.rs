//! Writes the `Authorization` header of HTTP basic authentication (RFC 7617).

use http::HeaderValue;

/// The header value for this name and password.
pub(super) fn credentials(user: &[u8], password: &[u8]) -> HeaderValue {
    let text = format!("Basic {}", base64(&[user, b":", password].concat()));
    let mut value = HeaderValue::try_from(text).unwrap_or_else(|_| unreachable!("base64 is ASCII"));
    // Keeps it out of debug output.
    value.set_sensitive(true);
    value
}

/// The header value for what stands before the `@` of a URL: `user:password` or `user`, percent-encoded.
pub(super) fn from_user_info(user_info: &str) -> HeaderValue {
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    credentials(&percent_decoded(user), &percent_decoded(password))
}

/// What is no percent-encoding stays as it is.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|pair| Some((hex(pair[0])?, hex(pair[1])?)));
        match digits {
            Some((high, low)) if first == b'%' => {
                decoded.push(high << 4 | low);
                rest = &after[2..];
            }
            _ => {
                decoded.push(first);
                rest = after;
            }
        }
    }
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 63;
            text.push(if place <= chunk.len() { char::from(DIGITS[digit as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specifications() {
        assert_eq!(credentials(b"Aladdin", b"open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        for (plain, encoded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")]
        {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
        assert_eq!(base64(&[0xff, 0xff, 0xfe]), "///+");
    }

    #[test]
    fn a_url_percent_encodes_names_and_passwords() {
        assert_eq!(from_user_info("j%40e:p%3Aw%zz%4"), credentials(b"j@e", b"p:w%zz%4"));
        assert_eq!(from_user_info("joe"), credentials(b"joe", b""));
        assert_eq!(from_user_info("%+1a%é"), credentials(b"%+1a%\xc3\xa9", b""));
    }

    #[test]
    fn debug_output_does_not_tell() {
        assert_eq!(format!("{:?}", credentials(b"a", b"b")), "Sensitive");
    }
}
