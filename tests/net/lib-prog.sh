# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Real programs on the real servers: nginx and PostgreSQL in network namespaces.
#
# To be sourced, in a guest.  A server is named by its namespace.  Everything
# lives in $PROG_DIR and ends with prog_stop; the cluster that PostgreSQL serves
# was made on the host by tests/prepare-pg.

PROG_DIR=${PROG_DIR:-/run/nfvs-prog}
PROG_PG_BIN=$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1)
PROG_PG_BIN=${PROG_PG_BIN%/postgres}

# prog_wait SECONDS COMMAND...: until the command succeeds
prog_wait()
{
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		if [[ $SECONDS -ge $end ]]; then
			echo "prog_wait: still failing: $*" >&2
			return 1
		fi
		sleep 0.1
	done
}

# nginx_start NAMESPACE TEXT [PORT]: a web server whose every answer is TEXT
nginx_start()
{
	local ns=$1 text=$2 port=${3:-80} dir=$PROG_DIR/nginx-$1

	mkdir -p "$dir"
	cat >"$dir/conf" <<-CONF
	worker_processes 1;
	pid $dir/pid;
	error_log $dir/error.log;
	events { worker_connections 512; }
	http {
		access_log off;
		client_body_temp_path $dir/body;
		proxy_temp_path $dir/proxy;
		fastcgi_temp_path $dir/fastcgi;
		uwsgi_temp_path $dir/uwsgi;
		scgi_temp_path $dir/scgi;
		server {
			listen $port;
			listen [::]:$port;
			default_type text/plain;
			location / { return 200 "$text\\n"; }
		}
	}
	CONF
	# It returns when it listens and has gone to the background.
	ip netns exec "$ns" nginx -p "$dir" -c "$dir/conf" -e "$dir/error.log"
}

# pg_user COMMAND...: PostgreSQL refuses to run as root
pg_user()
{
	setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"
}

# pg_start NAMESPACE NAME [PORT]: a cluster of its own; "SHOW cluster_name" tells
# which one answers.  Call pg_wait before use, so that several start at once.
pg_start()
{
	local ns=$1 name=$2 port=${3:-5432} dir=$PROG_DIR/pg-$1 tar

	tar=$(find "$NFVS_TOP/build/pg" -name 'cluster-*.tar' | head -n 1)
	if [[ -z $PROG_PG_BIN || -z $tar ]]; then
		echo "pg_start: no PostgreSQL or no cluster: run tests/prepare-pg on the host" >&2
		return 1
	fi
	mkdir -p "$dir"
	tar -C "$dir" -xf "$tar" --owner=postgres --group=postgres --no-same-owner
	chown -R postgres:postgres "$dir"
	ip netns exec "$ns" setpriv --reuid=postgres --regid=postgres --clear-groups -- \
		"$PROG_PG_BIN/postgres" -D "$dir/data" -p "$port" -c cluster_name="$name" \
		-c unix_socket_directories="$dir" </dev/null >"$dir/log" 2>&1 &
	echo $! >"$dir/pid"
}

# pg_wait NAMESPACE [PORT]: until that server answers queries
pg_wait()
{
	local dir=$PROG_DIR/pg-$1

	prog_wait 120 pg_query "$dir" "${2:-5432}" 'SELECT 1' || {
		cat "$dir/log" >&2
		return 1
	}
}

# pg_query HOST PORT SQL: bare values; run it with "ip netns exec" as a client
pg_query()
{
	PGCONNECT_TIMEOUT=5 psql -h "$1" -p "$2" -U postgres -qAtX -c "$3" postgres
}

# pg_bench NAMESPACE HOST ARG...: pgbench as a client in the namespace
pg_bench()
{
	local ns=$1 host=$2

	shift 2
	PGCONNECT_TIMEOUT=5 ip netns exec "$ns" \
		"$PROG_PG_BIN/pgbench" -h "$host" -U postgres -n "$@" postgres
}

# Ends all servers; the sleep-free way is to wait for the processes to vanish.
prog_stop()
{
	local file pid sig

	for file in "$PROG_DIR"/nginx-*/pid "$PROG_DIR"/pg-*/data/postmaster.pid; do
		[[ -e $file ]] || continue
		sig=QUIT
		[[ $file == *nginx* ]] && sig=TERM
		read -r pid <"$file" || continue
		kill -"$sig" "$pid" 2>/dev/null || :
		prog_wait 10 prog_gone "$pid" || kill -9 "$pid" 2>/dev/null || :
	done
	rm -rf "$PROG_DIR"
}

prog_gone()
{
	! kill -0 "$1" 2>/dev/null
}
