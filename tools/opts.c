// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: which options there are and which go with which command. */
#include "opts.h"

#include <stdio.h>
#include <string.h>

#include <netinet/in.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define C(cmd)		(1u << CMD_##cmd)

static const struct opt_spec specs[] = {
	{ "add-service", 'A', SP_COMMAND, ARG_NONE, CMD_ADD, 0 },
	{ "edit-service", 'E', SP_COMMAND, ARG_NONE, CMD_EDIT, 0 },
	{ "delete-service", 'D', SP_COMMAND, ARG_NONE, CMD_DEL, 0 },
	{ "clear", 'C', SP_COMMAND, ARG_NONE, CMD_FLUSH, 0 },
	{ "restore", 'R', SP_COMMAND, ARG_NONE, CMD_RESTORE, 0 },
	{ "save", 'S', SP_COMMAND, ARG_NONE, CMD_SAVE, 0 },
	{ "add-server", 'a', SP_COMMAND, ARG_NONE, CMD_ADD_DEST, 0 },
	{ "edit-server", 'e', SP_COMMAND, ARG_NONE, CMD_EDIT_DEST, 0 },
	{ "delete-server", 'd', SP_COMMAND, ARG_NONE, CMD_DEL_DEST, 0 },
	{ "list", 'L', SP_COMMAND, ARG_NONE, CMD_LIST, 0 },
	{ NULL, 'l', SP_COMMAND, ARG_NONE, CMD_LIST, 0 },
	{ "zero", 'Z', SP_COMMAND, ARG_NONE, CMD_ZERO, 0 },
	{ "set", 0, SP_COMMAND, ARG_NONE, CMD_SET, 0 },
	{ "start-daemon", 0, SP_COMMAND, ARG_REQUIRED, CMD_START_DAEMON, 0 },
	{ "stop-daemon", 0, SP_COMMAND, ARG_REQUIRED, CMD_STOP_DAEMON, 0 },
	{ "monitor", 0, SP_COMMAND, ARG_NONE, CMD_MONITOR, 0 },
	{ "help", 'h', SP_COMMAND, ARG_NONE, CMD_HELP, 0 },
	{ "version", 'v', SP_COMMAND, ARG_NONE, CMD_VERSION, 0 },

	{ "tcp-service", 't', SP_OPTION, ARG_REQUIRED, OPT_SERVICE, IPPROTO_TCP },
	{ "udp-service", 'u', SP_OPTION, ARG_REQUIRED, OPT_SERVICE, IPPROTO_UDP },
	{ "sctp-service", 0, SP_OPTION, ARG_REQUIRED, OPT_SERVICE, IPPROTO_SCTP },
	{ "fwmark-service", 'f', SP_OPTION, ARG_REQUIRED, OPT_SERVICE, 0 },
	{ "ipv6", '6', SP_IPV6, ARG_NONE, 0, 0 },
	{ "scheduler", 's', SP_OPTION, ARG_REQUIRED, OPT_SCHEDULER, 0 },
	{ "persistent", 'p', SP_OPTION, ARG_OPTIONAL, OPT_PERSISTENT, 0 },
	{ "netmask", 'M', SP_OPTION, ARG_REQUIRED, OPT_NETMASK, 0 },
	{ "real-server", 'r', SP_OPTION, ARG_REQUIRED, OPT_SERVER, 0 },
	{ "masquerading", 'm', SP_OPTION, ARG_NONE, OPT_METHOD, NFVS_METHOD_NAT },
	{ "ipip", 'i', SP_OPTION, ARG_NONE, OPT_METHOD, NFVS_METHOD_TUN },
	{ "gatewaying", 'g', SP_OPTION, ARG_NONE, OPT_METHOD, NFVS_METHOD_DR },
	{ "weight", 'w', SP_OPTION, ARG_REQUIRED, OPT_WEIGHT, 0 },
	{ "u-threshold", 'x', SP_OPTION, ARG_REQUIRED, OPT_UPPER, 0 },
	{ "l-threshold", 'y', SP_OPTION, ARG_REQUIRED, OPT_LOWER, 0 },
	{ "numeric", 'n', SP_OPTION, ARG_NONE, OPT_NUMERIC, 0 },
	{ "connection", 'c', SP_OPTION, ARG_NONE, OPT_CONNECTION, 0 },
	{ "timeout", 0, SP_OPTION, ARG_NONE, OPT_TIMEOUT, 0 },
	{ "daemon", 0, SP_OPTION, ARG_NONE, OPT_DAEMON, 0 },
	{ "stats", 0, SP_OPTION, ARG_NONE, OPT_STATS, 0 },
	{ "rate", 0, SP_OPTION, ARG_NONE, OPT_RATE, 0 },
	{ "thresholds", 0, SP_OPTION, ARG_NONE, OPT_THRESHOLDS, 0 },
	{ "persistent-conn", 0, SP_OPTION, ARG_NONE, OPT_PERSISTENT_CONN, 0 },
	{ "tun-info", 0, SP_OPTION, ARG_NONE, OPT_TUN_INFO, 0 },
	{ "counters", 0, SP_OPTION, ARG_NONE, OPT_COUNTERS, 0 },
	{ "fastpath", 0, SP_OPTION, ARG_NONE, OPT_FASTPATH, 0 },
	{ "no-fastpath", 0, SP_OPTION, ARG_NONE, OPT_NO_FASTPATH, 0 },
	{ "json", 0, SP_OPTION, ARG_NONE, OPT_JSON, 0 },
	{ "replace", 0, SP_OPTION, ARG_NONE, OPT_REPLACE, 0 },
	{ "nosort", 0, SP_OPTION, ARG_NONE, OPT_NOSORT, 0 },
	{ "sort", 0, SP_IGNORED, ARG_NONE, 0, 0 },
	{ "exact", 'X', SP_OPTION, ARG_NONE, OPT_EXACT, 0 },
	{ "ops", 'o', SP_OPTION, ARG_NONE, OPT_OPS, 0 },
	{ "pe", 0, SP_OPTION, ARG_REQUIRED, OPT_PE, 0 },
	{ "sched-flags", 'b', SP_OPTION, ARG_REQUIRED, OPT_SCHED_FLAGS, 0 },
	{ "tun-type", 0, SP_OPTION, ARG_REQUIRED, OPT_TUN_TYPE, 0 },
	{ "tun-port", 0, SP_OPTION, ARG_REQUIRED, OPT_TUN_PORT, 0 },
	{ "tun-nocsum", 0, SP_OPTION, ARG_NONE, OPT_TUN_NOCSUM, 0 },
	{ "tun-csum", 0, SP_OPTION, ARG_NONE, OPT_TUN_CSUM, 0 },
	{ "tun-remcsum", 0, SP_OPTION, ARG_NONE, OPT_TUN_REMCSUM, 0 },
	{ "mcast-interface", 0, SP_OPTION, ARG_REQUIRED, OPT_MCAST_IFN, 0 },
	{ "mcast-group", 0, SP_OPTION, ARG_REQUIRED, OPT_MCAST_GROUP, 0 },
	{ "mcast-port", 0, SP_OPTION, ARG_REQUIRED, OPT_MCAST_PORT, 0 },
	{ "mcast-ttl", 0, SP_OPTION, ARG_REQUIRED, OPT_MCAST_TTL, 0 },
	{ "sync-maxlen", 0, SP_OPTION, ARG_REQUIRED, OPT_SYNC_MAXLEN, 0 },
	{ "syncid", 0, SP_OPTION, ARG_REQUIRED, OPT_SYNCID, 0 },
};

/* Names of the commands in messages. */
static const char * const command_names[CMD_COUNT] = {
	[CMD_ADD] = "add-service",
	[CMD_EDIT] = "edit-service",
	[CMD_DEL] = "delete-service",
	[CMD_FLUSH] = "flush",
	[CMD_RESTORE] = "restore",
	[CMD_SAVE] = "save",
	[CMD_ADD_DEST] = "add-server",
	[CMD_EDIT_DEST] = "edit-server",
	[CMD_DEL_DEST] = "delete-server",
	[CMD_LIST] = "list",
	[CMD_ZERO] = "zero",
	[CMD_SET] = "set",
	[CMD_START_DAEMON] = "start-daemon",
	[CMD_STOP_DAEMON] = "stop-daemon",
	[CMD_MONITOR] = "monitor",
	[CMD_HELP] = "help",
	[CMD_VERSION] = "version",
};

/* Those that there are; the kernel is asked about any name. */
static const char * const schedulers[] = { "rr", "wrr", "lc", "wlc", "none" };

/* By enum nfvs_tun_type; those behind its last are for a later version. */
static const char * const tun_types[] = { "ipip", "gue", "gre" };

#define SVC_CMDS	(C(ADD) | C(EDIT))
#define DEST_CMDS	(C(ADD_DEST) | C(EDIT_DEST))
#define DAEMON_CMDS	(C(START_DAEMON) | C(STOP_DAEMON))

/**
 * struct opt_rule - the commands an option goes with
 * @name: name in messages
 * @required: commands that need it
 * @allowed: commands that take it (also those of @required and @exclusive)
 * @exclusive: commands that take only one of their exclusive options
 * @later: not implemented yet
 */
struct opt_rule {
	const char *name;
	unsigned int required;
	unsigned int allowed;
	unsigned int exclusive;
	bool later;
};

static const struct opt_rule rules[OPT_COUNT] = {
	[OPT_NUMERIC] = { "numeric", 0, C(LIST) | C(SAVE) | C(MONITOR), 0, false },
	[OPT_CONNECTION] = { "connection", 0, C(LIST), C(LIST), false },
	[OPT_SERVICE] = { "service-address",
			  SVC_CMDS | C(DEL) | DEST_CMDS | C(DEL_DEST),
			  SVC_CMDS | C(DEL) | DEST_CMDS | C(DEL_DEST) |
			  C(LIST) | C(ZERO), C(LIST), false },
	[OPT_SCHEDULER] = { "scheduler", 0, SVC_CMDS, 0, false },
	[OPT_PERSISTENT] = { "persistent", 0, SVC_CMDS, 0, false },
	[OPT_NETMASK] = { "netmask", 0, SVC_CMDS, 0, false },
	[OPT_SERVER] = { "real-server", DEST_CMDS | C(DEL_DEST),
			 DEST_CMDS | C(DEL_DEST), 0, false },
	[OPT_METHOD] = { "forwarding-method", 0, DEST_CMDS, 0, false },
	[OPT_WEIGHT] = { "weight", 0, DEST_CMDS, 0, false },
	[OPT_UPPER] = { "u-threshold", 0, DEST_CMDS, 0, false },
	[OPT_LOWER] = { "l-threshold", 0, DEST_CMDS, 0, false },
	[OPT_MCAST_IFN] = { "mcast-interface", 0, C(START_DAEMON), 0, true },
	[OPT_TIMEOUT] = { "timeout", 0, C(LIST), C(LIST), false },
	[OPT_DAEMON] = { "daemon", 0, C(LIST), C(LIST), false },
	[OPT_STATS] = { "stats", 0, C(LIST), 0, false },
	[OPT_RATE] = { "rate", 0, C(LIST), 0, false },
	[OPT_THRESHOLDS] = { "thresholds", 0, C(LIST), 0, false },
	[OPT_PERSISTENT_CONN] = { "persistent-conn", 0, C(LIST), 0, false },
	[OPT_NOSORT] = { "nosort", 0, C(LIST), 0, false },
	[OPT_SYNCID] = { "syncid", 0, DAEMON_CMDS | C(LIST), 0, false },
	[OPT_EXACT] = { "exact", 0, C(LIST), 0, false },
	[OPT_OPS] = { "ops", 0, SVC_CMDS, 0, false },
	[OPT_PE] = { "pe", 0, SVC_CMDS, 0, false },
	[OPT_SCHED_FLAGS] = { "sched-flags", 0, SVC_CMDS, 0, false },
	[OPT_MCAST_GROUP] = { "mcast-group", 0, C(START_DAEMON), 0, true },
	[OPT_MCAST_PORT] = { "mcast-port", 0, C(START_DAEMON), 0, true },
	[OPT_MCAST_TTL] = { "mcast-ttl", 0, C(START_DAEMON), 0, true },
	[OPT_SYNC_MAXLEN] = { "sync-maxlen", 0, C(START_DAEMON), 0, true },
	[OPT_TUN_INFO] = { "tun-info", 0, C(LIST), 0, false },
	[OPT_TUN_TYPE] = { "tun-type", 0, DEST_CMDS, 0, false },
	[OPT_TUN_PORT] = { "tun-port", 0, DEST_CMDS, 0, true },
	[OPT_TUN_NOCSUM] = { "tun-nocsum", 0, DEST_CMDS, 0, true },
	[OPT_TUN_CSUM] = { "tun-csum", 0, DEST_CMDS, 0, true },
	[OPT_TUN_REMCSUM] = { "tun-remcsum", 0, DEST_CMDS, 0, true },
	[OPT_COUNTERS] = { "counters", 0, C(LIST), C(LIST), false },
	[OPT_FASTPATH] = { "fastpath", 0, C(LIST), 0, false },
	[OPT_NO_FASTPATH] = { "no-fastpath", 0, SVC_CMDS, 0, false },
	[OPT_JSON] = { "json", 0, C(LIST) | C(MONITOR), 0, false },
	[OPT_REPLACE] = { "replace", 0, C(RESTORE), 0, false },
};

/* The tables above, so that a large file of commands need not search them. */
static struct {
	bool is_ready;
	const struct opt_spec *by_letter[128];
	uint64_t required[CMD_COUNT];
	uint64_t allowed[CMD_COUNT];
	uint64_t exclusive[CMD_COUNT];
	uint64_t later;
} lookup;

static void fill_lookup(void)
{
	size_t i, cmd;

	for (i = 0; i < ARRAY_SIZE(specs); i++)
		if (specs[i].letter)
			lookup.by_letter[(int)specs[i].letter] = &specs[i];
	for (i = 0; i < OPT_COUNT; i++) {
		for (cmd = 0; cmd < CMD_COUNT; cmd++) {
			if (rules[i].required & 1u << cmd)
				lookup.required[cmd] |= OPT_BIT(i);
			if (rules[i].allowed & 1u << cmd)
				lookup.allowed[cmd] |= OPT_BIT(i);
			if (rules[i].exclusive & 1u << cmd)
				lookup.exclusive[cmd] |= OPT_BIT(i);
		}
		if (rules[i].later)
			lookup.later |= OPT_BIT(i);
	}
	lookup.is_ready = true;
}

void opts_scan_init(struct opt_scan *scan, int argc, char **argv)
{
	*scan = (struct opt_scan){ .argv = argv, .argc = argc, .next = 1 };
	if (!lookup.is_ready)
		fill_lookup();
}

static const struct opt_spec *find_long(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(specs); i++)
		if (specs[i].name && strlen(specs[i].name) == len &&
		    !memcmp(specs[i].name, name, len))
			return &specs[i];
	return NULL;
}

static const struct opt_spec *find_letter(char letter)
{
	return letter > 0 ? lookup.by_letter[(int)letter] : NULL;
}

/* The argument of an option: attached, or the next word. */
static enum scan_result take_arg(struct opt_scan *scan,
				 const struct opt_spec *spec,
				 const char *attached)
{
	scan->arg = attached;
	if (attached)
		return SCAN_OPTION;
	if (scan->next < scan->argc &&
	    (spec->arg == ARG_REQUIRED || scan->argv[scan->next][0] != '-'))
		scan->arg = scan->argv[scan->next++];
	if (!scan->arg && spec->arg == ARG_REQUIRED)
		return SCAN_NO_ARG;
	return SCAN_OPTION;
}

static enum scan_result scan_long(struct opt_scan *scan,
				  const struct opt_spec **spec)
{
	const char *name = scan->word + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);

	*spec = find_long(name, len);
	if (!*spec)
		return SCAN_UNKNOWN;
	if ((*spec)->arg == ARG_NONE)
		return equals ? SCAN_UNWANTED_ARG : SCAN_OPTION;
	return take_arg(scan, *spec, equals ? equals + 1 : NULL);
}

/* A letter's argument may be the rest of its word, after an optional '='. */
static enum scan_result scan_letter(struct opt_scan *scan,
				    const struct opt_spec **spec)
{
	const char *rest = scan->cluster + 1;

	*spec = find_letter(*scan->cluster);
	scan->cluster = *rest ? rest : NULL;
	if (!*spec)
		return SCAN_UNKNOWN;
	if ((*spec)->arg == ARG_NONE)
		return *rest == '=' ? SCAN_UNWANTED_ARG : SCAN_OPTION;
	scan->cluster = NULL;
	if (*rest == '=')
		rest++;
	else if (!*rest)
		rest = NULL;
	return take_arg(scan, *spec, rest);
}

enum scan_result opts_scan(struct opt_scan *scan, const struct opt_spec **spec)
{
	scan->arg = NULL;
	if (scan->cluster)
		return scan_letter(scan, spec);
	while (scan->next < scan->argc) {
		char *word = scan->argv[scan->next++];

		if (scan->only_args || word[0] != '-' || !word[1]) {
			scan->argv[++scan->n_args] = word;
			continue;
		}
		if (!strcmp(word, "--")) {
			scan->only_args = true;
			continue;
		}
		scan->word = word;
		if (word[1] == '-')
			return scan_long(scan, spec);
		scan->cluster = word + 1;
		return scan_letter(scan, spec);
	}
	return SCAN_END;
}

/* The answer without the words. */
static bool is_fine(const struct request *req)
{
	uint64_t required = lookup.required[req->cmd];
	uint64_t only = req->given & lookup.exclusive[req->cmd];

	return (req->given & required) == required &&
	       !(req->given & ~lookup.allowed[req->cmd]) &&
	       !(only & (only - 1));
}

int opts_check(const struct request *req, struct diag *diag)
{
	const char *command = command_names[req->cmd];
	unsigned int bit = 1u << req->cmd;
	const char *only = NULL;
	int opt;

	if (is_fine(req))
		return 0;
	for (opt = 0; opt < OPT_COUNT; opt++) {
		const struct opt_rule *rule = &rules[opt];

		if (!request_has(req, opt)) {
			if (rule->required & bit)
				return diag_set(diag, EXIT_USAGE,
						"You need to supply the '%s' option for the '%s' command",
						rule->name, command);
			continue;
		}
		if (!(rule->allowed & bit))
			return diag_set(diag, EXIT_USAGE,
					"Illegal '%s' option with the '%s' command",
					rule->name, command);
		if (!(rule->exclusive & bit))
			continue;
		if (only)
			return diag_set(diag, EXIT_USAGE,
					"The option '%s' conflicts with the '%s' option in the '%s' command",
					rule->name, only, command);
		only = rule->name;
	}
	return 0;
}

const char *opts_name(enum option opt)
{
	return rules[opt].name;
}

const char *opts_later(const struct request *req)
{
	int opt;

	if (req->cmd == CMD_START_DAEMON || req->cmd == CMD_STOP_DAEMON)
		return command_names[req->cmd];
	if (request_has(req, OPT_SERVICE) && !req->op.svc.fwmark &&
	    req->op.svc.proto == IPPROTO_SCTP)
		return "sctp-service";
	if (!(req->given & lookup.later))
		return NULL;
	for (opt = 0; opt < OPT_COUNT; opt++)
		if (request_has(req, opt) && rules[opt].later)
			return rules[opt].name;
	return NULL;
}

const struct opt_spec *opts_spec(size_t i)
{
	return i < ARRAY_SIZE(specs) ? &specs[i] : NULL;
}

bool opts_usable(enum command cmd, enum option opt)
{
	return rules[opt].allowed & 1u << cmd && !rules[opt].later;
}

const char *opts_scheduler(size_t i)
{
	return i < ARRAY_SIZE(schedulers) ? schedulers[i] : NULL;
}

const char *opts_tun_type(size_t i)
{
	return i < ARRAY_SIZE(tun_types) ? tun_types[i] : NULL;
}
