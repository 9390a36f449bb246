"""A web server for CGI programs, the one of Python's standard library (up to 3.14), that starts COMMAND, a line for the
shell, for each request.

It tells a program less than other hosts do: no headers but Accept, User-Agent, Cookie and Referer; a request without
Content-Type is called text/plain. And a program's status line becomes a header: the HTTP status is always 200.
"""

import argparse
import http.server
import os
import pathlib

import lifetime


class Handler(http.server.CGIHTTPRequestHandler):
    # A forked program would run as another user when this is run by root, and could not read what is tested.
    have_fork = False

    def __init__(self, *args):
        super().__init__(*args, directory=pathlib.Path(__file__).parent)

    def log_message(self, *_):
        pass

    def log_error(self, format, *args):
        lifetime.complain(format % args)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", metavar="COMMAND")
    options = parser.parse_args()

    lifetime.end_with_stdin()
    os.environ["CGI_COMMAND"] = options.command  # Which programs get along with the variables of their request.
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    lifetime.announce(f"http://127.0.0.1:{server.server_port}/cgi-bin/program")
    server.serve_forever()


if __name__ == "__main__":
    main()
