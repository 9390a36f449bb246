"""Unmodified tinyrpc as RabbitMQ client: the scenarios of `http_client.py`, on a queue.

URL is that of a queue, such as amqp://127.0.0.1:5672/%2F?queue=NAME. Options and output are those of `http_client.py`.
"""

import types
import urllib.parse

import pika
from tinyrpc.client import RPCClient
from tinyrpc.transports.rabbitmq import RabbitMQClientTransport

import http_client

LEFT_OUT = {
    "method_get",  # HTTP has methods, AMQP has not.
    "batch_of_notifications",  # The client waits without end for the reply to it; nobody owes it one.
}


class Peer(http_client.Peer):
    def __init__(self, options):
        self.options = options
        self.url = options.url
        self.protocol = options.protocol
        self.is_python = options.peer == "python"
        self.lists_received = self.is_python or options.received
        broker, _, query = self.url.partition("?")
        (queue,) = urllib.parse.parse_qs(query)["queue"]
        # Several scenarios post by hand, over the same transport.
        self.transport = RabbitMQClientTransport(pika.BlockingConnection(pika.URLParameters(broker)), queue)
        self.post = lambda _url, data: types.SimpleNamespace(content=self.transport.send_message(data))
        self.client = RPCClient(http_client.PROTOCOLS[self.protocol](), self.transport)


if __name__ == "__main__":
    http_client.Peer = Peer
    http_client.SCENARIOS[:] = [one for one in http_client.SCENARIOS if one[0].__name__ not in LEFT_OUT]
    http_client.main()
