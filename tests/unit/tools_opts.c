// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of nfvsadm: command lines to requests, and every usage error. */
#include "tools_unit.h"

#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

enum {
	WORDS_MAX = 32,
};

static int parse(const char *line, struct request *req, struct diag *diag)
{
	char *copy = strdup(line), *argv[WORDS_MAX + 1] = { "nfvsadm" };
	int n = parse_words(copy, argv + 1, WORDS_MAX);
	int ret;

	memset(diag, 0, sizeof(*diag));
	ret = request_parse(req, n + 1, argv, &model_resolver, diag);
	free(copy);
	return ret;
}

struct mistake {
	const char *line;
	int exit_code;
	const char *text;
};

/* What ipvsadm 1.31 itself says and exits with, its name replaced. */
static const struct mistake mistakes[] = {
	{ "-A", 2,
	  "You need to supply the 'service-address' option for the 'add-service' command" },
	{ "-A -t", 255,
	  "-t: missing argument" },
	{ "-A -t 10.0.0.1", 2,
	  "Zero port specified for non-persistent service" },
	{ "-A -t 10.0.0.1:80 -s", 255,
	  "-s: missing argument" },
	{ "-A -t 10.0.0.1:80 -D", 2,
	  "invalid option `-D'" },
	{ "-A --bogus", 255,
	  "--bogus: unknown option" },
	{ "--bogus", 255,
	  "Try `nfvsadm -h' or 'nfvsadm --help' for more information." },
	{ "-x", 255,
	  "Try `nfvsadm -h' or 'nfvsadm --help' for more information." },
	{ "-t 1.1.1.1:80", 255,
	  "Try `nfvsadm -h' or 'nfvsadm --help' for more information." },
	{ "foo", 255,
	  "Try `nfvsadm -h' or 'nfvsadm --help' for more information." },
	{ "-A foo", 2,
	  "unexpected argument foo" },
	{ "-A -t 10.0.0.1:http foo", 2,
	  "unexpected argument foo" },
	{ "-A -t 10.0.0.1:http -w 1", 2,
	  "Illegal 'weight' option with the 'add-service' command" },
	{ "-A -t 10.0.0.1:80 -u 10.0.0.1:80", 2,
	  "multiple 'service-address' options specified" },
	{ "-A -t 10.0.0.1:80 -s rr -s rr", 2,
	  "multiple 'scheduler' options specified" },
	{ "-A -t 10.0.0.1:80 -p 0", 2,
	  "invalid timeout value `0' specified" },
	{ "-A -t 10.0.0.1:80 -p abc", 2,
	  "invalid timeout value `abc' specified" },
	{ "-Ln foo", 2,
	  "unexpected argument foo" },
	{ "-A -f 0", 2,
	  "invalid fwmark value `0' specified" },
	{ "-A -f 4294967296", 2,
	  "invalid fwmark value `4294967296' specified" },
	{ "-A -f abc", 2,
	  "invalid fwmark value `abc' specified" },
	{ "-A -6 -f 1", 2,
	  "-6 used before -f\n" },
	{ "-a -t 1.1.1.1:80", 2,
	  "You need to supply the 'real-server' option for the 'add-server' command" },
	{ "-a -t 1.1.1.1:80 -r 2.2.2.2:90 -m -g", 2,
	  "multiple 'forwarding-method' options specified" },
	{ "-a -t 1.1.1.1:80 -r 2.2.2.2:90 -w -1", 2,
	  "illegal weight specified" },
	{ "-a -t 1.1.1.1:80 -r 2.2.2.2:90 -w 2147483648", 2,
	  "illegal weight specified" },
	{ "-a -t 1.1.1.1:80 -r 2.2.2.2:90 -w 0x10", 2,
	  "illegal weight specified" },
	{ "-a -t 1.1.1.1:80 -r 2.2.2.2:90 -x -1", 2,
	  "illegal u_threshold specified" },
	{ "-a -t 1.1.1.1:80 -r 2.2.2.2:90 -y z", 2,
	  "illegal l_threshold specified" },
	{ "-a -t 1.1.1.1:80 -r [::1]:80", 2,
	  "Different address family is allowed only for tunneling servers" },
	{ "-a -f 5 -6 -r 2.2.2.2:99 -m", 2,
	  "Different address family is allowed only for tunneling servers" },
	{ "-A -t 2001:db8::9:80", 2,
	  "Zero port specified for non-persistent service" },
	{ "-A -t [2001:db8::9]", 2,
	  "illegal virtual server address[:port] specified" },
	{ "-A -t [2001:db8::9]80", 2,
	  "illegal virtual server address[:port] specified" },
	{ "-A -t [2001:db8::9", 2,
	  "illegal virtual server address[:port] specified" },
	{ "-A -t 80", 2,
	  "illegal virtual server address[:port] specified" },
	{ "-A -t 1.2.3.4.5:80", 2,
	  "illegal virtual server address[:port] specified" },
	{ "-A -t 1.1.1.1:nosuch", 2,
	  "illegal virtual server address[:port] specified" },
	{ "-A -t 1.1.1.1:65536", 2,
	  "illegal virtual server address[:port] specified" },
	{ "-A -t 1.1.1.1:0x50", 2,
	  "illegal virtual server address[:port] specified" },
	{ "-A -t 1.1.1.1:", 2,
	  "illegal virtual server address[:port] specified" },
	{ "-A -u 1.1.1.1:http", 2,
	  "illegal virtual server address[:port] specified" },
	{ "--set", 2,
	  "--set option requires 3 timeout values" },
	{ "--set 1 2", 2,
	  "--set option requires 3 timeout values" },
	{ "--set 1 2 3 4", 2,
	  "unexpected argument 4" },
	{ "--set a 2 3", 2,
	  "invalid timeout value `a' specified" },
	{ "--set -1 2 3", 255,
	  "-1: unknown option" },
	{ "--set 99999999 2 3", 2,
	  "invalid timeout value `99999999' specified" },
	{ "--set 2678401 5 5", 2,
	  "invalid timeout value `2678401' specified" },
	{ "--set 3 -n 4 5", 2,
	  "Illegal 'numeric' option with the 'set' command" },
	{ "--set=3 4 5", 255,
	  "Try `nfvsadm -h' or 'nfvsadm --help' for more information." },
	{ "-Lc -n --stats", 2,
	  "options conflicts in the list command" },
	{ "-Lc -t 1.1.1.1:80", 2,
	  "The option 'service-address' conflicts with the 'connection' option in the 'list' command" },
	{ "-L --timeout --daemon", 2,
	  "The option 'daemon' conflicts with the 'timeout' option in the 'list' command" },
	{ "-Lc --timeout", 2,
	  "The option 'timeout' conflicts with the 'connection' option in the 'list' command" },
	{ "-L -t 1.1.1.1:80 --timeout", 2,
	  "The option 'timeout' conflicts with the 'service-address' option in the 'list' command" },
	{ "-L --timeout --stats", 2,
	  "options conflicts in the list command" },
	{ "-L --timeout --persistent-conn", 2,
	  "options conflicts in the list command" },
	{ "-L --daemon --rate", 2,
	  "options conflicts in the list command" },
	{ "-L -s rr", 2,
	  "Illegal 'scheduler' option with the 'list' command" },
	{ "-L -r 1.1.1.1", 2,
	  "Illegal 'real-server' option with the 'list' command" },
	{ "-L -n -n", 2,
	  "multiple 'numeric' options specified" },
	{ "-L --stats --stats", 2,
	  "multiple 'stats' options specified" },
	{ "-L --nosort --nosort", 2,
	  "multiple 'nosort' options specified" },
	{ "-L --sta", 255,
	  "--sta: unknown option" },
	{ "-L -n=3", 255,
	  "-n=3: option does not take an argument" },
	{ "-Ln=3", 255,
	  "-Ln=3: option does not take an argument" },
	{ "-L -nq", 255,
	  "-nq: unknown option" },
	{ "-C -n", 2,
	  "Illegal 'numeric' option with the 'flush' command" },
	{ "-C foo", 2,
	  "unexpected argument foo" },
	{ "-C -t 1.1.1.1:80", 2,
	  "Illegal 'service-address' option with the 'flush' command" },
	{ "-D", 2,
	  "You need to supply the 'service-address' option for the 'delete-service' command" },
	{ "-Z -n", 2,
	  "Illegal 'numeric' option with the 'zero' command" },
	{ "-Z -6", 2,
	  "-6 used before -f\n" },
	{ "-S -t 1.1.1.1:80", 2,
	  "Illegal 'service-address' option with the 'save' command" },
	{ "-S -n -n", 2,
	  "multiple 'numeric' options specified" },
	{ "-S --nosort", 2,
	  "Illegal 'nosort' option with the 'save' command" },
	{ "-S -h", 2,
	  "invalid option `-h'" },
	{ "-S foo", 2,
	  "unexpected argument foo" },
	{ "-R foo", 2,
	  "unexpected argument foo" },
	{ "-R -n", 2,
	  "Illegal 'numeric' option with the 'restore' command" },
	{ "-A -A", 2,
	  "invalid option `-A'" },
	{ "-L -L", 2,
	  "invalid option `-L'" },
	{ "-AD", 2,
	  "invalid option `-AD'" },
	{ "-At", 255,
	  "-At: missing argument" },
	{ "-ADt", 2,
	  "invalid option `-ADt'" },
	{ "--add --tcp-service 1.1.1.1:80", 255,
	  "Try `nfvsadm -h' or 'nfvsadm --help' for more information." },
	{ "-A -- -t 1.1.1.1:80", 2,
	  "unexpected argument -t" },
	{ "-A -t 1.1.1.1:80 -- x", 2,
	  "unexpected argument x" },
	{ "-A -", 2,
	  "unexpected argument -" },
	{ "-Aq", 255,
	  "-Aq: unknown option" },
	{ "-A -t 1.1.1.1:80 --weight", 255,
	  "--weight: missing argument" },
	{ "-A -t 1.1.1.1:80 --numeric=3", 255,
	  "--numeric=3: option does not take an argument" },
	{ "-A -t 1.1.1.1:80 --list", 2,
	  "invalid option `--list'" },
	{ "-A -t 1.1.1.1:80 --list=3", 255,
	  "--list=3: option does not take an argument" },
	{ "-A -t 1.1.1.1:80 -w=7", 2,
	  "Illegal 'weight' option with the 'add-service' command" },
	{ "-A -t 1.1.1.1:80 -ps rr", 2,
	  "invalid timeout value `s' specified" },
	{ "-a -t 1.1.1.1:80 -r foo.invalid", 2,
	  "illegal real server address[:port] specified" },
	{ "-a -t 1.1.1.1:80 -r 1", 2,
	  "illegal real server address[:port] specified" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2:", 2,
	  "illegal real server address[:port] specified" },
	{ "-d -t 1.1.1.1:80", 2,
	  "You need to supply the 'real-server' option for the 'delete-server' command" },
	{ "-d -t 1.1.1.1:80 -r 1.1.1.2 -w 5", 2,
	  "Illegal 'weight' option with the 'delete-server' command" },
	{ "-d -t 1.1.1.1:80 -r 1.1.1.2 -m", 2,
	  "Illegal 'forwarding-method' option with the 'delete-server' command" },
	{ "-E -t 1.1.1.1:80 -o", 2,
	  "One-Packet Scheduling is only for UDP virtual services" },
	{ "-A -t 1.1.1.1:80 -M foo", 2,
	  "illegal virtual server persistent mask specified" },
	{ "-A -t [::1]:80 -M 129", 2,
	  "illegal ipv6 netmask specified" },
	{ "-A -t [::1]:80 -M x", 2,
	  "illegal ipv6 netmask specified" },
	{ "-A -t 1.1.1.1:80 -b foo", 2,
	  "invalid scheduler flag `foo'" },
	{ "-A -t 1.1.1.1:80 -s sh -b mh-port", 2,
	  "incompatible scheduler flag `mh-port'" },
	{ "-A -t 1.1.1.1:80 -b flag-1,foo", 2,
	  "invalid scheduler flag `foo'" },
	{ "-a -s rr -w 3", 2,
	  "You need to supply the 'service-address' option for the 'add-server' command" },
	{ "-a -s rr -t 1.1.1.1:80", 2,
	  "Illegal 'scheduler' option with the 'add-server' command" },
	{ "-E -w 3", 2,
	  "You need to supply the 'service-address' option for the 'edit-service' command" },
	{ "-E -t 1.1.1.1:0", 2,
	  "Zero port specified for non-persistent service" },
	{ "-L --mcast-group=224.0.0.1", 2,
	  "Illegal 'mcast-group' option with the 'list' command" },
	{ "--start-daemon", 255,
	  "Try `nfvsadm -h' or 'nfvsadm --help' for more information." },
	{ "--start-daemon foo", 2,
	  "illegal start-daemon parameter specified" },
	{ "--start-daemon -t", 2,
	  "illegal start-daemon parameter specified" },
	{ "--start-daemon master -n", 2,
	  "Illegal 'numeric' option with the 'start-daemon' command" },
	{ "--start-daemon master --syncid 256", 2,
	  "illegal syncid specified" },
	{ "--start-daemon master --sync-maxlen 0", 2,
	  "illegal sync-maxlen specified" },
	{ "--start-daemon master --mcast-group 1.1.1.1", 2,
	  "invalid IPv4 mcast-group `1.1.1.1'" },
	{ "--start-daemon master --mcast-group foo", 2,
	  "invalid IPv4 mcast-group `foo'" },
	{ "--start-daemon master --mcast-group ff02::zz", 2,
	  "invalid IPv6 mcast-group `ff02::zz'" },
	{ "--start-daemon master --mcast-group ::5", 2,
	  "invalid IPv6 mcast-group `::5'" },
	{ "--start-daemon master --mcast-port 0", 2,
	  "illegal mcast-port specified" },
	{ "--start-daemon master --mcast-ttl 0", 2,
	  "illegal mcast-ttl specified" },
	{ "--stop-daemon master --mcast-ttl 4", 2,
	  "Illegal 'mcast-ttl' option with the 'stop-daemon' command" },
	{ "--stop-daemon foo", 2,
	  "illegal start_daemon specified" },
	{ "-A -f 5 -f 6", 2,
	  "multiple 'service-address' options specified" },
	{ "-A -t 1.1.1.1:80 --weight=", 2,
	  "illegal weight specified" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.1 --syncid 300", 2,
	  "illegal syncid specified" },
	{ "-A -t 1.1.1.1:80 -p 2678401", 2,
	  "invalid timeout value `2678401' specified" },
	{ "-A -t 1.1.1.1:80 -M 255.255.255.256", 2,
	  "illegal virtual server persistent mask specified" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 --tun-type ipip", 2,
	  "Tunnel options conflict with forward method" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -i --tun-type foo", 2,
	  "illegal tunnel type specified" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -i --tun-type gue", 2,
	  "You need to supply the 'tun-port' option for the 'gue' tunnel type" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -i --tun-port 5", 2,
	  "Illegal 'tun-port' option with the 'ipip' tunnel type" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -m --tun-port 5", 2,
	  "Tunnel options conflict with forward method" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -i --tun-csum", 2,
	  "Illegal 'tun-csum' option with the 'ipip' tunnel type" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -i --tun-type gre --tun-remcsum", 2,
	  "Illegal 'tun-remcsum' option with the 'gre' tunnel type" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -i --tun-type gre --tun-csum --tun-nocsum", 2,
	  "The option 'tun-csum' conflicts with the 'tun-nocsum' option in the 'gre' tunnel type" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -i --tun-csum --tun-nocsum", 2,
	  "Illegal 'tun-nocsum' option with the 'ipip' tunnel type" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -i --tun-type gue --tun-port 0", 2,
	  "illegal tunnel port specified" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -r 1.1.1.2", 2,
	  "multiple 'real-server' options specified" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -p 5", 2,
	  "Illegal 'persistent' option with the 'add-server' command" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -x 5 -x 6", 2,
	  "multiple 'u-threshold' options specified" },
	{ "-L --help", 2,
	  "invalid option `--help'" },
	{ "-L -6", 2,
	  "-6 used before -f\n" },
	{ "-L -v", 2,
	  "invalid option `-v'" },
	{ "-L --thresholds --exact -X", 2,
	  "multiple 'exact' options specified" },
	{ "-A -f 5x", 2,
	  "invalid fwmark value `5x' specified" },
	{ "-A -t 1.1.1.1:80 -6", 2,
	  "-6 used before -f\n" },
	{ "-A --ipv6", 2,
	  "-6 used before -f\n" },
	{ "-A -t 1.1.1.1:80 --syncid=3", 2,
	  "Illegal 'syncid' option with the 'add-service' command" },
	{ "-A -f 1 --json", 2,
	  "Illegal 'json' option with the 'add-service' command" },
	{ "-S --json", 2,
	  "Illegal 'json' option with the 'save' command" },
	{ "-L --replace", 2,
	  "Illegal 'replace' option with the 'list' command" },
	{ "--monitor -t 1.1.1.1:80", 2,
	  "Illegal 'service-address' option with the 'monitor' command" },
	{ "-d -f 4 -6 -r ::1 --tun-type=gre", 2,
	  "Illegal 'tun-type' option with the 'delete-server' command" },
};

START_TEST(test_mistakes)
{
	const struct mistake *m = &mistakes[_i];
	struct request req;
	struct diag diag;
	int ret = parse(m->line, &req, &diag);

	ck_assert_msg(ret == -1, "%d: %s: accepted", _i, m->line);
	ck_assert_msg(!strcmp(diag.text, m->text), "%d: %s: got: %s", _i,
		      m->line, diag.text);
	ck_assert_msg(diag.exit_code == m->exit_code, "%d: %s: exit %d", _i,
		      m->line, diag.exit_code);
}
END_TEST

struct later {
	const char *line;
	const char *option;
};

/* Correct for ipvsadm, refused by us until it works. */
static const struct later laters[] = {
	{ "-A --sctp-service 1.1.1.1:80", "sctp-service" },
	{ "-L --sctp-service 1.1.1.1:80", "sctp-service" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -i --tun-type gre", "tun-type" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -i --tun-type gre --tun-csum", "tun-csum" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 -i --tun-type gue --tun-port 5", "tun-port" },
	{ "--start-daemon master", "start-daemon" },
	{ "--start-daemon backup --mcast-interface eth1", "start-daemon" },
	{ "--stop-daemon backup", "stop-daemon" },
};

START_TEST(test_laters)
{
	const struct later *l = &laters[_i];
	struct request req;
	struct diag diag;
	char text[128];

	snprintf(text, sizeof(text),
		 "nfvsadm: option `--%s' is not supported yet", l->option);
	ck_assert_msg(parse(l->line, &req, &diag) == -1, "%d: %s: accepted", _i,
		      l->line);
	ck_assert_msg(!strcmp(diag.text, text), "%d: %s: got: %s", _i, l->line,
		      diag.text);
	ck_assert_int_eq(diag.exit_code, 2);
}
END_TEST

/* One line of text per request, to compare with. */
static void describe(const struct request *req, char *buf, size_t size)
{
	char svc[NAMES_MAX], dest[NAMES_MAX];
	const struct nfvs_op *op = &req->op;

	names_endpoint(&names_numeric, op->svc.af, &op->svc.addr, op->svc.port,
		       op->svc.proto, svc, sizeof(svc));
	names_endpoint(&names_numeric, op->dest.af, &op->dest.addr,
		       op->dest.port, op->svc.proto, dest, sizeof(dest));
	snprintf(buf, size, "%d %d %s %s f%u %s > %s m%u w%u x%u y%u t%u,%u,%u",
		 op->cmd, op->has_service,
		 op->svc.proto ? names_proto(op->svc.proto) : "-", svc,
		 op->svc.fwmark, op->svc.sched[0] ? op->svc.sched : "-", dest,
		 op->dest.method, op->dest.weight, op->dest.upper,
		 op->dest.lower, op->config.tcp, op->config.tcp_fin,
		 op->config.udp);
}

struct good {
	const char *line;
	enum command cmd;
	uint8_t op;
	const char *rest;
};

#define NO_DEST		" > 0.0.0.0:0 m3 w1 x0 y0 t0,0,0"

static const struct good goods[] = {
	{ "", CMD_LIST, 0, "0 - 0.0.0.0:0 f0 -" NO_DEST },
	{ "-A -t 10.0.0.1:80", CMD_ADD, NFVS_CMD_NEW_SERVICE,
	  "1 TCP 10.0.0.1:80 f0 wlc" NO_DEST },
	{ "-At 10.0.0.1:http -srr", CMD_ADD, NFVS_CMD_NEW_SERVICE,
	  "1 TCP 10.0.0.1:80 f0 rr" NO_DEST },
	{ "--add-service --udp-service=db1:domain --scheduler=lc", CMD_ADD,
	  NFVS_CMD_NEW_SERVICE, "1 UDP 10.0.0.7:53 f0 lc" NO_DEST },
	{ "-E -t [2001:db8::1]:443 -s=wrr --sort", CMD_EDIT,
	  NFVS_CMD_SET_SERVICE, "1 TCP [2001:db8::1]:443 f0 wrr" NO_DEST },
	{ "-E -u 1.2:5 --scheduler=", CMD_EDIT, NFVS_CMD_SET_SERVICE,
	  "1 UDP 1.0.0.2:5 f0 wlc" NO_DEST },
	{ "-A -f 4294967295 -6", CMD_ADD, NFVS_CMD_NEW_SERVICE,
	  "1 - [::]:0 f4294967295 wlc" NO_DEST },
	{ "-D -u 1.2:5", CMD_DEL, NFVS_CMD_DEL_SERVICE,
	  "1 UDP 1.0.0.2:5 f0 -" NO_DEST },
	{ "-C", CMD_FLUSH, NFVS_CMD_FLUSH, "0 - 0.0.0.0:0 f0 -" NO_DEST },
	{ "--clear --", CMD_FLUSH, NFVS_CMD_FLUSH,
	  "0 - 0.0.0.0:0 f0 -" NO_DEST },
	{ "-a -t 1.1.1.1:80 -r 2.2.2.2", CMD_ADD_DEST, NFVS_CMD_NEW_DEST,
	  "1 TCP 1.1.1.1:80 f0 - > 2.2.2.2:80 m3 w1 x0 y0 t0,0,0" },
	/* Only NAT changes ports. */
	{ "-a -t 1.1.1.1:80 -r 2.2.2.2:90", CMD_ADD_DEST, NFVS_CMD_NEW_DEST,
	  "1 TCP 1.1.1.1:80 f0 - > 2.2.2.2:80 m3 w1 x0 y0 t0,0,0" },
	{ "-a -t 1.1.1.1:80 -r 2.2.2.2:90 -m -w 0 -x 9 -y 5", CMD_ADD_DEST,
	  NFVS_CMD_NEW_DEST,
	  "1 TCP 1.1.1.1:80 f0 - > 2.2.2.2:90 m0 w0 x9 y5 t0,0,0" },
	{ "-a -t 1.1.1.1:80 -r 2.2.2.2 -m", CMD_ADD_DEST, NFVS_CMD_NEW_DEST,
	  "1 TCP 1.1.1.1:80 f0 - > 2.2.2.2:80 m0 w1 x0 y0 t0,0,0" },
	{ "-e -t 1.1.1.1:80 -r [::2]:90 -i -w 2147483647 --tun-type ipip",
	  CMD_EDIT_DEST, NFVS_CMD_SET_DEST,
	  "1 TCP 1.1.1.1:80 f0 - > [::2]:80 m2 w2147483647 x0 y0 t0,0,0" },
	{ "-a -f 5 -r 2.2.2.2:99 -g", CMD_ADD_DEST, NFVS_CMD_NEW_DEST,
	  "1 - 0.0.0.0:0 f5 - > 2.2.2.2:99 m3 w1 x0 y0 t0,0,0" },
	{ "-a -f 5 -6 -r ::2", CMD_ADD_DEST, NFVS_CMD_NEW_DEST,
	  "1 - [::]:0 f5 - > [::2]:0 m3 w1 x0 y0 t0,0,0" },
	/* The port of a service that comes later is not known yet. */
	{ "-a -r 2.2.2.2 -t 1.1.1.1:80 -m", CMD_ADD_DEST, NFVS_CMD_NEW_DEST,
	  "1 TCP 1.1.1.1:80 f0 - > 2.2.2.2:0 m0 w1 x0 y0 t0,0,0" },
	{ "-d -t 1.1.1.1:80 -r 2.2.2.2:99", CMD_DEL_DEST, NFVS_CMD_DEL_DEST,
	  "1 TCP 1.1.1.1:80 f0 - > 2.2.2.2:99 m3 w1 x0 y0 t0,0,0" },
	{ "-d -t 1.1.1.1:80 -r 2.2.2.2", CMD_DEL_DEST, NFVS_CMD_DEL_DEST,
	  "1 TCP 1.1.1.1:80 f0 - > 2.2.2.2:80 m3 w1 x0 y0 t0,0,0" },
	{ "-Z", CMD_ZERO, NFVS_CMD_ZERO, "0 - 0.0.0.0:0 f0 -" NO_DEST },
	{ "-Z -t 1.1.1.1:80", CMD_ZERO, NFVS_CMD_ZERO,
	  "1 TCP 1.1.1.1:80 f0 -" NO_DEST },
	{ "--set 1 0 2678400", CMD_SET, NFVS_CMD_SET_CONFIG,
	  "0 - 0.0.0.0:0 f0 - > 0.0.0.0:0 m3 w1 x0 y0 t1,0,2678400" },
	{ "-Ln -t 1.1.1.1:80 --stats --rate --nosort -X", CMD_LIST, 0,
	  "1 TCP 1.1.1.1:80 f0 -" NO_DEST },
	{ "-l --timeout --exact", CMD_LIST, 0, "0 - 0.0.0.0:0 f0 -" NO_DEST },
	{ "-Lcn --persistent-conn --exact", CMD_LIST, 0,
	  "0 - 0.0.0.0:0 f0 -" NO_DEST },
	{ "-L --counters", CMD_LIST, 0, "0 - 0.0.0.0:0 f0 -" NO_DEST },
	{ "-S -n", CMD_SAVE, 0, "0 - 0.0.0.0:0 f0 -" NO_DEST },
	{ "-R", CMD_RESTORE, 0, "0 - 0.0.0.0:0 f0 -" NO_DEST },
	{ "-h --bogus", CMD_HELP, 0, NULL },
	{ "-vn", CMD_VERSION, 0, NULL },
};

START_TEST(test_goods)
{
	const struct good *g = &goods[_i];
	char wanted[512], got[3 * NAMES_MAX];
	struct request req;
	struct diag diag;

	ck_assert_msg(!parse(g->line, &req, &diag), "%d: %s: %s", _i, g->line,
		      diag.text);
	ck_assert_msg(req.cmd == g->cmd, "%d: %s: command %d", _i, g->line,
		      req.cmd);
	if (!g->rest)
		return;
	snprintf(wanted, sizeof(wanted), "%d %s", g->op, g->rest);
	describe(&req, got, sizeof(got));
	ck_assert_msg(!strcmp(wanted, got), "%d: %s:\nwanted %s\ngot    %s", _i,
		      g->line, wanted, got);
}
END_TEST

START_TEST(test_counters_are_alone)
{
	struct request req;
	struct diag diag;

	ck_assert_int_eq(parse("-L --counters -c", &req, &diag), -1);
	ck_assert_str_eq(diag.text,
			 "The option 'counters' conflicts with the 'connection' option in the 'list' command");
	ck_assert_int_eq(parse("-L --counters --stats", &req, &diag), -1);
	ck_assert_str_eq(diag.text, "options conflicts in the list command");
	ck_assert_int_eq(parse("-A --counters -t 1.1.1.1:80", &req, &diag), -1);
	ck_assert_str_eq(diag.text,
			 "Illegal 'counters' option with the 'add-service' command");
}
END_TEST

Suite *tools_opts_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *tcase = tcase_create("options");

	tcase_add_loop_test(tcase, test_mistakes, 0, ARRAY_SIZE(mistakes));
	tcase_add_loop_test(tcase, test_laters, 0, ARRAY_SIZE(laters));
	tcase_add_loop_test(tcase, test_goods, 0, ARRAY_SIZE(goods));
	tcase_add_test(tcase, test_counters_are_alone);
	suite_add_tcase(suite, tcase);
	return suite;
}
