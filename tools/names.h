/* SPDX-License-Identifier: GPL-2.0-only */
/* nfvsadm: addresses and ports to text, and names to numbers. */
#ifndef NFVSADM_NAMES_H
#define NFVSADM_NAMES_H

#include "parse.h"

enum {
	NAMES_MAX = 1200,	/* longest host name, brackets, service name */
};

/**
 * struct names - how to show addresses and ports
 * @numeric: as numbers
 * @host: name of an address; false if it has none
 * @port: name of a port in host order; false if it has none
 */
struct names {
	bool numeric;
	bool (*host)(uint8_t af, const union nfvs_ip *ip, char *buf, size_t size);
	bool (*port)(uint16_t port, uint16_t proto, char *buf, size_t size);
};

/* The system's data bases. */
extern const struct resolver names_resolver;
extern const struct names names_numeric;
extern const struct names names_resolved;

/**
 * names_endpoint() - address and port as text
 * @names: how
 * @af: family
 * @ip: address
 * @port: port in host order
 * @proto: IPPROTO_* for the port's name; other protocols have none
 * @buf: result
 * @size: room in @buf, NAMES_MAX is enough
 */
void names_endpoint(const struct names *names, uint8_t af,
		    const union nfvs_ip *ip, uint16_t port, uint16_t proto,
		    char *buf, size_t size);

/**
 * names_proto() - name of a protocol in lists
 * @proto: IPPROTO_*
 *
 * Return: name.
 */
const char *names_proto(uint16_t proto);

#endif /* NFVSADM_NAMES_H */
