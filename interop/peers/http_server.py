"""Unmodified tinyrpc behind HTTP: its WSGI transport on gevent's server, with the demo service.

What such a server cannot do, whoever calls it: a message that owes no reply (a notification, a batch of them) is run,
but its HTTP request is never answered; requests above `--max-content-length` get status 500.
"""

import argparse

import gevent
import gevent.pywsgi
import gevent.queue
from tinyrpc.server.gevent import RPCServerGreenlets
from tinyrpc.transports.wsgi import WsgiServerTransport

import demo
import lifetime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--protocol", choices=demo.PROTOCOLS, default="jsonrpc")
    parser.add_argument("--max-content-length", type=int, default=4096, metavar="BYTES", help="tinyrpc's default: 4096")
    options = parser.parse_args()

    lifetime.end_with_stdin()
    transport = WsgiServerTransport(options.max_content_length, gevent.queue.Queue)
    http = gevent.pywsgi.WSGIServer(("127.0.0.1", 0), transport.handle, log=None)
    http.start()
    server = RPCServerGreenlets(transport, demo.PROTOCOLS[options.protocol](), demo.dispatcher(gevent.sleep))
    lifetime.announce(f"http://127.0.0.1:{http.server_port}/")
    server.serve_forever()


if __name__ == "__main__":
    main()
