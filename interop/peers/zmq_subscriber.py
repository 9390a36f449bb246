"""Plain pyzmq, without tinyrpc: DEALER sockets that subscribe at URL, and a REQ socket that cannot.

Wants `subscribe("count", N)` that streams 0 to N-1, and `subscribe("held")` that streams nothing. Prints one JSON line with
what it has seen, and fails if anything is not as it should be.
"""

import argparse
import json

import msgpack
import zmq

CONTEXT = zmq.Context()
TIMEOUT = 20_000  # Milliseconds.
ITEMS = 20_000  # More than the server's queues hold.


class JsonRpc:
    def call(self, number, method, params):
        return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()

    def read(self, message):
        """The id of a reply, or the method of a notification, and what it says."""
        message = json.loads(message)
        if "id" in message:
            return message["id"], message.get("result", message.get("error"))
        return message["method"], message["params"]


class MsgpackRpc:
    def call(self, number, method, params):
        return msgpack.packb([0, number, method, params])

    def read(self, message):
        message = msgpack.unpackb(message)
        if message[0] == 2:
            return message[1], message[2][0]
        _, number, error, result = message
        if error is not None:
            return number, {"code": error[0], "message": error[1]}
        return number, result


class Peer:
    def __init__(self, kind, endpoint, protocol, envelope):
        self.protocol, self.envelope = protocol, envelope
        self.socket = CONTEXT.socket(kind)
        self.socket.linger = 0
        self.socket.rcvhwm = 10
        self.socket.rcvtimeo = self.socket.sndtimeo = TIMEOUT
        self.socket.connect(endpoint)

    def call(self, number, method, *params):
        self.socket.send_multipart([*self.envelope, self.protocol.call(number, method, params)])

    def receive(self):
        *envelope, message = self.socket.recv_multipart()
        assert envelope == self.envelope, envelope
        return self.protocol.read(message)

    def expect(self, what, said):
        got = self.receive()
        assert got == (what, said), f"{got} instead of {(what, said)}"


def subscribe(endpoint, protocol, envelope):
    peer = Peer(zmq.DEALER, endpoint, protocol, envelope)
    peer.call(1, "subscribe", "count", ITEMS)
    peer.expect(1, 1)
    for number in range(ITEMS):
        peer.expect("subscription", {"subscription": 1, "result": number})
    peer.expect("subscription", {"subscription": 1, "error": None})

    # Between the items, calls are answered.
    peer.call(2, "subscribe", "count", ITEMS)
    peer.expect(2, 2)
    peer.call(3, "add", 1, 2)
    items = []
    while len(items) <= ITEMS:
        what, said = peer.receive()
        if what == 3:
            assert said == 3, said
            items.append("the reply")
        else:
            items.append(said["result"])
    place = items.index("the reply")
    assert items[:place] + items[place + 1 :] == list(range(ITEMS))
    peer.expect("subscription", {"subscription": 2, "error": None})

    peer.call(4, "subscribe", "held")
    peer.expect(4, 3)
    peer.call(5, "unsubscribe", 3)
    peer.expect(5, True)
    peer.call(6, "unsubscribe", 3)
    peer.expect(6, False)
    peer.call(7, "subscribe", "nonsense")
    number, error = peer.receive()
    assert (number, error["code"]) == (7, -32602), error
    # It goes away without a word, and a stream with it.
    peer.call(8, "subscribe", "held")
    peer.expect(8, 4)
    peer.socket.close()


def be_refused(endpoint, protocol):
    peer = Peer(zmq.REQ, endpoint, protocol, [])
    for number in (1, 3):
        peer.call(number, "subscribe", "count", 3)
        got, error = peer.receive()
        assert got == number and error["code"] == -32601 and "needs a link" in error["message"], error
        peer.call(number + 1, "add", 1, 2)
        peer.expect(number + 1, 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--protocol", choices=("jsonrpc", "msgpack"), default="jsonrpc")
    options = parser.parse_args()
    endpoint = options.url.removeprefix("zmq+")
    protocol = {"jsonrpc": JsonRpc, "msgpack": MsgpackRpc}[options.protocol]()
    for envelope in ([], [b""]):
        subscribe(endpoint, protocol, envelope)
    be_refused(endpoint, protocol)
    print(json.dumps({"subscribers": 2}))


if __name__ == "__main__":
    main()
