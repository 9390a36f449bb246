"""Unmodified tinyrpc behind RabbitMQ, with the demo service.

What such a server cannot do, whoever calls it: it keeps only the last of several messages that arrive together, so the
broker is asked to give it one at a time; and a notification, to which it has no reply, it runs again and again.
"""

import argparse
import time

import pika
from tinyrpc.server import RPCServer
from tinyrpc.transports.rabbitmq import RabbitMQServerTransport

import demo
import lifetime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", metavar="URL", help="of the broker, such as amqp://127.0.0.1:5672/%%2F")
    parser.add_argument("queue", metavar="QUEUE")
    parser.add_argument("--protocol", choices=demo.PROTOCOLS, default="jsonrpc")
    options = parser.parse_args()

    lifetime.end_with_stdin()
    transport = RabbitMQServerTransport(pika.BlockingConnection(pika.URLParameters(options.url)), options.queue)
    transport.channel.basic_qos(prefetch_count=1, global_qos=True)
    server = RPCServer(transport, demo.PROTOCOLS[options.protocol](), demo.dispatcher(time.sleep))
    lifetime.announce(f"{options.url}?queue={options.queue}")
    server.serve_forever()


if __name__ == "__main__":
    main()
