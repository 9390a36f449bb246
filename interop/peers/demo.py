"""The demo service on unmodified tinyrpc, shared by every Python server of the interop tests.

The functions are those of `tinyrpc demo`, and `received`, which lists the notifications that ran, so that a test can
see that a message without a reply did arrive.
"""

from tinyrpc.dispatch import RPCDispatcher, public
from tinyrpc.protocols.jsonrpc import JSONRPCProtocol
from tinyrpc.protocols.msgpackrpc import MSGPACKRPCProtocol

PROTOCOLS = {"jsonrpc": JSONRPCProtocol, "msgpack": MSGPACKRPCProtocol}


class Failure(Exception):
    """An error whose code, message and data travel: tinyrpc looks for these attributes on any exception.

    MessagePack-RPC carries code and message only, and JSON-RPC drops data that is falsy.
    """

    def __init__(self, code, message, data):
        super().__init__(message)
        self.jsonrpc_error_code = code
        self.msgpackrpc_error_code = code
        self.data = data


class Site:
    """Served as an instance under the prefix `site.`."""

    @public
    def get_user_info(self, user):
        return {"user": user}


def dispatcher(sleep):
    """A dispatcher with the demo service; `sleep(seconds)` is the sleep of the server's kind of concurrency."""
    served = RPCDispatcher()
    notifications = []

    def records(name):
        def record(*params):
            notifications.append([name, list(params)])

        served.add_method(record, name)

    for name in ("update", "notify_hello", "notify_sum"):
        records(name)

    @served.public
    def echo(value):
        return value

    @served.public
    def reverse_string(s):
        return s[::-1]

    @served.public
    def add(a, b):
        return a + b

    @served.public
    def subtract(minuend, subtrahend):
        return minuend - subtrahend

    @served.public("sum")
    def total(*numbers):
        return sum(numbers)

    @served.public
    def get_data():
        return ["hello", 5]

    @served.public("sleep")
    def pause(ms):
        sleep(ms / 1000)

    @served.public
    def fail(code, message, data=None):
        raise Failure(code, message, data)

    @served.public
    def received():
        return notifications

    served.register_instance(Site(), prefix="site.")
    return served
