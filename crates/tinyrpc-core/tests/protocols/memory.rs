//! Reading a message takes no more memory than the limits say, whatever stands in it.

use tinyrpc_alloc_counter::measure;
use tinyrpc_core::{JsonRpc, Limits, MessagePackRpc, Protocol};

const LENGTH: usize = 256 << 10;

/// The most bytes that are held at once while the message is read, and until what it holds is dropped.
fn peak(protocol: &dyn Protocol, message: &[u8]) -> usize {
    let limits = Limits::default();
    let (_, counts) = measure(|| drop(protocol.read(message, &limits)));
    usize::try_from(counts.peak).expect("peaks are not negative")
}

fn filled(before: &str, element: &str, after: &str) -> Vec<u8> {
    let count = (LENGTH - before.len() - after.len()) / element.len();
    format!("{before}{}{after}", element.repeat(count)).into_bytes()
}

#[test]
fn json_values_cost_nothing() {
    for protocol in [JsonRpc::new(), JsonRpc::v1(), JsonRpc::new().with_strict(true)] {
        for (before, after) in [
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":[", "0]}"),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[", "0]}"),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"x\":[", "0]}"),
        ] {
            for element in ["0,", "[],", "{},", "\"\",", "{\"\":0},", "[[[[[[]]]]]],"] {
                let used = peak(&protocol, &filled(before, element, after));
                assert!(used < 1000, "{before} {element}: {used}");
            }
        }
        let members = filled("{\"jsonrpc\":\"2.0\",\"id\":1,", "\"\":0,", "\"method\":\"m\"}");
        assert!(peak(&protocol, &members) < 1000);
        let deep = filled("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":", "[", "");
        assert!(peak(&protocol, &deep) < 1000);
    }
}

/// An id or a name with escapes is copied; so is an error object, which is kept whole and as its own message. In tenths
/// of the message's length.
#[test]
fn json_costs_a_few_copies_at_most() {
    for (before, element, after, tenths) in [
        ("{\"jsonrpc\":\"2.0\",\"method\":\"", "\\n", "\",\"id\":1}", 11),
        ("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":\"", "\\n", "\"}", 16),
        ("{\"jsonrpc\":\"2.0\",\"", "\\n", "\":1}", 11),
        ("{\"id\":1,\"error\":[", "0,", "0]}", 21),
        ("{\"id\":1,\"error\":{", "\"\":0,", "\"\":0}}", 21),
        ("{\"id\":1,\"error\":\"", "\\n", "\"}", 16),
        ("{\"id\":1,\"error\":{\"code\":1,\"message\":\"", "\\n", "\"}}", 11),
        ("{\"id\":1,\"error\":{\"code\":1,\"message\":\"\",\"data\":[", "0,", "0]}}", 11),
    ] {
        let used = peak(&JsonRpc::new(), &filled(before, element, after));
        assert!(used < tenths * LENGTH / 10, "{before}: {used}");
    }
}

#[test]
fn json_batches_cost_their_entries() {
    for element in ["0,", "{},", "[],", "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":1},", "{\"id\":1,\"error\":0},"] {
        // As many as are allowed, and far more.
        let most = format!("[{}0]", element.repeat(999)).into_bytes();
        for message in [most, filled("[", element, "0]")] {
            let used = peak(&JsonRpc::new(), &message);
            assert!(used < 1000 * 400, "{element}: {used}");
        }
    }
}

#[test]
fn messagepack_values_cost_nothing() {
    let protocol = MessagePackRpc::new();
    let filled = |before: &[u8], element: &[u8]| {
        let count = (LENGTH - before.len() - 5) / element.len();
        let announced = u32::try_from(count).expect("fits");
        [before, &[0xdd], &announced.to_be_bytes(), &element.repeat(count)].concat()
    };
    for before in [
        &b""[..],
        b"\x94\x00\x01\xa1m",
        b"\x94\x01\x01\xc0",
        b"\x94\x00",
        b"\x93\x02\xa1m",
        b"\xdc\x00\x04\x00\x01\xa1m",
        b"\x92",
    ] {
        for element in [&b"\x00"[..], b"\x90", b"\x80", b"\xa0", b"\x81\x00\x00", b"\x91\x91\x91\x91\x90"] {
            let used = peak(&protocol, &filled(before, element));
            assert!(used < 1000, "{before:x?} {element:x?}: {used}");
        }
    }
    // An error object is kept whole.
    let error = [filled(b"\x94\x01\x01", b"\x00"), vec![0xc0]].concat();
    let used = peak(&protocol, &error);
    assert!(used < LENGTH + 1000, "{used}");
    for lie in [
        &b"\xdd\xff\xff\xff\xff"[..],
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x00",
    ] {
        for before in [&b""[..], b"\x94\x00\x01\xa1m", b"\x94\x01\x01"] {
            let used = peak(&protocol, &[before, lie, b"\x00\x00"].concat());
            assert!(used < 1000, "{lie:x?}: {used}");
        }
    }
}
