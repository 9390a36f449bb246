"""Unmodified tinyrpc behind its callback transport, with the demo service: the callbacks read from any of the
connections to a port, and write to the one that was read from last, since tinyrpc gives the writer nothing to tell them
apart. So it serves one message after the other. Messages are framed as `frames.py` says.
"""

import argparse
import selectors
import socket
import time

from tinyrpc.server import RPCServer
from tinyrpc.transports.callback import CallbackServerTransport

import demo
import frames
import lifetime


class Wires:
    def __init__(self, listener):
        self.listener = listener
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ)
        self.current = None

    def read(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.listener:
                    self.selector.register(self.listener.accept()[0], selectors.EVENT_READ)
                    continue
                message = frames.whole(key.fileobj)
                if message is not None:
                    self.current = key.fileobj
                    return message
                self.selector.unregister(key.fileobj)
                key.fileobj.close()

    def write(self, reply):
        self.current.sendall(frames.framed(reply))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("--protocol", choices=demo.PROTOCOLS, default="jsonrpc")
    options = parser.parse_args()

    lifetime.end_with_stdin()
    wires = Wires(socket.create_server(("127.0.0.1", 0), backlog=128))
    transport = CallbackServerTransport(wires.read, wires.write)
    server = RPCServer(transport, demo.PROTOCOLS[options.protocol](), demo.dispatcher(time.sleep))
    lifetime.announce("tcp://%s:%s" % wires.listener.getsockname())
    server.serve_forever()


if __name__ == "__main__":
    main()
