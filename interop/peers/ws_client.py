"""tinyrpc as WebSocket client, with the one patch it needs: calls the demo service at URL, one scenario after another.

Prints one JSON line per scenario, {"scenario": NAME, "ok": BOOL, "detail": ANY}, and exits with 1 unless all are ok.
Unpatched it cannot connect: it asks gevent-websocket, which is a server, for a client. Every message waits for an
answer; `--notifications` says that the server answers notifications with an empty message.
"""

import argparse
import json
import sys
import threading

import websocket
from tinyrpc.client import RPCClient
from tinyrpc.protocols.jsonrpc import JSONRPCError, JSONRPCProtocol
from tinyrpc.protocols.msgpackrpc import MSGPACKRPCError, MSGPACKRPCProtocol
from tinyrpc.transports import websocketclient

PROTOCOLS = {"jsonrpc": JSONRPCProtocol, "msgpack": MSGPACKRPCProtocol}
TEXT = "Grüße, 世界, \U0001f980 \U0001d11e \u2028 \x00 \x7f \" \\ /"


def connect(options):
    transport = websocketclient.HttpWebSocketClientTransport(options.url, timeout=options.timeout)
    return RPCClient(PROTOCOLS[options.protocol](), transport)


def calls(client, options):
    assert client.call("add", [1, 2], {}) == 3
    assert client.call("echo", [[1, None, True, {"a": [2.5]}]], {}) == [1, None, True, {"a": [2.5]}]


def named(client, options):
    if options.protocol == "msgpack":
        return "MessagePack-RPC has no named arguments"
    assert client.call("subtract", [], {"subtrahend": 23, "minuend": 42}) == 19


def errors(client, options):
    try:
        client.call("unknown", [], {})
    except (JSONRPCError, MSGPACKRPCError) as error:
        return str(error)
    raise AssertionError("no error came")


def non_ascii(client, options):
    assert client.call("echo", [TEXT], {}) == TEXT


def one_megabyte(client, options):
    value = "ä" * 500_000
    assert client.call("echo", [value], {}) == value


def notification(client, options):
    if not options.notifications:
        return "left out"
    client.call("notify_hello", [7], {}, one_way=True)
    assert client.call("add", [1, 2], {}) == 3


def batch(client, options):
    if options.protocol == "msgpack":
        return "MessagePack-RPC has no batches"
    replies = client.batch_call([("add", [1, 2], {}), ("subtract", [], {"minuend": 9, "subtrahend": 4}),
                                 ("unknown", [], {}), ("notify_hello", [7], {}, True)])
    added, subtracted, unknown = sorted(replies, key=lambda reply: reply.unique_id)
    assert (added.result, subtracted.result, unknown._jsonrpc_error_code) == (3, 5, -32601)


def parallel(client, options):
    results = []

    def work(number):
        own = connect(options)
        results.append(all(own.call("add", [number, turn], {}) == number + turn for turn in range(20)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 16, results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--protocol", choices=PROTOCOLS, default="jsonrpc")
    parser.add_argument("--timeout", type=float, default=20.0, metavar="SECONDS")
    parser.add_argument("--notifications", action="store_true")
    parser.add_argument("--unpatched", action="store_true", help="as it is shipped")
    options = parser.parse_args()
    if not options.unpatched:
        # The patch.
        websocketclient.websocket = websocket

    failed = False
    for scenario in (calls, named, errors, non_ascii, one_megabyte, batch, notification, parallel):
        try:
            client = connect(options)
            detail, ok = scenario(client, options), True
            client.transport.close()
        except Exception as error:
            detail, ok, failed = repr(error), False, True
        print(json.dumps({"scenario": scenario.__name__, "ok": ok, "detail": detail}), flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
