/* SPDX-License-Identifier: GPL-2.0-only */
/* nfvsadm: which options there are and which go with which command. */
#ifndef NFVSADM_OPTS_H
#define NFVSADM_OPTS_H

#include "request.h"

/* What a word on the command line can say. Commands and options share one
 * number space: commands first.
 */
enum spelling {
	SP_COMMAND,		/* code is an enum command */
	SP_OPTION,		/* code is an enum option */
	SP_IPV6,		/* modifies the mark given before */
	SP_IGNORED,		/* accepted, means nothing */
};

enum opt_arg {
	ARG_NONE,
	ARG_REQUIRED,
	ARG_OPTIONAL,		/* next word unless that starts with '-' */
};

/**
 * struct opt_spec - a spelling
 * @name: long name without dashes, or NULL
 * @letter: short name or 0
 * @kind: what @code means
 * @arg: whether an argument follows
 * @code: enum command or enum option
 * @value: what this spelling chooses (protocol, method)
 */
struct opt_spec {
	const char *name;
	char letter;
	enum spelling kind;
	enum opt_arg arg;
	int code;
	int value;
};

/* A walk over the words of a command line, with popt's habits. */
struct opt_scan {
	char **argv;
	int argc;
	int next;		/* word to look at */
	const char *cluster;	/* letters left of the present word */
	bool only_args;		/* "--" was seen */

	const char *word;	/* present word, for messages */
	const char *arg;	/* argument of the present option or NULL */
	int n_args;		/* argv[1..n_args] become the other words */
};

enum scan_result {
	SCAN_OPTION,
	SCAN_END,
	SCAN_UNKNOWN,
	SCAN_NO_ARG,
	SCAN_UNWANTED_ARG,
};

/**
 * opts_scan_init() - start a walk
 * @scan: walk
 * @argc: number of words
 * @argv: words; reordered: other words than options move to the front
 */
void opts_scan_init(struct opt_scan *scan, int argc, char **argv);

/**
 * opts_scan() - next option
 * @scan: walk
 * @spec: what it is, for SCAN_OPTION
 *
 * Return: what was found.
 */
enum scan_result opts_scan(struct opt_scan *scan, const struct opt_spec **spec);

/**
 * opts_check() - do the options go with the command?
 * @req: command and options
 * @diag: what does not
 *
 * Return: 0 or -1.
 */
int opts_check(const struct request *req, struct diag *diag);

/**
 * opts_name() - name of an option in messages
 * @opt: option
 *
 * Return: name.
 */
const char *opts_name(enum option opt);

/**
 * opts_later() - an option or command that exists but does nothing yet
 * @req: command and options
 *
 * Return: its long name without dashes, or NULL.
 */
const char *opts_later(const struct request *req);

/**
 * opts_spec() - the spellings one by one
 * @i: which, from 0 on
 *
 * Return: spelling, NULL after the last.
 */
const struct opt_spec *opts_spec(size_t i);

/**
 * opts_usable() - does an option go with a command, and do something there?
 * @cmd: command
 * @opt: option
 *
 * Return: true if so.
 */
bool opts_usable(enum command cmd, enum option opt);

/**
 * opts_scheduler() - the names of schedulers one by one
 * @i: which, from 0 on
 *
 * Return: name, NULL after the last.
 */
const char *opts_scheduler(size_t i);

/**
 * opts_tun_type() - the names of encapsulations
 * @i: enum nfvs_tun_type
 *
 * Return: name, NULL after the last.
 */
const char *opts_tun_type(size_t i);

#endif /* NFVSADM_OPTS_H */
