"""Unmodified tinyrpc as a CGI program, with the demo service in JSON-RPC; started by `cgi_host.py` for each request.

One request only: tinyrpc's `serve_forever` would loop on the end of its input. What such a program cannot do, whoever
calls it: MessagePack-RPC, since it decodes and prints text; answer a notification, for which it prints nothing at all;
read anything but ASCII, since it takes the length for characters; keep a `%`, since it percent-decodes messages.
"""

import time

from tinyrpc.server import RPCServer
from tinyrpc.transports.cgi import CGIServerTransport

import demo

RPCServer(CGIServerTransport(), demo.PROTOCOLS["jsonrpc"](), demo.dispatcher(time.sleep)).receive_one_message()
