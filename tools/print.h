/* SPDX-License-Identifier: GPL-2.0-only */
/* nfvsadm: structures to text; pure printers. */
#ifndef NFVSADM_PRINT_H
#define NFVSADM_PRINT_H

#include <stdio.h>

#include "names.h"
#include "table.h"

enum print_mode {
	PRINT_DEFAULT,
	PRINT_STATS,
	PRINT_FASTPATH,
	PRINT_RATE,
	PRINT_THRESHOLDS,
	PRINT_PERSISTENT_CONN,
};

/**
 * struct print_view - how to show a table
 * @mode: which columns
 * @exact: numbers without K, M, G, T
 * @names: addresses and ports
 */
struct print_view {
	enum print_mode mode;
	bool exact;
	const struct names *names;
};

/**
 * print_info() - the line above a whole table
 * @out: where
 * @info: what
 */
void print_info(FILE *out, const struct nfvs_info *info);

/**
 * print_table() - headings and rows
 * @out: where
 * @table: what
 * @view: how
 */
void print_table(FILE *out, const struct table *table,
		 const struct print_view *view);

/**
 * print_save() - a table as commands that make it again
 * @out: where
 * @table: what
 * @names: addresses and ports
 */
void print_save(FILE *out, const struct table *table,
		const struct names *names);

/**
 * print_conn_header() - headings of the connection list
 * @out: where
 * @pe: with the columns of persistence engines
 */
void print_conn_header(FILE *out, bool pe);

/**
 * print_conn() - a row of the connection list
 * @out: where
 * @conn: what
 * @names: addresses and ports
 */
void print_conn(FILE *out, const struct nfvs_conn *conn,
		const struct names *names);

/**
 * print_config() - the timeouts
 * @out: where
 * @config: what
 */
void print_config(FILE *out, const struct nfvs_config *config);

/**
 * print_counter() - a named counter
 * @out: where
 * @counter: what
 */
void print_counter(FILE *out, const struct nfvs_counter *counter);

/**
 * print_count() - a named counter as a row below a table
 * @out: where
 * @counter: what
 * @view: how
 */
void print_count(FILE *out, const struct nfvs_counter *counter,
		 const struct print_view *view);

#endif /* NFVSADM_PRINT_H */
