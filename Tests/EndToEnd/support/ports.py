"""Port numbers that nobody uses, below the range from which the kernel takes its own."""
import itertools
import random
import socket

_candidates = itertools.cycle(random.sample(range(20000, 32000), 4000))


def free_port(kind=socket.SOCK_STREAM):
    for port in itertools.islice(_candidates, 4000):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")
