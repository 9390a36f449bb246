"""Unmodified tinyrpc as a client of the bank of the typed tests, over HTTP. Exits with 0 when all was right."""

import argparse

from tinyrpc.client import RPCClient
from tinyrpc.protocols.jsonrpc import JSONRPCError
from tinyrpc.protocols.msgpackrpc import MSGPACKRPCError
from tinyrpc.transports.http import HttpPostClientTransport

import demo


def check(got, expected):
    assert got == expected, f"got {got!r}, expected {expected!r}"


def failure(call):
    """The code, message and data of what a call raises."""
    try:
        got = call()
    except JSONRPCError as error:
        return error._jsonrpc_error_code, error.message, getattr(error, "data", None)
    except MSGPACKRPCError as error:
        return error._msgpackrpc_error_code, str(error), None
    raise AssertionError(f"it returned {got!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--protocol", choices=demo.PROTOCOLS, default="jsonrpc")
    options = parser.parse_args()

    # A name for each protocol, since both use one bank.
    mine, yours = f"mine-{options.protocol}", f"yours-{options.protocol}"
    bank = RPCClient(demo.PROTOCOLS[options.protocol](), HttpPostClientTransport(options.url)).get_proxy("bank.")
    check(bank.deposit(mine, 100), 100)
    check(bank.deposit(mine), 110)
    check(bank.withdraw(mine, 30), 80)
    check(bank.transfer(mine, yours, 5), None)
    check(bank.accounts(mine), [[mine, 75]])
    check(bank.called(), "bank.called")
    if options.protocol == "jsonrpc":
        check(bank.deposit(amount=1, account=yours), 6)
        check(bank.transfer(**{"from": mine, "to": yours, "amount": 1}), None)
        check(bank.deposit(account=mine, amount=1), 75)

    data = {"account": mine, "needed": 25} if options.protocol == "jsonrpc" else None
    check(failure(lambda: bank.withdraw(mine, 100)), (99, f"25 more needed on {mine}", data))
    check(failure(bank.close), (97, "the bank is closed", None))
    code, _, _ = failure(lambda: bank.withdraw(mine))
    check(code, -32602)
    code, _, _ = failure(bank.no_such_method)
    check(code, -32601)


if __name__ == "__main__":
    main()
