//! Who is trusted, and what is said when somebody is not.

use rcgen::{BasicConstraints, IsCa, date_time_ymd};
use tinyrpc::transport::tls::{TlsClient, TlsServer};

use crate::support::{Authority, add, connect, serve, soon};

#[tokio::test]
async fn a_certificate_must_be_right_and_the_error_says_what_is_not() {
    let (authority, stranger) = (Authority::named("well known"), Authority::new());
    let impostor = Authority::named("well known");
    let other_name = authority.issue(|params| {
        params.subject_alt_names = vec![rcgen::SanType::DnsName("other.example".try_into().unwrap())];
    });
    let expired = authority.issue(|params| params.not_after = date_time_ymd(2020, 1, 1));
    let future = authority.issue(|params| params.not_before = date_time_ymd(3000, 1, 1));
    let of_authority = authority.issue(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    for (identity, words) in [
        (stranger.here(), "--cacert FILE"),
        (impostor.here(), "has another key"),
        (other_name, "is not for the name 127.0.0.1, but for: "),
        (expired, "has expired"),
        (future, "is the clock here right"),
        (of_authority, "CA:FALSE"),
    ] {
        for url in serve(identity.server()).await {
            let error = add(&url, authority.trusted()).await.unwrap_err();
            assert!(error.contains(words), "{url}: {error}");
        }
    }
    for url in serve(stranger.here().server()).await {
        let error = add(&url, TlsClient::new()).await.unwrap_err();
        // Where the system trusts nobody at all, that is said.
        assert!(error.contains("--cacert FILE") || error.contains("ca-certificates"), "{error}");
        let both = authority.trusted().with_ca_pem(&stranger.pem).unwrap();
        assert_eq!(add(&url, both).await, Ok(3));
    }
}

#[tokio::test]
async fn a_client_shows_its_certificate() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let tls = authority.here().server().with_client_ca_pem(&authority.pem).unwrap();
    for url in serve(tls).await {
        let error = add(&url, authority.trusted()).await.unwrap_err();
        assert!(error.contains("wants a certificate of the client"), "{url}: {error}");
        for (issued, accepted) in [(authority.here(), true), (stranger.here(), false)] {
            let tls = authority.trusted().with_identity_pem(&issued.certificate, &issued.key).unwrap();
            match accepted {
                false => {
                    let error = add(&url, tls).await.unwrap_err();
                    assert!(error.contains("does not accept the certificate of the client"), "{url}: {error}");
                }
                true => {
                    let client = connect(&url, tls).await.unwrap();
                    let lengths: Option<Vec<usize>> = soon(client.call("certificates", ())).await.unwrap();
                    assert!(lengths.is_some_and(|lengths| lengths.len() == 1 && lengths[0] > 100), "{url}");
                }
            }
        }
    }
    for url in serve(authority.here().server()).await {
        let client = connect(&url, authority.trusted()).await.unwrap();
        let lengths: Option<Vec<usize>> = soon(client.call("certificates", ())).await.unwrap();
        assert_eq!(lengths, Some(Vec::new()), "over TLS, and no certificate was shown");
    }
}

#[test]
fn files_that_cannot_be_used() {
    let authority = Authority::new();
    let (one, other) = (authority.here(), authority.here());
    let wrong_pair = TlsServer::from_pem(&one.certificate, &other.key).unwrap_err();
    assert!(wrong_pair.to_string().contains("are they a pair"), "{wrong_pair}");
    let swapped = TlsServer::from_pem(&one.key, &one.certificate).unwrap_err();
    assert!(swapped.to_string().contains("BEGIN CERTIFICATE"), "{swapped}");
    assert!(TlsClient::new().with_identity_pem(&one.certificate, &other.key).is_err());
    assert!(TlsClient::new().with_ca_pem("nothing").is_err());
    let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    assert!(TlsClient::new().with_ca_pem(broken).is_err());
    let missing = TlsClient::new().with_ca_file("/nowhere/ca.pem").unwrap_err();
    assert!(missing.to_string().contains("/nowhere/ca.pem"), "{missing}");
    assert!(!format!("{:?}", one.server()).contains("PRIVATE"));
}

#[tokio::test]
async fn nobody_to_trust_is_said() {
    let authority = Authority::new();
    for url in serve(authority.here().server()).await {
        let error = add(&url, TlsClient::new().without_system_roots()).await.unwrap_err();
        assert!(error.contains("no certificate is trusted"), "{error}");
    }
}
