"""Called as keepalived: numbers of signals, and the files that they write."""
import json
import os
import pathlib
import signal
import stat
import tempfile

from lab import wait_for
from support.daemon import Daemon, PATIENCE, binary, command
from support.scenario import Scenario, needs_root

ROUTER = """
vrrp_instance VI_1 {
    state BACKUP
    interface lo
    virtual_router_id 51
    priority 100
    authentication {
        auth_type PASS
        auth_pass hidden
    }
    virtual_ipaddress {
        10.99.0.1
    }
}
"""
FILES = {"DATA": "/tmp/keepalived.data", "STATS": "/tmp/keepalived.stats", "JSON": "/tmp/keepalived.json"}


class KeepalivedDumps(Scenario):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.program = os.path.join(directory.name, "keepalived")
        os.symlink(os.path.abspath(binary()), self.program)
        self.directory = pathlib.Path(directory.name)

    def test_numbers_of_signals(self):
        for name, number in {"DATA": 10, "STATS": 12, "JSON": 36, "RELOAD": 1, "STOP": 15}.items():
            self.assertEqual(command(f"--signum={name}", program=self.program), (0, f"{number}\n"))
        self.assertNotEqual(command("--signum=NONE", program=self.program)[0], 0)

    @needs_root
    def test_files(self):
        self.files(ROUTER)

    @needs_root
    def test_files_of_a_guarded_process_without_rights(self):
        self.files(f"global\n    master-worker\n    user nobody\n    chroot {self.directory}\n" + ROUTER)

    def files(self, configuration):
        victim = self.directory / "victim"
        victim.write_text("untouched")
        for path in FILES.values():
            if os.path.lexists(path):
                os.unlink(path)
            os.symlink(victim, path)
            self.addCleanup(os.unlink, path)
        daemon = Daemon(configuration, "-n", program=self.program)
        self.addCleanup(daemon.close)
        daemon.wait_line("Startup complete")
        said = {}
        for name, path in FILES.items():
            number = int(command(f"--signum={name}", program=self.program)[1])

            def written():
                if os.path.islink(path):
                    return None
                return pathlib.Path(path).read_text()

            daemon.send_signal(number)
            said[name] = wait_for(written, PATIENCE, f"{path} is written")
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            self.assertNotIn("hidden", said[name])
        self.assertEqual(victim.read_text(), "untouched")
        self.assertIn(" VRRP Instance = VI_1\n", said["DATA"])
        self.assertIn("   Virtual Router ID = 51\n", said["DATA"])
        self.assertIn("VRRP Instance: VI_1\n  Advertisements:\n    Received: 0\n", said["STATS"])
        router, = json.loads(said["JSON"])
        self.assertEqual(router["data"]["iname"], "VI_1")
        self.assertEqual(router["data"]["vrid"], 51)
        self.assertEqual(router["stats"]["advert_rcvd"], 0)
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait_end(), 0)
