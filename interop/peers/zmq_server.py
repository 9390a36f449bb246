"""Unmodified tinyrpc behind ZeroMQ: its ROUTER transport on gevent, with the demo service.

What such a server cannot do, whoever calls it: answer a message that owes no reply, so that a REQ peer which sent a
notification waits for ever.
"""

import argparse

import gevent
import zmq.green as zmq
from tinyrpc.server.gevent import RPCServerGreenlets
from tinyrpc.transports.zmq import ZmqServerTransport

import demo
import lifetime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--protocol", choices=demo.PROTOCOLS, default="jsonrpc")
    parser.add_argument("--listen", default="tcp://127.0.0.1:*", metavar="ENDPOINT", help="as ZeroMQ writes it")
    options = parser.parse_args()

    lifetime.end_with_stdin()
    transport = ZmqServerTransport.create(zmq.Context(), options.listen)
    server = RPCServerGreenlets(transport, demo.PROTOCOLS[options.protocol](), demo.dispatcher(gevent.sleep))
    lifetime.announce("zmq+" + transport.socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode())
    server.serve_forever()


if __name__ == "__main__":
    main()
