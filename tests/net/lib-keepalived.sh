# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# To be sourced after lib-vs.sh and lib-prog.sh: an unmodified keepalived on the
# director, and what it has made of its configuration.

KEEPALIVED_DIR=${TMPDIR:-/tmp}/keepalived.$$
keepalived_pid=

# keepalived_conf: standard input becomes the configuration
keepalived_conf()
{
	mkdir -p "$KEEPALIVED_DIR"
	cat >"$KEEPALIVED_DIR/conf"
}

# keepalived_start [ARGUMENT...]: with "--check" without VRRP
keepalived_start()
{
	(exec nsenter --net="/run/netns/$D" \
		keepalived --dont-fork --log-console --log-detail "$@" \
		--use-file "$KEEPALIVED_DIR/conf" --pid "$KEEPALIVED_DIR/pid" \
		--checkers_pid "$KEEPALIVED_DIR/checkers" --vrrp_pid "$KEEPALIVED_DIR/vrrp" \
		>>"$KEEPALIVED_DIR/log" 2>&1) &
	keepalived_pid=$!
	server_pids+=("$keepalived_pid")
}

keepalived_reload()
{
	kill -HUP "$keepalived_pid"
}

# keepalived_stop: returns when it is gone; fails when it does not go
keepalived_stop()
{
	kill -TERM "$keepalived_pid"
	prog_wait 20 prog_gone "$keepalived_pid"
}

# keepalived_log: for a test that failed
keepalived_log()
{
	note "$(tail -n 60 "$KEEPALIVED_DIR/log")"
}

# rules [SERVICE...]: a line per service, "TCP 10.0.0.100:80 rr rs1/1 rs2/0", servers with
# their weights; sorted
rules()
{
	local -a f
	local line='' name

	{
		while read -ra f; do
			case ${f[0]-} in
			TCP|UDP|FWM)
				echo "$line"
				line="${f[*]}"
				;;
			'->')
				[[ ${f[3]-} =~ ^[0-9]+$ ]] || continue
				name=$(server_name "${f[1]%:*}")
				line+=" $name/${f[3]}"
				;;
			esac
		done < <(in_ns "$D" ipvsadm -L -n "$@")
		echo "$line"
	} | sort | sed '/^$/d'
}
