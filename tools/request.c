// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: words to a checked request; mistakes are named as ipvsadm does. */
#include "request.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "opts.h"

enum {
	TIMEOUT_MAX = 31 * 24 * 3600,	/* seconds */
	SYNC_MAXLEN_MAX = 65535 - 20 - 8,
};

/* What is checked now and used by a later version only. */
struct later {
	const char *sched_flags;
	const char *tun_type;
	int64_t number;
};

/* One parse: the request and what it needs while it is being built. */
struct builder {
	struct request *req;
	struct diag *diag;
	const struct resolver *resolver;
	const char *prog;
	struct opt_scan scan;
	struct later later;
};

int diag_set(struct diag *diag, int exit_code, const char *fmt, ...)
{
	va_list ap;

	diag->exit_code = exit_code;
	va_start(ap, fmt);
	vsnprintf(diag->text, sizeof(diag->text), fmt, ap);
	va_end(ap);
	return -1;
}

static int usage(struct builder *b, const char *text)
{
	return diag_set(b->diag, EXIT_USAGE, "%s", text);
}

static int number(struct builder *b, int64_t min, int64_t max, int64_t *value,
		  const char *text)
{
	if (!parse_number(b->scan.arg, min, max, value))
		return usage(b, text);
	return 0;
}

static int u32(struct builder *b, uint32_t *to, const char *text)
{
	int64_t value;

	if (number(b, 0, INT_MAX, &value, text))
		return -1;
	*to = (uint32_t)value;
	return 0;
}

static int timeout(struct builder *b, const char *text, int64_t min,
		   uint32_t *to)
{
	int64_t value;

	if (!parse_number(text, min, TIMEOUT_MAX, &value))
		return diag_set(b->diag, EXIT_USAGE,
				"invalid timeout value `%s' specified", text);
	*to = (uint32_t)value;
	return 0;
}

static int fwmark(struct builder *b)
{
	struct nfvs_service *svc = &b->req->op.svc;
	int64_t value;

	if (!parse_number(b->scan.arg, 1, UINT32_MAX, &value))
		return diag_set(b->diag, EXIT_USAGE,
				"invalid fwmark value `%s' specified",
				b->scan.arg);
	svc->fwmark = (uint32_t)value;
	svc->proto = 0;
	return 0;
}

static int service(struct builder *b, int proto)
{
	struct nfvs_service *svc = &b->req->op.svc;
	struct endpoint endpoint;

	if (!proto)
		return fwmark(b);
	svc->proto = (uint8_t)proto;
	if (!parse_endpoint(b->scan.arg, svc->proto, b->resolver, &endpoint))
		return usage(b, "illegal virtual server address[:port] specified");
	svc->af = endpoint.af;
	svc->addr = endpoint.ip;
	svc->port = endpoint.port;
	return 0;
}

/* The port is, when not written, that of the service given so far. */
static int server(struct builder *b)
{
	const struct nfvs_service *svc = &b->req->op.svc;
	struct nfvs_dest *dest = &b->req->op.dest;
	uint8_t proto = svc->proto ? svc->proto : IPPROTO_TCP;
	struct endpoint endpoint;

	if (!parse_endpoint(b->scan.arg, proto, b->resolver, &endpoint))
		return usage(b, "illegal real server address[:port] specified");
	dest->af = endpoint.af;
	dest->addr = endpoint.ip;
	dest->port = endpoint.has_port ? endpoint.port : svc->port;
	return 0;
}

static int scheduler(struct builder *b)
{
	struct nfvs_service *svc = &b->req->op.svc;

	/* The kernel's answer to any name it cannot know. */
	if (strlen(b->scan.arg) > NFVS_SCHED_NAME_MAX)
		return diag_set(b->diag, EXIT_KERNEL,
				"Scheduler or persistence engine not found");
	strcpy(svc->sched, b->scan.arg);
	return 0;
}

static int netmask(struct builder *b)
{
	struct in_addr mask;

	if (b->req->op.svc.af == AF_INET6)
		return number(b, 1, 128, &b->later.number,
			      "illegal ipv6 netmask specified");
	if (!inet_aton(b->scan.arg, &mask))
		return usage(b, "illegal virtual server persistent mask specified");
	return 0;
}

static int mcast_group(struct builder *b)
{
	int af = parse_mcast_group(b->scan.arg);

	if (!af)
		return 0;
	return diag_set(b->diag, EXIT_USAGE, "invalid %s mcast-group `%s'",
			af == AF_INET6 ? "IPv6" : "IPv4", b->scan.arg);
}

static int tun_type(struct builder *b)
{
	static const char * const types[] = { "ipip", "gue", "gre" };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(b->scan.arg, types[i])) {
			b->later.tun_type = types[i];
			return 0;
		}
	return usage(b, "illegal tunnel type specified");
}

/* Options that nothing can be done with yet, but whose mistakes are told. */
static int later_option(struct builder *b, const struct opt_spec *spec)
{
	int64_t *value = &b->later.number;
	uint32_t seconds;

	switch (spec->code) {
	case OPT_PERSISTENT:
		if (!b->scan.arg)
			return 0;
		return timeout(b, b->scan.arg, 1, &seconds);
	case OPT_NETMASK:
		return netmask(b);
	case OPT_SCHED_FLAGS:
		b->later.sched_flags = b->scan.arg;
		return 0;
	case OPT_TUN_PORT:
		return number(b, 1, UINT16_MAX, value,
			      "illegal tunnel port specified");
	case OPT_SYNCID:
		return number(b, 0, 255, value, "illegal syncid specified");
	case OPT_SYNC_MAXLEN:
		return number(b, 1, SYNC_MAXLEN_MAX, value,
			      "illegal sync-maxlen specified");
	case OPT_MCAST_GROUP:
		return mcast_group(b);
	case OPT_MCAST_PORT:
		return number(b, 1, UINT16_MAX, value,
			      "illegal mcast-port specified");
	case OPT_MCAST_TTL:
		return number(b, 1, 255, value, "illegal mcast-ttl specified");
	default:
		return 0;
	}
}

static int option(struct builder *b, const struct opt_spec *spec)
{
	struct request *req = b->req;

	if (request_has(req, spec->code))
		return diag_set(b->diag, EXIT_USAGE,
				"multiple '%s' options specified",
				opts_name(spec->code));
	req->given |= OPT_BIT(spec->code);
	switch (spec->code) {
	case OPT_SERVICE:
		return service(b, spec->value);
	case OPT_SERVER:
		return server(b);
	case OPT_SCHEDULER:
		return scheduler(b);
	case OPT_NO_FASTPATH:
		req->op.svc.no_fastpath = true;
		return 0;
	case OPT_METHOD:
		req->op.dest.method = (uint8_t)spec->value;
		return 0;
	case OPT_WEIGHT:
		return u32(b, &req->op.dest.weight, "illegal weight specified");
	case OPT_UPPER:
		return u32(b, &req->op.dest.upper,
			   "illegal u_threshold specified");
	case OPT_LOWER:
		return u32(b, &req->op.dest.lower,
			   "illegal l_threshold specified");
	case OPT_TUN_TYPE:
		return tun_type(b);
	default:
		return later_option(b, spec);
	}
}

static int ipv6(struct builder *b)
{
	struct nfvs_service *svc = &b->req->op.svc;

	if (!svc->fwmark)
		return usage(b, "-6 used before -f\n");
	svc->af = AF_INET6;
	return 0;
}

static int try_help(struct builder *b)
{
	return diag_set(b->diag, EXIT_KERNEL,
			"Try `%s -h' or '%s --help' for more information.",
			b->prog, b->prog);
}

static int daemon_state(struct builder *b)
{
	if (!strcmp(b->scan.arg, "master") || !strcmp(b->scan.arg, "backup"))
		return 0;
	return usage(b, b->req->cmd == CMD_START_DAEMON ?
		     "illegal start-daemon parameter specified" :
		     "illegal start_daemon specified");
}

/* The first option is the command, whatever other words come before it. */
static int first(struct builder *b)
{
	const struct opt_spec *spec;

	if (opts_scan(&b->scan, &spec) != SCAN_OPTION ||
	    spec->kind != SP_COMMAND)
		return try_help(b);
	b->req->cmd = spec->code;
	if (b->req->cmd == CMD_START_DAEMON || b->req->cmd == CMD_STOP_DAEMON)
		return daemon_state(b);
	return 0;
}

static int others(struct builder *b)
{
	const struct opt_spec *spec;
	int ret = 0;

	while (!ret) {
		switch (opts_scan(&b->scan, &spec)) {
		case SCAN_END:
			return 0;
		case SCAN_UNKNOWN:
			return diag_set(b->diag, EXIT_KERNEL,
					"%s: unknown option", b->scan.word);
		case SCAN_NO_ARG:
			return diag_set(b->diag, EXIT_KERNEL,
					"%s: missing argument", b->scan.word);
		case SCAN_UNWANTED_ARG:
			return diag_set(b->diag, EXIT_KERNEL,
					"%s: option does not take an argument",
					b->scan.word);
		case SCAN_OPTION:
			break;
		}
		if (spec->kind == SP_COMMAND)
			ret = diag_set(b->diag, EXIT_USAGE,
				       "invalid option `%s'", b->scan.word);
		else if (spec->kind == SP_IPV6)
			ret = ipv6(b);
		else if (spec->kind == SP_OPTION)
			ret = option(b, spec);
	}
	return ret;
}

/* Words that are no options: --set takes three, all others none. */
static int arguments(struct builder *b)
{
	struct nfvs_config *config = &b->req->op.config;
	char **argv = b->scan.argv;
	int taken = 0;

	if (b->req->cmd == CMD_SET) {
		taken = 3;
		if (b->scan.n_args < taken)
			return usage(b, "--set option requires 3 timeout values");
		if (timeout(b, argv[1], 0, &config->tcp) ||
		    timeout(b, argv[2], 0, &config->tcp_fin) ||
		    timeout(b, argv[3], 0, &config->udp))
			return -1;
	}
	if (b->scan.n_args > taken)
		return diag_set(b->diag, EXIT_USAGE, "unexpected argument %s",
				argv[taken + 1]);
	return 0;
}

static int check_sched_flags(struct builder *b)
{
	static const char * const flags[][2] = {
		{ "flag-1", NULL }, { "flag-2", NULL }, { "flag-3", NULL },
		{ "sh-fallback", "sh" }, { "sh-port", "sh" },
		{ "mh-fallback", "mh" }, { "mh-port", "mh" },
	};
	const char *text = b->later.sched_flags;
	size_t i, len;

	while (text && *text) {
		len = strcspn(text, ",");
		for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
			if (strlen(flags[i][0]) == len &&
			    !memcmp(flags[i][0], text, len))
				break;
		if (i == sizeof(flags) / sizeof(flags[0]))
			return diag_set(b->diag, EXIT_USAGE,
					"invalid scheduler flag `%.*s'",
					(int)len, text);
		if (flags[i][1] && strcmp(flags[i][1], b->req->op.svc.sched))
			return diag_set(b->diag, EXIT_USAGE,
					"incompatible scheduler flag `%s'",
					flags[i][0]);
		text += len;
		text += *text == ',';
	}
	return 0;
}

static int check_service(struct builder *b)
{
	const struct nfvs_service *svc = &b->req->op.svc;

	if (check_sched_flags(b))
		return -1;
	if (!svc->fwmark && !svc->port &&
	    !request_has(b->req, OPT_PERSISTENT))
		return usage(b, "Zero port specified for non-persistent service");
	if (request_has(b->req, OPT_OPS) && !svc->fwmark &&
	    svc->proto != IPPROTO_UDP)
		return usage(b, "One-Packet Scheduling is only for UDP virtual services");
	return 0;
}

/* What each encapsulation does with -: no, +: must, 1: one of these. */
static int check_tunnel(struct builder *b)
{
	static const enum option opts[] = {
		OPT_TUN_PORT, OPT_TUN_NOCSUM, OPT_TUN_CSUM, OPT_TUN_REMCSUM,
	};
	const char *type = b->later.tun_type ? b->later.tun_type : "ipip";
	const char *rule = "----", *only = NULL;
	size_t i;

	if (!strcmp(type, "gue"))
		rule = "+111";
	else if (!strcmp(type, "gre"))
		rule = "-11-";
	for (i = 0; i < sizeof(opts) / sizeof(opts[0]); i++) {
		const char *name = opts_name(opts[i]);

		if (!request_has(b->req, opts[i])) {
			if (rule[i] == '+')
				return diag_set(b->diag, EXIT_USAGE,
						"You need to supply the '%s' option for the '%s' tunnel type",
						name, type);
			continue;
		}
		if (rule[i] == '-')
			return diag_set(b->diag, EXIT_USAGE,
					"Illegal '%s' option with the '%s' tunnel type",
					name, type);
		if (rule[i] == '1' && only)
			return diag_set(b->diag, EXIT_USAGE,
					"The option '%s' conflicts with the '%s' option in the '%s' tunnel type",
					name, only, type);
		if (rule[i] == '1')
			only = name;
	}
	return 0;
}

static int check_server(struct builder *b)
{
	const uint64_t tunnel = OPT_BIT(OPT_TUN_TYPE) | OPT_BIT(OPT_TUN_PORT) |
				OPT_BIT(OPT_TUN_NOCSUM) |
				OPT_BIT(OPT_TUN_CSUM) |
				OPT_BIT(OPT_TUN_REMCSUM);
	const struct nfvs_service *svc = &b->req->op.svc;
	struct nfvs_dest *dest = &b->req->op.dest;

	/* Only NAT can change a port; a mark says nothing about ports. */
	if (!svc->fwmark && dest->method != NFVS_METHOD_NAT)
		dest->port = svc->port;
	if (dest->af != svc->af && dest->method != NFVS_METHOD_TUN)
		return usage(b, "Different address family is allowed only for tunneling servers");
	if (dest->method == NFVS_METHOD_TUN)
		return check_tunnel(b);
	if (b->req->given & tunnel)
		return usage(b, "Tunnel options conflict with forward method");
	return 0;
}

static int check_list(struct builder *b)
{
	const uint64_t other = OPT_BIT(OPT_TIMEOUT) | OPT_BIT(OPT_DAEMON) |
			       OPT_BIT(OPT_COUNTERS);
	const uint64_t table = OPT_BIT(OPT_STATS) | OPT_BIT(OPT_RATE) |
			       OPT_BIT(OPT_THRESHOLDS) | OPT_BIT(OPT_FASTPATH);
	const uint64_t more = OPT_BIT(OPT_PERSISTENT_CONN);
	uint64_t given = b->req->given;

	if ((given & (other | OPT_BIT(OPT_CONNECTION)) && given & table) ||
	    (given & other && given & more))
		return usage(b, "options conflicts in the list command");
	if (given & OPT_BIT(OPT_FASTPATH) && !(given & OPT_BIT(OPT_STATS)))
		return usage(b, "You need to supply the 'stats' option for the 'fastpath' option");
	return 0;
}

static int check(struct builder *b)
{
	const struct request *req = b->req;
	const char *later;
	int ret = opts_check(req, b->diag);

	if (ret)
		return ret;
	if (req->cmd == CMD_ADD || req->cmd == CMD_EDIT)
		ret = check_service(b);
	else if (req->cmd == CMD_ADD_DEST || req->cmd == CMD_EDIT_DEST)
		ret = check_server(b);
	else if (req->cmd == CMD_LIST)
		ret = check_list(b);
	if (ret)
		return ret;
	later = opts_later(req);
	if (!later && b->later.tun_type && strcmp(b->later.tun_type, "ipip"))
		later = "tun-type";
	if (later)
		return diag_set(b->diag, EXIT_USAGE,
				"nfvsadm: option `--%s' is not supported yet",
				later);
	return 0;
}

static const uint8_t op_commands[CMD_COUNT] = {
	[CMD_ADD] = NFVS_CMD_NEW_SERVICE,
	[CMD_EDIT] = NFVS_CMD_SET_SERVICE,
	[CMD_DEL] = NFVS_CMD_DEL_SERVICE,
	[CMD_FLUSH] = NFVS_CMD_FLUSH,
	[CMD_ADD_DEST] = NFVS_CMD_NEW_DEST,
	[CMD_EDIT_DEST] = NFVS_CMD_SET_DEST,
	[CMD_DEL_DEST] = NFVS_CMD_DEL_DEST,
	[CMD_ZERO] = NFVS_CMD_ZERO,
	[CMD_SET] = NFVS_CMD_SET_CONFIG,
};

static void set_defaults(struct request *req)
{
	memset(req, 0, sizeof(*req));
	req->op.svc.af = AF_INET;
	req->op.dest.af = AF_INET;
	req->op.dest.method = NFVS_METHOD_DR;
	req->op.dest.weight = 1;
}

static void finish(struct request *req)
{
	struct nfvs_op *op = &req->op;

	op->cmd = op_commands[req->cmd];
	op->has_service = request_has(req, OPT_SERVICE);
	/* An empty name is none to ipvsadm as well. */
	if ((req->cmd == CMD_ADD || req->cmd == CMD_EDIT) && !op->svc.sched[0])
		strcpy(op->svc.sched, "wlc");
}

int request_parse(struct request *req, int argc, char **argv,
		  const struct resolver *resolver, struct diag *diag)
{
	struct builder b = {
		.req = req,
		.diag = diag,
		.resolver = resolver,
		.prog = argv[0],
	};

	set_defaults(req);
	if (argc <= 1) {
		req->cmd = CMD_LIST;
		return 0;
	}
	opts_scan_init(&b.scan, argc, argv);
	if (first(&b))
		return -1;
	/* These two do not look at the rest of the line. */
	if (req->cmd == CMD_HELP || req->cmd == CMD_VERSION)
		return 0;
	if (others(&b) || arguments(&b) || check(&b))
		return -1;
	finish(req);
	return 0;
}
