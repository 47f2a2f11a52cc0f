// SPDX-License-Identifier: GPL-2.0-only
/*
 * Speaks with the netlink family nf_vs, also in ways that no tool should. Does not
 * use libnfvs, so that neither hides a mistake of the other.
 *
 * Reads commands from standard input. What it answers to each are lines that start
 * with "> ", then one that does not: "OK", or the name of an errno, the kernel's
 * text, and "@!" if the kernel points at the marked attribute, "@<offset>" if it
 * points elsewhere.
 *
 *	REQUEST			see nltest_text.c; the replies are shown
 *	hold REQUEST, resume	the same in two steps
 *	other REQUEST		on another socket
 *	subscribe, events	to the multicast group, and what it said until now;
 *	events count		only how much that is
 *	snapshot, compare	of all services and destinations with the generation
 *	uid N			be that user from now on, with new sockets
 *	faults RESTORE ; REQUEST	see faults()
 */
#define _GNU_SOURCE
#include "nltest.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <linux/nf_vs.h>

enum {
	RECEIVE_MAX = 1 << 20,
	TEXT_MAX = 64,		/* of different refusals while faults are injected */
	NTH_MAX = 5000,
};

/* What came back. */
struct outcome {
	int errnum;		/* of the kernel; of the socket when lost */
	bool lost;		/* the socket's own error: no answer */
	bool interrupted;	/* NLM_F_DUMP_INTR was set */
	unsigned int messages;
	char text[256];
	int offset;		/* -1: none */
};

static struct nl_sock *sock, *other, *listener;
static int family;
static struct request req;
static uint32_t seq;		/* of the last request */
static uint32_t held_seq;	/* of the one that resume() is for */
static char received[RECEIVE_MAX];

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "nltest: %s: %s\n", what, strerror(errno));
	exit(2);
}

static struct nl_sock *open_sock(void)
{
	struct nl_sock *sk = nl_socket_alloc();
	int on = 1, room = REQUEST_MAX;
	int fd;

	if (!sk || genl_connect(sk))
		die("socket");
	fd = nl_socket_get_fd(sk);
	/* Not permitted to everybody. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)))
		die("NETLINK_EXT_ACK");
	return sk;
}

/* ---- one exchange ---- */

static int transmit(struct nl_sock *sk)
{
	req.nlh.nlmsg_seq = ++seq;
	return send(nl_socket_get_fd(sk), req.buf, req.len, 0) < 0 ? -errno : 0;
}

static void read_ext_ack(const struct nlmsghdr *nlh, struct outcome *o)
{
	/* After struct nlmsgerr, which NETLINK_CAP_ACK makes short; after a number in DONE. */
	size_t start = nlh->nlmsg_type == NLMSG_ERROR ? sizeof(struct nlmsgerr) : sizeof(int);
	const char *at = (const char *)NLMSG_DATA(nlh) + start;
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	const struct nlattr *nla;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	for (; at + NLA_HDRLEN <= end; at += NLA_ALIGN(nla->nla_len)) {
		nla = (const void *)at;
		if (nla->nla_len < NLA_HDRLEN)
			break;
		if (nla->nla_type == NLMSGERR_ATTR_MSG)
			snprintf(o->text, sizeof(o->text), "%s", at + NLA_HDRLEN);
		if (nla->nla_type == NLMSGERR_ATTR_OFFS)
			memcpy(&o->offset, at + NLA_HDRLEN, sizeof(o->offset));
	}
}

/* True when this message is the last. */
static bool take(const struct nlmsghdr *nlh, struct outcome *o, FILE *out)
{
	/* The answer to a request of which the first part was lost. */
	if (nlh->nlmsg_seq && nlh->nlmsg_seq != seq)
		return false;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		o->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
		o->errnum = -*(const int *)NLMSG_DATA(nlh);
		read_ext_ack(nlh, o);
		return true;
	}
	o->messages++;
	if (out) {
		fputs("> ", out);
		show(out, nlh);
		fputc('\n', out);
	}
	return false;
}

/* Messages go to out, unless that is NULL. */
static void receive(struct nl_sock *sk, struct outcome *o, FILE *out)
{
	const struct nlmsghdr *nlh;
	ssize_t len;

	*o = (struct outcome){ .offset = -1 };
	for (;;) {
		len = recv(nl_socket_get_fd(sk), received, sizeof(received), 0);
		if (len < 0) {
			o->errnum = errno;
			o->lost = true;
			return;
		}
		for (nlh = (const void *)received; NLMSG_OK(nlh, (size_t)len);
		     nlh = NLMSG_NEXT(nlh, len))
			if (take(nlh, o, out))
				return;
	}
}

static void exchange(struct nl_sock *sk, struct outcome *o, FILE *out)
{
	int err = transmit(sk);

	if (err)
		*o = (struct outcome){ .errnum = -err, .lost = true, .offset = -1 };
	else
		receive(sk, o, out);
}

static void describe(FILE *out, const struct outcome *o)
{
	if (!o->errnum)
		fputs("OK", out);
	else
		fputs(strerrorname_np(o->errnum), out);
	if (o->lost)
		fputs(" (no answer)", out);
	if (o->text[0])
		fprintf(out, " %s", o->text);
	if (o->offset >= 0 && (unsigned int)o->offset == req.mark)
		fputs(" @!", out);
	else if (o->offset >= 0)
		fprintf(out, " @%d", o->offset);
	if (o->interrupted)
		fputs(" (interrupted)", out);
}

static void tell(const struct outcome *o)
{
	if (req.count_only)
		printf("> %u messages\n", o->messages);
	describe(stdout, o);
	putchar('\n');
}

/* ---- everything that is configured, as text ---- */

static void must_build(const char *text)
{
	if (!build(&req, family, text))
		exit(2);
}

static char *all_services(void)
{
	struct outcome o;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	must_build("GET_SERVICE+DUMP");
	exchange(sock, &o, out);
	if (o.errnum || o.interrupted)
		fputs("failed\n", out);
	must_build("GET_CONFIG");
	exchange(sock, &o, out);
	fclose(out);
	return text;
}

static char *all(void)
{
	char *services = all_services(), *rest = services, *line, *text, *key, *end, *get;
	struct outcome o;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	while ((line = strsep(&rest, "\n")) && *line) {
		fprintf(out, "%s\n", line);
		key = strstr(line, "S{");
		end = strstr(line, " sched=");
		if (!key || !end)
			continue;
		if (asprintf(&get, "GET_DEST+DUMP %.*s }", (int)(end - key), key) < 0)
			die("asprintf");
		must_build(get);
		exchange(sock, &o, out);
		if (o.errnum || o.interrupted)
			fputs("failed\n", out);
		free(get);
	}
	fclose(out);
	free(services);
	return text;
}

/* Cuts " gen=<number>" out of every line. */
static char *without_generation(const char *text)
{
	char *copy = strdup(text), *at = copy, *end;

	while (at && (at = strstr(at, " gen="))) {
		end = at + 1 + strcspn(at + 1, "\n");
		memmove(at, end, strlen(end) + 1);
	}
	return copy;
}

static void quote(const char *title, const char *text)
{
	size_t len;

	printf("> %s\n", title);
	for (; *text; text += len + 1) {
		len = strcspn(text, "\n");
		printf("> %.*s\n", (int)len, text);
		if (!text[len])
			break;
	}
}

static void compare(const char *old)
{
	char *now = all();

	if (old && !strcmp(old, now)) {
		puts("OK");
	} else {
		quote("before:", old ? old : "");
		quote("now:", now);
		puts("DIFFERENT");
	}
	free(now);
}

/* ---- faults ---- */

/* What refusals said, and how often. */
struct tally {
	char text[TEXT_MAX][320];
	unsigned int count[TEXT_MAX];
};

static void count(struct tally *tally, const struct outcome *o)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int i;

	describe(out, o);
	fclose(out);
	for (i = 0; i < TEXT_MAX - 1 && tally->count[i] && strcmp(tally->text[i], text); i++)
		;
	snprintf(tally->text[i], sizeof(tally->text[i]), "%s", text);
	tally->count[i]++;
	free(text);
}

/* True when the request met the failure that was asked for. */
static bool exchange_with_fault(int fd, int nth, struct outcome *o)
{
	char left[16] = "";
	int err, len = snprintf(left, sizeof(left), "%d", nth);

	if (pwrite(fd, left, (size_t)len, 0) != len)
		die("fail-nth");
	err = transmit(sock);
	memset(left, 0, sizeof(left));
	if (pread(fd, left, sizeof(left) - 1, 0) < 0)
		die("fail-nth");
	if (pwrite(fd, "0", 1, 0) != 1)
		die("fail-nth");
	if (err)
		*o = (struct outcome){ .errnum = -err, .lost = true, .offset = -1 };
	else
		receive(sock, o, NULL);
	return atoi(left) == 0;
}

static void drain(struct nl_sock *sk)
{
	while (recv(nl_socket_get_fd(sk), received, sizeof(received), MSG_DONTWAIT) >= 0 ||
	       errno == ENOBUFS)
		;
}

struct states {
	char *before;		/* with its generation */
	char *before_plain, *after_plain;
};

static void restore(const char *text, struct states *st)
{
	struct outcome o;

	must_build(text);
	exchange(sock, &o, NULL);
	if (o.errnum) {
		printf("> cannot restore: ");
		tell(&o);
	}
	drain(listener);
	free(st->before);
	st->before = all();
}

/*
 * Is what is configured now what the outcome promises? Refused: exactly what was,
 * with its generation. Accepted: exactly the new. No answer: one of both.
 */
static bool is_whole(const struct outcome *o, const struct states *st, bool *is_new)
{
	char *now = all(), *plain = without_generation(now);
	bool is_old = !strcmp(now, st->before);

	*is_new = !strcmp(plain, st->after_plain);
	free(now);
	free(plain);
	return o->lost ? is_old || *is_new : o->errnum ? is_old : *is_new;
}

/*
 * "faults RESTORE ; REQUEST": lets the first allocation of REQUEST fail, then the
 * second and so on until it runs through. RESTORE makes the state it starts from.
 */
static void faults(char *text)
{
	char *from = strsep(&text, ";");
	int fd = open("/proc/self/fail-nth", O_RDWR), nth, wrong = 0, refused = 0, done = 0;
	static struct tally tally;
	struct states st = { 0 };
	bool met = true, is_new;
	struct outcome o;
	char *now;

	if (fd < 0 || !text || !listener)
		die("faults");
	memset(&tally, 0, sizeof(tally));
	restore(from, &st);
	st.before_plain = without_generation(st.before);
	must_build(text);
	exchange(sock, &o, NULL);
	now = all();
	st.after_plain = without_generation(now);
	free(now);
	for (nth = 1; met && nth <= NTH_MAX; nth++) {
		restore(from, &st);
		must_build(text);
		met = exchange_with_fault(fd, nth, &o);
		count(&tally, &o);
		refused += !!o.errnum;
		done += !o.errnum;
		if (!is_whole(&o, &st, &is_new)) {
			wrong++;
			printf("> allocation %d: neither old nor new after: ", nth);
			tell(&o);
		}
	}
	for (nth = 0; nth < TEXT_MAX && tally.count[nth]; nth++)
		printf("> %u times %s\n", tally.count[nth], tally.text[nth]);
	printf("%s refused=%d done=%d wrong=%d\n", met ? "ENDLESS" : "OK", refused, done, wrong);
	free(st.before);
	free(st.before_plain);
	free(st.after_plain);
	close(fd);
}

/* ---- commands ---- */

static void subscribe(void)
{
	int group = genl_ctrl_resolve_grp(sock, NFVS_GENL_NAME, NFVS_GENL_MCGRP_EVENTS);

	listener = nl_socket_alloc();
	if (!listener || group < 0 || nl_connect(listener, NETLINK_GENERIC) ||
	    nl_socket_add_membership(listener, group))
		die("multicast group");
	puts("OK");
}

/* Events are sent before the request is answered: they are here already. */
static void events(bool count_only)
{
	const struct nlmsghdr *nlh;
	struct outcome o = { 0 };
	ssize_t len;

	while ((len = recv(nl_socket_get_fd(listener), received, sizeof(received),
			   MSG_DONTWAIT)) > 0)
		for (nlh = (const void *)received; NLMSG_OK(nlh, (size_t)len);
		     nlh = NLMSG_NEXT(nlh, len))
			take(nlh, &o, count_only ? NULL : stdout);
	if (count_only && errno == EAGAIN)
		printf("> %u messages\n", o.messages);
	puts(errno == EAGAIN ? "OK" : strerrorname_np(errno));
}

static void become(const char *text)
{
	uid_t uid = (uid_t)strtoul(text, NULL, 10);

	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		die("uid");
	sock = open_sock();
	other = open_sock();
	puts("OK");
}

static void request(struct nl_sock *sk, const char *text)
{
	struct outcome o;

	must_build(text);
	exchange(sk, &o, req.count_only ? NULL : stdout);
	tell(&o);
}

static void hold(const char *text)
{
	int err;

	must_build(text);
	err = transmit(sock);
	held_seq = seq;
	puts(err ? strerrorname_np(-err) : "OK");
}

static void resume(void)
{
	struct outcome o;

	seq = held_seq;
	receive(sock, &o, NULL);
	printf("> %u messages\n", o.messages);
	describe(stdout, &o);
	putchar('\n');
}

static void command(char *line)
{
	static char *old;
	char *rest = line, *word = strsep(&rest, " ");

	if (!strcmp(word, "subscribe")) {
		subscribe();
	} else if (!strcmp(word, "events")) {
		events(rest);
	} else if (!strcmp(word, "snapshot")) {
		free(old);
		old = all();
		puts("OK");
	} else if (!strcmp(word, "compare")) {
		compare(old);
	} else if (!strcmp(word, "resume")) {
		resume();
	} else if (!strcmp(word, "hold") && rest) {
		hold(rest);
	} else if (!strcmp(word, "other") && rest) {
		request(other, rest);
	} else if (!strcmp(word, "uid") && rest) {
		become(rest);
	} else if (!strcmp(word, "faults") && rest) {
		faults(rest);
	} else {
		if (rest)
			rest[-1] = ' ';
		request(sock, line);
	}
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	sock = open_sock();
	other = open_sock();
	family = genl_ctrl_resolve(sock, NFVS_GENL_NAME);
	if (family < 0) {
		fprintf(stderr, "nltest: no family %s\n", NFVS_GENL_NAME);
		return 2;
	}
	while ((len = getline(&line, &room, stdin)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (*line)
			command(line);
		fflush(stdout);
	}
	free(line);
	return 0;
}
