#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: noload
# nfvs: kernels 6.1 6.12
# With "make install-dropin" everything that asks for ip_vs is given nf_vs: modprobe by
# hand, the schedulers, ipvsadm, and the kernel itself when the netlink family is asked for.
# Without it ip_vs is loaded as ever. ip_vs does not come beside an nf_vs that has its names.
set -euo pipefail
# shellcheck source=tests/net/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
: "${NFVS_REF:+$(skip_all 'is about both')}"

CONF=/etc/modprobe.d/nf_vs-dropin.conf
SCHEDULERS=(rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh twos)

loaded()
{
	sed -n 's/^\(ip_vs[a-z_]*\|nf_vs\) .*/\1/p' /proc/modules | sort | xargs
}

target()
{
	make -s --no-print-directory -C "$NFVS_TOP" "$1"
}

unload()
{
	modprobe -r "$@" 2>/dev/null || :
}

plan 18
# The kernel's modules are read-only here; and depmod takes a minute for all of them. The
# kernel runs modprobe outside of any namespace of ours.
modules=/lib/modules/$(uname -r)
some=$(mktemp -d)
mount -t tmpfs tmpfs "$some"
{ modprobe -a --show-depends xt_ipvs nf_conntrack "${SCHEDULERS[@]/#/ip_vs_}" 2>/dev/null || :; } |
	sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | xargs cp --parents -t "$some"
find "$modules" -maxdepth 1 \( -name modules.order -o -name 'modules.builtin*' \) \
	-exec cp --parents -t "$some" {} +
mount --bind "$some$modules" "$modules"
restore()
{
	local rc=$?

	rm -f "$CONF"
	umount "$modules" "$some"
	rmdir "$some"
	return "$rc"
}
trap 'restore; on_exit' EXIT
install -D -m 644 "$NFVS_BUILD/nf_vs.ko" "$modules/updates/nf_vs.ko"
depmod

ipvsadm -L -n >/dev/null
check_eq "installed alone it changes nothing: ipvsadm loads ip_vs" ip_vs "$(loaded)"
unload ip_vs

target install-dropin
check "the file is there" test -s "$CONF"
ipvsadm -A -t 10.0.0.1:80 -s wlc
check_eq "ipvsadm loads nf_vs" nf_vs "$(loaded)"
check_match "which has the service" '*10.0.0.1:80 wlc*' "$(nfvsadm -L -n)"
for sched in "${SCHEDULERS[@]}"; do
	modprobe "ip_vs_$sched" || echo "$sched"
done >"${TMPDIR:-/tmp}/missing"
check_eq "modprobe of the schedulers" "" "$(<"${TMPDIR:-/tmp}/missing")"
check_eq "loads no ip_vs" nf_vs "$(loaded)"
unload nf_vs

modprobe ip_vs
check_eq "modprobe ip_vs loads nf_vs" nf_vs "$(loaded)"
unload ip_vs
check_eq "modprobe -r ip_vs unloads it" "" "$(loaded)"
modprobe -va ip_vs ip_vs_rr ip_vs_sh nf_conntrack >/dev/null
check_eq "several at once" nf_vs "$(loaded)"
unload nf_vs
# The kernel's own request, for who does not run modprobe.
ipvs_raw </dev/null >/dev/null 2>&1 || :
check_eq "the kernel loads it for the netlink family" nf_vs "$(loaded)"

dmesg -C
check_fails "what depends on ip_vs itself is refused" 1 'busy' modprobe xt_ipvs
check_eq "without ip_vs" nf_vs "$(loaded)"
check_match "and said why" '*nf_vs: ip_vs is not loaded beside nf_vs*' "$(dmesg)"
unload nf_vs
insmod "$modules/updates/nf_vs.ko" compat=0
check "but with compat=0" modprobe xt_ipvs
check_eq "both are there" "ip_vs nf_vs" "$(loaded)"
unload xt_ipvs
unload nf_vs
check_eq "and go" "" "$(loaded)"

target uninstall-dropin
check_eq "uninstalled" "" "$(find "$CONF" 2>/dev/null || :)"
modprobe ip_vs_rr
check_eq "ip_vs as ever" "ip_vs ip_vs_rr" "$(loaded)"
unload ip_vs_rr ip_vs
finish
