/* SPDX-License-Identifier: GPL-2.0-only */
/* nfvsadm: structures to text and JSON; pure printers. */
#ifndef NFVSADM_PRINT_H
#define NFVSADM_PRINT_H

#include "emit.h"
#include "names.h"
#include "table.h"

enum print_mode {
	PRINT_DEFAULT,
	PRINT_STATS,
	PRINT_FASTPATH,
	PRINT_RATE,
	PRINT_THRESHOLDS,
	PRINT_PERSISTENT_CONN,
	PRINT_TUN_INFO,
	PRINT_COMMAND,		/* as commands; no list is shown like that */
};

/**
 * struct print_view - how to show a table
 * @mode: which columns; JSON has always all
 * @exact: numbers without K, M, G, T
 * @names: addresses and ports; JSON has always numbers
 */
struct print_view {
	enum print_mode mode;
	bool exact;
	const struct names *names;
};

/*
 * Every printer makes the members of an object or one list. The object at top
 * level is the caller's, who may put several of them into it.
 */

/**
 * print_info() - the line above a whole table
 * @e: where
 * @info: what
 */
void print_info(struct emit *e, const struct nfvs_info *info);

/**
 * print_table() - headings and rows
 * @e: where
 * @table: what
 * @view: how
 */
void print_table(struct emit *e, const struct table *table,
		 const struct print_view *view);

/**
 * print_save() - a table as commands that make it again
 * @e: where
 * @table: what
 * @names: addresses and ports
 */
void print_save(struct emit *e, const struct table *table,
		const struct names *names);

/**
 * print_event() - a change, as the command that makes it or an object
 * @e: where
 * @event: what
 * @names: addresses and ports
 */
void print_event(struct emit *e, const struct nfvs_event *event,
		 const struct names *names);

/**
 * print_lost() - in place of events that were lost
 * @e: where
 */
void print_lost(struct emit *e);

/**
 * print_conn_begin() - headings of the connection list
 * @e: where
 * @pe: with the columns of persistence engines
 */
void print_conn_begin(struct emit *e, bool pe);

/**
 * print_conn() - a row of the connection list
 * @e: where
 * @conn: what
 * @names: addresses and ports
 */
void print_conn(struct emit *e, const struct nfvs_conn *conn,
		const struct names *names);

/**
 * print_conn_end() - after the last row
 * @e: where
 */
void print_conn_end(struct emit *e);

/**
 * print_config() - the timeouts
 * @e: where
 * @config: what
 */
void print_config(struct emit *e, const struct nfvs_config *config);

/**
 * print_config_members() - the timeouts as what follows --set
 * @e: where
 * @config: what
 */
void print_config_members(struct emit *e, const struct nfvs_config *config);

/**
 * print_daemons() - the daemons of synchronisation, which do not exist yet
 * @e: where
 */
void print_daemons(struct emit *e);

/**
 * print_counter() - a named counter
 * @e: where
 * @counter: what
 */
void print_counter(struct emit *e, const struct nfvs_counter *counter);

/**
 * print_count() - a named counter as a row below a table
 * @e: where
 * @counter: what
 * @view: how
 */
void print_count(struct emit *e, const struct nfvs_counter *counter,
		 const struct print_view *view);

#endif /* NFVSADM_PRINT_H */
