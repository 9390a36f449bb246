"""Plain pyzmq, without tinyrpc: calls the demo service at URL, in JSON-RPC, under all kinds of envelopes.

Prints one JSON line per scenario, {"scenario": NAME, "ok": BOOL, "detail": ANY}, and exits with 1 unless all are ok.
With `--hang` it makes a call that takes a minute instead, and says `listening on URL` once the server has it.
"""

import argparse
import json
import os
import sys
import threading

import zmq

import lifetime

CONTEXT = zmq.Context()
TIMEOUT = 20_000  # Milliseconds.


def call(number, method="add", params=(1, 2)):
    return json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": number}).encode()


def notification(method="update", params=("zmq",)):
    return json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode()


def connect(kind, endpoint, identity=None):
    socket = CONTEXT.socket(kind)
    socket.linger = 0
    socket.rcvtimeo = socket.sndtimeo = TIMEOUT
    if identity:
        socket.identity = identity
    socket.connect(endpoint)
    return socket


def must_answer(socket, envelope, number=7):
    socket.send_multipart([*envelope, call(number)])
    must_receive(socket, envelope, number)


def must_receive(socket, envelope, number):
    *returned, reply = socket.recv_multipart()
    assert returned == envelope, f"{returned} instead of {envelope}"
    reply = json.loads(reply)
    assert (reply["id"], reply["result"]) == (number, 3), reply


def req(endpoint):
    socket = connect(zmq.REQ, endpoint)
    for number in range(20):
        must_answer(socket, [], number)


def req_correlate(endpoint):
    socket = connect(zmq.REQ, endpoint)
    socket.req_correlate = socket.req_relaxed = 1
    for number in range(20):
        must_answer(socket, [], number)


def dealer_without_delimiter(endpoint):
    must_answer(connect(zmq.DEALER, endpoint), [])


def dealer_with_delimiter(endpoint):
    must_answer(connect(zmq.DEALER, endpoint), [b""])


def longer_envelopes(endpoint):
    socket = connect(zmq.DEALER, endpoint)
    for length in range(14):
        must_answer(socket, [b"frame %d" % index for index in range(length)] + [b""])
    must_answer(socket, [b"", b"", b""])
    must_answer(socket, [b"x" * 5000, b""])


def identity_reconnects(endpoint):
    for _ in range(5):
        socket = connect(zmq.DEALER, endpoint, b"always the same")
        must_answer(socket, [b""])
        socket.close()


def through_a_proxy(endpoint):
    front, back = CONTEXT.socket(zmq.ROUTER), connect(zmq.DEALER, endpoint)
    front.linger = 0
    port = front.bind_to_random_port("tcp://127.0.0.1")
    threading.Thread(target=zmq.proxy, args=(front, back), daemon=True).start()
    through = f"tcp://127.0.0.1:{port}"
    behind = connect(zmq.REQ, through)
    must_answer(behind, [])
    behind.send(notification())
    assert behind.recv_multipart() == [b""], "a REQ behind a proxy is not released"
    must_answer(behind, [])


def pipelined(endpoint):
    socket = connect(zmq.DEALER, endpoint)
    for number in range(2000):
        socket.send_multipart([b"", call(number)])
    for number in range(2000):
        must_receive(socket, [b""], number)


def read_late(endpoint):
    """More than the queues between hold; all the same nothing is lost."""
    socket = connect(zmq.DEALER, endpoint)
    socket.rcvhwm = 1
    text = "x" * 20_000
    for number in range(500):
        socket.send_multipart([b"", call(number, "echo", [text])])
    for number in range(500):
        assert json.loads(socket.recv_multipart()[1])["id"] == number


def notifications_release_req(endpoint):
    socket = connect(zmq.REQ, endpoint)
    for message in (notification(), b"[" + notification() + b"," + notification() + b"]", notification("no_such")):
        socket.send(message)
        assert socket.recv_multipart() == [b""]
        must_answer(socket, [])


def notifications_leave_dealers_alone(endpoint):
    for envelope in ([], [b""]):
        socket = connect(zmq.DEALER, endpoint)
        socket.send_multipart([*envelope, notification()])
        must_answer(socket, envelope)


def large(endpoint):
    socket = connect(zmq.REQ, endpoint)
    text = "0123456789" * 100_000
    socket.send(call(1, "echo", [text]))
    assert json.loads(socket.recv())["result"] == text


def hang(url, endpoint):
    lifetime.end_with_stdin()
    socket = connect(zmq.DEALER, endpoint)
    for number in range(10):
        socket.send_multipart([b"", call(number, "sleep", [60_000])])
    must_answer(socket, [b""], 10)
    lifetime.announce(url)
    socket.rcvtimeo = -1
    socket.recv_multipart()


SCENARIOS = (req, req_correlate, dealer_without_delimiter, dealer_with_delimiter, longer_envelopes, identity_reconnects,
             through_a_proxy, pipelined, read_late, notifications_release_req, notifications_leave_dealers_alone, large)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", metavar="URL")
    parser.add_argument("--hang", action="store_true")
    options = parser.parse_args()
    endpoint = options.url.removeprefix("zmq+")
    if options.hang:
        hang(options.url, endpoint)
    all_ok = True
    for scenario in SCENARIOS:
        try:
            ok, detail = True, scenario(endpoint)
        except Exception as error:  # Whatever it is, it is the finding.
            ok, detail, all_ok = False, f"{type(error).__name__}: {error}"[:300], False
        print(json.dumps({"scenario": scenario.__name__, "ok": ok, "detail": detail}), flush=True)
    sys.stdout.flush()
    os._exit(0 if all_ok else 1)  # Past the proxy's thread.


if __name__ == "__main__":
    main()
