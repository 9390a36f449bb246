"""HTTP servers that answer JSON-RPC the way servers in the field do, and the way broken or hostile ones do.

One process serves every kind by path: `POST /KIND`. `--list` prints the kinds with what each one does. Runs with any
Python 3.9 or later, without tinyrpc. What they answer is in `odd_kinds.py`.
`GET /stats` answers {"connections": N, "requests": {KIND: N}}, to see what a client reuses and what it sends twice.
"""

import argparse
import collections
import socket
import socketserver
import threading

import lifetime
from odd_kinds import KINDS, Exchange, Gone

STATS = {"connections": 0, "requests": collections.Counter()}
STATS_LOCK = threading.Lock()


class Connection(socketserver.StreamRequestHandler):
    """Reads requests and hands each one to its kind."""

    disable_nagle_algorithm = False

    def handle(self):
        with STATS_LOCK:
            STATS["connections"] += 1
        try:
            while self.one_request():
                pass
        except (Gone, OSError):
            pass

    def one_request(self):
        """Answers one request. Returns whether there may be another one."""
        request = self.rfile.readline(65536).decode("latin-1").split()
        if len(request) != 3:
            return False
        method, path, _version = request
        length, is_chunked = 0, False
        while (line := self.rfile.readline(65536).strip()):
            name, _, value = line.decode("latin-1").partition(":")
            if name.lower() == "content-length":
                length = int(value)
            elif name.lower() == "transfer-encoding":
                is_chunked = "chunked" in value.lower()
            elif name.lower() == "expect":
                self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        exchange = Exchange(self.connection, self.chunks() if is_chunked else self.rfile.read(length))

        name = path.partition("?")[0].strip("/")
        if (method, name) == ("GET", "stats"):
            with STATS_LOCK:
                exchange.send(STATS)
        elif method != "POST":
            exchange.send(b"", status="405 Method Not Allowed", Allow="POST")
        elif name not in KINDS:
            exchange.send(f"no kind {name}\n".encode(), status="404 Not Found", content_type="text/plain")
        else:
            with STATS_LOCK:
                STATS["requests"][name] += 1
            KINDS[name](exchange)
        return True

    def chunks(self):
        """A chunked body."""
        body = b""
        while (size := int(self.rfile.readline(65536).partition(b";")[0], 16)):
            body += self.rfile.read(size)
            self.rfile.readline(65536)
        while self.rfile.readline(65536).strip():
            pass
        return body


class OddServers(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def shutdown_request(self, request):
        # Without the shutdown that the base class does first: `reset` needs its close to be the first thing that ends
        # the connection. Others say that they are done and read on for a moment, so that no unread byte makes a reset.
        linger = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        if linger[0] == 0:
            try:
                request.shutdown(socket.SHUT_WR)
                request.settimeout(1.0)
                while request.recv(65536):
                    pass
            except OSError:
                pass
        self.close_request(request)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="print the kinds")
    if parser.parse_args().list:
        for name, function in KINDS.items():
            print(f"{name:26}{function.__doc__}")
        return

    lifetime.end_with_stdin()
    with OddServers(("127.0.0.1", 0), Connection) as server:
        lifetime.announce(f"http://127.0.0.1:{server.server_address[1]}/")
        server.serve_forever()


if __name__ == "__main__":
    main()
