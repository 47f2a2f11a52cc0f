// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: addresses and ports to text, and names to numbers. */
#include "names.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <sys/socket.h>

/* Only TCP and UDP ports have names. */
static const char *named_proto(uint16_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	default:
		return NULL;
	}
}

/* IPv4 only: a name on the command line has always meant that. */
static bool host_by_name(const char *name, struct in_addr *addr)
{
	struct addrinfo hints = {
		.ai_family = AF_INET,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *list;

	if (getaddrinfo(name, NULL, &hints, &list))
		return false;
	*addr = ((struct sockaddr_in *)list->ai_addr)->sin_addr;
	freeaddrinfo(list);
	return true;
}

static int port_by_name(const char *name, uint16_t proto)
{
	const char *proto_name = named_proto(proto);
	struct servent *entry;

	if (!proto_name)
		return -1;
	entry = getservbyname(name, proto_name);
	return entry ? ntohs((uint16_t)entry->s_port) : -1;
}

static bool name_of_host(uint8_t af, const union nfvs_ip *ip, char *buf,
			 size_t size)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };

	if (af == AF_INET6) {
		v6.sin6_addr = ip->v6;
		return !getnameinfo((struct sockaddr *)&v6, sizeof(v6), buf,
				    (socklen_t)size, NULL, 0, NI_NAMEREQD);
	}
	v4.sin_addr = ip->v4;
	return !getnameinfo((struct sockaddr *)&v4, sizeof(v4), buf,
			    (socklen_t)size, NULL, 0, NI_NAMEREQD);
}

static bool name_of_port(uint16_t port, uint16_t proto, char *buf, size_t size)
{
	const char *proto_name = named_proto(proto);
	struct servent *entry;

	if (!proto_name)
		return false;
	entry = getservbyport(htons(port), proto_name);
	if (!entry)
		return false;
	snprintf(buf, size, "%s", entry->s_name);
	return true;
}

const struct resolver names_resolver = {
	.host = host_by_name,
	.port = port_by_name,
};

const struct names names_numeric = {
	.numeric = true,
};

const struct names names_resolved = {
	.host = name_of_host,
	.port = name_of_port,
};

void names_endpoint(const struct names *names, uint8_t af,
		    const union nfvs_ip *ip, uint16_t port, uint16_t proto,
		    char *buf, size_t size)
{
	const char *open = af == AF_INET6 ? "[" : "";
	const char *close = af == AF_INET6 ? "]" : "";
	char host[NI_MAXHOST], service[NI_MAXSERV];

	if (names->numeric || !names->host(af, ip, host, sizeof(host)))
		inet_ntop(af, ip->bytes, host, sizeof(host));
	if (names->numeric ||
	    !names->port(port, proto, service, sizeof(service)))
		snprintf(service, sizeof(service), "%u", port);
	snprintf(buf, size, "%s%s%s:%s", open, host, close, service);
}

const char *names_proto(uint16_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "TCP";
	case IPPROTO_UDP:
		return "UDP";
	case IPPROTO_SCTP:
		return "SCTP";
	case IPPROTO_AH:
		return "AH";
	case IPPROTO_ESP:
		return "ESP";
	default:
		return "IP";
	}
}
