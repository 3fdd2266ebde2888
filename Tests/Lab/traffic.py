"""The client of the lab, and what it saw."""
import dataclasses
import os
import sys

from lab import wait_for

HERE = os.path.dirname(os.path.abspath(__file__))


@dataclasses.dataclass
class Request:
    started: float
    ended: float
    result: str
    # The web server that answered, and the address from which the load balancer asked it.
    server: str = ""
    balancer: str = ""


@dataclasses.dataclass
class Outage:
    """Requests in a row that were not answered."""
    requests: list
    # When the next good one started; None: there was none.
    until: float | None

    @property
    def seconds(self):
        return (self.until or self.requests[-1].ended) - self.requests[0].started


class Client:
    """Asks a page behind an address every few milliseconds, from its own start until the node's end."""

    def __init__(self, node, host, port, between=0.02):
        self.output = node.start(sys.executable, f"{HERE}/client.py", host, str(port), str(between))

    def requests(self, since=0.0):
        """All that ended and did not start before `since`, by their start."""
        found = []
        for _, line in list(self.output.lines):
            words = line.split(" ")
            if float(words[0]) >= since:
                found.append(Request(float(words[0]), float(words[1]), *words[2:5]))
        return sorted(found, key=lambda request: request.started)

    def outages(self, since=0.0):
        found, current = [], []
        for request in self.requests(since):
            if request.result != "ok":
                current.append(request)
            elif current:
                found.append(Outage(current, request.started))
                current = []
        if current:
            found.append(Outage(current, None))
        return found

    def wait_answered_by(self, balancer, since, seconds):
        wait_for(
            lambda: any(request.balancer == balancer for request in self.requests(since)), seconds,
            f"a request is answered through {balancer}")
