/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the traffic helper share: addresses, options, commands. */
#ifndef NFVS_TEST_TRAFFIC_H
#define NFVS_TEST_TRAFFIC_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

union addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Exit codes: 0 all answered or sent, 1 not, 2 wrong usage or no resources. */
enum {
	EXIT_NO_ANSWER = 1,
	EXIT_USAGE = 2,
};

void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
unsigned long parse_number(const char *what, const char *text, unsigned long max);
void parse_addr(union addr *a, const char *text, unsigned int port);
unsigned int parse_proto(const char *text);
socklen_t addr_len(const union addr *a);
long long now_ms(void);

int cmd_send(int argc, char **argv);
int cmd_flood(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_capture(int argc, char **argv);

#endif
