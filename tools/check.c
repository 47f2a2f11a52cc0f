// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: options that are right one by one, but not together. */
#include <string.h>

#include <netinet/in.h>

#include "opts.h"

static int usage(struct diag *diag, const char *text)
{
	return diag_set(diag, EXIT_USAGE, "%s", text);
}

static int check_service(const struct request *req, struct diag *diag)
{
	const struct nfvs_service *svc = &req->op.svc;

	if (!svc->fwmark && !svc->port &&
	    !request_has(req, OPT_PERSISTENT))
		return usage(diag, "Zero port specified for non-persistent service");
	if (request_has(req, OPT_OPS) && !svc->fwmark &&
	    svc->proto != IPPROTO_UDP)
		return usage(diag, "One-Packet Scheduling is only for UDP virtual services");
	return 0;
}

/* What each encapsulation does with -: no, +: must, 1: one of these. */
static int check_tunnel(const struct request *req, struct diag *diag)
{
	static const enum option opts[] = {
		OPT_TUN_PORT, OPT_TUN_NOCSUM, OPT_TUN_CSUM, OPT_TUN_REMCSUM,
	};
	const char *type = opts_tun_type(req->op.dest.tun_type);
	const char *rule = "----", *only = NULL;
	size_t i;

	if (!strcmp(type, "gue"))
		rule = "+111";
	else if (!strcmp(type, "gre"))
		rule = "-11-";
	for (i = 0; i < sizeof(opts) / sizeof(opts[0]); i++) {
		const char *name = opts_name(opts[i]);

		if (!request_has(req, opts[i])) {
			if (rule[i] == '+')
				return diag_set(diag, EXIT_USAGE,
						"You need to supply the '%s' option for the '%s' tunnel type",
						name, type);
			continue;
		}
		if (rule[i] == '-')
			return diag_set(diag, EXIT_USAGE,
					"Illegal '%s' option with the '%s' tunnel type",
					name, type);
		if (rule[i] == '1' && only)
			return diag_set(diag, EXIT_USAGE,
					"The option '%s' conflicts with the '%s' option in the '%s' tunnel type",
					name, only, type);
		if (rule[i] == '1')
			only = name;
	}
	return 0;
}

static int check_server(struct request *req, struct diag *diag)
{
	const uint64_t tunnel = OPT_BIT(OPT_TUN_TYPE) | OPT_BIT(OPT_TUN_PORT) |
				OPT_BIT(OPT_TUN_NOCSUM) |
				OPT_BIT(OPT_TUN_CSUM) |
				OPT_BIT(OPT_TUN_REMCSUM);
	const struct nfvs_service *svc = &req->op.svc;
	struct nfvs_dest *dest = &req->op.dest;

	/* Only NAT can change a port; a mark says nothing about ports. */
	if (!svc->fwmark && dest->method != NFVS_METHOD_NAT)
		dest->port = svc->port;
	if (dest->af != svc->af && dest->method != NFVS_METHOD_TUN)
		return usage(diag, "Different address family is allowed only for tunneling servers");
	if (dest->method == NFVS_METHOD_TUN)
		return check_tunnel(req, diag);
	if (req->given & tunnel)
		return usage(diag, "Tunnel options conflict with forward method");
	return 0;
}

static int check_list(const struct request *req, struct diag *diag)
{
	const uint64_t other = OPT_BIT(OPT_TIMEOUT) | OPT_BIT(OPT_DAEMON) |
			       OPT_BIT(OPT_COUNTERS);
	const uint64_t table = OPT_BIT(OPT_STATS) | OPT_BIT(OPT_RATE) |
			       OPT_BIT(OPT_THRESHOLDS) | OPT_BIT(OPT_FASTPATH);
	const uint64_t more = OPT_BIT(OPT_PERSISTENT_CONN);
	uint64_t given = req->given;

	if ((given & (other | OPT_BIT(OPT_CONNECTION)) && given & table) ||
	    (given & other && given & more))
		return usage(diag, "options conflicts in the list command");
	if (given & OPT_BIT(OPT_FASTPATH) && !(given & OPT_BIT(OPT_STATS)))
		return usage(diag, "You need to supply the 'stats' option for the 'fastpath' option");
	return 0;
}

static int check_later(const struct request *req, struct diag *diag)
{
	const char *later = opts_later(req);

	if (!later && req->op.dest.tun_type != NFVS_TUN_IPIP)
		later = "tun-type";
	if (!later)
		return 0;
	return diag_set(diag, EXIT_USAGE,
			"nfvsadm: option `--%s' is not supported yet", later);
}

int request_check(struct request *req, struct diag *diag)
{
	int ret = 0;

	if (req->cmd == CMD_ADD || req->cmd == CMD_EDIT)
		ret = check_service(req, diag);
	else if (req->cmd == CMD_ADD_DEST || req->cmd == CMD_EDIT_DEST)
		ret = check_server(req, diag);
	else if (req->cmd == CMD_LIST)
		ret = check_list(req, diag);
	return ret ? ret : check_later(req, diag);
}
