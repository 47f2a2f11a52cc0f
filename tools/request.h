/* SPDX-License-Identifier: GPL-2.0-only */
/* nfvsadm: what a command line asks for. */
#ifndef NFVSADM_REQUEST_H
#define NFVSADM_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "libnfvs/libnfvs.h"
#include "parse.h"

enum command {
	CMD_NONE,
	CMD_ADD,
	CMD_EDIT,
	CMD_DEL,
	CMD_FLUSH,
	CMD_RESTORE,
	CMD_SAVE,
	CMD_ADD_DEST,
	CMD_EDIT_DEST,
	CMD_DEL_DEST,
	CMD_LIST,
	CMD_ZERO,
	CMD_SET,
	CMD_START_DAEMON,
	CMD_STOP_DAEMON,
	CMD_MONITOR,
	CMD_HELP,
	CMD_VERSION,
	CMD_COUNT
};

/* Options by what they say, not by how they are spelled: -t and -u are one. */
enum option {
	OPT_NUMERIC,
	OPT_CONNECTION,
	OPT_SERVICE,
	OPT_SCHEDULER,
	OPT_PERSISTENT,
	OPT_NETMASK,
	OPT_SERVER,
	OPT_METHOD,
	OPT_WEIGHT,
	OPT_UPPER,
	OPT_LOWER,
	OPT_MCAST_IFN,
	OPT_TIMEOUT,
	OPT_DAEMON,
	OPT_STATS,
	OPT_RATE,
	OPT_THRESHOLDS,
	OPT_PERSISTENT_CONN,
	OPT_NOSORT,
	OPT_SYNCID,
	OPT_EXACT,
	OPT_OPS,
	OPT_PE,
	OPT_SCHED_FLAGS,
	OPT_MCAST_GROUP,
	OPT_MCAST_PORT,
	OPT_MCAST_TTL,
	OPT_SYNC_MAXLEN,
	OPT_TUN_INFO,
	OPT_TUN_TYPE,
	OPT_TUN_PORT,
	OPT_TUN_NOCSUM,
	OPT_TUN_CSUM,
	OPT_TUN_REMCSUM,
	OPT_COUNTERS,
	OPT_FASTPATH,
	OPT_NO_FASTPATH,
	OPT_JSON,
	OPT_REPLACE,
	OPT_COUNT
};

#define OPT_BIT(opt)	(UINT64_C(1) << (opt))

/**
 * struct request - a parsed and checked command line
 * @cmd: the command
 * @given: OPT_BIT() of every option that was given
 * @op: for the commands that change something: the change; for the others
 *	its svc is the service given
 */
struct request {
	enum command cmd;
	uint64_t given;
	struct nfvs_op op;
};

enum {
	DIAG_TEXT_MAX = 1023,
	EXIT_USAGE = 2,
	EXIT_KERNEL = 255,	/* also what popt cannot parse */
	EXIT_LIST = 1,
};

/**
 * struct diag - a mistake in a command line
 * @exit_code: what to exit with
 * @text: what to say; no newline at the end
 */
struct diag {
	int exit_code;
	char text[DIAG_TEXT_MAX + 1];
};

/**
 * diag_set() - note a mistake
 * @diag: where
 * @exit_code: what to exit with
 * @fmt: what to say
 *
 * Return: -1, for return statements.
 */
int diag_set(struct diag *diag, int exit_code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static inline bool request_has(const struct request *req, enum option opt)
{
	return req->given & OPT_BIT(opt);
}

/**
 * request_check() - do the values of the options go together?
 * @req: request, options checked; a server's port may be corrected
 * @diag: what does not
 *
 * Return: 0 or -1.
 */
int request_check(struct request *req, struct diag *diag);

/**
 * request_parse() - turn a command line into a request
 * @req: result
 * @argc: number of words
 * @argv: words; the first is the program's name
 * @resolver: how names become numbers
 * @diag: the first mistake
 *
 * No command at all asks for the list.
 *
 * Return: 0 or -1.
 */
int request_parse(struct request *req, int argc, char **argv,
		  const struct resolver *resolver, struct diag *diag);

#endif /* NFVSADM_REQUEST_H */
