/* SPDX-License-Identifier: GPL-2.0-only */
/* nfvsadm: a file of commands as one list of changes. */
#ifndef NFVSADM_RESTORE_H
#define NFVSADM_RESTORE_H

#include <stdio.h>

#include "request.h"

/* Where a change came from, for messages; points into struct restore's text. */
struct restore_line {
	size_t number;
	const char *text;
};

/**
 * struct restore - changes read from a file
 * @text: the whole file; every line ends with NUL once it is parsed
 * @copy: of the line that is being cut into words, with room for the longest
 * @prog: program name for messages
 * @ops: changes
 * @lines: where each change came from
 * @n: number of both
 */
struct restore {
	char *text;
	char *copy;
	char prog[256];
	struct nfvs_op *ops;
	struct restore_line *lines;
	size_t n;
	size_t room;
};

/**
 * restore_read() - read and check a whole file
 * @restore: result; empty before
 * @in: the file
 * @replace: what is there is removed first
 * @prog: program name for messages
 * @resolver: for names
 * @diag: the first mistake, with its line
 *
 * Return: 0 or -1.
 */
int restore_read(struct restore *restore, FILE *in, bool replace,
		 const char *prog,
		 const struct resolver *resolver, struct diag *diag);

/**
 * restore_free() - release what it holds
 * @restore: empty afterwards
 */
void restore_free(struct restore *restore);

#endif /* NFVSADM_RESTORE_H */
