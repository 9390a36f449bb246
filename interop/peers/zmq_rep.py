"""The demo service on a plain REP socket, with tinyrpc's protocol and dispatcher alone: one message after the other, and
an empty reply where none is owed, because REP has to send one."""

import argparse
import time

import zmq
from tinyrpc.exc import RPCError

import demo
import lifetime


def answer(protocol, dispatcher, message):
    try:
        reply = dispatcher.dispatch(protocol.parse_request(message))
    except RPCError as error:
        reply = error.error_respond()
    return b"" if reply is None else reply.serialize()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(",")[0])
    parser.add_argument("--protocol", choices=demo.PROTOCOLS, default="jsonrpc")
    options = parser.parse_args()

    lifetime.end_with_stdin()
    socket = zmq.Context().socket(zmq.REP)
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    protocol, dispatcher = demo.PROTOCOLS[options.protocol](), demo.dispatcher(time.sleep)
    lifetime.announce(f"zmq+tcp://127.0.0.1:{port}")
    while True:
        socket.send(answer(protocol, dispatcher, socket.recv()))


if __name__ == "__main__":
    main()
