/* SPDX-License-Identifier: GPL-2.0-only */
/* nfvsadm: text to numbers and addresses; pure. */
#ifndef NFVSADM_PARSE_H
#define NFVSADM_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "libnfvs/libnfvs.h"

/**
 * struct resolver - how names become numbers
 * @host: IPv4 address of a host name; false if there is none
 * @port: port in host order of a service name, -1 if there is none
 *
 * The parser itself asks nobody: the caller passes the system's data bases
 * (names_resolver) or a test's.
 */
struct resolver {
	bool (*host)(const char *name, struct in_addr *addr);
	int (*port)(const char *name, uint16_t proto);
};

/**
 * struct endpoint - host[:port]
 * @has_port: a port was written
 */
struct endpoint {
	uint8_t af;
	bool has_port;
	uint16_t port;
	union nfvs_ip ip;
};

/**
 * parse_number() - a whole decimal number
 * @text: blanks and a sign may lead, nothing may follow
 * @min: least
 * @max: greatest
 * @value: result, untouched on failure
 *
 * Return: true if it is a number of the range.
 */
bool parse_number(const char *text, int64_t min, int64_t max, int64_t *value);

/**
 * parse_endpoint() - host[:port], [v6]:port or a bare IPv6 address
 * @text: text; all digits is no address
 * @proto: IPPROTO_* for service names
 * @resolver: for names
 * @endpoint: result, untouched on failure
 *
 * Return: true if it is one.
 */
bool parse_endpoint(const char *text, uint16_t proto,
		    const struct resolver *resolver, struct endpoint *endpoint);

/**
 * parse_mcast_group() - IPv4 or IPv6 multicast address
 * @text: text
 *
 * Return: 0; AF_INET or AF_INET6: not one of that family.
 */
int parse_mcast_group(const char *text);

/**
 * parse_words() - split a line at blanks, in place
 * @line: text; blanks become NUL
 * @words: where to put the words
 * @max: room in @words
 *
 * A word that starts with # ends the line. Quotes mean nothing.
 *
 * Return: number of words.
 */
int parse_words(char *line, char **words, int max);

#endif /* NFVSADM_PARSE_H */
