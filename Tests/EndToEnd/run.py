"""Runs the end-to-end scenarios: the real binary against real peers.

    run.py --binary .build/release/dyad              all of them
    run.py --binary .build/debug/dyad --only traffic only those that carry traffic
    run.py --binary .build/release/dyad reload vrrp  those with one of these words in their name

As root everything happens in namespaces of its own (network, processes, mounts), so nothing outside is touched and
nothing stays behind. Without root the scenarios that need it are skipped, and say so.
"""
import argparse
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Lab")]
ISOLATED = "DYAD_TESTS_ISOLATED"
# No scenario may take longer; one that does fails, and the others go on.
SCENARIO_LIMIT = 60


def isolate():
    """Starts this program again in namespaces of its own; its first process only waits for the rest."""
    if os.environ.get(ISOLATED) is None:
        os.environ[ISOLATED] = "1"
        os.execvp("unshare", [
            "unshare", "--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc",
            "--propagation", "private", "--", sys.executable, *sys.argv])
    runner = os.fork()
    if runner == 0:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        os.mkdir("/run/dyad")
        return
    while True:
        ended, status = os.wait()
        if ended == runner:
            os._exit(max(0, os.waitstatus_to_exitcode(status)))


def out_of_time(*_):
    raise AssertionError(f"longer than {SCENARIO_LIMIT} s")


class Report(unittest.TestResult):
    """One line a scenario, as it ends."""

    def __init__(self):
        super().__init__()
        self.passed = 0

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        signal.alarm(SCENARIO_LIMIT)

    def stopTest(self, test):
        signal.alarm(0)
        super().stopTest(test)

    def line(self, word, test, rest=""):
        took = time.monotonic() - self.began
        name = test.id() if isinstance(test, unittest.TestCase) else str(test)
        print(f"{word:5} {name} ({took:.2f} s){rest}", flush=True)

    def addSuccess(self, test):
        self.passed += 1
        self.line("ok", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line("skip", test, f": {reason}")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.line("FAIL", test, f"\n{self.failures[-1][1]}")

    def addError(self, test, error):
        super().addError(test, error)
        self.line("FAIL", test, f"\n{self.errors[-1][1]}")

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.line("FAIL", subtest, f"\n{(self.failures + self.errors)[-1][1]}")


def scenarios(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from scenarios(item)
        else:
            yield item


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--only", choices=["traffic"])
    parser.add_argument("words", nargs="*", metavar="WORD")
    options = parser.parse_args()
    if not os.access(options.binary, os.X_OK):
        parser.error(f"{options.binary} is no program; build it with scripts/build")
    os.environ["DYAD_BINARY"] = str(options.binary.resolve())
    if os.geteuid() == 0:
        isolate()

    found = unittest.TestLoader().discover(str(HERE), pattern="test_*.py", top_level_dir=str(HERE))
    chosen = unittest.TestSuite(
        test for test in scenarios(found)
        if (options.only is None or getattr(test, "carries_traffic", False))
        and (not options.words or any(word in test.id() for word in options.words)))
    if chosen.countTestCases() == 0:
        parser.error("no scenario has such a name")

    signal.signal(signal.SIGALRM, out_of_time)
    report = Report()
    began = time.monotonic()
    chosen.run(report)
    failed = len(report.failures) + len(report.errors)
    skipped = f", {len(report.skipped)} skipped" if report.skipped else ""
    for test, _ in report.failures + report.errors:
        print(f"failed: {test}")
    print(f"{report.passed} passed, {failed} failed{skipped} in {time.monotonic() - began:.0f} s")
    sys.stdout.flush()
    sys.exit(1 if failed else 0)


main()
