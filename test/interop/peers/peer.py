"""What every peer shares: a raw serial port, and JSON lines on standard input and output.

A peer is somebody else's OSDP implementation as a process of its own. It ends when its standard input does.
"""
import json
import os
import select
import sys
import termios
import tty

# Between two looks at the line and at standard input, in seconds. Well below the 50 ms that libosdp asks for.
LOOK = 0.002


def say(event, **fields):
    # In one piece: an implementation with a thread of its own says things too.
    sys.stdout.write(json.dumps({"event": event, **fields}, default=bytes.hex) + "\n")
    sys.stdout.flush()


class Port:
    """The end of a serial line, as libosdp wants its channels: nothing here waits."""

    id = 0

    def __init__(self, fd):
        self.fd = fd
        os.set_blocking(fd, False)

    def read(self, most):
        try:
            return os.read(self.fd, most)
        except OSError:
            return b""  # Nothing there, or the cable is out.

    def write(self, data):
        try:
            return os.write(self.fd, data)
        except OSError:
            return len(data)  # A line takes what nobody hears.

    def flush(self):
        termios.tcflush(self.fd, termios.TCIFLUSH)


def open_line(path):
    """A serial device that somebody else holds the far end of."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd)
    return Port(fd)


def make_line():
    """A pseudo-terminal; its name is what the other side opens."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)  # Kept open: the line outlives every close by the other side.
    say("port", path=os.ttyname(theirs))
    return Port(ours)


def run(refresh, order):
    """Gives the implementation its time, and every line of standard input to `order`, until there are no more."""
    rest = b""
    while True:
        refresh()
        ready, _, _ = select.select([sys.stdin], [], [], LOOK)
        if not ready:
            continue
        came = os.read(sys.stdin.fileno(), 65536)
        if came == b"":
            return
        *lines, rest = (rest + came).split(b"\n")
        for line in lines:
            order(json.loads(line))
