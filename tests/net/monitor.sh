#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: kernels debug 6.12
# nfvs: timeout 400
# nfvsadm --monitor: every change is a line as soon as it is made, as the command that
# makes it or as JSON; the lines, executed, make the same configuration; what is lost
# is said; signals end it with success.
#
#   D
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"
: "${NFVS_REF:+$(skip_all 'ipvsadm has no monitor')}"

# monitor FILE ARGUMENT...: with numbers, in the background, ready when it returns; its id is $pid
monitor()
{
	local out=$1

	shift
	nsenter --net="/run/netns/$D" nfvsadm --monitor -n "$@" >"$out" 2>"$out.err" &
	pid=$!
	# There is no other sign that it listens.
	poll 30 is_heard "$out"
	adm --set 900 120 300
	poll 30 has "$out" 120
}

is_heard()
{
	adm --set 0 "$((RANDOM + 1000))" 0
	[[ -s $1 ]]
}

# has FILE TEXT
has()
{
	grep -qF -- "$2" "$1"
}

# heard FILE: what came after the last sign of readiness
heard()
{
	sed -n '/120/,$p' "$1" | tail -n +2
}

# stop SIGNAL: $status is what it ended with
stop()
{
	status=0
	kill "-$1" "$pid"
	wait "$pid" || status=$?
}

plan 13
topo_create 1 nat
file=$(mktemp)

monitor "$file"
adm -A -t 10.0.0.1:80 -s rr
adm -a -t 10.0.0.1:80 -r 10.0.0.2 -w 5
check "a line comes at once" poll 30 has "$file" '-a -t 10.0.0.1:80 -r 10.0.0.2:80 -g -w 5'
adm -e -t 10.0.0.1:80 -r 10.0.0.2 -m -x 7
adm -E -t 10.0.0.1:80 -s wlc -p 50 -M 255.255.255.0 --no-fastpath
adm -A -f 4294967295 -6 -o -b flag-3
adm -a -f 4294967295 -6 -r "[2001:db8::2]:0" -i
adm -Z -t 10.0.0.1:80
adm -Z
adm -A -u "[2001:db8::1]:53"
adm -D -u "[2001:db8::1]:53"
adm -a -t 10.0.0.1:80 -r 10.0.0.3:8080 -m
adm -d -t 10.0.0.1:80 -r 10.0.0.3:8080
adm --set 0 0 301
poll 30 has "$file" 301 || :
check_eq "changes are the commands that make them" "-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.0.0.2:80 -g -w 5
-e -t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 1 -x 7
-E -t 10.0.0.1:80 -s wlc -p 50 -M 255.255.255.0 --no-fastpath
-A -f 4294967295 -6 -s wlc -o -b flag-3
-a -f 4294967295 -6 -r [2001:db8::2]:0 -i -w 1 --tun-type ipip
-Z -t 10.0.0.1:80
-Z
-A -u [2001:db8::1]:53 -s wlc
-D -u [2001:db8::1]:53
-a -t 10.0.0.1:80 -r 10.0.0.3:8080 -m -w 1
-d -t 10.0.0.1:80 -r 10.0.0.3:8080
--set 900 120 301" "$(heard "$file")"
stop INT
check_eq "SIGINT ends it with success" 0 "$status"
check_eq "and without a word" '' "$(<"$file.err")"
saved=$(adm -S -n)
adm -R --replace < <(heard "$file")
check_eq "the lines, executed, make the same" "$saved" "$(adm -S -n)"

# ---- JSON lines ----

monitor "$file" --json
adm -R <<-EOT
	-C
	-A -t 10.0.0.9:80 -p
	-a -t 10.0.0.9:80 -r 10.0.0.2
	--set 0 0 302
EOT
poll 30 has "$file" 302 || :
stop TERM
check_eq "SIGTERM ends it with success" 0 "$status"
check_eq "an object a line; a transaction has one generation" "flush 0
service_new 0
dest_new 0
config_set 0" "$(heard "$file" | /usr/bin/python3 -c '
import json, sys
first = None
for line in sys.stdin:
	d = json.loads(line)
	first = d["generation"] if first is None else first
	print(d["event"], d["generation"] - first)')"
check_eq "what is set is told" "10.0.0.9 1 360 10.0.0.2 3" "$(heard "$file" | /usr/bin/python3 -c '
import json, sys
e = [json.loads(line) for line in sys.stdin]
print(e[1]["service"]["addr"], e[1]["service"]["flags"], e[1]["service"]["timeout"],
      e[2]["dest"]["addr"], e[2]["dest"]["method"])')"

# ---- more than its buffer holds while it cannot run ----

monitor "$file"
kill -STOP "$pid"
adm -C
{
	echo "-A -f 1"
	awk 'BEGIN {
		for (i = 0; i < 60000; i++)
			printf "-a -f 1 -r 10.%d.%d.%d -m\n", i / 40000, i / 200 % 200, i % 200 + 1
	}'
} | adm -R
kill -CONT "$pid"
check "lost events are said" poll 60 has "$file" '# events were lost: list again'
adm -A -f 77
check "and it goes on" poll 60 has "$file" '-A -f 77 -s wlc'
stop TERM
check_eq "ends with success" 0 "$status"

# ---- what is not there ----

rc=0
nsenter --net="/run/netns/$D" nfvsadm --monitor >/dev/full 2>"$file.err" &
pid=$!
is_gone()
{
	adm --set 0 "$((RANDOM + 1000))" 0
	! kill -0 "$pid" 2>/dev/null
}
poll 30 is_gone || :
wait "$pid" || rc=$?
check_eq "output that cannot be written ends it" "[1] cannot write to standard output" \
	"[$rc] $(<"$file.err")"
check_fails "an option that is none of its" 2 \
	"Illegal 'service-address' option with the 'monitor' command" adm --monitor -f 1
rm -f "$file" "$file.err"
finish
