#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The files of net.ipv4.vs: each has its default, shows what it accepted, refuses what
# ip_vs refuses in the same way, and is a namespace's own.
#
#   C -- D -- R1
set -euo pipefail
# shellcheck source=tests/net/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

VS=/proc/sys/net/ipv4/vs
PLAIN='0=0 1=1 -5=-5 2147483647=2147483647 -2147483648=-2147483648 2147483648!EINVAL x!EINVAL'
MODE='1=1 0=0 3=3 2=1 4!EINVAL -1!EINVAL x!EINVAL'

# NAME DEFAULT WRITES: written=shown or written!errno; _ is a space. A default of + is
# a number above 0.
FILES=(
"amemthresh 1024 $PLAIN"
"am_droprate 10 $PLAIN"
"drop_entry 0 $MODE"
"drop_packet 0 $MODE"
"secure_tcp 0 $MODE"
"conntrack 0 $PLAIN"
"snat_reroute 1 $PLAIN"
"sync_version 1 0=0 1=1 2!EINVAL -1!EINVAL x!EINVAL"
"sync_ports 1 2=2 64=64 128=128 0!EINVAL 3!EINVAL -1!EINVAL x!EINVAL"
"sync_persist_mode 0 $PLAIN"
"sync_qlen_max + 0=0 1=1 4294967296=4294967296 x!EINVAL"
"sync_sock_size 0 $PLAIN"
"cache_bypass 0 $PLAIN"
"expire_nodest_conn 0 $PLAIN"
"sloppy_tcp 0 $PLAIN"
"sloppy_sctp 0 $PLAIN"
"expire_quiescent_template 0 $PLAIN"
"sync_threshold 3_50 4=4_50 5_60=5_60 7_8_9=7_8 0_0=0_0 9_0=9_0 0_1=0_1 5_5!EINVAL 6_5!EINVAL -1_5!EINVAL 1_-5!EINVAL x!EINVAL"
"sync_refresh_period 0 0=0 10=10 x!EINVAL"
"sync_retries 0 3=3 0=0 4!EINVAL -1!EINVAL x!EINVAL"
"nat_icmp_send 0 $PLAIN"
"pmtu_disc 1 $PLAIN"
"backup_only 0 $PLAIN"
"conn_reuse_mode 1 $PLAIN"
"schedule_icmp 0 $PLAIN"
"ignore_tunneled 0 $PLAIN"
"run_estimation 1 0=0 2=2 -1=-1 2147483648!EINVAL x!EINVAL"
"est_cpulist 0 _= 0=0 1000000!ERANGE x!EINVAL"
"est_nice 0 -20=-20 19=19 0=0 -21!EINVAL 20!EINVAL x!EINVAL"
)
# Not to be there: only with their schedulers, or only in kernels built for debugging.
ABSENT='debug_level lblc_expiration lblcr_expiration'

# ip_vs has the last three only in later kernels; nf_vs has the same set on all.
FOREIGN='sync_qlen_max sync_sock_size'
rows=()
names=
for row in "${FILES[@]}"; do
	[[ -z ${NFVS_REF:-} || -e $VS/${row%% *} ]] || continue
	rows+=("$row")
	names+="${row%% *} "
	case $row in run_estimation*|est_*) FOREIGN+=" ${row%% *}" ;; esac
done
names=${names% }

plan $((${#rows[@]} + 5))
topo_create 1 nat

# What the inner shell prints for each row: the default, then what came of each write.
cat >/run/sysctl-inner <<'INNER'
cd "$1"
shift
show()
{
	IFS= read -r text <"$1" || text=
	text=${text//[$'\t ']/_}
}
for row; do
	read -r name default writes <<<"$row"
	show "$name"
	[[ $default != + || ! $text =~ ^[1-9][0-9]*$ ]] || text=+
	out="$name $text"
	show "$name"
	for write in $writes; do
		value=${write%%[=!]*}
		before=$text
		if { echo "${value//_/ }" >"$name"; } 2>/run/sysctl-err; then
			show "$name"
			out+=" $value=$text"
			continue
		fi
		err=$(</run/sysctl-err)
		case $err in
		*'Invalid argument') err=EINVAL ;;
		*'out of range') err=ERANGE ;;
		esac
		show "$name"
		[[ $text == "$before" ]] || err+=" and it changed"
		out+=" $value!$err"
	done
	echo "$out"
done
INNER

check_eq "the files" "$(tr ' ' '\n' <<<"$names" | sort)" "$(in_ns "$D" ls "$VS")"
present=
for name in $ABSENT; do
	[[ ! -e $VS/$name ]] || present+="$name "
done
check_eq "those of what is not there" '' "$present"

i=0
while IFS= read -r line; do
	check_eq "${line%% *}" "${rows[i]}" "$line"
	i=$((i + 1))
done < <(in_ns "$D" bash /run/sysctl-inner $VS "${rows[@]}")

# Each file of D has been written to; its neighbour's has not.
defaults()
{
	local name value

	while read -r name value _; do
		echo "$name $value"
	done
}
check_eq "other namespaces have their own" "$(printf '%s\n' "${rows[@]}" | defaults)" \
	"$(in_ns "$R1" bash /run/sysctl-inner $VS "${rows[@]}" | defaults)"

modes()
{
	unshare --user --map-root-user --net stat -c '%a %n' "$VS"/* |
		while read -r mode name; do echo "$mode ${name##*/}"; done
}
check_eq "whoever made himself a user namespace cannot take what is the host's" "$(
	tr ' ' '\n' <<<"$FOREIGN" | sort)" "$(modes | sed -n 's/^444 //p' | sort)"
check_eq "the rest is his" "$(tr ' ' '\n' <<<"$names" | grep -vxF "$(tr ' ' '\n' <<<"$FOREIGN")" |
	sort)" "$(modes | sed -n 's/^644 //p' | sort)"
finish
