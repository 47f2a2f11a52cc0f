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
#include "schedflags.h"

enum {
	TIMEOUT_MAX = 31 * 24 * 3600,	/* seconds */
	PERSISTENCE = 360,		/* seconds, what -p alone means */
	SYNC_MAXLEN_MAX = 65535 - 20 - 8,
};

/* One parse: the request and what it needs while it is being built. */
struct builder {
	struct request *req;
	struct diag *diag;
	const struct resolver *resolver;
	const char *prog;
	struct opt_scan scan;
	const char *sched_flags;
	int64_t later;		/* a number nothing can be done with yet */
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
	svc->proto = (uint16_t)proto;
	if (!parse_endpoint(b->scan.arg, svc->proto, b->resolver, &endpoint))
		return usage(b, "illegal virtual server address[:port] specified");
	svc->af = endpoint.af;
	svc->addr = endpoint.ip;
	svc->port = endpoint.port;
	svc->plen = NFVS_PLEN_MAX;
	return 0;
}

/* The port is, when not written, that of the service given so far. */
static int server(struct builder *b)
{
	const struct nfvs_service *svc = &b->req->op.svc;
	struct nfvs_dest *dest = &b->req->op.dest;
	uint16_t proto = svc->proto ? svc->proto : IPPROTO_TCP;
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

static int engine(struct builder *b)
{
	struct nfvs_service *svc = &b->req->op.svc;

	/* As in scheduler(). */
	if (strlen(b->scan.arg) > NFVS_PE_NAME_MAX)
		return diag_set(b->diag, EXIT_KERNEL,
				"Scheduler or persistence engine not found");
	strcpy(svc->pe, b->scan.arg);
	return 0;
}

static int persistent(struct builder *b)
{
	struct nfvs_service *svc = &b->req->op.svc;

	svc->flags |= NFVS_SVC_PERSISTENT;
	svc->timeout = PERSISTENCE;
	if (!b->scan.arg)
		return 0;
	return timeout(b, b->scan.arg, 1, &svc->timeout);
}

/*
 * What it is depends on the family known so far. A family that comes later
 * resets the prefix, as it does in ipvsadm.
 */
static int netmask(struct builder *b)
{
	struct nfvs_service *svc = &b->req->op.svc;
	int64_t plen;

	if (svc->af == AF_INET6) {
		if (number(b, 1, NFVS_PLEN_MAX, &plen,
			   "illegal ipv6 netmask specified"))
			return -1;
		svc->plen = (uint8_t)plen;
		return 0;
	}
	if (!inet_aton(b->scan.arg, &svc->netmask))
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
	size_t i;

	for (i = 0; opts_tun_type(i); i++)
		if (!strcmp(b->scan.arg, opts_tun_type(i))) {
			b->req->op.dest.tun_type = (uint8_t)i;
			return 0;
		}
	return usage(b, "illegal tunnel type specified");
}

/* Options that nothing can be done with yet, but whose mistakes are told. */
static int later_option(struct builder *b, const struct opt_spec *spec)
{
	int64_t *value = &b->later;

	switch (spec->code) {
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

static int server_option(struct builder *b, const struct opt_spec *spec)
{
	struct nfvs_dest *dest = &b->req->op.dest;

	switch (spec->code) {
	case OPT_SERVER:
		return server(b);
	case OPT_METHOD:
		dest->method = (uint8_t)spec->value;
		return 0;
	case OPT_WEIGHT:
		return u32(b, &dest->weight, "illegal weight specified");
	case OPT_UPPER:
		return u32(b, &dest->upper, "illegal u_threshold specified");
	case OPT_LOWER:
		return u32(b, &dest->lower, "illegal l_threshold specified");
	case OPT_TUN_TYPE:
		return tun_type(b);
	default:
		return later_option(b, spec);
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
	case OPT_SCHEDULER:
		return scheduler(b);
	case OPT_PERSISTENT:
		return persistent(b);
	case OPT_NETMASK:
		return netmask(b);
	case OPT_PE:
		return engine(b);
	case OPT_SCHED_FLAGS:
		b->sched_flags = b->scan.arg;
		return 0;
	case OPT_OPS:
		req->op.svc.flags |= NFVS_SVC_ONEPACKET;
		return 0;
	case OPT_NO_FASTPATH:
		req->op.svc.no_fastpath = true;
		return 0;
	default:
		return server_option(b, spec);
	}
}

static int ipv6(struct builder *b)
{
	struct nfvs_service *svc = &b->req->op.svc;

	if (!svc->fwmark)
		return usage(b, "-6 used before -f\n");
	svc->af = AF_INET6;
	svc->plen = NFVS_PLEN_MAX;
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

/* Not before the scheduler is known, which may come after them. */
static int sched_flags(struct builder *b)
{
	struct nfvs_service *svc = &b->req->op.svc;
	const char *wrong;
	size_t len;

	if (!b->sched_flags)
		return 0;
	switch (schedflags_parse(b->sched_flags, svc->sched, &svc->flags,
				 &wrong, &len)) {
	case SCHEDFLAGS_UNKNOWN:
		return diag_set(b->diag, EXIT_USAGE,
				"invalid scheduler flag `%.*s'", (int)len,
				wrong);
	case SCHEDFLAGS_INCOMPATIBLE:
		return diag_set(b->diag, EXIT_USAGE,
				"incompatible scheduler flag `%.*s'", (int)len,
				wrong);
	default:
		return 0;
	}
}

static int check(struct builder *b)
{
	const struct request *req = b->req;

	if (opts_check(req, b->diag))
		return -1;
	if ((req->cmd == CMD_ADD || req->cmd == CMD_EDIT) && sched_flags(b))
		return -1;
	return request_check(b->req, b->diag);
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
	req->op.svc.netmask.s_addr = INADDR_BROADCAST;
	req->op.svc.plen = NFVS_PLEN_MAX;
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
