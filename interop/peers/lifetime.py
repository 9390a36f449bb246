"""How a peer script says that it is ready, and how it makes sure not to outlive its test. Standard library only."""

import os
import sys
import threading


def end_with_stdin():
    """Ends this process as soon as its standard input closes, which happens when the test that started it ends.

    A thread of the operating system does the waiting, whatever the script's own event loop is busy with; a read
    through `os` so that nothing else of the process takes part.
    """

    def wait():
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def announce(url):
    """Prints the one line that tests wait for."""
    print(f"listening on {url}", flush=True)


def complain(text):
    """Says something for the log of the test."""
    print(text, file=sys.stderr, flush=True)
