"""Subscribes at URL as a client of an Ethereum node does, frame by frame with websocket-client.

Wants `eth_subscribe("count", N)` that streams 0 to N-1, and `eth_subscribe("held")` that streams nothing. Prints one
JSON line with what it has seen, and fails if anything is not as it should be.
"""

import argparse
import json

import websocket


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    options = parser.parse_args()
    link = websocket.create_connection(options.url, timeout=20)

    def call(number, method, *params):
        link.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))

    def receive():
        return json.loads(link.recv())

    call(1, "eth_subscribe", "count", 1_000)
    reply = receive()
    assert reply["id"] == 1, reply
    first = reply["result"]
    assert isinstance(first, str) and int(first, 16) >= 0, reply
    for number in range(1_000):
        item = receive()
        assert item == {
            "jsonrpc": "2.0",
            "method": "eth_subscription",
            "params": {"subscription": first, "result": number},
        }, item
    end = receive()
    assert end["method"] == "eth_subscription" and end["params"] == {"subscription": first, "error": None}, end

    call(2, "eth_subscribe", "held")
    second = receive()["result"]
    assert second != first
    call(3, "eth_unsubscribe", second)
    assert receive() == {"jsonrpc": "2.0", "id": 3, "result": True}
    call(4, "eth_unsubscribe", second)
    assert receive() == {"jsonrpc": "2.0", "id": 4, "result": False}
    call(5, "eth_subscribe", "nonsense")
    assert receive()["error"]["code"] == -32602
    # The link goes away without a word, and a stream with it.
    call(6, "eth_subscribe", "held")
    assert receive()["id"] == 6
    link.sock.close()
    print(json.dumps({"items": 1_000}))


if __name__ == "__main__":
    main()
