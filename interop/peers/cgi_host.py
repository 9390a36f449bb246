"""A web server for CGI programs, the one of Python's standard library (up to 3.14), that starts a program, COMMAND or a
Python script of this folder, for each request.

It tells a program less than other hosts do: no headers but Accept, User-Agent, Cookie and Referer; a request without
Content-Type is called text/plain. And a program's status line becomes a header: the HTTP status is always 200.
"""

import argparse
import http.server
import os
import pathlib
import shlex
import sys

import lifetime

FOLDER = pathlib.Path(__file__).resolve().parent


class Whole:
    """A request as it comes, of which as much is read as is asked for: the handler's own file gives what is there, so
    that the handler cuts long bodies."""

    def __init__(self, file):
        self.file = file

    def read(self, length):
        parts = []
        while length and (part := self.file.read(length)):
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def __getattr__(self, name):
        return getattr(self.file, name)


class Handler(http.server.CGIHTTPRequestHandler):
    # A forked program would run as another user when this is run by root, and could not read what is tested.
    have_fork = False

    def __init__(self, *args):
        super().__init__(*args, directory=FOLDER)

    def setup(self):
        super().setup()
        self.rfile = Whole(self.rfile)

    def log_message(self, *_):
        pass

    def log_error(self, format, *args):
        lifetime.complain(format % args)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    program = parser.add_mutually_exclusive_group(required=True)
    program.add_argument("--command", help="a line for the shell")
    program.add_argument("--python", metavar="SCRIPT", help="a script of this folder, run by the Python that runs this")
    options = parser.parse_args()

    lifetime.end_with_stdin()
    command = options.command or shlex.join([sys.executable, "-B", str(FOLDER / options.python)])
    os.environ["CGI_COMMAND"] = command  # Which programs get along with the variables of their request.
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    lifetime.announce(f"http://127.0.0.1:{server.server_port}/cgi-bin/program")
    server.serve_forever()


if __name__ == "__main__":
    main()
