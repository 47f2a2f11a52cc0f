// SPDX-License-Identifier: GPL-2.0-only
/* The server of the traffic helper: says who it is, who asks, and on which address. */
#define _GNU_SOURCE
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	LISTENERS_MAX = 64,
	LINE_MAX_LEN = 256,
	REPLY_MAX = 16 << 20,
	DATAGRAM_SIZE = 65536,
	BACKLOG = 4096,
};

enum kind { LISTEN_TCP, LISTEN_UDP, CONNECTION };

/* A socket that epoll watches. */
struct end {
	enum kind kind;
	int fd;
	size_t got;		/* bytes of the request so far */
	char head[16];		/* its beginning */
	char line[LINE_MAX_LEN];
	size_t line_len, sent, total;	/* of the answer; total 0: none to send */
};

static const char *server_name;
static int epoll_fd;

static void format_addr(char *buf, size_t size, const struct in6_addr *a, unsigned int port)
{
	char text[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(a)) {
		inet_ntop(AF_INET, &a->s6_addr[12], text, sizeof(text));
		snprintf(buf, size, "%s:%u", text, port);
		return;
	}
	inet_ntop(AF_INET6, a, text, sizeof(text));
	snprintf(buf, size, "[%s]:%u", text, port);
}

/* Prepares the answer to the request of @e; "R<n>" asks for n bytes. */
static void compose(struct end *e, const struct sockaddr_in6 *peer,
		    const struct in6_addr *local, unsigned int port)
{
	char p[64], l[64];
	size_t wanted = 0;

	format_addr(p, sizeof(p), &peer->sin6_addr, ntohs(peer->sin6_port));
	format_addr(l, sizeof(l), local, port);
	e->line_len = snprintf(e->line, sizeof(e->line), "%s peer=%s local=%s got=%zu",
			       server_name, p, l, e->got);
	if (e->line_len >= sizeof(e->line))
		e->line_len = sizeof(e->line) - 1;
	if (e->head[0] == 'R')
		wanted = strtoul(e->head + 1, NULL, 10);
	if (wanted > REPLY_MAX)
		wanted = REPLY_MAX;
	e->total = wanted > e->line_len + 1 ? wanted : e->line_len + 1;
	e->sent = 0;
	e->got = 0;
}

/* The next bytes of an answer: the line, a bar and padding, a newline. */
static size_t next_bytes(const struct end *e, char *buf, size_t size)
{
	size_t n = e->total - e->sent, i;

	if (n > size)
		n = size;
	for (i = 0; i < n; i++) {
		size_t pos = e->sent + i;

		if (pos == e->total - 1)
			buf[i] = '\n';
		else if (pos < e->line_len)
			buf[i] = e->line[pos];
		else
			buf[i] = pos == e->line_len ? '|' : 'x';
	}
	return n;
}

static void watch(struct end *e, uint32_t events, int op)
{
	struct epoll_event ev = { .events = events, .data.ptr = e };

	if (epoll_ctl(epoll_fd, op, e->fd, &ev))
		die("epoll: %s", strerror(errno));
}

static void drop(struct end *e)
{
	close(e->fd);
	free(e);
}

/* Sends what the socket takes; returns false when the connection is gone. */
static bool flush(struct end *e)
{
	static char buf[65536];
	ssize_t n;

	while (e->sent < e->total) {
		n = send(e->fd, buf, next_bytes(e, buf, sizeof(buf)), MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) {
			watch(e, EPOLLOUT, EPOLL_CTL_MOD);
			return true;
		}
		if (n <= 0)
			return false;
		e->sent += n;
	}
	if (e->total)
		watch(e, EPOLLIN, EPOLL_CTL_MOD);
	e->total = 0;
	return true;
}

static bool read_request(struct end *e)
{
	struct sockaddr_in6 peer, local;
	socklen_t len = sizeof(peer);
	static char buf[65536];
	ssize_t n, i;

	n = recv(e->fd, buf, sizeof(buf), 0);
	if (n < 0)
		return errno == EAGAIN;
	if (!n)
		return false;
	for (i = 0; i < n && e->got + i < sizeof(e->head) - 1; i++)
		e->head[e->got + i] = buf[i];
	e->got += n;
	if (buf[n - 1] != '\n')
		return true;
	if (getpeername(e->fd, (struct sockaddr *)&peer, &len))
		return false;
	len = sizeof(local);
	if (getsockname(e->fd, (struct sockaddr *)&local, &len))
		return false;
	compose(e, &peer, &local.sin6_addr, ntohs(local.sin6_port));
	memset(e->head, 0, sizeof(e->head));
	return flush(e);
}

static void accept_all(const struct end *listener)
{
	struct end *e;
	int fd;

	for (;;) {
		fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		e = calloc(1, sizeof(*e));
		if (!e)
			die("out of memory");
		e->kind = CONNECTION;
		e->fd = fd;
		watch(e, EPOLLIN, EPOLL_CTL_ADD);
	}
}

/* Answers one datagram from the address it was sent to. */
static bool answer_datagram(struct end *e)
{
	static char buf[DATAGRAM_SIZE];
	union {
		char data[CMSG_SPACE(sizeof(struct in6_pktinfo))];
		struct cmsghdr align;
	} control;
	struct sockaddr_in6 peer, self;
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = {
		.msg_name = &peer, .msg_namelen = sizeof(peer),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.data, .msg_controllen = sizeof(control.data),
	};
	socklen_t len = sizeof(self);
	struct in6_pktinfo *info;
	struct cmsghdr *cmsg;
	ssize_t n;

	n = recvmsg(e->fd, &msg, 0);
	if (n < 0)
		return false;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_type != IPV6_PKTINFO)
		die("datagram without its destination address");
	info = (struct in6_pktinfo *)CMSG_DATA(cmsg);
	if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr))
		info->ipi6_ifindex = 0;

	memset(e->head, 0, sizeof(e->head));
	memcpy(e->head, buf, n < (ssize_t)sizeof(e->head) - 1 ? (size_t)n : sizeof(e->head) - 1);
	e->got = n;
	getsockname(e->fd, (struct sockaddr *)&self, &len);
	compose(e, &peer, &info->ipi6_addr, ntohs(self.sin6_port));
	iov.iov_len = next_bytes(e, buf, sizeof(buf));
	/* A lost answer is the client's time-out; the server goes on. */
	sendmsg(e->fd, &msg, 0);
	return true;
}

static void listen_on(enum kind kind, unsigned int port, int v6only)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct end *e = calloc(1, sizeof(*e));
	int one = 1;

	if (!e)
		die("out of memory");
	e->kind = kind;
	e->fd = socket(AF_INET6, (kind == LISTEN_UDP ? SOCK_DGRAM : SOCK_STREAM) |
		       SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (e->fd < 0)
		die("socket: %s", strerror(errno));
	setsockopt(e->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(e->fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
	setsockopt(e->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one));
	if (bind(e->fd, (struct sockaddr *)&a, sizeof(a)))
		die("bind port %u: %s", port, strerror(errno));
	if (kind == LISTEN_TCP && listen(e->fd, BACKLOG))
		die("listen on port %u: %s", port, strerror(errno));
	watch(e, EPOLLIN, EPOLL_CTL_ADD);
}

static void handle(struct end *e, uint32_t events)
{
	bool alive = true;

	switch (e->kind) {
	case LISTEN_TCP:
		accept_all(e);
		return;
	case LISTEN_UDP:
		while (answer_datagram(e))
			;
		return;
	case CONNECTION:
		if (events & EPOLLOUT)
			alive = flush(e);
		else
			alive = read_request(e);
		if (!alive)
			drop(e);
	}
}

static const struct option serve_options[] = {
	{ "tcp", required_argument, NULL, 't' },
	{ "udp", required_argument, NULL, 'u' },
	{ }
};

int cmd_serve(int argc, char **argv)
{
	unsigned int ports[LISTENERS_MAX], n = 0, i;
	struct epoll_event events[64];
	struct rlimit files;
	enum kind kinds[LISTENERS_MAX];
	int v6only = 0, opt, ready;

	while ((opt = getopt_long(argc, argv, "6", serve_options, NULL)) != -1) {
		if (opt == '6') {
			v6only = 1;
			continue;
		}
		if (opt == '?' || n == LISTENERS_MAX)
			die("serve NAME [--tcp PORT]... [--udp PORT]... [-6]");
		kinds[n] = opt == 't' ? LISTEN_TCP : LISTEN_UDP;
		ports[n++] = parse_number("port", optarg, 65535);
	}
	if (argc - optind != 1 || !n)
		die("serve needs a NAME and at least one port");
	server_name = argv[optind];

	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
		die("epoll: %s", strerror(errno));
	for (i = 0; i < n; i++)
		listen_on(kinds[i], ports[i], v6only);
	puts("ready");
	fflush(stdout);

	for (;;) {
		ready = epoll_wait(epoll_fd, events, 64, -1);
		if (ready < 0 && errno != EINTR)
			die("epoll: %s", strerror(errno));
		for (i = 0; (int)i < ready; i++)
			handle(events[i].data.ptr, events[i].events);
	}
}
