/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of the netlink family nf_vs as text, in both directions. */
#ifndef _NLTEST_H
#define _NLTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

enum {
	WORDS_MAX = 1024,
	REQUEST_MAX = 16 << 20,
};

/**
 * struct request - a message to be sent
 * @buf: header, then the rest
 * @mark: offset of the attribute that has a '!' in the text, 0: none
 * @count_only: of the replies, only their number is wanted
 */
struct request {
	union {
		struct nlmsghdr nlh;
		char buf[REQUEST_MAX];
	};
	size_t len;
	unsigned int mark;
	bool count_only;
};

/**
 * build() - text to message
 * @req: receives it
 * @family: number of the family
 * @text: COMMAND[+FLAG...] [ATTRIBUTE...], words with blanks between, see
 *	  nltest_text.c
 *
 * Return: false, with a text on standard error, when it is not understood.
 */
bool build(struct request *req, int family, const char *text);

/* show() - the message as text that build() would understand, without newline */
void show(FILE *out, const struct nlmsghdr *nlh);

#endif /* _NLTEST_H */
