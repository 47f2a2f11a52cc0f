/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of the netlink family IPVS, right and wrong ones. */
#ifndef _IPVS_RAW_H
#define _IPVS_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <linux/netlink.h>

enum {
	REQUEST_MAX = 8192,
};

/**
 * struct request - a message to be sent
 * @buf: header, then the rest
 */
struct request {
	union {
		struct nlmsghdr nlh;
		char buf[REQUEST_MAX];
	};
};

/* build() - text to message, see ipvs_text.c; false, with a text on standard error */
bool build(struct request *req, int family, char *text);

/* show() - what is behind nlh's header as text and as bytes, a line */
void show(FILE *out, const struct nlmsghdr *nlh);

/* fuzz_request() - a random message */
void fuzz_request(struct request *req, int family);

/* Parts of messages: start and append, nothing is checked but the room. */
void request_start(struct request *req, int family, int flags, int cmd, int version);
/* Offset of the attribute. */
size_t request_put(struct request *req, int type, const void *data, size_t len);
/* After everything that is in it has been put. */
void request_end_nest(struct request *req, size_t at);

#endif /* _IPVS_RAW_H */
