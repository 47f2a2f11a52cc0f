// SPDX-License-Identifier: GPL-2.0-only
/* libnfvs: the requests. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>

#include <netlink/genl/genl.h>

static int parse_reply(struct nlmsghdr *nlh, struct nlattr **tb)
{
	static struct nla_policy policy[NFVS_A_MAX + 1] = {
		[NFVS_A_GENERATION] = { .type = NLA_U32 },
	};

	if (!genlmsg_valid_hdr(nlh, 0) ||
	    genlmsg_parse(nlh, 0, tb, NFVS_A_MAX, policy) < 0)
		return -EBADMSG;
	return 0;
}

/* Changes. */

int nfvs_execute(struct nfvs_sock *sock, const struct nfvs_op *op,
		 struct nfvs_error *err)
{
	struct nfvs_request req = { .err = err };

	return nfvs_transact(sock, nfvs_encode_op(sock->family, op), &req);
}

int nfvs_batch(struct nfvs_sock *sock, const struct nfvs_op *ops, size_t n,
	       struct nfvs_error *err)
{
	struct nfvs_request req = { .err = err };
	uint32_t *offs;
	int ret;

	if (!n)
		return 0;
	offs = calloc(n, sizeof(*offs));
	if (!offs)
		return nfvs_fail(err, ENOMEM, "%s", "");
	ret = nfvs_transact(sock, nfvs_encode_batch(sock->family, ops, n, offs),
			    &req);
	if (ret && req.has_offset)
		err->op = nfvs_batch_index(offs, n, req.offset);
	free(offs);
	return ret;
}

/* Single objects. */

/* A reply that holds one nest; have tells whether it came. */
struct one {
	int attr;
	bool have;
	int (*decode)(struct nlattr *nest, void *object);
	void *object;
};

static int one_reply(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *tb[NFVS_A_MAX + 1];
	struct one *one = arg;

	if (parse_reply(nlh, tb) || !tb[one->attr])
		return -EBADMSG;
	one->have = true;
	return one->decode(tb[one->attr], one->object);
}

static int get_one(struct nfvs_sock *sock, struct nl_msg *msg, struct one *one,
		   struct nfvs_error *err)
{
	struct nfvs_request req = {
		.err = err,
		.reply = one_reply,
		.arg = one,
	};
	int ret = nfvs_transact(sock, msg, &req);

	if (!ret && !one->have)
		return nfvs_fail(err, EBADMSG, "no reply from the kernel");
	return ret;
}

static int decode_info(struct nlattr *nest, void *object)
{
	return nfvs_decode_info(nest, object);
}

static int decode_config(struct nlattr *nest, void *object)
{
	return nfvs_decode_config(nest, object);
}

static int decode_service(struct nlattr *nest, void *object)
{
	return nfvs_decode_service(nest, object);
}

int nfvs_get_info(struct nfvs_sock *sock, struct nfvs_info *info,
		  struct nfvs_error *err)
{
	struct one one = { NFVS_A_INFO, false, decode_info, info };

	return get_one(sock, nfvs_encode_simple(sock->family, 0,
						NFVS_CMD_GET_INFO), &one, err);
}

int nfvs_get_config(struct nfvs_sock *sock, struct nfvs_config *config,
		    struct nfvs_error *err)
{
	struct one one = { NFVS_A_CONFIG, false, decode_config, config };

	return get_one(sock, nfvs_encode_simple(sock->family, 0,
						NFVS_CMD_GET_CONFIG), &one, err);
}

int nfvs_get_service(struct nfvs_sock *sock, const struct nfvs_service *key,
		     struct nfvs_service *svc, struct nfvs_error *err)
{
	struct one one = { NFVS_A_SERVICE, false, decode_service, svc };

	return get_one(sock, nfvs_encode_of_service(sock->family, 0,
						    NFVS_CMD_GET_SERVICE, key),
		       &one, err);
}

/* COUNTER is repeated at top level: every occurrence is one counter. */
struct counters {
	nfvs_counter_cb *cb;
	void *arg;
};

static int counters_reply(struct nlmsghdr *nlh, void *arg)
{
	struct counters *counters = arg;
	struct nfvs_counter counter;
	struct nlattr *attr;
	int left, ret = 0;

	if (!genlmsg_valid_hdr(nlh, 0))
		return -EBADMSG;
	nla_for_each_attr(attr, genlmsg_attrdata(genlmsg_hdr(nlh), 0),
			  genlmsg_attrlen(genlmsg_hdr(nlh), 0), left) {
		if (nla_type(attr) != NFVS_A_COUNTER)
			continue;
		ret = nfvs_decode_counter(attr, &counter);
		if (!ret)
			ret = counters->cb(&counter, counters->arg);
		if (ret < 0)
			break;
	}
	return ret < 0 ? ret : 0;
}

int nfvs_get_counters(struct nfvs_sock *sock, nfvs_counter_cb *cb, void *arg,
		      struct nfvs_error *err)
{
	struct counters counters = { cb, arg };
	struct nfvs_request req = {
		.err = err,
		.reply = counters_reply,
		.arg = &counters,
	};

	return nfvs_transact(sock, nfvs_encode_simple(sock->family, 0,
						      NFVS_CMD_GET_COUNTERS),
			     &req);
}

/* Dumps. */

struct dump_state {
	struct nfvs_dump *dump;
	int attr;
	int (*object)(struct nlattr *nest, struct dump_state *state);
	union {
		nfvs_service_cb *service;
		nfvs_dest_cb *dest;
		nfvs_conn_cb *conn;
	} cb;
	void *arg;
};

static int service_object(struct nlattr *nest, struct dump_state *state)
{
	struct nfvs_service svc;
	int ret = nfvs_decode_service(nest, &svc);

	return ret ? ret : state->cb.service(&svc, state->arg);
}

static int dest_object(struct nlattr *nest, struct dump_state *state)
{
	struct nfvs_dest dest;
	int ret = nfvs_decode_dest(nest, 0, &dest);

	return ret ? ret : state->cb.dest(&dest, state->arg);
}

static int conn_object(struct nlattr *nest, struct dump_state *state)
{
	struct nfvs_conn conn;
	int ret = nfvs_decode_conn(nest, &conn);

	return ret ? ret : state->cb.conn(&conn, state->arg);
}

/* A message may hold one object or many; a generation alone is fine. */
static int dump_reply(struct nlmsghdr *nlh, void *arg)
{
	struct dump_state *state = arg;
	struct nfvs_dump *dump = state->dump;
	struct nlattr *attr;
	int left, ret = 0;

	if (!genlmsg_valid_hdr(nlh, 0))
		return -EBADMSG;
	nla_for_each_attr(attr, genlmsg_attrdata(genlmsg_hdr(nlh), 0),
			  genlmsg_attrlen(genlmsg_hdr(nlh), 0), left) {
		if (nla_type(attr) == NFVS_A_GENERATION &&
		    nla_len(attr) == (int)sizeof(uint32_t)) {
			uint32_t generation = nla_get_u32(attr);

			if (dump->has_generation &&
			    dump->generation != generation)
				dump->interrupted = true;
			dump->has_generation = true;
			dump->generation = generation;
		} else if (nla_type(attr) == state->attr) {
			ret = state->object(attr, state);
		}
		if (ret < 0)
			break;
	}
	return ret < 0 ? ret : 0;
}

static int run_dump(struct nfvs_sock *sock, struct nl_msg *msg,
		    struct dump_state *state, struct nfvs_error *err)
{
	struct nfvs_request req = {
		.err = err,
		.reply = dump_reply,
		.arg = state,
	};
	int ret;

	*state->dump = (struct nfvs_dump){ 0 };
	ret = nfvs_transact(sock, msg, &req);
	if (req.interrupted)
		state->dump->interrupted = true;
	return ret;
}

int nfvs_dump_services(struct nfvs_sock *sock, nfvs_service_cb *cb, void *arg,
		       struct nfvs_dump *dump, struct nfvs_error *err)
{
	struct dump_state state = {
		.dump = dump,
		.attr = NFVS_A_SERVICE,
		.object = service_object,
		.cb.service = cb,
		.arg = arg,
	};

	return run_dump(sock, nfvs_encode_simple(sock->family, NLM_F_DUMP,
						 NFVS_CMD_GET_SERVICE),
			&state, err);
}

int nfvs_dump_dests(struct nfvs_sock *sock, const struct nfvs_service *svc,
		    nfvs_dest_cb *cb, void *arg, struct nfvs_dump *dump,
		    struct nfvs_error *err)
{
	struct dump_state state = {
		.dump = dump,
		.attr = NFVS_A_DEST,
		.object = dest_object,
		.cb.dest = cb,
		.arg = arg,
	};

	return run_dump(sock, nfvs_encode_of_service(sock->family, NLM_F_DUMP,
						     NFVS_CMD_GET_DEST, svc),
			&state, err);
}

int nfvs_dump_conns(struct nfvs_sock *sock, nfvs_conn_cb *cb, void *arg,
		    struct nfvs_dump *dump, struct nfvs_error *err)
{
	struct dump_state state = {
		.dump = dump,
		.attr = NFVS_A_CONN,
		.object = conn_object,
		.cb.conn = cb,
		.arg = arg,
	};

	return run_dump(sock, nfvs_encode_simple(sock->family, NLM_F_DUMP,
						 NFVS_CMD_GET_CONN),
			&state, err);
}
