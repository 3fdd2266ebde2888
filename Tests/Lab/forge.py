"""Sends VRRPv3 advertisements that somebody made by hand: forge.py SOURCE PRIORITY KEY COUNT

KEY: - for none, else 32 bytes as hexadecimal digits, which sign as keepalived 2.4 does. All COUNT packets are the same one.
"""
import hashlib
import hmac
import socket
import struct
import sys
import time

GROUP = "224.0.0.18"
VRID, SHARED = 51, "10.77.0.50"


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


source, priority, key, count = sys.argv[1:]
ends = socket.inet_aton(source) + socket.inet_aton(GROUP)
message = bytearray(struct.pack(">BBBBHH", 0x31, VRID, int(priority), 1, 10, 0) + socket.inet_aton(SHARED))
unsummed = bytes(message)
message[6:8] = struct.pack(">H", checksum(ends + struct.pack(">HH", 112, len(message)) + unsummed))
if key != "-":
    now = time.time_ns()
    trailer = struct.pack(">BBHIHH", 1, 1, 0, now // 10**9, (now % 10**9 << 16) // 10**9, 0)
    head = bytes([4, 3, VRID, 0]) + socket.inet_aton(source).ljust(16, b"\0")
    message += trailer + hmac.new(
        bytes.fromhex(key), head + unsummed + trailer + bytes(16), hashlib.sha256).digest()[:16]
with socket.socket(socket.AF_INET, socket.SOCK_RAW, 112) as raw:
    raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source))
    raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    for _ in range(int(count)):
        raw.sendto(message, (GROUP, 0))
