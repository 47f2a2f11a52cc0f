// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of libnfvs: encoders, decoders and what errors become. */
#include "tools_unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/errno.h>
#include <netlink/genl/genl.h>
#include <sys/socket.h>

enum {
	FAMILY = 0x1c,
};

/* The whole of one request, byte by byte (header: length, family, 0, 0, 0). */
START_TEST(test_bytes)
{
	static const unsigned char wanted[] = {
		0x88, 0, 0, 0,  0x1c, 0,  0, 0,  0, 0, 0, 0,  0, 0, 0, 0,
		NFVS_CMD_NEW_DEST, 1, 0, 0,
		/* SERVICE, nested */
		0x24, 0, 0x01, 0x80,
		5, 0, NFVS_SVC_A_AF, 0,  AF_INET, 0, 0, 0,
		6, 0, NFVS_SVC_A_PROTO, 0,  6, 0, 0, 0,
		8, 0, NFVS_SVC_A_ADDR, 0,  10, 0, 0, 1,
		6, 0, NFVS_SVC_A_PORT, 0,  0, 80, 0, 0,
		/* DEST, nested */
		0x50, 0, 0x02, 0x80,
		5, 0, NFVS_DEST_A_AF, 0,  AF_INET6, 0, 0, 0,
		20, 0, NFVS_DEST_A_ADDR, 0,
		0x20, 1, 0xd, 0xb8, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 5,
		6, 0, NFVS_DEST_A_PORT, 0,  0x1f, 0x90, 0, 0,
		5, 0, NFVS_DEST_A_METHOD, 0,  2, 0, 0, 0,
		8, 0, NFVS_DEST_A_WEIGHT, 0,  7, 0, 0, 0,
		8, 0, NFVS_DEST_A_UPPER_THRESHOLD, 0,  0, 1, 0, 0,
		8, 0, NFVS_DEST_A_LOWER_THRESHOLD, 0,  1, 0, 0, 0,
		5, 0, NFVS_DEST_A_TUN_TYPE, 0,  0, 0, 0, 0,
	};
	struct nfvs_op op = {
		.cmd = NFVS_CMD_NEW_DEST,
		.svc = model_service(IPPROTO_TCP, "10.0.0.1", 80, "rr"),
		.dest = model_dest("2001:db8::5", 8080, NFVS_METHOD_TUN, 7),
	};
	const unsigned char *got;
	struct nl_msg *msg;
	size_t i;

	op.dest.upper = 256;
	op.dest.lower = 1;
	msg = nfvs_encode_op(FAMILY, &op);
	ck_assert_ptr_nonnull(msg);
	got = (const unsigned char *)nlmsg_hdr(msg);
	ck_assert_uint_eq(nlmsg_hdr(msg)->nlmsg_len, sizeof(wanted));
	for (i = 0; i < sizeof(wanted); i++)
		ck_assert_msg(got[i] == wanted[i], "byte %zu: %#x, wanted %#x",
			      i, got[i], wanted[i]);
	nlmsg_free(msg);
}
END_TEST

/* What each operation must carry through an encoder and a decoder. */
static void make_ops(struct nfvs_op *ops)
{
	const struct nfvs_op all[] = {
		{ .cmd = NFVS_CMD_NEW_SERVICE, .has_service = true,
		  .svc = model_service(IPPROTO_TCP, "10.0.0.1", 80, "wlc") },
		{ .cmd = NFVS_CMD_SET_SERVICE, .has_service = true,
		  .svc = model_service(IPPROTO_UDP, "2001:db8::1", 65535,
				       "fifteen-letters") },
		{ .cmd = NFVS_CMD_DEL_SERVICE, .has_service = true,
		  .svc = model_fwmark(AF_INET6, UINT32_MAX, "") },
		{ .cmd = NFVS_CMD_NEW_DEST, .has_service = true,
		  .svc = model_fwmark(AF_INET, 1, ""),
		  .dest = model_dest("10.0.0.2", 0, NFVS_METHOD_DR, 0) },
		{ .cmd = NFVS_CMD_SET_DEST, .has_service = true,
		  .svc = model_service(IPPROTO_TCP, "::1", 443, ""),
		  .dest = model_dest("::2", 8443, NFVS_METHOD_NAT,
				     2147483647) },
		{ .cmd = NFVS_CMD_DEL_DEST, .has_service = true,
		  .svc = model_service(IPPROTO_TCP, "10.0.0.1", 80, ""),
		  .dest = model_dest("10.0.0.2", 80, NFVS_METHOD_DR, 1) },
		/* Of the same service, of one that differs little, after none. */
		{ .cmd = NFVS_CMD_NEW_DEST, .has_service = true,
		  .svc = model_service(IPPROTO_TCP, "10.0.0.1", 80, ""),
		  .dest = model_dest("2001:db8::2", 80, NFVS_METHOD_TUN, 1) },
		{ .cmd = NFVS_CMD_NEW_DEST, .has_service = true,
		  .svc = model_service(IPPROTO_UDP, "10.0.0.1", 80, ""),
		  .dest = model_dest("10.0.0.2", 80, NFVS_METHOD_NAT, 1) },
		{ .cmd = NFVS_CMD_FLUSH },
		{ .cmd = NFVS_CMD_NEW_DEST, .has_service = true,
		  .svc = model_service(IPPROTO_UDP, "10.0.0.1", 80, ""),
		  .dest = model_dest("10.0.0.2", 80, NFVS_METHOD_NAT, 1) },
		{ .cmd = NFVS_CMD_ZERO },
		{ .cmd = NFVS_CMD_ZERO, .has_service = true,
		  .svc = model_service(IPPROTO_TCP, "10.0.0.1", 80, "") },
		{ .cmd = NFVS_CMD_SET_CONFIG, .config = { 1, 0, 2678400 } },
	};

	memcpy(ops, all, sizeof(all));
	ops[0].svc.flags = NFVS_SVC_FLAGS;
	ops[0].svc.timeout = 2678400;
	ops[0].svc.netmask.s_addr = htonl(0xfffff000);
	strcpy(ops[0].svc.pe, "fifteen-letters");
	ops[1].svc.plen = 1;
	ops[1].svc.no_fastpath = true;
	ops[4].dest.upper = 2147483647;
	ops[4].dest.lower = 3;
}

enum {
	N_OPS = 13,
};

static void check_same(const struct nfvs_op *a, const struct nfvs_op *b, int i)
{
	ck_assert_msg(a->cmd == b->cmd, "%d: cmd", i);
	ck_assert_msg(a->has_service == b->has_service, "%d: has_service", i);
	ck_assert_msg(!memcmp(&a->svc, &b->svc, sizeof(a->svc)), "%d: svc", i);
	ck_assert_msg(!memcmp(&a->dest, &b->dest, sizeof(a->dest)), "%d: dest",
		      i);
	ck_assert_msg(!memcmp(&a->config, &b->config, sizeof(a->config)),
		      "%d: config", i);
}

START_TEST(test_batch)
{
	struct nfvs_op ops[N_OPS], got = { 0 };
	struct nlattr *attr;
	struct nl_msg *msg;
	uint32_t offs[N_OPS];
	int left, i = 0;

	make_ops(ops);
	msg = nfvs_encode_batch(FAMILY, ops, N_OPS, offs);
	ck_assert_ptr_nonnull(msg);
	ck_assert_int_eq(genlmsg_hdr(nlmsg_hdr(msg))->cmd, NFVS_CMD_BATCH);
	nla_for_each_attr(attr, genlmsg_attrdata(genlmsg_hdr(nlmsg_hdr(msg)), 0),
			  genlmsg_attrlen(genlmsg_hdr(nlmsg_hdr(msg)), 0), left) {
		ck_assert_int_lt(i, N_OPS);
		ck_assert_int_eq(nla_type(attr), NFVS_A_OP);
		ck_assert_msg(offs[i] == (uint32_t)((char *)attr -
						    (char *)nlmsg_hdr(msg)),
			      "%d: offset %u", i, offs[i]);
		ck_assert_msg(!nfvs_decode_op(attr, &got), "%d: decode", i);
		check_same(&ops[i], &got, i);
		i++;
	}
	ck_assert_int_eq(i, N_OPS);
	nlmsg_free(msg);
}
END_TEST

/* The same operations by their own commands. */
START_TEST(test_single)
{
	struct nfvs_op ops[N_OPS], got = { 0 };
	struct nlattr *tb[NFVS_A_MAX + 1];
	struct nl_msg *msg;

	make_ops(ops);
	msg = nfvs_encode_op(FAMILY, &ops[_i]);
	ck_assert_ptr_nonnull(msg);
	ck_assert_int_eq(genlmsg_parse(nlmsg_hdr(msg), 0, tb, NFVS_A_MAX, NULL),
			 0);
	got.cmd = genlmsg_hdr(nlmsg_hdr(msg))->cmd;
	got.has_service = tb[NFVS_A_SERVICE];
	if (tb[NFVS_A_SERVICE])
		ck_assert_int_eq(nfvs_decode_service(tb[NFVS_A_SERVICE],
						     &got.svc), 0);
	if (tb[NFVS_A_DEST])
		ck_assert_int_eq(nfvs_decode_dest(tb[NFVS_A_DEST], got.svc.af, &got.dest),
				 0);
	/* The kernel refuses an encapsulation with another method. */
	if (tb[NFVS_A_DEST] && ops[_i].dest.method != NFVS_METHOD_TUN)
		ck_assert_ptr_null(nla_find(nla_data(tb[NFVS_A_DEST]),
					    nla_len(tb[NFVS_A_DEST]),
					    NFVS_DEST_A_TUN_TYPE));
	if (tb[NFVS_A_CONFIG])
		ck_assert_int_eq(nfvs_decode_config(tb[NFVS_A_CONFIG],
						    &got.config), 0);
	check_same(&ops[_i], &got, _i);
	nlmsg_free(msg);
}
END_TEST

/* Replies that lack something or have it in the wrong size. */
struct bad {
	int attr;
	int len;	/* -1: left out */
};

static const struct bad bads[] = {
	{ NFVS_DEST_A_AF, -1 },
	{ NFVS_DEST_A_ADDR, -1 },
	{ NFVS_DEST_A_ADDR, 16 },
	{ NFVS_DEST_A_ADDR, 3 },
	{ NFVS_DEST_A_PORT, 1 },
	{ NFVS_DEST_A_WEIGHT, 2 },
};

START_TEST(test_bad_dest)
{
	const struct bad *b = &bads[_i];
	static const unsigned char data[16] = { AF_INET };
	struct nl_msg *msg = nlmsg_alloc();
	struct nlattr *nest = nla_nest_start(msg, NFVS_A_DEST);
	struct nfvs_dest dest;

	if (b->attr != NFVS_DEST_A_AF)
		nla_put(msg, NFVS_DEST_A_AF, 1, data);
	if (b->attr != NFVS_DEST_A_ADDR)
		nla_put(msg, NFVS_DEST_A_ADDR, 4, data);
	if (b->len >= 0)
		nla_put(msg, b->attr, b->len, data);
	nla_nest_end(msg, nest);
	ck_assert_msg(nfvs_decode_dest(nest, 0, &dest) == -EBADMSG, "%d", _i);
	nlmsg_free(msg);
}
END_TEST

/* A later kernel's attributes are passed over. */
START_TEST(test_unknown_attr)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlattr *nest = nla_nest_start(msg, NFVS_A_INFO);
	struct nfvs_info info;

	nla_put_u32(msg, NFVS_INFO_A_VERSION, 0x010201);
	nla_put_u32(msg, NFVS_INFO_A_MAX + 7, 1);
	nla_nest_end(msg, nest);
	ck_assert_int_eq(nfvs_decode_info(nest, &info), 0);
	ck_assert_uint_eq(info.version, 0x010201);
	nlmsg_free(msg);
}
END_TEST

START_TEST(test_event)
{
	struct nfvs_service svc = model_service(IPPROTO_TCP, "10.0.0.1", 80, "");
	struct nl_msg *msg = nfvs_encode_of_service(FAMILY, 0,
						    NFVS_NTF_SERVICE_DEL, &svc);
	struct nfvs_event event;

	nla_put_u32(msg, NFVS_A_GENERATION, 77);
	ck_assert_int_eq(nfvs_decode_event(nlmsg_hdr(msg), &event), 0);
	ck_assert_int_eq(event.cmd, NFVS_NTF_SERVICE_DEL);
	ck_assert(event.has_service && event.has_generation);
	ck_assert(!event.has_dest && !event.has_config);
	ck_assert_uint_eq(event.generation, 77);
	ck_assert(!memcmp(&event.svc, &svc, sizeof(svc)));
	nlmsg_free(msg);
}
END_TEST

struct place {
	uint32_t off;
	int index;
};

static const struct place places[] = {
	{ 0, -1 }, { 19, -1 }, { 20, 0 }, { 24, 0 }, { 99, 0 }, { 100, 1 },
	{ 104, 1 }, { 199, 1 }, { 200, 2 }, { 4000000000, 2 },
};

START_TEST(test_batch_index)
{
	static const uint32_t offs[] = { 20, 100, 200 };
	int got = nfvs_batch_index(offs, ARRAY_SIZE(offs), places[_i].off);

	ck_assert_msg(got == places[_i].index, "%d: %d", _i, got);
}
END_TEST

/* 100,000 operations in one message; the refused one is found. */
START_TEST(test_big_batch)
{
	enum { N = 100000, BAD = 98765 };
	struct nfvs_op *ops = calloc(N, sizeof(*ops));
	struct nfvs_info info;
	struct nfvs_error err;
	struct nfvs_sock *sock;
	int i;

	fake_reset();
	ck_assert_int_eq(fake_open(&sock, &err), 0);
	for (i = 0; i < N; i++)
		ops[i].cmd = NFVS_CMD_FLUSH;
	ck_assert_int_eq(nfvs_batch(sock, ops, N, &err), 0);
	ck_assert_uint_eq(fake.batches, 1);
	ck_assert_uint_gt(fake.last_len, 12 * N);
	ops[BAD] = (struct nfvs_op){
		.cmd = NFVS_CMD_DEL_SERVICE,
		.svc = model_service(IPPROTO_TCP, "10.0.0.1", 80, ""),
	};
	ck_assert_int_eq(nfvs_batch(sock, ops, N, &err), -ESRCH);
	ck_assert_int_eq(err.op, BAD);
	ck_assert_int_eq(err.errnum, ESRCH);
	ck_assert_str_eq(err.text, "there is no such service");
	fake.max_len = 1000;
	ck_assert_int_eq(nfvs_batch(sock, ops, N, &err), -ENOBUFS);
	ck_assert_int_eq(err.op, -1);
	ck_assert_ptr_nonnull(strstr(err.text, "bytes exceed the send buffer"));
	/* What could not be sent has cost a sequence number, not the socket. */
	fake.max_len = 0;
	ck_assert_int_eq(nfvs_get_info(sock, &info, &err), 0);
	nfvs_close(sock);
	free(ops);
	fake_reset();
}
END_TEST

START_TEST(test_refusal)
{
	struct nfvs_error err;
	struct nfvs_sock *sock;
	struct nfvs_config config;

	fake_reset();
	ck_assert_int_eq(fake_open(&sock, &err), 0);
	fake.fail_cmd = NFVS_CMD_GET_CONFIG;
	fake.fail_errno = EPERM;
	ck_assert_int_eq(nfvs_get_config(sock, &config, &err), -EPERM);
	ck_assert_str_eq(err.text, "");
	ck_assert_int_eq(err.op, -1);
	fake.fail_text = "because";
	ck_assert_int_eq(nfvs_get_config(sock, &config, &err), -EPERM);
	ck_assert_str_eq(err.text, "because");
	/* A kernel that repeats the request puts the text behind it. */
	fake.uncapped = true;
	ck_assert_int_eq(nfvs_get_config(sock, &config, &err), -EPERM);
	ck_assert_str_eq(err.text, "because");
	fake.uncapped = false;
	/* The socket is as good as before. */
	fake.fail_cmd = 0;
	ck_assert_int_eq(nfvs_get_config(sock, &config, &err), 0);
	ck_assert_uint_eq(config.tcp_fin, 120);
	nfvs_close(sock);
}
END_TEST

static int no_service(const struct nfvs_service *svc, void *arg)
{
	(void)svc;
	(*(int *)arg)++;
	return -ENOSPC;
}

/* A callback that gives up ends the dump, not the socket. */
START_TEST(test_callback_error)
{
	struct nfvs_dump dump;
	struct nfvs_error err;
	struct nfvs_sock *sock;
	struct nfvs_info info;
	int calls = 0;

	fake_reset();
	model_mixed_table(&fake.table);
	ck_assert_int_eq(fake_open(&sock, &err), 0);
	ck_assert_int_eq(nfvs_dump_services(sock, no_service, &calls, &dump,
					    &err), -ENOSPC);
	ck_assert_int_eq(calls, 1);
	ck_assert_str_eq(err.text, "");
	ck_assert_int_eq(nfvs_get_info(sock, &info, &err), 0);
	nfvs_close(sock);
	fake_reset();
}
END_TEST

static int any_service(const struct nfvs_service *svc, void *arg)
{
	(void)svc;
	(*(int *)arg)++;
	return 0;
}

/* A dump that the kernel ends early says so in its last message. */
START_TEST(test_dump_error)
{
	struct nfvs_dump dump;
	struct nfvs_error err;
	struct nfvs_sock *sock;
	int calls = 0;

	fake_reset();
	model_mixed_table(&fake.table);
	fake.done_errno = ENOMEM;
	ck_assert_int_eq(fake_open(&sock, &err), 0);
	ck_assert_int_eq(nfvs_dump_services(sock, any_service, &calls, &dump,
					    &err), -ENOMEM);
	ck_assert_int_eq(calls, 4);
	ck_assert_str_eq(err.text, "halfway");
	nfvs_close(sock);
	fake_reset();
}
END_TEST

/* An answer that was not received is not taken for the next request's. */
START_TEST(test_stale_answer)
{
	struct nfvs_config config;
	struct nfvs_error err;
	struct nfvs_sock *sock;
	struct nfvs_info info;

	fake_reset();
	fake.stale = true;
	ck_assert_int_eq(fake_open(&sock, &err), 0);
	fake.recv_nle = NLE_NOMEM;
	ck_assert_int_eq(nfvs_get_info(sock, &info, &err), -ENOMEM);
	ck_assert_int_eq(strncmp(err.text, "receive: ", 9), 0);
	ck_assert_msg(!nfvs_get_config(sock, &config, &err), "%s", err.text);
	ck_assert_uint_eq(config.tcp_fin, 120);
	nfvs_close(sock);
	fake_reset();
}
END_TEST

static int on_event(const struct nfvs_event *event, void *arg)
{
	struct nfvs_event *last = arg;

	*last = *event;
	return event->svc.fwmark == 13 ? -ECANCELED : 0;
}

START_TEST(test_read_events)
{
	struct nfvs_service svc = model_fwmark(AF_INET6, 5, "");
	struct nfvs_event last;
	struct nfvs_error err;
	struct nfvs_sock *sock;

	fake_reset();
	fake.generation = 7;
	ck_assert_int_eq(fake_open(&sock, &err), 0);
	nl_socket_disable_seq_check(sock->nl);
	fake_announce(NFVS_NTF_SERVICE_DEL, &svc);
	ck_assert_int_eq(nfvs_read_events(sock, on_event, &last, &err), 0);
	ck_assert_int_eq(last.cmd, NFVS_NTF_SERVICE_DEL);
	ck_assert_uint_eq(last.generation, 7);
	ck_assert_uint_eq(last.svc.fwmark, 5);
	svc.fwmark = 13;
	fake_announce(NFVS_NTF_SERVICE_NEW, &svc);
	ck_assert_int_eq(nfvs_read_events(sock, on_event, &last, &err),
			 -ECANCELED);
	/* A receive buffer that ran over: list again. */
	fake.recv_nle = NLE_NOMEM;
	ck_assert_int_eq(nfvs_read_events(sock, on_event, &last, &err),
			 -ENOBUFS);
	ck_assert_str_eq(err.text, "events were lost");
	nfvs_close(sock);
	fake_reset();
}
END_TEST

Suite *tools_netlink_suite(void)
{
	Suite *suite = suite_create("netlink");
	TCase *tcase = tcase_create("netlink");

	tcase_add_test(tcase, test_bytes);
	tcase_add_test(tcase, test_batch);
	tcase_add_loop_test(tcase, test_single, 0, N_OPS);
	tcase_add_loop_test(tcase, test_bad_dest, 0, ARRAY_SIZE(bads));
	tcase_add_test(tcase, test_unknown_attr);
	tcase_add_test(tcase, test_event);
	tcase_add_loop_test(tcase, test_batch_index, 0, ARRAY_SIZE(places));
	tcase_add_test(tcase, test_big_batch);
	tcase_add_test(tcase, test_refusal);
	tcase_add_test(tcase, test_callback_error);
	tcase_add_test(tcase, test_dump_error);
	tcase_add_test(tcase, test_stale_answer);
	tcase_add_test(tcase, test_read_events);
	suite_add_tcase(suite, tcase);
	return suite;
}
