// SPDX-License-Identifier: GPL-2.0-only
/*
 * Speaks with whoever owns the netlink family IPVS, without a library that would
 * put lengths right.
 *
 * Reads lines from standard input: a request (ipvs_text.c), or
 *
 *	sort REQUEST	the replies in order of their bytes
 *	as N REQUEST	as that user
 *	userns REQUEST	as root of a new user and network namespace
 *	family		what the controller says of the family, but for its number
 *
 * Answers "> " and each reply, then "OK", "DONE" or the name of an errno, with what
 * the kernel says of it in brackets; then an empty line.
 *
 * ipvs_raw --fuzz SEED SECONDS: random requests; prints how many.
 */
#define _GNU_SOURCE
#include "ipvs_raw.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/ip_vs.h>

enum {
	RECEIVE_MAX = 1 << 16,
	REPLIES_MAX = 1024,
	AGAIN = 64,	/* requests of the fuzzer between two looks at the clock */
};

static struct request req;
static int family;
static uint32_t seq;
static char *replies[REPLIES_MAX];
static int n_replies;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "ipvs_raw: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int open_sock(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	int on = 1;

	if (fd < 0 || bind(fd, (void *)&addr, sizeof(addr)))
		die("socket");
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)))
		die("NETLINK_EXT_ACK");
	return fd;
}

static void keep_reply(const struct nlmsghdr *nlh)
{
	size_t len;
	FILE *out;

	if (n_replies == REPLIES_MAX)
		return;
	out = open_memstream(&replies[n_replies++], &len);
	if (!out)
		die("memory");
	show(out, nlh);
	fclose(out);
}

/* The kernel's text and place, if it has any. */
static void print_ext_ack(const struct nlmsghdr *nlh)
{
	size_t start = nlh->nlmsg_type == NLMSG_ERROR ? sizeof(struct nlmsgerr) : sizeof(int);
	const char *at = (const char *)NLMSG_DATA(nlh) + start;
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	const struct nlattr *nla;
	uint32_t offset;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	for (; at + NLA_HDRLEN <= end; at += NLA_ALIGN(nla->nla_len)) {
		nla = (const void *)at;
		if (nla->nla_len < NLA_HDRLEN)
			return;
		if (nla->nla_type == NLMSGERR_ATTR_MSG) {
			printf(" [%s]", at + NLA_HDRLEN);
		} else if (nla->nla_type == NLMSGERR_ATTR_OFFS) {
			memcpy(&offset, at + NLA_HDRLEN, sizeof(offset));
			printf(" [@%u]", offset);
		}
	}
}

static void print_end(const struct nlmsghdr *nlh)
{
	int err;

	memcpy(&err, NLMSG_DATA(nlh), sizeof(err));
	if (err)
		printf("%s", strerrorname_np(-err) ?: "?");
	else
		printf("%s", nlh->nlmsg_type == NLMSG_DONE ? "DONE" : "OK");
	print_ext_ack(nlh);
	putchar('\n');
}

/* True when it was the last of the messages. */
static bool take(const struct nlmsghdr *nlh, bool is_quiet)
{
	bool is_end = nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE;

	if (is_quiet || nlh->nlmsg_seq != seq)
		return is_end;
	if (!is_end)
		keep_reply(nlh);
	return is_end;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_replies(bool is_sorted)
{
	int i;

	if (is_sorted)
		qsort(replies, n_replies, sizeof(*replies), compare);
	for (i = 0; i < n_replies; i++) {
		printf("> %s", replies[i]);
		free(replies[i]);
	}
	n_replies = 0;
}

/*
 * The kernel answers while we send, and goes on with a dump while we receive: when
 * there is nothing to receive, there is nothing to come.
 */
static void exchange(int fd, bool is_sorted, bool is_quiet)
{
	static char buf[RECEIVE_MAX], last[RECEIVE_MAX];
	struct nlmsghdr *nlh;
	bool has_last = false;
	ssize_t n;

	req.nlh.nlmsg_seq = ++seq;
	if (send(fd, req.buf, req.nlh.nlmsg_len, 0) < 0) {
		if (!is_quiet)
			printf("send: %s\n", strerrorname_np(errno));
		return;
	}
	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		for (nlh = (void *)buf; NLMSG_OK(nlh, n); nlh = NLMSG_NEXT(nlh, n)) {
			if (!take(nlh, is_quiet))
				continue;
			memcpy(last, nlh, nlh->nlmsg_len);
			has_last = true;
		}
	}
	if (is_quiet)
		return;
	print_replies(is_sorted);
	if (has_last)
		print_end((void *)last);
	else
		puts("nothing more");
}

/* ---- the family ---- */

static void ask_controller(int fd)
{
	request_start(&req, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY, 1);
	request_put(&req, CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME, sizeof(IPVS_GENL_NAME));
	req.nlh.nlmsg_seq = ++seq;
	if (send(fd, req.buf, req.nlh.nlmsg_len, 0) < 0)
		die("send");
}

/* Calls back for the controller's attributes. */
static void for_family(int fd, void (*each)(struct nlattr *nla))
{
	static char buf[RECEIVE_MAX];
	struct nlmsghdr *nlh = (void *)buf;
	struct nlattr *nla;
	size_t at, len;

	ask_controller(fd);
	if (recv(fd, buf, sizeof(buf), 0) < 0)
		die("receive");
	len = nlh->nlmsg_len;
	if (nlh->nlmsg_type != NLMSG_ERROR) {
		for (at = NLMSG_LENGTH(GENL_HDRLEN); at + NLA_HDRLEN <= len;
		     at += NLA_ALIGN(nla->nla_len)) {
			nla = (void *)(buf + at);
			each(nla);
		}
		/* The acknowledgement. */
		if (recv(fd, buf, sizeof(buf), 0) < 0)
			die("receive");
	}
}

static void take_id(struct nlattr *nla)
{
	uint16_t id;

	if (nla->nla_type != CTRL_ATTR_FAMILY_ID)
		return;
	memcpy(&id, (char *)nla + NLA_HDRLEN, sizeof(id));
	family = id;
}

static void print_family_attr(struct nlattr *nla)
{
	const uint8_t *data = (void *)((char *)nla + NLA_HDRLEN);
	int i;

	if (nla->nla_type == CTRL_ATTR_FAMILY_ID)
		return;
	printf("> %u=x", nla->nla_type);
	for (i = 0; i < nla->nla_len - NLA_HDRLEN; i++)
		printf("%02x", data[i]);
	putchar('\n');
}

/* ---- as somebody else ---- */

static void become(int uid)
{
	if (uid < 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
			die("unshare");
	} else if (setgroups(0, NULL) || setgid(uid) || setuid(uid)) {
		die("setuid");
	}
}

/* uid -1: root of a new user namespace */
static void exchange_as(int uid)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		become(uid);
		exchange(open_sock(), false, false);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
}

static void run_line(int fd, char *line)
{
	bool is_sorted = false, is_other = false;
	int uid = -1;

	if (!strcmp(line, "family")) {
		for_family(fd, print_family_attr);
		return;
	}
	if (!strncmp(line, "sort ", 5)) {
		is_sorted = true;
		line += 5;
	} else if (!strncmp(line, "userns ", 7)) {
		is_other = true;
		line += 7;
	} else if (!strncmp(line, "as ", 3)) {
		is_other = true;
		uid = strtol(line + 3, &line, 10);
	}
	if (!build(&req, family, line))
		puts("not understood");
	else if (is_other)
		exchange_as(uid);
	else
		exchange(fd, is_sorted, false);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void fuzz(int fd, unsigned int seed, int seconds)
{
	double end = now() + seconds;
	unsigned long n = 0;

	srandom(seed);
	while (n % AGAIN || now() < end) {
		fuzz_request(&req, family);
		exchange(fd, false, true);
		n++;
	}
	printf("seed %u: %lu requests\n", seed, n);
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int fd = open_sock();

	for_family(fd, take_id);
	if (!family) {
		fputs("ipvs_raw: nobody owns the family\n", stderr);
		return 1;
	}
	if (argc == 4 && !strcmp(argv[1], "--fuzz")) {
		fuzz(fd, strtoul(argv[2], NULL, 0), atoi(argv[3]));
		return 0;
	}
	while ((n = getline(&line, &room, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = 0;
		run_line(fd, line);
		putchar('\n');
	}
	free(line);
	return 0;
}
