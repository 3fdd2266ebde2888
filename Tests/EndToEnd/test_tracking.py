"""What moves priorities: files and processes, alone and in sync groups."""
import os
import signal

from lab import wait_for
from support.pair import PairScenario, SHARED, proxy_half, router_half


class Tracking(PairScenario):
    def start_two(self, definitions, inside, watched="lb2", lone=False):
        """lb1 with 150; lb2 with 100 and what is tracked."""
        for name, priority in (("lb1", 150), ("lb2", 100)):
            tracked = name == watched
            self.start(
                name, (definitions if tracked else "") + router_half(
                    priority, extra=inside if tracked else ""), *(["-db"] if lone else []))

    def put(self, path, text):
        """Replaces a file as editors do."""
        with open(path + ".new", "w") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def test_number_in_a_file_is_added(self):
        path = self.network.file("weight", "0\n")
        os.chmod(os.path.dirname(path), 0o755)
        self.start_two(f'track_file f {{\n file "{path}"\n}}\n', "track_file {\n f weight 2\n}")
        self.wait_holder("lb1")
        self.put(path, "40\n")
        self.wait_holder("lb2")
        with open(path, "w") as file:
            file.write("20\n")
        self.wait_holder("lb1")
        os.unlink(path)
        self.said["lb2"].wait_line("counts as 0")

    def test_file_without_weight_is_a_fault(self):
        path = self.network.file("down", "0\n")
        self.start_two(
            f"vrrp_track_file f {{\n file {path}\n weight 0\n init_file 0 overwrite\n}}\n",
            "track_file {\n f\n}", watched="lb1", lone=True)
        self.wait_holder("lb1")
        self.put(path, "1")
        self.wait_holder("lb2")
        self.said["lb1"].wait_line("entering FAULT state due to file f")
        self.put(path, "0")
        self.wait_holder("lb1")

    def test_process_comes_and_goes(self):
        self.start_two(
            "vrrp_track_process p {\n process sleep 1234\n param_match partial\n weight 100\n"
            " terminate_delay 0.1\n}\n", "track_process {\n p\n}")
        self.wait_holder("lb1")
        sleep = self.network["lb2"].start("sleep", "1234", "5")
        self.wait_holder("lb2")
        self.said["lb2"].wait_line("Quorum gained for tracked process p")
        os.kill(self.network["lb2"].process_of(sleep), signal.SIGKILL)
        self.wait_holder("lb1")

    def test_process_that_must_not_run(self):
        self.start_two(
            "vrrp_track_process p {\n process sleep\n quorum_max 0\n weight 0\n}\n",
            "track_process {\n p\n}", watched="lb1", lone=True)
        self.wait_holder("lb1")
        sleep = self.network["lb1"].start("sleep", "1234")
        self.wait_holder("lb2")
        os.kill(self.network["lb1"].process_of(sleep), signal.SIGKILL)
        self.wait_holder("lb1")

    def test_watches_work_without_root_directory_and_rights(self):
        path = self.network.file("weight", "0\n")
        os.chmod(os.path.dirname(path), 0o755)
        drop = "user nobody\n    group nogroup\n    chroot /run/dyad/empty"
        self.start("lb1", router_half(150))
        self.start(
            "lb2", proxy_half(extra_global=drop) + f"track_file f {{\n file {path}\n}}\n"
            "vrrp_track_process p {\n process sleep\n weight 30\n}\n"
            + router_half(100, extra="track_file {\n f\n}\ntrack_process {\n p\n}"))
        self.wait_holder("lb1")
        self.put(path, "30")
        self.network["lb2"].start("sleep", "1234")
        self.wait_holder("lb2")

    def test_sync_group_tracks_for_its_members(self):
        path = self.network.file("down", "0\n")
        second = router_half(150).replace("VI_1", "VI_2").replace("51", "52").replace(SHARED, "10.77.0.51")
        group = "vrrp_sync_group G {\n group {\n VI_1\n VI_2\n }\n track_file {\n f weight 0\n }\n}\n"
        self.start(
            "lb1", f"track_file f {{\n file {path}\n}}\n" + router_half(150) + second + group)
        self.start("lb2", router_half(100) + second.replace("150", "100"))
        self.wait_holder("lb1")
        self.put(path, "1")
        self.wait_holder("lb2")
        wait_for(
            lambda: self.network["lb2"].holds("10.77.0.51"), 10,
            lambda: f"the other member moved, too:\n{self.said['lb1'].text}")
