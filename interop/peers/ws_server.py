"""tinyrpc behind WebSocket, with the demo service: its transport on gevent-websocket, with the one patch it needs.

Unpatched it takes no connection at all: gevent-websocket tells WebSocket applications from others by their class, and
tinyrpc gives it a factory. What it still cannot do: a message that owes no reply (a notification) is run, and its
connection is stuck from then on.
"""

import argparse

import gevent
import gevent.queue
from geventwebsocket.resource import Resource, WebSocketApplication
from geventwebsocket.server import WebSocketServer
from tinyrpc.server.gevent import RPCServerGreenlets
from tinyrpc.transports.websocket import WSApplicationFactory, WSServerTransport

import demo
import lifetime

def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--protocol", choices=demo.PROTOCOLS, default="jsonrpc")
    parser.add_argument("--unpatched", action="store_true", help="as it is shipped")
    options = parser.parse_args()
    if not options.unpatched:
        # The patch.
        Resource._is_websocket_app = lambda self, app: isinstance(app, WSApplicationFactory) or (
            isinstance(app, type) and issubclass(app, WebSocketApplication)
        )

    lifetime.end_with_stdin()
    transport = WSServerTransport(queue_class=gevent.queue.Queue)
    server = WebSocketServer(("127.0.0.1", 0), transport.handle)
    server.start()
    rpc = RPCServerGreenlets(transport, demo.PROTOCOLS[options.protocol](), demo.dispatcher(gevent.sleep))
    lifetime.announce(f"ws://127.0.0.1:{server.server_port}/ws")
    rpc.serve_forever()


if __name__ == "__main__":
    main()
