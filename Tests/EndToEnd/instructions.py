"""Counts user-space instructions per keep-alive request with callgrind; started by scripts/bench.

Two runs that differ only in the number of requests; the difference leaves start and stop out.
"""
import argparse
import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Lab")]

from support.daemon import Daemon  # noqa: E402
from support.peers import Client, Origin  # noqa: E402
from support.ports import free_port  # noqa: E402
from support.scenario import configuration  # noqa: E402

FEW, MANY = 300, 1800
FIELDS = [
    "User-Agent: instructions/1", "Accept: */*", "Accept-Encoding: gzip", "Cookie: session=0123456789abcdef",
]


def count(binary, origin, requests, directory):
    port = free_port()
    daemon = Daemon(
        configuration(port, [origin], extra_global="nbthread 1", frontend="option forwardfor"),
        "--tool=callgrind", f"--callgrind-out-file={directory}/out", binary, "-db",
        waits=True, program="valgrind")
    try:
        with Client(port) as client:
            for _ in range(requests):
                if client.request("/page", fields=FIELDS).status != 200:
                    raise SystemExit(f"scripts/bench: a request failed:\n{daemon.text}")
        daemon.end()
        return max(int(number) for number in re.findall(r"Collected : (\d+)", daemon.text))
    finally:
        daemon.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--limit", required=True, type=int)
    options = parser.parse_args()
    origin = Origin()
    with tempfile.TemporaryDirectory() as directory:
        counts = [count(options.binary, origin, requests, directory) for requests in (FEW, MANY)]
    each = round((counts[1] - counts[0]) / (MANY - FEW))
    verdict = "within" if each <= options.limit else "ABOVE"
    print(f"instructions per keep-alive request: {each}, {verdict} the limit of {options.limit}")
    return 0 if each <= options.limit else 1


sys.exit(main())
