//! What is special about each framing.

use super::*;

fn read(framing: impl Framing, bytes: &[u8]) -> Vec<Outcome> {
    let mut reading = Reading::of(Box::new(framing), 1000);
    bytes.chunks(1).for_each(|byte| reading.feed(byte));
    reading.finish();
    reading.seen
}

fn ok<const N: usize>(messages: [&'static str; N]) -> Vec<Outcome> {
    messages.map(|message| Ok(Bytes::from(message))).into()
}

#[test]
fn lines_end_in_lf_or_cr_lf_and_may_be_blank() {
    let bytes = b"\n\r\n1\n \t \r\n 2 \r\n3\r\r\n4";
    assert_eq!(read(Line::new(9), bytes), ok(["1", " 2 ", "3\r", "4"]));
    assert_eq!(read(Line::new(9), b"1\r"), ok(["1"]));
    assert_eq!(read(Line::new(9), b"  "), []);
}

#[test]
fn a_line_may_fill_its_limit_before_cr_lf() {
    assert_eq!(read(Line::new(3), b"123\r\n123\n"), ok(["123", "123"]));
    let mut expected = ok(["123"]);
    expected.insert(0, Err(FrameErrorKind::TooLarge));
    assert_eq!(read(Line::new(3), b"1234\r\n123\n"), expected);
}

#[test]
fn a_newline_has_no_place_in_a_line() {
    let error = Line::new(9).encode(b"[1,\n2]", &mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("newline"), "{error}");
}

#[test]
fn a_message_that_is_there_as_a_whole_is_found_in_place() {
    let found = |framing: &dyn Framing, unread: &[u8]| framing.peek(unread).map(|frame| (frame.message, frame.end));
    assert_eq!(found(&Line::new(5), b"[1,2]\n[3"), Some((0..5, 6)));
    assert_eq!(found(&Line::new(4), b"[1,2]\n"), None);
    assert_eq!(found(&Line::new(5), b"[1,2]\r\n"), None);
    assert_eq!(found(&Line::new(5), b"[1,2]"), None);
    assert_eq!(found(&Length::new(2), &[0, 0, 0, 2, 1, 2, 3]), Some((4..6, 6)));
    assert_eq!(found(&Length::new(2), &[0, 0, 0, 3, 1, 2, 3]), None);
    assert_eq!(found(&Length::new(2), &[0, 0, 0, 2, 1]), None);
    // What has been begun in the usual way is gone on with in that way.
    let mut line = Line::new(5);
    assert!(line.decode(&mut BytesMut::from("[1,")).is_ok_and(|message| message.is_none()));
    assert_eq!(found(&line, b"[1,2]\n"), None);
    #[cfg(feature = "msgpack")]
    {
        assert_eq!(found(&MessagePack::new(3), &[0x92, 1, 0x90, 0xc0]), Some((0..3, 3)));
        assert_eq!(found(&MessagePack::new(2), &[0x92, 1, 0x90, 0xc0]), None);
        assert_eq!(found(&MessagePack::new(3), &[0x92, 1]), None);
    }
}

#[test]
fn headers_come_in_many_shapes() {
    for headers in [
        "Content-Length: 2\r\n\r\n",
        "content-length:2\n\n",
        "CONTENT-LENGTH :  2 \r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n",
        "X-Other: a:b\r\nContent-Length: 02\n\r\n",
        "\r\n\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n",
    ] {
        let bytes = format!("{headers}[]{headers}{{}}");
        assert_eq!(read(Header::new(9), bytes.as_bytes()), ok(["[]", "{}"]), "{headers:?}");
    }
}

#[test]
fn senseless_headers_are_fatal() {
    let long = format!("X: {}\r\n\r\n", "y".repeat(9000));
    let many = "X: y\r\n".repeat(2000);
    for headers in [
        "Content-Type: x\r\n\r\n[]",
        "Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]",
        "Content-Length: -2\r\n\r\n[]",
        "Content-Length: +2\r\n\r\n[]",
        "Content-Length:\r\n\r\n[]",
        "Content-Length: 2, 2\r\n\r\n[]",
        "Content-Length: 99999999999999999999\r\n\r\n[]",
        "[1, 2]\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        &long,
        &many,
    ] {
        let mut framing = Header::new(9);
        let mut buffer = BytesMut::from(headers);
        let error = framing.decode(&mut buffer).unwrap_err();
        assert!(error.is_fatal() && error.kind() == FrameErrorKind::Malformed, "{headers:?}");
        assert!(error.to_string().contains("header"), "{error}");
    }
}

#[test]
fn messages_that_announce_their_length_may_be_empty() {
    assert_eq!(read(Header::new(9), b"Content-Length: 0\r\n\r\nContent-Length: 1\r\n\r\n7"), ok(["", "7"]));
    assert_eq!(read(Length::new(9), b"\0\0\0\0\0\0\0\x017"), ok(["", "7"]));
    assert_eq!(read(Length::new(0), b"\0\0\0\0"), ok([""]));
}

#[test]
fn an_announced_length_reserves_nothing() {
    let header = b"Content-Length: 1073741824\r\n\r\nabc";
    let length = b"\x40\0\0\0abc";
    let framings: [(Box<dyn Framing>, &[u8]); 2] =
        [(Box::new(Header::new(usize::MAX)), header), (Box::new(Length::new(usize::MAX)), length)];
    for (mut framing, bytes) in framings {
        let mut buffer = BytesMut::from(bytes);
        assert_eq!(framing.decode(&mut buffer), Ok(None));
        assert!(buffer.capacity() < 1000);
        assert_eq!(framing.finish(&mut buffer).unwrap_err().kind(), FrameErrorKind::CutOff);
    }
}

#[test]
fn json_values_need_nothing_between_them() {
    let bytes = b"{}[]\"a\"{\"b\":\n  [1,\r\n\t2]}\n\n 1 -2.5e+3\ttrue\"]\\\"\"null";
    let expected = ["{}", "[]", "\"a\"", "{\"b\":\n  [1,\r\n\t2]}", "1", "-2.5e+3", "true", "\"]\\\"\"", "null"];
    assert_eq!(read(Json::new(99), bytes), ok(expected));
}

#[test]
fn what_is_no_json_costs_the_rest_of_its_line() {
    let lost = Err(FrameErrorKind::Malformed);
    for garbage in ["GET / HTTP/1.1\r\n", "}\n", "]]]\n", ",1\n", "\u{feff}{}\n", "{\"a\": \"unclosed\n", "[\"\\\n"] {
        let mut expected = ok(["1", "[2]"]);
        expected.insert(1, lost.clone());
        assert_eq!(read(Json::new(99), format!("1 {garbage}[2]").as_bytes()), expected, "{garbage:?}");
    }
    assert_eq!(read(Json::new(99), b"}[1]"), [lost]);
}

#[test]
fn deep_nesting_is_cut_out_and_left_to_the_protocol() {
    let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
    let mut reading = Reading::of(Box::new(Json::new(1 << 20)), 1 << 20);
    deep.as_bytes().chunks(999).for_each(|chunk| reading.feed(chunk));
    assert_eq!(reading.seen, [Ok(Bytes::from(deep))]);
}

#[cfg(feature = "msgpack")]
mod msgpack {
    use super::*;

    #[test]
    fn the_marker_that_is_never_used_is_fatal() {
        let mut framing = MessagePack::new(99);
        let mut buffer = BytesMut::from(&b"\x01\x92\x01\xc1"[..]);
        assert_eq!(framing.decode(&mut buffer), Ok(Some(Bytes::from_static(b"\x01"))));
        let error = framing.decode(&mut buffer).unwrap_err();
        assert!(error.is_fatal() && error.kind() == FrameErrorKind::Malformed);
    }

    #[test]
    fn calls_that_come_together_are_cut_as_those_that_come_in_pieces() {
        let calls: [&[u8]; 8] = [
            b"\x94\x00\x01\xa3add\x92\x01\x02",
            b"\x94\x00\xce\x00\x01\x86\xa0\xa3add\x92\xd0\x80\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x93\x02\xa1n\x90",
            b"\x94\x01\x07\xc0\x92\xcb\x3f\xf8\0\0\0\0\0\0\xc2",
            b"\x94\x01\xe0\xc0\x81\xa1k\x91\xc3",
            b"\x94\x00\xcd\x01\x02\xa1m\x91\xda\x00\x02hi",
            b"\x92\x91\x90\xdc\x00\x01\x05",
            b"\xbfThis is a text of 31 characters",
        ];
        let (stream, whole) = (calls.concat(), calls.map(|call| Ok(Bytes::from_static(call))));
        for size in 1..=stream.len() {
            let mut reading = Reading::of(Box::new(MessagePack::new(32)), 32);
            stream.chunks(size).for_each(|chunk| reading.feed(chunk));
            assert_eq!(reading.seen, whole, "in pieces of {size}");
        }
        let mut reading = Reading::of(Box::new(MessagePack::new(31)), 31);
        reading.feed(&[calls[7], calls[0]].concat());
        assert_eq!(reading.seen, [Err(FrameErrorKind::TooLarge), Ok(Bytes::from_static(calls[0]))]);
    }

    #[test]
    fn deep_nesting_is_cut_out_and_left_to_the_protocol() {
        let deep = [vec![0x91; 100_000], vec![0xc0]].concat();
        let mut reading = Reading::of(Box::new(MessagePack::new(1 << 20)), 1 << 20);
        deep.chunks(999).for_each(|chunk| reading.feed(chunk));
        assert_eq!(reading.seen, [Ok(Bytes::from(deep))]);
    }

    #[test]
    fn what_announces_too_much_is_refused_at_once() {
        for head in [b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc6\0\0\0\x64"] {
            let mut buffer = BytesMut::from(&head[..]);
            let error = MessagePack::new(99).decode(&mut buffer).unwrap_err();
            assert!(error.is_too_large() && !error.is_fatal());
            assert!(buffer.is_empty());
        }
    }

    #[test]
    fn a_storm_of_announcements_is_one_error() {
        // Maps inside maps, each announcing 2^33 values.
        let mut reading = Reading::of(Box::new(MessagePack::new(99)), 99);
        reading.feed(&b"\xdf\xff\xff\xff\xff".repeat(10_000));
        assert_eq!(reading.seen, [Err(FrameErrorKind::TooLarge)]);
    }
}
