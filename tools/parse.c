// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: text to numbers and addresses; pure. */
#include "parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <sys/socket.h>

enum {
	HOST_TEXT_MAX = 1100,	/* longest host name, brackets, port */
};

/* What nearly all numbers are: up to nine digits, and nothing else. */
static bool plain_number(const char *text, long long *value)
{
	long long number = 0;
	int i;

	for (i = 0; i < 9 && text[i] >= '0' && text[i] <= '9'; i++)
		number = 10 * number + (text[i] - '0');
	if (!i || text[i])
		return false;
	*value = number;
	return true;
}

bool parse_number(const char *text, int64_t min, int64_t max, int64_t *value)
{
	long long number;
	char *end;

	if (!plain_number(text, &number)) {
		errno = 0;
		number = strtoll(text, &end, 10);
		if (end == text || *end || errno)
			return false;
	}
	if (number < min || number > max)
		return false;
	*value = number;
	return true;
}

static bool is_all_digits(const char *text)
{
	return !text[strspn(text, "0123456789")];
}

static bool parse_port(const char *text, uint16_t proto,
		       const struct resolver *resolver, uint16_t *port)
{
	int64_t number;

	if (!parse_number(text, 0, UINT16_MAX, &number))
		number = *text ? resolver->port(text, proto) : -1;
	if (number < 0)
		return false;
	*port = (uint16_t)number;
	return true;
}

/*
 * Cut "host", "host:port" or "[v6]:port" in two. Brackets always need a port
 * and hold IPv6 only; a bare IPv6 address has none, all of its colons are its
 * own.
 */
static bool split(char *text, char **host, char **port, bool *bracketed)
{
	struct in6_addr v6;
	char *end;

	*port = NULL;
	*host = text;
	*bracketed = *text == '[';
	if (*bracketed) {
		end = strchr(text, ']');
		if (!end || end[1] != ':')
			return false;
		*end = '\0';
		*host = text + 1;
		*port = end + 2;
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6) == 1)
		return true;
	end = strrchr(text, ':');
	if (end) {
		*end = '\0';
		*port = end + 1;
	}
	return true;
}

/* A number up to max, without a leading 0; returns what follows, NULL: no such thing. */
static inline const char *plain_part(const char *text, uint32_t max,
				     uint32_t *part)
{
	const char *first = text;
	uint32_t number = 0;

	while ((unsigned char)(*text - '0') <= 9 && number <= max)
		number = 10 * number + (uint32_t)(*text++ - '0');
	if (text == first || number > max || (*first == '0' && text > first + 1))
		return NULL;
	*part = number;
	return text;
}

/*
 * What nearly all endpoints are, in large files especially: "192.0.2.1:80". All
 * else, also what only looks like it, is left to the long way round.
 */
static bool plain_endpoint(const char *text, struct endpoint *endpoint)
{
	uint32_t addr = 0, part = 0;
	bool has_port;
	int i;

	for (i = 0; i < 4; i++) {
		text = plain_part(text, 255, &part);
		if (!text || (i < 3 && *text++ != '.'))
			return false;
		addr = addr << 8 | part;
	}
	part = 0;
	has_port = *text == ':';
	if (has_port)
		text = plain_part(text + 1, UINT16_MAX, &part);
	if (!text || *text)
		return false;
	*endpoint = (struct endpoint){
		.af = AF_INET,
		.ip.v4.s_addr = htonl(addr),
		.has_port = has_port,
		.port = (uint16_t)part,
	};
	return true;
}

bool parse_endpoint(const char *text, uint16_t proto,
		    const struct resolver *resolver, struct endpoint *endpoint)
{
	struct endpoint result = { .af = AF_INET };
	char copy[HOST_TEXT_MAX + 1];
	char *host, *port;
	bool bracketed;

	if (plain_endpoint(text, endpoint))
		return true;
	/* inet_aton() ignores what follows a blank, strtoll() skips blanks. */
	if (is_all_digits(text) || strlen(text) > HOST_TEXT_MAX ||
	    strpbrk(text, " \t\n\v\f\r"))
		return false;
	strcpy(copy, text);
	if (!split(copy, &host, &port, &bracketed))
		return false;
	if (inet_pton(AF_INET6, host, &result.ip.v6) == 1)
		result.af = AF_INET6;
	else if (bracketed)
		return false;
	/* inet_aton() also takes the short and octal forms, as ever. */
	else if (!inet_aton(host, &result.ip.v4) &&
		 !(*host && resolver->host(host, &result.ip.v4)))
		return false;
	if (port) {
		result.has_port = true;
		if (!parse_port(port, proto, resolver, &result.port))
			return false;
	}
	*endpoint = result;
	return true;
}

int parse_mcast_group(const char *text)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (strchr(text, ':')) {
		if (inet_pton(AF_INET6, text, &v6) == 1 &&
		    IN6_IS_ADDR_MULTICAST(&v6))
			return 0;
		return AF_INET6;
	}
	if (inet_aton(text, &v4) && IN_MULTICAST(ntohl(v4.s_addr)))
		return 0;
	return AF_INET;
}

/* isspace() of the C locale. */
static inline bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int parse_words(char *line, char **words, int max)
{
	int n = 0;

	while (n < max) {
		while (is_blank(*line))
			*line++ = '\0';
		if (!*line || *line == '#')
			break;
		words[n++] = line;
		/* Nothing above ' ' is blank. */
		while ((unsigned char)*line > ' ' || (*line && !is_blank(*line)))
			line++;
	}
	return n;
}
