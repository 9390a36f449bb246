"""Messages over a socket for peers that bring their own medium along: four bytes of length, most significant first,
and the message. Standard library only."""

import struct


def whole(stream):
    """The next message; None at the end."""
    head = exactly(stream, 4)
    return None if head is None else exactly(stream, *struct.unpack(">I", head))


def exactly(stream, length):
    data = b""
    while len(data) < length:
        part = stream.recv(length - len(data))
        if not part:
            return None
        data += part
    return data


def framed(message):
    return struct.pack(">I", len(message)) + message
