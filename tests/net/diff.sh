#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: kernels 6.12
# nfvs: noload
# nfvs: timeout 600
# The same command lines and the same traffic, first ipvsadm on ip_vs, then nfvsadm on
# nf_vs, in one boot: what is printed, the first line of what is complained about,
# exit codes, distribution, counters and connections are equal. What differs on
# purpose is listed in deliberate() and nowhere else.
#
#   C -- D -- R1, R2 (NAT)
set -euo pipefail
# shellcheck source=tests/net/lib-diff.sh
. "${BASH_SOURCE[0]%/*}/lib-diff.sh"
: "${NFVS_REF:+$(skip_all 'is about both')}"

REF=/sbin/ipvsadm
OUR=$NFVS_TOP/build/nfvsadm

mapfile -t commands <<'LIST'
-L -n
-L
-Ln
-L -n --nosort
-L -n --stats
-L -n --thresholds
-L -n -c
-L --timeout
-S -n
-A -t 10.0.0.1:80 -s rr
-A -t 10.0.0.1:80
-A -t 10.0.0.2:80
-A -t 10.0.0.3:http -s wrr
-A -u 10.0.0.1:53 -s lc
-A -t [2001:db8::1]:80 -s wlc
-A -u [2001:db8::1]:53
-A -f 1 -s rr
-A -f 1 -6 -s wrr
-A -f 1 -6
-A -f 4294967295 -s lc
-A -t 200.0.0.1:80
-A --tcp-service 10.0.0.4:443 --scheduler wlc
--add-service -t10.0.0.5:443 --scheduler=lc
-A -t 10.0.0.6:80 -s nosuch
-A -t 10.0.0.6:80 -s
-A -t 10.0.0.6:80 --scheduler=
-L -n
-L -n -t 10.0.0.1:80
-L -n -t [2001:db8::1]:80
-L -n -f 1
-L -n -f 1 -6
-L -n -f 2
-L -n -t 10.0.0.99:80
-L -n -u 10.0.0.1:80
-a -t 10.0.0.1:80 -r 10.0.0.11
-a -t 10.0.0.1:80 -r 10.0.0.11
-a -t 10.0.0.1:80 -r 10.0.0.11:80 -m
-a -t 10.0.0.1:80 -r 10.0.0.12:8080 -m -w 5
-a -t 10.0.0.1:80 -r 10.0.0.12:8081 -m -w 0
-a -t 10.0.0.1:80 -r 10.0.0.13:8080 -g -w 2147483647
-a -t 10.0.0.1:80 -r 10.0.0.14 -i -w 3
-a -t 10.0.0.1:80 -r 10.0.0.15 -i --tun-type ipip
-a -t 10.0.0.1:80 -r 10.0.0.16 -m -x 100 -y 50
-a -t 10.0.0.1:80 -r 10.0.0.17 -x 0 -y 1
-a -t 10.0.0.1:80 -r 10.0.0.17 -x 10 -y 11
-a -t 10.0.0.1:80 -r 224.0.0.1
-a -t 10.0.0.1:80 -r 255.255.255.255
-a -t 10.0.0.1:80 -r 0.0.0.0
-a -t 10.0.0.1:80 -r 10.0.0.255
-a -t 10.0.0.1:80 -r 127.0.0.1
-a -t 10.0.0.1:80 -r 192.0.2.1 -m
-a -t 10.0.0.1:80 -r [2001:db8::11]:80
-a -t 10.0.0.1:80 -r [2001:db8::11]:80 -m
-a -t 10.0.0.1:80 -r [2001:db8::11]:80 -i
-a -t 10.0.0.99:80 -r 10.0.0.11
-a -u 10.0.0.1:53 -r 10.0.0.11:5353 -m
-a -t [2001:db8::1]:80 -r [2001:db8::11]:80
-a -t [2001:db8::1]:80 -r [2001:db8::12]:8080 -m -w 2
-a -t [2001:db8::1]:80 -r [ff02::1]:80
-a -t [2001:db8::1]:80 -r [::]:80
-a -t [2001:db8::1]:80 -r [::1]:80
-a -t [2001:db8::1]:80 -r 10.0.0.11
-a -t [2001:db8::1]:80 -r 10.0.0.11:80 -i
-a -f 1 -r 10.0.0.11
-a -f 1 -r 10.0.0.12:80 -m -w 2
-a -f 1 -6 -r [2001:db8::11]:0
-a -f 1 -6 -r 10.0.0.11
-a -f 2 -r 10.0.0.11
-a -t 10.0.0.1:80 -r 10.0.0.11:99999
-a -t 10.0.0.1:80 -r [2001:db8::11
-L -n
-L -n -t 10.0.0.1:80
-L -n --nosort -t 10.0.0.1:80
-L -n --stats
-L -n --stats -X
-L -n --rate
-L -n --thresholds
-L -n --thresholds -t 10.0.0.1:80
-L -n --persistent-conn
-L -n --stats --rate
-S -n
-e -t 10.0.0.1:80 -r 10.0.0.12:8080 -m -w 7 -x 9
-e -t 10.0.0.1:80 -r 10.0.0.12:8080 -w 7
-e -t 10.0.0.1:80 -r 10.0.0.11:80 -i -w 4
-e -t 10.0.0.1:80 -r 10.0.0.99
-e -t 10.0.0.99:80 -r 10.0.0.11
-e -t 10.0.0.1:80 -r 10.0.0.16 -y 5
-e -t 10.0.0.1:80 -r 224.0.0.1
-E -t 10.0.0.1:80 -s wlc
-E -t 10.0.0.2:80
-E -t 10.0.0.99:80 -s rr
-E -f 1 -6 -s lc
-d -t 10.0.0.1:80 -r 10.0.0.13:80
-d -t 10.0.0.1:80 -r 10.0.0.13:80
-d -t 10.0.0.1:80 -r 10.0.0.11:81
-d -t 10.0.0.99:80 -r 10.0.0.11
-d -f 1 -r 10.0.0.11
-D -t 10.0.0.2:80
-D -t 10.0.0.2:80
-D -f 4294967295
-L -n
-S -n
-Z
-Z -t 10.0.0.1:80
-Z -t 10.0.0.99:80
-Z -f 1 -6
--set 0 0 0
-L --timeout
--set 100 20 30
-L --timeout
--set 0 7 0
-L --timeout
--set 1 2
--set -1 2 3
--set 2678401 1 1
--set 900 120 300
-R <<-A -t 10.1.0.1:80 -s rr|-a -t 10.1.0.1:80 -r 10.0.0.11:80 -m -w 3
-R <<ipvsadm -A -t 10.1.0.2:80 -s wrr||  -a   -t 10.1.0.2:80 -r 10.0.0.11
-R <<-D -t 10.1.0.2:80|--set 11 12 13|-E -t 10.1.0.1:80 -s lc
-R <<-A -t 10.1.0.3:80 -s rr -w 1
-R <<-A -t 10.1.0.3:80 -R
-L -n
-L --timeout
-C
-C
-L -n
-S
-A -t 127.0.0.1:80 -s rr
-a -t 127.0.0.1:80 -r 127.0.0.1 -w 2
-L -t 127.0.0.1:80
-L -t localhost:http
-S
-C
-A -t 10.0.0.1:80 -s rr
-A -f 7 -6 -6
-A -t 10.0.0.2:+80
-A -t 0x0a000004:81
-A -t 10.5:82
-A -t 2001:db8::9:80
-A -f +17
-A -f 010
-A -f 0x10
-A -f 99999999999999999999
-A -- -t 10.0.0.48:80
-At10.0.0.51:80 -srr
-A -t=10.0.0.52:80
-A --tcp-serv 10.0.0.54:80
-A -t [::ffff:1.2.3.4]:80
-a -t 10.0.0.1:80 -r 10.0.0.9 -w +3 -m
-a -t 10.0.0.1:80 -r 10.0.0.8 -w 010 -m
-a -t 10.0.0.1:80 -r 10.0.0.7 -w 99999999999999999999
-a -r 10.0.0.6 -t 10.0.0.1:80 -m
-a -t 10.0.0.1:80 -r [fe80::1%lo]:80 -i
-a -f 7 -6 -r 2001:db8::11
-a -f 17 -r 10.0.0.6:domain -m
--set +5 010 0
--set 5 -n 6 7
-L --timeout -X
-L --timeout --timeout
-L -n=1
-L -n -- foo
-L -n --sort --nosort -t 10.0.0.1:80
-- -L
-n -L
--lis
-R <<   |ipvsadm -A -t 10.0.0.70:80|	-A	-t	10.0.0.71:80
-S -n
--set 900 120 300
-C
-A
-a
-d
-A -t
-A -t 10.0.0.1
-A -t 10.0.0.1:0
-A -t :80
-A -t 10.0.0.1:65536
-A -t 1.2.3.4.5:80
-A -t [2001:db8::1]
-A -t [10.0.0.1]:80
-A -t 10.0.0.1:80 -u 10.0.0.1:80
-A -t 10.0.0.1:80 -s rr -s rr
-A -t 10.0.0.1:80 -r 10.0.0.2
-A -t 10.0.0.1:80 -w 1
-A -t 10.0.0.1:80 --stats
-A -t 10.0.0.1:80 foo
-A -t 10.0.0.1:80 -D
-A -f 0
-A -f 4294967296
-A -6 -f 1
-a -t 10.0.0.1:80
-a -t 10.0.0.1:80 -r 10.0.0.2 -s rr
-a -t 10.0.0.1:80 -r 10.0.0.2 -g -i
-a -t 10.0.0.1:80 -r 10.0.0.2 -w -1
-a -t 10.0.0.1:80 -r 10.0.0.2 -w 2147483648
-a -t 10.0.0.1:80 -r 10.0.0.2 -w
-a -t 10.0.0.1:80 -r 10.0.0.2 -x -1
-a -t 10.0.0.1:80 -r 10.0.0.2 --tun-type ipip
-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-type nosuch
-d -t 10.0.0.1:80 -r 10.0.0.2 -w 1
-D -t 10.0.0.1:80 -s rr
-C -t 10.0.0.1:80
-L -s rr
-L -r 10.0.0.1
-L foo
-L -c --stats
-L -c --timeout
-L -t 10.0.0.1:80 --timeout
-L --nosuch
-L -Z
-S foo
-R foo
-Z -n
--nosuch
foo
-C
-A -t 10.2.0.1:80 -s rr -p
-A -t 10.2.0.2:80 -s rr -p 300
-A -t 10.2.0.3:80 -s rr -p 1
-A -t 10.2.0.4:80 -s rr -p 2678400
-A -t 10.2.0.5:80 -s rr -p 2678401
-A -t 10.2.0.5:80 -s rr -p 0
-A -t 10.2.0.5:80 -s rr -p -1
-A -t 10.2.0.5:80 -s rr -p abc
-A -t 10.2.0.5:80 -s rr -p 5x
-A -t 10.2.0.5:80 -s rr -p +7
-A -t 10.2.0.6:80 -p -s rr
-A -t 10.2.0.7:80 -p60 -s rr
-A -t 10.2.0.8:80 -p=61 -s rr
-A -t 10.2.0.9:80 --persistent=62
-A -t 10.2.0.10:80 --persistent 63
-A -t 10.2.0.11:80 --persistent -s wlc
-A -t 10.2.0.12:80 --persistent=
-A -t 10.2.0.13:80 -ps rr
-A -t 10.2.0.14:80 -p 1 -p 2
-A -t 10.2.0.15 -p
-A -t 10.2.0.16:0 -p 100
-A -t 10.2.0.17:0
-A -t [2001:db8:2::15]:0 -p 9
-A -u 10.2.0.15 -s rr -p 12
-A -t 10.2.0.20:80 -p -M 255.255.255.0
-A -t 10.2.0.21:80 -p -M 255.255.255.255
-A -t 10.2.0.22:80 -p -M 0.0.0.0
-A -t 10.2.0.23:80 -p -M 33
-A -t 10.2.0.24:80 -p -M 255.0.255.0
-A -t 10.2.0.25:80 -p -M 255.255.255.256
-A -t 10.2.0.26:80 -p -M foo
-A -t 10.2.0.27:80 -p -M 0xffffff00
-A -t 10.2.0.28:80 -M 255.255.0.0
-A -t 10.2.0.29:80 -p -M 255.255.0.0 -M 255.255.0.0
-A -t 10.2.0.30:80 -p -M
-A -t 10.2.0.31:80 -M 255.255.255.0 -p 77
-A -t [2001:db8:2::1]:80 -p -M 64
-A -t [2001:db8:2::2]:80 -p -M 128
-A -t [2001:db8:2::3]:80 -p -M 1
-A -t [2001:db8:2::4]:80 -p -M 0
-A -t [2001:db8:2::5]:80 -p -M 129
-A -t [2001:db8:2::6]:80 -p -M 255.255.0.0
-A -t [2001:db8:2::7]:80 -M 48
-A -M 64 -p -t [2001:db8:2::8]:80
-A -M 255.255.0.0 -p -t [2001:db8:2::9]:80
-A -M foo -p -t [2001:db8:2::10]:80
-A -M 255.255.0.0 -p -t 10.2.0.32:80
-A -f 20 -6 -p -M 96
-A -f 21 -p -M 96 -6
-A -f 22 -6 -p -M 96 -6
-A -f 23 -p -M 255.255.255.0
-A -f 24 -p 50 -s rr
-A -f 25 -6 -p 0x10
-L -n
-L
-L -n --nosort -f 20 -6
-L -n -t 10.2.0.20:80
-L -n --stats -t 10.2.0.20:80
-L -n --rate -f 23
-L -n --thresholds -f 23
-L -n --persistent-conn -f 23
-L -n --tun-info -f 23
-S -n
-E -t 10.2.0.1:80 -s rr
-E -t 10.2.0.2:80 -p 5 -M 255.0.0.0
-E -t 10.2.0.20:80 -p
-E -t 10.2.0.15 -s rr
-E -t 10.2.0.15 -s rr -p 3
-E -f 20 -6 -s rr
-E -f 24 -p -M 255.255.255.192 -s lc
-L -n
-S -n
-d -t 10.2.0.1:80 -r 10.0.0.1 -p 5
-D -t 10.2.0.1:80 -p
-Z -p 5
-C -p
-L -p
-a -t 10.2.0.15:0 -r 10.0.0.11
-a -t 10.2.0.15 -r 10.0.0.12 -m
-a -t 10.2.0.15 -r 10.0.0.13:8080 -m
-a -t 10.2.0.15 -r 10.0.0.14:8080 -i
-L -n -t 10.2.0.15
-L -n -t 10.2.0.15:0
-d -t 10.2.0.15 -r 10.0.0.13:8080
-D -t 10.2.0.15:0
-C
-A -u 10.3.0.1:53 -o -s rr
-A -u 10.3.0.2:53 --ops -s rr -p
-A -t 10.3.0.3:80 -o -s rr
-A -f 30 -o -s rr
-A -f 31 -6 --ops -s lc -p 9 -M 64
-A --tcp-service 10.3.0.3:80 --ops
-A -u 10.3.0.4:53 -o -o
-A -o -u 10.3.0.5:53
-A -u [2001:db8:3::1]:53 -o
-E -u 10.3.0.1:53 -s rr
-E -u 10.3.0.5:53 -s rr -o
-E -t 10.3.0.3:80 -o
-L -o
-a -f 30 -o -r 10.0.0.1
-A -u 10.3.0.6:53 -s rr -b flag-1
-A -u 10.3.0.7:53 -s rr -b flag-1,flag-2,flag-3
-A -u 10.3.0.8:53 -s rr -b flag-3,flag-1
-A -u 10.3.0.9:53 -s rr -o -p 5 -b flag-2
-A -u 10.3.0.10:53 -s rr -b flag-4
-A -u 10.3.0.11:53 -s rr -b
-A -u 10.3.0.12:53 -s rr -b flag-1 -b flag-2
-A -u 10.3.0.13:53 -s rr -b sh-port
-A -u 10.3.0.14:53 -s rr -b mh-fallback
-A -u 10.3.0.15:53 -b sh-fallback
-A -u 10.3.0.16:53 -s sh -b mh-port
-A -u 10.3.0.17:53 -s mh -b sh-port,mh-port
-A -u 10.3.0.18:53 -s rr -b flag-1,
-A -u 10.3.0.19:53 -s rr -b ,flag-1
-A -u 10.3.0.20:53 -s rr -b flag-1,,flag-2
-A -u 10.3.0.22:53 -s rr --sched-flags=
-A -u 10.3.0.23:53 -s rr --sched-flags=flag-1,foo
-A -u 10.3.0.24:53 -s rr --sched-flags flag-1,flag-1
-A -u 10.3.0.25:53 -b flag-2 -s wrr
-A -u 10.3.0.26:53 -s rr -b FLAG-1
-A -u 10.3.0.27:53 -s rr -b flag-1flag-2
-E -u 10.3.0.7:53 -s rr
-E -u 10.3.0.8:53 -s rr -b flag-2
-a -f 30 -r 10.0.0.1 -b flag-1
-L -b flag-1
-A -u 10.3.0.30:53 --pe
-A -u 10.3.0.30:53 --pe=
-A -u 10.3.0.31:53 --pe nosuch -s rr
-A -u 10.3.0.32:53 --pe abcdefghijklmnopqrst
-A -u 10.3.0.6:53 --pe nosuch
-E -u 10.3.0.6:53 --pe nosuch
-E -u 10.3.0.99:53 --pe nosuch
-A -u 10.3.0.33:53 --pe nosuch --pe nosuch
-A -u 10.3.0.34:53 -s none
-A -u 10.3.0.35:53 -s none -p 5
-a -u 10.3.0.34:53 -r 10.0.0.11 -m
-E -u 10.3.0.34:53 -s rr
-E -u 10.3.0.35:53 -s none
-L -n
-L -n --nosort -u 10.3.0.8:53
-S -n
-L -n --stats
-L -n --thresholds
-L -n --persistent-conn
-R <<-A -t 10.4.0.1:80 -s rr -p 20 -M 255.255.255.0|-A -u 10.4.0.1:53 -s rr -o|-A -f 40 -6 -s rr -b flag-2 -p
-R <<-E -t 10.4.0.1:80 -s rr|-D -f 40 -6
-R <<-A -t 10.4.0.2 -p 5|-a -t 10.4.0.2 -r 10.0.0.11 -m
-R <<-A -t 10.4.0.3:80 -p 0
-S -n
-C
-A -t 10.5.0.1:80 -s rr
-a -t 10.5.0.1:80 -r 10.0.0.11 -i
-a -t 10.5.0.1:80 -r 10.0.0.12 -g
-a -t 10.5.0.1:80 -r 10.0.0.13 -m
-a -t 10.5.0.1:80 -r 10.0.0.14 -i --tun-type ipip
-a -t 10.5.0.1:80 -r 10.0.0.15 -i --tun-type=ipip -w 0
-a -t 10.5.0.1:80 -r [2001:db8::11]:80 -i
-a -t 10.5.0.1:80 -r 10.0.0.16 -i --tun-type ipip --tun-port 5
-a -t 10.5.0.1:80 -r 10.0.0.16 -i --tun-port 5
-a -t 10.5.0.1:80 -r 10.0.0.16 -i --tun-csum
-a -t 10.5.0.1:80 -r 10.0.0.16 -i --tun-nocsum
-a -t 10.5.0.1:80 -r 10.0.0.16 -i --tun-remcsum
-a -t 10.5.0.1:80 -r 10.0.0.16 -i --tun-type gue
-a -t 10.5.0.1:80 -r 10.0.0.16 -i --tun-type gue --tun-port 0
-a -t 10.5.0.1:80 -r 10.0.0.16 -i --tun-type gue --tun-port 65536
-a -t 10.5.0.1:80 -r 10.0.0.16 -i --tun-type gre --tun-port 5
-a -t 10.5.0.1:80 -r 10.0.0.16 -i --tun-type gre --tun-remcsum
-a -t 10.5.0.1:80 -r 10.0.0.16 -i --tun-type gre --tun-csum --tun-nocsum
-a -t 10.5.0.1:80 -r 10.0.0.16 -i --tun-type
-a -t 10.5.0.1:80 -r 10.0.0.16 -m --tun-type ipip
-a -t 10.5.0.1:80 -r 10.0.0.16 --tun-port 5
-a -t 10.5.0.1:80 -r 10.0.0.16 -m --tun-csum
-d -t 10.5.0.1:80 -r 10.0.0.16 --tun-type ipip
-L -n --tun-info
-L --tun-info -n -t 10.5.0.1:80
-L -n --tun-info --nosort
-L -n --tun-info --stats
-L -n --tun-info --rate
-L -n --tun-info --thresholds
-L -n --tun-info --persistent-conn
-L -n --persistent-conn --thresholds
-L -n --thresholds --rate
-L -n -c --tun-info
-L --daemon --tun-info
-L --timeout --tun-info
-L --tun-info --tun-info
-L --daemon
-L --daemon -n
-L --daemon --daemon
-L --daemon --syncid 3
-L --syncid 3 -n
-L --syncid 256
-L --daemon --timeout
-L --daemon -c
-L --daemon --stats
-L --daemon --thresholds
-L --daemon --persistent-conn
-L --daemon -t 10.5.0.1:80
-L --daemon --nosort --sort
-L --daemon -X
-L -n -c --persistent-conn
-L -c --persistent-conn --nosort
-L -c -X -n
-L -n -c --sort
-L -c -c
-L -c --thresholds
-L -c --rate
-L -c -t 10.5.0.1:80
-L --timeout --persistent-conn
-L --timeout --rate
-L --timeout --thresholds
-L -n --rate -X
-L -n --thresholds -X
-L -n --exact
-L --exact --stats --rate -n
-L --nosort --stats -n
-S --exact
-S --stats
-S -c
-S --tun-info
-l -n --nosort -X
-Ln --stats --tun-info --thresholds --rate --persistent-conn
-ln -t 10.5.0.1:80 --sort
-L -f 20 -6 -n
-L -6
-L -f 20 -6 -6
-C
-A -t 10.0.0.1:80 -s rr
-A -t 138.0.0.2:80 -s rr
-A -t 10.0.0.1:443 -s rr
-A -u 10.0.0.1:80 -s rr
-A -t [2001:db8::1]:80 -s rr
-A -f 2147483647 -s rr
-A -f 2147483647 -s rr -6
-a -t 10.0.0.1:80 -r 200.0.0.1:80 -m
-a -t 10.0.0.1:80 -r 10.0.0.20:80 -m
-a -t 10.0.0.1:80 -r 127.0.0.1:80 -m
-a -t 10.0.0.1:80 -r 10.0.0.20:8 -m
-a -t 10.0.0.1:80 -r [2001:db8::5]:80 -i
-a -t 10.0.0.1:80 -r [f001:db8::5]:80 -i
-L -n --sort
-L -n --nosort -t 10.0.0.1:80
-S -n
-E -t 10.0.0.1:80 -s nosuch
-E -t 10.0.0.1:80 -s abcdefghijklmno
-E -t 10.0.0.1:80 -r 10.0.0.1
-e -t 10.0.0.1:80 -r 10.0.0.20:80 -m -y 4 -x 9
-e -t 10.0.0.1:80 -r 10.0.0.20:80 -m -x 2147483648
-e -t 10.0.0.1:80 -r 10.0.0.20:80 -m -y abc
-e -t 10.0.0.1:80 -r 10.0.0.20:80 -m -w
-D -t 10.0.0.1
-D -f 2147483648
-D -f 5 -6
-Z -f 2147483647
-Z -u 10.0.0.1:80 -6
--zero --tcp-service=10.0.0.1:443
--edit-server --tcp-service=10.0.0.1:80 --real-server 127.0.0.1:80 --masquerading --weight=9
--delete-server --tcp-service=10.0.0.1:80 --real-server 127.0.0.1:80
--list --numeric
--save --numeric
--clear
--start-daemon
--start-daemon nosuch
--start-daemon master --syncid 256
--start-daemon master --syncid -1
--start-daemon master --sync-maxlen 0
--start-daemon master --sync-maxlen 65508
--start-daemon master --mcast-group 10.0.0.1
--start-daemon master --mcast-group ff02::zz
--start-daemon master --mcast-port 65536
--start-daemon master --mcast-ttl 256
--start-daemon master -t 10.0.0.1:80
--stop-daemon nosuch
--stop-daemon master --mcast-ttl 1
--stop-daemon
-S -n
LIST

# What differs on purpose, of the output $1, which is the reference's or ours ($2),
# of the command $3.
deliberate()
{
	local out=$1

	# Programs have names.
	out=${out//$REF/PROGRAM}
	out=${out//$OUR/PROGRAM}
	# The connection table grows and shrinks.
	[[ ! $out =~ \(size=[0-9]+\) ]] || out=${out//"${BASH_REMATCH[0]}"/(size=N)}
	if [[ $2 == reference ]]; then
		# Big marks are no negative numbers.
		out=${out//FWM  -1        /FWM  4294967295}
		out=${out//FWM  -1 /FWM  4294967295 }
		out=${out//-f -1 /-f 4294967295 }
		# An IPv4 address in brackets is a mistake, not an address without a port.
		[[ $3 != '-A -t [10.0.0.1]:80' ]] ||
			out=${out/Zero port * service/illegal virtual server address[:port] specified}
	else
		# Thresholds are saved.
		while [[ $out =~ ^(.*-a\ .*-w\ [0-9]+)\ -[xy]\ [0-9]+(.*)$ ]]; do
			out=${BASH_REMATCH[1]}${BASH_REMATCH[2]}
		done
	fi
	printf -v normal %s "$out"
}

plan $((${#commands[@]} + ${#ANSWERS[@]}))
diff_topology

declare -a ref_out our_out ref_traffic our_traffic

ADM=ipvsadm STATS_LAG=8
load_reference
run_commands ref_out $REF
adm -C
run_traffic ref_traffic
unload_reference

ADM=nfvsadm STATS_LAG=1
load_ours
run_commands our_out "$OUR"
adm -C
run_traffic our_traffic

for i in "${!commands[@]}"; do
	deliberate "${ref_out[i]-nothing}" reference "${commands[i]}"
	expected=$normal
	deliberate "${our_out[i]-nothing}" ours "${commands[i]}"
	check_eq "${commands[i]//#/\\#}" "$expected" "$normal"
done
for i in "${!ANSWERS[@]}"; do
	deliberate "${ref_traffic[i]-nothing}" reference ''
	expected=$normal
	deliberate "${our_traffic[i]-nothing}" ours ''
	check_eq "traffic: ${ANSWERS[i]}" "$expected" "$normal"
done
finish
