/* SPDX-License-Identifier: GPL-2.0-only */
/* Unit tests of nfvsadm and libnfvs: what the suites share. */
#ifndef TOOLS_UNIT_H
#define TOOLS_UNIT_H

#include <check.h>

#include "app.h"
#include "libnfvs/internal.h"
#include "names.h"
#include "print.h"
#include "sort.h"
#include "table.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Suites, one per file. */
Suite *tools_parse_suite(void);
Suite *tools_opts_suite(void);
Suite *tools_names_suite(void);
Suite *tools_print_suite(void);
Suite *tools_netlink_suite(void);
Suite *tools_restore_suite(void);
Suite *tools_sort_suite(void);
Suite *tools_cli_suite(void);
Suite *tools_settings_suite(void);
Suite *tools_json_suite(void);
Suite *tools_complete_suite(void);

/* tools_model.c: objects to test with; addresses as text. */
union nfvs_ip model_ip(uint8_t af, const char *text);
struct nfvs_service model_service(uint16_t proto, const char *addr,
				  uint16_t port, const char *sched);
struct nfvs_service model_fwmark(uint8_t af, uint32_t mark, const char *sched);
struct nfvs_dest model_dest(const char *addr, uint16_t port, uint8_t method,
			    uint32_t weight);

/* What tests/unit/golden/ipvsadm-* were made from. */
void model_ipvsadm_table(struct table *table);
/* IPv6, marks, mixed families, thresholds. */
void model_mixed_table(struct table *table);
/* Persistence, flags, one packet. */
void model_settings_table(struct table *table);

/* Names of a data base that is always the same. */
extern const struct resolver model_resolver;
extern const struct names model_names;

/*
 * Compare with a file of tests/unit/golden; with GOLDEN_UPDATE in the
 * environment write it instead.
 */
void golden_check(const char *name, const char *text);

/*
 * fake_kernel.c: a kernel behind libnfvs's seam that keeps a table, executes
 * every request of the family and can be told to fail.
 */
struct fake_kernel {
	struct table table;
	struct nfvs_config config;
	struct nfvs_conn conns[4];
	size_t n_conns;
	uint32_t generation;

	bool missing;		/* no such family (until "modprobe") */
	int interrupts;		/* dumps to be interrupted */
	bool always_torn;	/* a new generation with every dump */
	int fail_cmd;		/* refuse this command with fail_errno */
	int fail_errno;
	const char *fail_text;
	int done_errno;		/* end dumps with this error */
	uint32_t max_len;	/* of a message, 0: any */
	bool stale;		/* answers to earlier requests may be left */
	int recv_nle;		/* fail one receive with this libnl error */
	bool uncapped;		/* errors repeat the whole request */
	bool vanish;		/* the last listed service goes at once */
	bool move;		/* last service's dests go to an empty, listed one */

	unsigned int requests;	/* messages received */
	unsigned int batches;
	unsigned int modprobes;
	uint32_t last_len;	/* of the last request */
};

extern struct fake_kernel fake;

void fake_reset(void);
int fake_open(struct nfvs_sock **sockp, struct nfvs_error *err);
/* An announcement of a service, that answers nothing. */
void fake_announce(uint8_t cmd, const struct nfvs_service *svc);
int fake_modprobe(void);

#endif /* TOOLS_UNIT_H */
