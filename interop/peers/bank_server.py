"""The bank of the typed tests on unmodified tinyrpc, behind HTTP."""

import argparse

import gevent.pywsgi
import gevent.queue
from tinyrpc.dispatch import RPCDispatcher, public
from tinyrpc.server.gevent import RPCServerGreenlets
from tinyrpc.transports.wsgi import WsgiServerTransport

import demo
import lifetime


class Bank:
    def __init__(self):
        self.balances = {}

    @public
    def deposit(self, account, amount=10):
        self.balances[account] = self.balances.get(account, 0) + amount
        return self.balances[account]

    @public
    def withdraw(self, account, amount):
        if account not in self.balances:
            raise demo.Failure(98, f"there is no account {account}", account)
        needed = amount - self.balances[account]
        if needed > 0:
            raise demo.Failure(99, f"{needed} more needed on {account}", {"account": account, "needed": needed})
        self.balances[account] -= amount
        return self.balances[account]

    # `from` is a word of Python's, which only keyword arguments can be called.
    @public
    def transfer(self, *positional, **named):
        source, to, amount = positional or (named["from"], named["to"], named["amount"])
        self.withdraw(source, amount)
        self.deposit(to, amount)

    @public
    def close(self):
        raise demo.Failure(97, "the bank is closed", None)

    @public
    def accounts(self, start=""):
        return sorted(entry for entry in self.balances.items() if entry[0].startswith(start))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--protocol", choices=demo.PROTOCOLS, default="jsonrpc")
    options = parser.parse_args()

    lifetime.end_with_stdin()
    transport = WsgiServerTransport(queue_class=gevent.queue.Queue)
    http = gevent.pywsgi.WSGIServer(("127.0.0.1", 0), transport.handle, log=None)
    http.start()
    dispatcher = RPCDispatcher()
    dispatcher.register_instance(Bank(), prefix="bank.")
    server = RPCServerGreenlets(transport, demo.PROTOCOLS[options.protocol](), dispatcher)
    lifetime.announce(f"http://127.0.0.1:{http.server_port}/")
    server.serve_forever()


if __name__ == "__main__":
    main()
