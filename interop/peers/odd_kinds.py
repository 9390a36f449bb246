"""What each of the odd HTTP servers answers; `odd_servers.py` runs them. Standard library only.

Where a reply carries a result, it is the `params` of the call.
"""

import json
import socket
import time

KINDS = {}
ENDLESS_BYTES = 100_000_000
JSON = "application/json"


def kind(function):
    """Makes a function a kind of server, named like it."""
    KINDS[function.__name__.replace("_", "-")] = function
    return function


class Gone(Exception):
    """Ends the connection."""


class Exchange:
    """One request, and the ways to answer it."""

    def __init__(self, connection, body):
        self.connection = connection
        self.body = body

    def message(self):
        """The request, read as JSON; `{}` if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    def reply(self, **changes):
        """The right reply to the call, or to the first entry of a batch, with members changed."""
        message = self.message()
        call = message[0] if isinstance(message, list) and message else message
        call = call if isinstance(call, dict) else {}
        return {"jsonrpc": "2.0", "id": call.get("id"), "result": call.get("params"), **changes}

    def error(self, **changes):
        """An error reply to the call."""
        reply = {**self.reply(), "error": {"code": -32000, "message": "it failed", "data": {"why": "odd"}}, **changes}
        del reply["result"]
        return reply

    def replies(self):
        """The right replies to a batch."""
        message = self.message()
        calls = message if isinstance(message, list) else [message]
        return [{"jsonrpc": "2.0", "id": call["id"], "result": call.get("params")} for call in calls if "id" in call]

    def write(self, data):
        self.connection.sendall(data)

    def head(self, length, status="200 OK", content_type=JSON, **headers):
        """Status line and headers. `length` None leaves Content-Length out, `content_type` None Content-Type."""
        lines = [f"HTTP/1.1 {status}"]
        if content_type is not None:
            lines.append(f"Content-Type: {content_type}")
        if length is not None:
            lines.append(f"Content-Length: {length}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def send(self, body, **head):
        """A whole answer in one write. `body` is bytes, or what becomes JSON."""
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.write(self.head(len(body), **head) + body)

    def wait(self):
        """Until the client goes away."""
        try:
            while self.connection.recv(65536):
                pass
        except OSError:
            pass
        raise Gone


# For comparison.


@kind
def plain(exchange):
    """Nothing odd: the right reply to a call or a batch, status 200 and an empty body to a notification."""
    message = exchange.message()
    owed = exchange.replies()
    exchange.send(b"" if not owed else owed if isinstance(message, list) else owed[0])


# Answers to a notification (or to anything else).


@kind
def notified_204(exchange):
    """Status 204."""
    exchange.write(b"HTTP/1.1 204 No Content\r\n\r\n")


@kind
def notified_200_empty(exchange):
    """Status 200 with an empty body."""
    exchange.send(b"")


@kind
def notified_200_null(exchange):
    """Status 200 with the body `null`."""
    exchange.send(None)


@kind
def notified_200_id_0(exchange):
    """Status 200 with a reply whose id is 0."""
    exchange.send(exchange.reply(id=0, result=None))


@kind
def notified_200_no_id(exchange):
    """Status 200 with a reply without an id."""
    reply = exchange.reply(result=None)
    del reply["id"]
    exchange.send(reply)


@kind
def notified_202(exchange):
    """Status 202 with an empty body."""
    exchange.send(b"", status="202 Accepted")


@kind
def notified_400(exchange):
    """Status 400 with an error reply, id null."""
    exchange.send(exchange.error(id=None), status="400 Bad Request")


@kind
def notified_500(exchange):
    """Status 500 with an error reply, id null."""
    exchange.send(exchange.error(id=None), status="500 Internal Server Error")


# Answers to a call, odd in their headers.


@kind
def reply_under_404(exchange):
    """The right reply, under status 404."""
    exchange.send(exchange.reply(), status="404 Not Found")


@kind
def reply_under_500(exchange):
    """The right reply, under status 500."""
    exchange.send(exchange.reply(), status="500 Internal Server Error")


@kind
def error_under_400(exchange):
    """An error reply to the call, under status 400."""
    exchange.send(exchange.error(), status="400 Bad Request")


@kind
def error_under_404(exchange):
    """An error reply to the call, under status 404."""
    exchange.send(exchange.error(), status="404 Not Found")


@kind
def error_under_500(exchange):
    """An error reply to the call, under status 500."""
    exchange.send(exchange.error(), status="500 Internal Server Error")


@kind
def error_as_text(exchange):
    """An error reply to the call, called text/plain."""
    exchange.send(exchange.error(), content_type="text/plain; charset=utf-8")


@kind
def no_content_type(exchange):
    """The right reply without a Content-Type."""
    exchange.send(exchange.reply(), content_type=None)


@kind
def json_rpc_content_type(exchange):
    """The right reply as `application/json-rpc; charset=utf-8`."""
    exchange.send(exchange.reply(), content_type="application/json-rpc; charset=utf-8")


@kind
def text_500(exchange):
    """Status 500 with a body that is no reply."""
    exchange.send(b"it broke\n", status="500 Internal Server Error", content_type="text/plain")


@kind
def page_502(exchange):
    """Status 502 with the page of a proxy."""
    exchange.send(b"<html><h1>502 Bad Gateway</h1></html>\n", status="502 Bad Gateway", content_type="text/html")


@kind
def unauthorised(exchange):
    """Status 401 that asks for a password."""
    exchange.send(b"", status="401 Unauthorized", WWW_Authenticate='Basic realm="odd"')


@kind
def redirected(exchange):
    """Status 307 to /plain."""
    exchange.send(b"", status="307 Temporary Redirect", Location="/plain")


# Odd in the message itself.


@kind
def pretty_printed(exchange):
    """The right reply over many lines, white space around it."""
    exchange.send(b"\r\n" + json.dumps(exchange.reply(), indent=4).encode() + b"\r\n\r\n")


@kind
def extra_members(exchange):
    """The right reply with members that no specification knows."""
    exchange.send(exchange.reply(time_ms=3, server={"name": "odd"}))


@kind
def version_1(exchange):
    """A reply as JSON-RPC 1.0 has it: no version, `result` and `error` both there."""
    reply = exchange.reply(error=None)
    del reply["jsonrpc"]
    exchange.send(reply)


@kind
def null_id_error(exchange):
    """An error reply with id null: the server could not tell what it was about."""
    exchange.send(exchange.error(id=None))


@kind
def wrong_id(exchange):
    """A reply to a call that nobody made."""
    exchange.send(exchange.reply(id=987654321))


@kind
def id_as_text(exchange):
    """The right reply with the number of its id as a string."""
    exchange.send(exchange.reply(id=str(exchange.reply()["id"])))


@kind
def neither_result_nor_error(exchange):
    """A reply with nothing but its id."""
    reply = exchange.reply()
    del reply["result"]
    exchange.send(reply)


@kind
def not_json(exchange):
    """A body that is not JSON, as application/json."""
    exchange.send(b"<pre>Warning: something on line 3</pre>")


@kind
def half_json(exchange):
    """The first half of the right reply, as if it were all."""
    body = json.dumps(exchange.reply()).encode()
    exchange.send(body[: len(body) // 2])


@kind
def deeply_nested(exchange):
    """A result that is nested 100,000 deep."""
    head = json.dumps(exchange.reply(result=0)).encode()[:-2]
    exchange.send(head + b"[" * 100_000 + b"]" * 100_000 + b"}")


@kind
def empty_body(exchange):
    """Status 200 with an empty body, to a call that is owed a reply."""
    exchange.send(b"")


# Answers to a batch.


@kind
def batch_as_one_object(exchange):
    """One error object for the whole batch."""
    exchange.send(exchange.error(id=None, error={"code": -32600, "message": "No batches here"}))


@kind
def batch_reversed(exchange):
    """The right replies, the last one first."""
    exchange.send(exchange.replies()[::-1])


@kind
def batch_missing_one(exchange):
    """The right replies but the first."""
    exchange.send(exchange.replies()[1:])


@kind
def batch_one_twice(exchange):
    """The right replies, the first one twice."""
    exchange.send(exchange.replies()[:1] + exchange.replies())


@kind
def batch_with_a_stranger(exchange):
    """The right replies and one to a call that nobody made."""
    exchange.send(exchange.replies() + [exchange.reply(id=987654321)])


@kind
def batch_empty(exchange):
    """An empty list."""
    exchange.send([])


# Odd in how the bytes come.


@kind
def two_writes(exchange):
    """Headers and body in two writes without TCP_NODELAY, kept alive: 40 ms a call unless the client acknowledges."""
    body = json.dumps(exchange.reply()).encode()
    exchange.write(exchange.head(len(body)))
    exchange.write(body)


@kind
def chunked(exchange):
    """The right reply in chunks of one byte."""
    body = json.dumps(exchange.reply()).encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
    exchange.write(exchange.head(None, Transfer_Encoding="chunked") + chunks + b"0\r\n\r\n")


@kind
def until_close(exchange):
    """The right reply without a length; the end of the connection is its end."""
    exchange.write(exchange.head(None, Connection="close") + json.dumps(exchange.reply()).encode())
    raise Gone


@kind
def continue_100(exchange):
    """Status 100 before the right reply, asked for or not."""
    exchange.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    exchange.send(exchange.reply())


@kind
def drip(exchange):
    """The right reply, one byte every 50 ms."""
    body = json.dumps(exchange.reply()).encode()
    for byte in exchange.head(len(body)) + body:
        exchange.write(bytes([byte]))
        time.sleep(0.05)


@kind
def half_then_close(exchange):
    """Headers and half of the right reply, then the end of the connection."""
    body = json.dumps(exchange.reply()).encode()
    exchange.write(exchange.head(len(body)) + body[: len(body) // 2])
    raise Gone


@kind
def half_then_silence(exchange):
    """Headers and half of the right reply, then nothing."""
    body = json.dumps(exchange.reply()).encode()
    exchange.write(exchange.head(len(body)) + body[: len(body) // 2])
    exchange.wait()


@kind
def half_chunked_then_close(exchange):
    """The right reply in one chunk, then the end of the connection without the last chunk."""
    body = json.dumps(exchange.reply()).encode()
    exchange.write(exchange.head(None, Transfer_Encoding="chunked") + b"%x\r\n%s\r\n" % (len(body), body))
    raise Gone


@kind
def silence(exchange):
    """Nothing at all."""
    exchange.wait()


@kind
def close(exchange):
    """The end of the connection instead of an answer."""
    raise Gone


@kind
def reset(exchange):
    """A reset connection instead of an answer."""
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    raise Gone


@kind
def close_after_reply(exchange):
    """The right reply as if the connection were kept alive, then its end."""
    exchange.send(exchange.reply())
    raise Gone


@kind
def endless(exchange):
    """A body without a length that goes on to 100 MB."""
    exchange.write(exchange.head(None, Connection="close") + b'{"jsonrpc": "2.0", "id": 1, "result": "')
    for _ in range(ENDLESS_BYTES // 65536):
        exchange.write(b"x" * 65536)
    raise Gone


@kind
def endless_chunks(exchange):
    """The same in chunks."""
    exchange.write(exchange.head(None, Transfer_Encoding="chunked") + b'1\r\n"\r\n')
    for _ in range(ENDLESS_BYTES // 65536):
        exchange.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
    raise Gone


@kind
def endless_headers(exchange):
    """Headers that go on to 100 MB."""
    exchange.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(ENDLESS_BYTES // 1024):
        exchange.write(b"X-%08d: " % number + b"x" * 1010 + b"\r\n")
    raise Gone


@kind
def terabyte(exchange):
    """A length of 1 TB is announced, a little of it sent, then nothing."""
    exchange.write(exchange.head(10**12) + b'{"jsonrpc": "2.0", ')
    exchange.wait()


@kind
def garbage(exchange):
    """Bytes that are not HTTP."""
    exchange.write(b"\x00\x01SSH-2.0-odd\r\n" + bytes(range(256)))
    raise Gone


@kind
def reply_twice(exchange):
    """The right reply, and once more on the same connection without being asked."""
    exchange.send(exchange.reply())
    exchange.send(exchange.reply())
