"""Unmodified tinyrpc as the client of a server behind callbacks: the scenarios of `http_client.py`, over a connection.

tinyrpc has a callback transport for servers only, so the client's transport is this script's own, as a user would
write it. URL is tcp://HOST:PORT; messages are framed as `frames.py` says, and each is answered, with an empty frame when
no reply is owed. Options and output are those of `http_client.py`.
"""

import socket
import types

from tinyrpc.client import RPCClient
from tinyrpc.transports import ClientTransport

import frames
import http_client

LEFT_OUT = {"method_get"}  # HTTP has methods, callbacks have not.


class Wire(ClientTransport):
    def __init__(self, address):
        self.stream = socket.create_connection(address)

    def send_message(self, message, expect_reply=True):
        self.stream.sendall(frames.framed(message))
        reply = frames.whole(self.stream)
        assert reply is not None, "the connection was closed"
        return reply


class Peer(http_client.Peer):
    def __init__(self, options):
        self.options = options
        self.url = options.url
        self.protocol = options.protocol
        self.is_python = options.peer == "python"
        self.lists_received = self.is_python or options.received
        host, _, port = self.url.removeprefix("tcp://").rpartition(":")
        self.transport = Wire((host, int(port)))
        # Several scenarios post by hand, over the same transport.
        self.post = lambda _url, data: types.SimpleNamespace(content=self.transport.send_message(data))
        self.client = RPCClient(http_client.PROTOCOLS[self.protocol](), self.transport)


if __name__ == "__main__":
    http_client.Peer = Peer
    http_client.SCENARIOS[:] = [one for one in http_client.SCENARIOS if one[0].__name__ not in LEFT_OUT]
    http_client.main()
