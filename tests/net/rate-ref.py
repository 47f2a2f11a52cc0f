# SPDX-License-Identifier: GPL-2.0-only
"""Requests at a steady rate, for rate-ref.sh.

usage: rate-ref.py ADDRESS FIRST-PORT PER-SECOND WARM-UP FILE

From a port of its own each, in turn to the ports 53 and 54 of the address; as long as
FILE is there, to which "warm" is written after WARM-UP seconds.
"""
import os, socket, sys, time

vip, port, rate, warm_up = sys.argv[1], *map(int, sys.argv[2:5])
begin = time.monotonic()
n = 0
while os.path.exists(sys.argv[5]):
    n += 1
    time.sleep(max(0, begin + n / rate - time.monotonic()))
    if n == rate * warm_up:
        with open(sys.argv[5], "w") as file:
            file.write("warm")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", port + n))
        sock.settimeout(10)
        sock.sendto(bytes(100), (vip, 53 + n % 2))
        sock.recv(2000)
