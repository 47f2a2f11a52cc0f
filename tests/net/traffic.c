// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic for the scenarios: clients that print who answered them.
 *
 * A request is a line (TCP) or a datagram (UDP).  "R<n>" at its start asks for
 * an answer of n bytes.  The answer starts with
 *	NAME peer=ADDR:PORT local=ADDR:PORT got=<bytes of the request>
 */
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	ANSWER_MAX = 256,	/* of an answer, what is kept and printed */
	BYTES_MAX = 16 << 20,	/* of a request or an answer */
	DATAGRAM_MAX = 65507,
	PATIENCE_MS = 20000,	/* of a machine that may be slow, not of a network */
};

/* A client: its options and, once connected, its socket. */
struct client {
	union addr to, from;
	bool has_from, udp, rst;
	bool next_port;		/* the next request from the next port */
	unsigned int source_port;
	int timeout_ms;
	size_t bytes, reply;	/* 0: as small as can be */
	int tos;
	unsigned int mark;
	int fd;
	size_t received;	/* bytes of the last answer */
	char answer[ANSWER_MAX];
};

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("traffic: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(EXIT_USAGE);
}

unsigned long parse_number(const char *what, const char *text, unsigned long max)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || n > max)
		die("%s: '%s' is not a number from 0 to %lu", what, text, max);
	return n;
}

void parse_addr(union addr *a, const char *text, unsigned int port)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons(port);
		return;
	}
	if (inet_pton(AF_INET6, text, &a->v6.sin6_addr) != 1)
		die("'%s' is not an address", text);
	a->v6.sin6_family = AF_INET6;
	a->v6.sin6_port = htons(port);
}

socklen_t addr_len(const union addr *a)
{
	return a->sa.sa_family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);
}

long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Waits for the socket; returns 0, -ETIMEDOUT or -errno. */
static int wait_for(int fd, short events, long long deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	long long left;
	int n;

	do {
		left = deadline - now_ms();
		n = poll(&p, 1, left > 0 ? left : 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

static void bind_source(struct client *c)
{
	union addr a = c->from;
	int one = 1;

	if (!c->has_from) {
		memset(&a, 0, sizeof(a));
		a.sa.sa_family = c->to.sa.sa_family;
	}
	if (a.sa.sa_family != c->to.sa.sa_family)
		die("source and destination are of different families");
	if (a.sa.sa_family == AF_INET)
		a.v4.sin_port = htons(c->source_port);
	else
		a.v6.sin6_port = htons(c->source_port);
	setsockopt(c->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(c->fd, &a.sa, addr_len(&a)))
		die("bind: %s", strerror(errno));
}

static int open_client(struct client *c)
{
	struct linger rst = { .l_onoff = 1, .l_linger = 0 };
	socklen_t len = sizeof(int);
	int err;

	c->fd = socket(c->to.sa.sa_family,
		       (c->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		die("socket: %s", strerror(errno));
	if (c->has_from || c->source_port)
		bind_source(c);
	if (c->rst)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &rst, sizeof(rst));
	if (c->mark && setsockopt(c->fd, SOL_SOCKET, SO_MARK, &c->mark, sizeof(c->mark)))
		die("mark: %s", strerror(errno));
	if (c->tos && c->to.sa.sa_family == AF_INET)
		setsockopt(c->fd, IPPROTO_IP, IP_TOS, &c->tos, sizeof(c->tos));
	if (c->tos && c->to.sa.sa_family == AF_INET6)
		setsockopt(c->fd, IPPROTO_IPV6, IPV6_TCLASS, &c->tos, sizeof(c->tos));

	if (!connect(c->fd, &c->to.sa, addr_len(&c->to)))
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	err = wait_for(c->fd, POLLOUT, now_ms() + c->timeout_ms);
	if (err)
		return err;
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return -errno;
	return -err;
}

static int send_all(struct client *c, const char *data, size_t len, long long deadline)
{
	ssize_t n;
	int err;

	while (len) {
		n = send(c->fd, data, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return -errno;
		if (n < 0) {
			err = wait_for(c->fd, POLLOUT, deadline);
			if (err)
				return err;
			continue;
		}
		data += n;
		len -= n;
	}
	return 0;
}

/* Receives until the newline that ends an answer; keeps its beginning. */
static int receive_answer(struct client *c, long long deadline)
{
	static char buf[DATAGRAM_MAX + 1];
	size_t keep = 0, n;
	ssize_t got;
	int err;

	c->received = 0;
	for (;;) {
		err = wait_for(c->fd, POLLIN, deadline);
		if (err)
			return err;
		got = recv(c->fd, buf, sizeof(buf), 0);
		if (got < 0 && errno == EAGAIN)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return -ENODATA;
		n = (size_t)got < sizeof(c->answer) - 1 - keep ?
			(size_t)got : sizeof(c->answer) - 1 - keep;
		memcpy(c->answer + keep, buf, n);
		keep += n;
		c->received += got;
		if (c->udp || buf[got - 1] == '\n')
			break;
	}
	c->answer[keep] = '\0';
	c->answer[strcspn(c->answer, "\n|")] = '\0';
	return 0;
}

/* Sends one request and waits for its answer. */
static int ask(struct client *c, const char *text)
{
	long long deadline = now_ms() + c->timeout_ms;
	size_t len = strlen(text) + 32;
	char *request;
	size_t used;
	int err;

	if (len < c->bytes)
		len = c->bytes;
	request = malloc(len + 1);
	if (!request)
		die("out of memory");
	used = c->reply ? sprintf(request, "R%zu %s", c->reply, text) :
			  sprintf(request, "%s", text);
	if (used + 1 < c->bytes) {
		memset(request + used, 'x', c->bytes - used);
		used = c->bytes - 1;
	}
	request[used++] = '\n';
	err = send_all(c, request, used, deadline);
	free(request);
	return err ? err : receive_answer(c, deadline);
}

static void print_result(const struct client *c, int err)
{
	char *got;

	if (err == -ETIMEDOUT) {
		puts("error: timeout");
	} else if (err == -ENODATA) {
		puts("error: closed");
	} else if (err) {
		printf("error: %s\n", strerror(-err));
	} else if (c->bytes || c->reply) {
		printf("%s reply=%zu\n", c->answer, c->received);
	} else {
		got = strstr(c->answer, " got=");
		printf("%.*s\n", got ? (int)(got - c->answer) : ANSWER_MAX, c->answer);
	}
	fflush(stdout);
}

/* Opening a FIFO for reading waits for a writer: that is the sign to go on. */
static void hold(const char *fifo)
{
	char c;
	int fd;

	fd = open(fifo, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %s", fifo, strerror(errno));
	while (read(fd, &c, 1) > 0)
		;
	close(fd);
}

static const struct option client_options[] = {
	{ "count", required_argument, NULL, 'n' },
	{ "udp", no_argument, NULL, 'u' },
	{ "source", required_argument, NULL, 's' },
	{ "source-port", required_argument, NULL, 'p' },
	{ "next-port", no_argument, NULL, 'N' },
	{ "timeout", required_argument, NULL, 't' },
	{ "bytes", required_argument, NULL, 'b' },
	{ "reply", required_argument, NULL, 'r' },
	{ "hold", required_argument, NULL, 'H' },
	{ "rst", no_argument, NULL, 'R' },
	{ "mark", required_argument, NULL, 'm' },
	{ "tos", required_argument, NULL, 'T' },
	{ }
};

static void parse_client(struct client *c, int argc, char **argv, unsigned long *count,
			 const char **fifo)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "n:u", client_options, NULL)) != -1) {
		switch (opt) {
		case 'n': *count = parse_number("count", optarg, 10000000); break;
		case 'u': c->udp = true; break;
		case 's': parse_addr(&c->from, optarg, 0); c->has_from = true; break;
		case 'p': c->source_port = parse_number("source-port", optarg, 65535); break;
		case 'N': c->next_port = true; break;
		case 't': c->timeout_ms = parse_number("timeout", optarg, 3600000); break;
		case 'b': c->bytes = parse_number("bytes", optarg, BYTES_MAX); break;
		case 'r': c->reply = parse_number("reply", optarg, BYTES_MAX); break;
		case 'H': *fifo = optarg; break;
		case 'R': c->rst = true; break;
		case 'm': c->mark = parse_number("mark", optarg, 0xffffffff); break;
		case 'T': c->tos = parse_number("tos", optarg, 255); break;
		default: exit(EXIT_USAGE);
		}
	}
	if (argc - optind != 2)
		die("ADDRESS and PORT, please");
	parse_addr(&c->to, argv[optind], parse_number("port", argv[optind + 1], 65535));
	if (c->udp && (c->bytes > DATAGRAM_MAX || c->reply > DATAGRAM_MAX))
		die("a datagram has at most %d bytes", DATAGRAM_MAX);
}

/* Each request on a connection of its own. */
static int cmd_get(int argc, char **argv)
{
	struct client c = { .timeout_ms = PATIENCE_MS };
	const char *fifo = NULL;
	unsigned long count = 1;
	bool failed = false;
	int err;

	parse_client(&c, argc, argv, &count, &fifo);
	while (count--) {
		err = open_client(&c);
		if (!err)
			err = ask(&c, "");
		print_result(&c, err);
		failed |= err != 0;
		if (!fifo || err)
			close(c.fd);
		c.source_port += c.next_port;
	}
	if (fifo)
		hold(fifo);
	return failed ? EXIT_NO_ANSWER : 0;
}

/* One connection, a request per line of standard input. */
static int cmd_flow(int argc, char **argv)
{
	struct client c = { .timeout_ms = PATIENCE_MS };
	const char *fifo = NULL;
	unsigned long count = 0;
	bool failed = false;
	size_t size = 0;
	char *line = NULL;
	int err;

	parse_client(&c, argc, argv, &count, &fifo);
	err = open_client(&c);
	if (err) {
		print_result(&c, err);
		return EXIT_NO_ANSWER;
	}
	while (getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		err = ask(&c, line);
		print_result(&c, err);
		failed |= err != 0;
		if (err && err != -ETIMEDOUT && !c.udp)
			break;
	}
	free(line);
	close(c.fd);
	return failed ? EXIT_NO_ANSWER : 0;
}

static const char usage[] =
"usage: traffic serve NAME [--tcp PORT]... [--udp PORT]... [-6]\n"
"       traffic get ADDR PORT [-n COUNT] [--udp] [--source A] [--source-port P]\n"
"               [--next-port] [--timeout MS] [--bytes N] [--reply N] [--hold FIFO]\n"
"               [--rst] [--mark M] [--tos T]\n"
"       traffic flow ADDR PORT [the same options]     a request per line of stdin\n"
"       traffic send SRC DST [--proto tcp|udp|NUMBER] [--sport P] [--dport P]\n"
"               [--flags SAFRPU [--then SAFRPU]] [--seq N] [--ack N] [--payload N] [--ttl N]\n"
"               [--tos N] [--id N] [--df] [--ip-options HEX] [--ext hbh|dst|route]...\n"
"               [--frag SIZE,SIZE...] [--order I,I...] [--bad-csum] [-n COUNT]\n"
"               [--icmp TYPE,CODE[,INFO] --inner-src A --inner-dst A]\n"
"       traffic flood SRC DST [--proto tcp|udp] [--dport P] [--ports N]\n"
"               [--payload N] [--seconds S] [-n COUNT]\n"
"       traffic capture DEVICE [--proto icmp|tcp|udp|NUMBER] [--not icmp|tcp|udp|NUMBER]\n"
"               [-n COUNT] [--idle MS] [--out] [--text]\n"
"               what arrives (--out: leaves), a line each\n"
"get, flow: an answer per line, or \"error: <reason>\"; exit 1 if there was one.\n"
"serve, capture: print \"ready\" when they listen.\n";

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} commands[] = {
		{ "serve", cmd_serve },
		{ "get", cmd_get },
		{ "flow", cmd_flow },
		{ "send", cmd_send },
		{ "flood", cmd_flood },
		{ "capture", cmd_capture },
	};
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	if (argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))) {
		fputs(usage, stdout);
		return 0;
	}
	fputs(usage, stderr);
	return EXIT_USAGE;
}
