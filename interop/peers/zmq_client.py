"""Unmodified tinyrpc as ZeroMQ client: the scenarios of `http_client.py`, through a REQ socket.

URL is such as zmq+tcp://127.0.0.1:5555. Options and output are those of `http_client.py`.
"""

import types

import zmq
from tinyrpc.client import RPCClient
from tinyrpc.transports.zmq import ZmqClientTransport

import http_client

CONTEXT = zmq.Context()
LEFT_OUT = {"method_get"}  # HTTP has methods, ZeroMQ has not.


class Peer(http_client.Peer):
    def __init__(self, options):
        self.options = options
        self.url = options.url
        self.protocol = options.protocol
        self.is_python = options.peer == "python"
        self.lists_received = self.is_python or options.received
        self.transport = ZmqClientTransport.create(CONTEXT, self.url.removeprefix("zmq+"))
        # Several scenarios post by hand, over the same transport.
        self.post = lambda _url, data: types.SimpleNamespace(content=self.transport.send_message(data))
        self.client = RPCClient(http_client.PROTOCOLS[self.protocol](), self.transport)


if __name__ == "__main__":
    http_client.Peer = Peer
    http_client.SCENARIOS[:] = [one for one in http_client.SCENARIOS if one[0].__name__ not in LEFT_OUT]
    http_client.main()
