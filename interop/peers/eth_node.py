"""A WebSocket server that streams as an Ethereum node does, by hand on gevent-websocket: eth_subscribe, eth_unsubscribe
and eth_subscription with hexadecimal ids, and some habits that nodes have.

eth_subscribe takes what to subscribe to: `newHeads` sends five heads in one burst with the reply, `early` sends three
before the reply, `never` sends none, `broken` sends one and an error at the end. `eth_subscriptions` gives how many are
open, on all connections; `cut` closes the connection without a word.
"""

import itertools
import json
import socket

from geventwebsocket.resource import Resource, WebSocketApplication
from geventwebsocket.server import WebSocketServer

import lifetime

IDS = itertools.count(0x9CEF478923FF08BF67FDE6C64013158D)
OPEN = set()


class Node(WebSocketApplication):
    def on_open(self):
        self.mine = set()

    def on_close(self, reason):
        OPEN.difference_update(self.mine)

    def say(self, message):
        self.ws.send(json.dumps({"jsonrpc": "2.0", **message}))

    def item(self, subscription, **what):
        self.say({"method": "eth_subscription", "params": {"subscription": subscription, **what}})

    def on_message(self, message):
        if message is None:
            return
        call = json.loads(message)
        params = call.get("params", [])
        reply = lambda **what: self.say({"id": call["id"], **what})
        if call["method"] == "eth_subscribe":
            if params[0] not in ("newHeads", "early", "never", "broken"):
                reply(error={"code": -32602, "message": f"invalid subscription {params[0]}"})
                return
            subscription = hex(next(IDS))
            OPEN.add(subscription)
            self.mine.add(subscription)
            if params[0] == "early":
                for number in range(3):
                    self.item(subscription, result={"number": hex(number)})
            reply(result=subscription)
            if params[0] == "newHeads":
                for number in range(5):
                    self.item(subscription, result={"number": hex(number)})
            if params[0] == "broken":
                self.item(subscription, result={"number": "0x0"})
                self.item(subscription, error="the database is gone")
                OPEN.discard(subscription)
        elif call["method"] == "eth_unsubscribe":
            if params[0] in self.mine & OPEN:
                OPEN.discard(params[0])
                reply(result=True)
            else:
                reply(error={"code": -32000, "message": "subscription not found"})
        elif call["method"] == "eth_subscriptions":
            reply(result=len(OPEN))
        elif call["method"] == "cut":
            self.ws.stream.handler.socket.shutdown(socket.SHUT_RDWR)
        else:
            reply(error={"code": -32601, "message": f"the method {call['method']} does not exist"})


def main():
    lifetime.end_with_stdin()
    server = WebSocketServer(("127.0.0.1", 0), Resource([("^/", Node)]))
    server.start()
    lifetime.announce(f"ws://127.0.0.1:{server.server_port}/")
    server.serve_forever()


if __name__ == "__main__":
    main()
