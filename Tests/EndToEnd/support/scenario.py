"""What every scenario starts from."""
import csv
import io
import os
import unittest

from .daemon import Daemon
from .peers import Load, LogListener, Origin
from .ports import free_port

DEFAULTS = """
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
"""

needs_root = unittest.skipUnless(os.geteuid() == 0, "needs root")


class Scenario(unittest.TestCase):
    """Everything that it starts ends with it."""

    # Scenarios that carry traffic run against the debug build too.
    carries_traffic = False

    def origin(self, *arguments, **options):
        origin = Origin(*arguments, **options)
        self.addCleanup(origin.stop)
        return origin

    def log_listener(self):
        listener = LogListener()
        self.addCleanup(listener.close)
        return listener

    def load(self, port, **options):
        load = Load(port, **options)
        self.addCleanup(load.stop)
        return load

    def dyad(self, configuration, *arguments, **options):
        daemon = Daemon(configuration, *arguments, **options)
        self.addCleanup(daemon.close)
        return daemon

    def proxy(self, *servers, extra_global="", frontend="", backend="", options="", arguments=()):
        """A frontend `www` before a backend `app` with these origins. Returns the daemon, with the port in `.port`."""
        port = free_port()
        daemon = self.dyad(
            configuration(port, servers, extra_global, frontend, backend, options), *arguments,
            waits=True)
        daemon.port = port
        return daemon

    def assertNoFailures(self, load):
        self.assertEqual(load.failures, [], f"{load.good} were answered")
        self.assertGreater(load.good, 0)


def server_rows(daemon):
    """The servers of `app` in `show stat`."""
    text = daemon.ask("show stat").removeprefix("# ")
    return [row for row in csv.DictReader(io.StringIO(text)) if row["pxname"] == "app" and row["type"] == "2"]


def configuration(port, servers, extra_global="", frontend="", backend="", options=""):
    lines = "\n".join(
        f"    server {server.name}{number} 127.0.0.1:{server.port} {options}"
        for number, server in enumerate(servers, 1))
    return f"""
global
    stats socket {{socket}} level admin
    {extra_global}
{DEFAULTS}
frontend www
    bind 127.0.0.1:{port}
    {frontend}
    default_backend app

backend app
    {backend}
{lines}
"""
