// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of nfvsadm and libnfvs: a kernel behind libnfvs's seam. */
#include "tools_unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>
#include <netlink/genl/genl.h>
#include <netlink/handlers.h>
#include <sys/socket.h>

enum {
	FAMILY = 0x2a,
	QUEUE_SIZE = 1 << 20,
};

struct fake_kernel fake;

/* Answers not yet received, whole messages one behind the other. */
static unsigned char queue[QUEUE_SIZE];
static size_t queued;

static void push(const void *data, size_t len)
{
	ck_assert_uint_le(queued + NLMSG_ALIGN(len), sizeof(queue));
	memcpy(queue + queued, data, len);
	queued += NLMSG_ALIGN(len);
}

static void push_msg(struct nl_msg *msg)
{
	ck_assert_ptr_nonnull(msg);
	push(nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
}

static struct nl_msg *reply(const struct nlmsghdr *req, int flags)
{
	const struct genlmsghdr *genl = NLMSG_DATA(req);
	struct nl_msg *msg = nlmsg_alloc_size(8192);

	genlmsg_put(msg, req->nlmsg_pid, req->nlmsg_seq, FAMILY, 0, flags,
		    genl->cmd, 1);
	return msg;
}

/* An acknowledgement, or a refusal with text and position. */
static void push_ack(const struct nlmsghdr *req, int error, const char *text,
		     uint32_t off)
{
	struct nlmsgerr e = { .error = error };
	struct nl_msg *msg = nlmsg_alloc_size(4096);
	int flags = fake.uncapped ? 0 : NLM_F_CAPPED;

	if (error && (text || off))
		flags |= NLM_F_ACK_TLVS;
	e.msg = *req;
	nlmsg_put(msg, req->nlmsg_pid, req->nlmsg_seq, NLMSG_ERROR, 0, flags);
	nlmsg_append(msg, &e, sizeof(e), NLMSG_ALIGNTO);
	if (error && fake.uncapped)
		nlmsg_append(msg, (void *)NLMSG_DATA(req),
			     req->nlmsg_len - NLMSG_HDRLEN, NLMSG_ALIGNTO);
	if (error && text)
		nla_put_string(msg, NLMSGERR_ATTR_MSG, text);
	if (error && off)
		nla_put_u32(msg, NLMSGERR_ATTR_OFFS, off);
	push_msg(msg);
}

static void push_done(const struct nlmsghdr *req, int error)
{
	struct nl_msg *msg = nlmsg_alloc_size(512);

	nlmsg_put(msg, req->nlmsg_pid, req->nlmsg_seq, NLMSG_DONE, 0,
		  NLM_F_MULTI | (error ? NLM_F_ACK_TLVS : 0));
	nlmsg_append(msg, &error, sizeof(error), NLMSG_ALIGNTO);
	if (error)
		nla_put_string(msg, NLMSGERR_ATTR_MSG, "halfway");
	push_msg(msg);
}

static void put_stats(struct nl_msg *msg, int attr,
		      const struct nfvs_stats *stats)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	nla_put_u64(msg, NFVS_STATS_A_CONNS, stats->conns);
	nla_put_u64(msg, NFVS_STATS_A_IN_PKTS, stats->in_pkts);
	nla_put_u64(msg, NFVS_STATS_A_OUT_PKTS, stats->out_pkts);
	nla_put_u64(msg, NFVS_STATS_A_IN_BYTES, stats->in_bytes);
	nla_put_u64(msg, NFVS_STATS_A_OUT_BYTES, stats->out_bytes);
	nla_put_u64(msg, NFVS_STATS_A_CPS, stats->cps);
	nla_put_u64(msg, NFVS_STATS_A_IN_PPS, stats->in_pps);
	nla_put_u64(msg, NFVS_STATS_A_OUT_PPS, stats->out_pps);
	nla_put_u64(msg, NFVS_STATS_A_IN_BPS, stats->in_bps);
	nla_put_u64(msg, NFVS_STATS_A_OUT_BPS, stats->out_bps);
	nla_put_u64(msg, NFVS_STATS_A_FAST_PKTS, stats->fast_pkts);
	nla_nest_end(msg, nest);
}

static void put_ip(struct nl_msg *msg, int attr, uint8_t af,
		   const union nfvs_ip *ip)
{
	nla_put(msg, attr, af == AF_INET6 ? 16 : 4, ip->bytes);
}

static void put_service(struct nl_msg *msg, const struct table_service *entry)
{
	struct nlattr *nest = nla_nest_start(msg, NFVS_A_SERVICE);
	const struct nfvs_service *svc = &entry->svc;

	nla_put_u8(msg, NFVS_SVC_A_AF, svc->af);
	if (svc->fwmark) {
		nla_put_u32(msg, NFVS_SVC_A_FWMARK, svc->fwmark);
	} else {
		nla_put_u16(msg, NFVS_SVC_A_PROTO, svc->proto);
		put_ip(msg, NFVS_SVC_A_ADDR, svc->af, &svc->addr);
		nla_put_u16(msg, NFVS_SVC_A_PORT, htons(svc->port));
	}
	nla_put_string(msg, NFVS_SVC_A_SCHED, svc->sched);
	if (svc->no_fastpath)
		nla_put_flag(msg, NFVS_SVC_A_NO_FASTPATH);
	if (svc->flags)
		nla_put_u32(msg, NFVS_SVC_A_FLAGS, svc->flags);
	if (svc->timeout)
		nla_put_u32(msg, NFVS_SVC_A_TIMEOUT, svc->timeout);
	if (svc->netmask.s_addr != INADDR_BROADCAST)
		nla_put_u32(msg, NFVS_SVC_A_NETMASK, svc->netmask.s_addr);
	if (svc->plen != NFVS_PLEN_MAX)
		nla_put_u8(msg, NFVS_SVC_A_PLEN, svc->plen);
	nla_put_u32(msg, NFVS_SVC_A_DEST_COUNT, (uint32_t)entry->n_dests);
	put_stats(msg, NFVS_SVC_A_STATS, &svc->stats);
	nla_nest_end(msg, nest);
}

static void put_dest(struct nl_msg *msg, const struct nfvs_dest *dest)
{
	struct nlattr *nest = nla_nest_start(msg, NFVS_A_DEST);

	nla_put_u8(msg, NFVS_DEST_A_AF, dest->af);
	put_ip(msg, NFVS_DEST_A_ADDR, dest->af, &dest->addr);
	nla_put_u16(msg, NFVS_DEST_A_PORT, htons(dest->port));
	nla_put_u8(msg, NFVS_DEST_A_METHOD, dest->method);
	nla_put_u32(msg, NFVS_DEST_A_WEIGHT, dest->weight);
	nla_put_u32(msg, NFVS_DEST_A_UPPER_THRESHOLD, dest->upper);
	nla_put_u32(msg, NFVS_DEST_A_LOWER_THRESHOLD, dest->lower);
	nla_put_u32(msg, NFVS_DEST_A_ACTIVE_CONNS, dest->active);
	nla_put_u32(msg, NFVS_DEST_A_INACTIVE_CONNS, dest->inactive);
	put_stats(msg, NFVS_DEST_A_STATS, &dest->stats);
	nla_nest_end(msg, nest);
}

static void put_conn(struct nl_msg *msg, const struct nfvs_conn *conn)
{
	struct nlattr *nest = nla_nest_start(msg, NFVS_A_CONN);

	nla_put_u8(msg, NFVS_CONN_A_AF, conn->af);
	nla_put_u8(msg, NFVS_CONN_A_PROTO, conn->proto);
	put_ip(msg, NFVS_CONN_A_CLIENT_ADDR, conn->af, &conn->client);
	nla_put_u16(msg, NFVS_CONN_A_CLIENT_PORT, htons(conn->client_port));
	put_ip(msg, NFVS_CONN_A_VIRTUAL_ADDR, conn->af, &conn->virtual);
	nla_put_u16(msg, NFVS_CONN_A_VIRTUAL_PORT, htons(conn->virtual_port));
	nla_put_u8(msg, NFVS_CONN_A_DEST_AF, conn->dest_af);
	put_ip(msg, NFVS_CONN_A_DEST_ADDR, conn->dest_af, &conn->dest);
	nla_put_u16(msg, NFVS_CONN_A_DEST_PORT, htons(conn->dest_port));
	nla_put_u8(msg, NFVS_CONN_A_METHOD, conn->method);
	nla_put_string(msg, NFVS_CONN_A_STATE, conn->state);
	nla_put_u32(msg, NFVS_CONN_A_EXPIRES, conn->expires);
	nla_nest_end(msg, nest);
}

/* The configuration. */

static struct table_service *find_service(struct table *table,
					  const struct nfvs_service *key)
{
	size_t i;

	for (i = 0; i < table->n_services; i++) {
		struct nfvs_service *svc = &table->services[i].svc;

		if (svc->af == key->af && svc->fwmark == key->fwmark &&
		    (key->fwmark || (svc->proto == key->proto &&
				     svc->port == key->port &&
				     !memcmp(&svc->addr, &key->addr,
					     sizeof(svc->addr)))))
			return &table->services[i];
	}
	return NULL;
}

static struct nfvs_dest *find_dest(struct table_service *entry,
				   const struct nfvs_dest *key)
{
	size_t i;

	for (i = 0; i < entry->n_dests; i++)
		if (entry->dests[i].af == key->af &&
		    entry->dests[i].port == key->port &&
		    !memcmp(&entry->dests[i].addr, &key->addr,
			    sizeof(key->addr)))
			return &entry->dests[i];
	return NULL;
}

static int apply_dest(struct table_service *entry, const struct nfvs_op *op)
{
	struct nfvs_dest *dest = find_dest(entry, &op->dest);

	if (op->cmd == NFVS_CMD_NEW_DEST)
		return dest ? -EEXIST : table_add_dest(entry, &op->dest);
	if (!dest)
		return -ENOENT;
	*dest = op->cmd == NFVS_CMD_SET_DEST ? op->dest :
		entry->dests[--entry->n_dests];
	return 0;
}

static int apply(struct table *table, const struct nfvs_op *op)
{
	struct table_service *entry = find_service(table, &op->svc);

	switch (op->cmd) {
	case NFVS_CMD_FLUSH:
		table_free(table);
		return 0;
	case NFVS_CMD_SET_CONFIG:
		return 0;
	case NFVS_CMD_NEW_SERVICE:
		if (entry)
			return -EEXIST;
		if (!strcmp(op->svc.sched, "nosuch") || op->svc.pe[0])
			return -ENOENT;
		return table_add_service(table, &op->svc);
	case NFVS_CMD_ZERO:
		return op->has_service && !entry ? -ESRCH : 0;
	}
	if (!entry)
		return -ESRCH;
	if (op->cmd == NFVS_CMD_SET_SERVICE) {
		entry->svc = op->svc;
	} else if (op->cmd == NFVS_CMD_DEL_SERVICE) {
		free(entry->dests);
		*entry = table->services[--table->n_services];
	} else {
		return apply_dest(entry, op);
	}
	return 0;
}

static void copy_table(struct table *to, const struct table *from)
{
	size_t i, j;

	*to = (struct table){ 0 };
	for (i = 0; i < from->n_services; i++) {
		table_add_service(to, &from->services[i].svc);
		for (j = 0; j < from->services[i].n_dests; j++)
			table_add_dest(&to->services[i],
				       &from->services[i].dests[j]);
	}
}

/* Requests. */

static void set_config(const struct nfvs_config *config)
{
	if (config->tcp)
		fake.config.tcp = config->tcp;
	if (config->tcp_fin)
		fake.config.tcp_fin = config->tcp_fin;
	if (config->udp)
		fake.config.udp = config->udp;
}

static const char *text_of(int error)
{
	return error == -EEXIST ? "it is there already" :
	       error == -ESRCH ? "there is no such service" : NULL;
}

static void do_batch(const struct nlmsghdr *req)
{
	const struct genlmsghdr *genl = NLMSG_DATA(req);
	struct table copy;
	struct nlattr *attr;
	struct nfvs_op op = { 0 };
	int left, ret = 0;

	fake.batches++;
	copy_table(&copy, &fake.table);
	nla_for_each_attr(attr, genlmsg_attrdata(genl, 0),
			  genlmsg_attrlen(genl, 0), left) {
		ck_assert_int_eq(nla_type(attr), NFVS_A_OP);
		ret = nfvs_decode_op(attr, &op);
		if (!ret)
			ret = apply(&copy, &op);
		if (!ret && op.cmd == NFVS_CMD_SET_CONFIG)
			set_config(&op.config);
		if (ret)
			break;
	}
	if (ret) {
		table_free(&copy);
		/* Into the operation, not at its start. */
		push_ack(req, ret, text_of(ret),
			 (uint32_t)((char *)attr - (char *)req) + NLA_HDRLEN);
		return;
	}
	table_free(&fake.table);
	fake.table = copy;
	fake.generation++;
	push_ack(req, 0, NULL, 0);
}

/* A top-level request as the operation that a batch would hold. */
static int request_op(struct nlattr **tb, uint8_t cmd, struct nfvs_op *op)
{
	int ret = 0;

	memset(op, 0, sizeof(*op));
	op->cmd = cmd;
	op->has_service = tb[NFVS_A_SERVICE];
	if (tb[NFVS_A_SERVICE])
		ret = nfvs_decode_service(tb[NFVS_A_SERVICE], &op->svc);
	if (!ret && tb[NFVS_A_DEST])
		ret = nfvs_decode_dest(tb[NFVS_A_DEST], op->svc.af, &op->dest);
	if (!ret && tb[NFVS_A_CONFIG])
		ret = nfvs_decode_config(tb[NFVS_A_CONFIG], &op->config);
	return ret;
}

/* One transaction between two dumps: no object listed later shows it. */
static void move_dests(struct table_service *to)
{
	struct table_service *from = &fake.table.services[fake.table.n_services - 1];
	struct table_service empty = { .svc = to->svc };

	*to = *from;
	to->svc = empty.svc;
	empty.svc = from->svc;
	*from = empty;
	fake.generation++;
	fake.move = false;
}

static void dump(const struct nlmsghdr *req, const struct nfvs_op *op)
{
	int flags = NLM_F_MULTI | (fake.interrupts > 0 ? NLM_F_DUMP_INTR : 0);
	struct table_service *entry = find_service(&fake.table, &op->svc);
	size_t i, n = fake.table.n_services;
	struct nl_msg *msg;

	if (op->cmd == NFVS_CMD_GET_DEST && !entry) {
		push_ack(req, -ESRCH, text_of(-ESRCH), 0);
		return;
	}
	if (op->cmd == NFVS_CMD_GET_DEST)
		n = entry->n_dests;
	else if (op->cmd == NFVS_CMD_GET_CONN)
		n = fake.n_conns;
	if (fake.always_torn)
		fake.generation++;
	for (i = 0; i < n; i++) {
		msg = reply(req, flags);
		nla_put_u32(msg, NFVS_A_GENERATION, fake.generation);
		if (op->cmd == NFVS_CMD_GET_DEST)
			put_dest(msg, &entry->dests[i]);
		else if (op->cmd == NFVS_CMD_GET_CONN)
			put_conn(msg, &fake.conns[i]);
		else
			put_service(msg, &fake.table.services[i]);
		push_msg(msg);
	}
	if (fake.interrupts > 0)
		fake.interrupts--;
	if (fake.vanish && op->cmd == NFVS_CMD_GET_SERVICE && n) {
		free(fake.table.services[--fake.table.n_services].dests);
		fake.vanish = false;
	}
	if (fake.move && op->cmd == NFVS_CMD_GET_DEST && !n)
		move_dests(entry);
	push_done(req, -fake.done_errno);
}

static void get_counters(struct nl_msg *msg)
{
	static const char * const names[] = {
		"drop_no_dest", "fast_readmitted", "refused_lease", "drop_ttl",
	};
	struct nlattr *nest;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		nest = nla_nest_start(msg, NFVS_A_COUNTER);
		nla_put_string(msg, NFVS_COUNTER_A_NAME, names[i]);
		nla_put_u64(msg, NFVS_COUNTER_A_VALUE,
			    UINT64_C(5000000000) + i);
		nla_nest_end(msg, nest);
	}
}

static int get(const struct nlmsghdr *req, const struct nfvs_op *op)
{
	struct table_service *entry = find_service(&fake.table, &op->svc);
	struct nl_msg *msg;
	struct nlattr *nest;

	if (op->cmd == NFVS_CMD_GET_SERVICE && !entry)
		return -ESRCH;
	msg = reply(req, 0);
	if (op->cmd == NFVS_CMD_GET_SERVICE) {
		put_service(msg, entry);
	} else if (op->cmd == NFVS_CMD_GET_COUNTERS) {
		get_counters(msg);
	} else if (op->cmd == NFVS_CMD_GET_CONFIG) {
		nest = nla_nest_start(msg, NFVS_A_CONFIG);
		nla_put_u32(msg, NFVS_CONFIG_A_TIMEOUT_TCP, fake.config.tcp);
		nla_put_u32(msg, NFVS_CONFIG_A_TIMEOUT_TCP_FIN,
			    fake.config.tcp_fin);
		nla_put_u32(msg, NFVS_CONFIG_A_TIMEOUT_UDP, fake.config.udp);
		nla_nest_end(msg, nest);
	} else {
		nest = nla_nest_start(msg, NFVS_A_INFO);
		nla_put_u32(msg, NFVS_INFO_A_VERSION, 0x010201);
		nla_put_u32(msg, NFVS_INFO_A_CONN_TAB_SIZE, 4096);
		nla_nest_end(msg, nest);
	}
	push_msg(msg);
	return 0;
}

static int execute(const struct nlmsghdr *req, const struct nfvs_op *op)
{
	int ret;

	switch (op->cmd) {
	case NFVS_CMD_GET_INFO:
	case NFVS_CMD_GET_SERVICE:
	case NFVS_CMD_GET_CONFIG:
	case NFVS_CMD_GET_COUNTERS:
		return get(req, op);
	}
	ret = apply(&fake.table, op);
	if (!ret && op->cmd == NFVS_CMD_SET_CONFIG)
		set_config(&op->config);
	return ret;
}

static int on_send(struct nl_sock *nl, struct nl_msg *msg)
{
	struct nlmsghdr *req = nlmsg_hdr(msg);
	const struct genlmsghdr *genl = NLMSG_DATA(req);
	struct nlattr *tb[NFVS_A_MAX + 1];
	struct nfvs_op op;
	int ret;

	(void)nl;
	if (fake.max_len && req->nlmsg_len > fake.max_len)
		return -NLE_MSGSIZE;
	fake.requests++;
	fake.last_len = req->nlmsg_len;
	ck_assert_int_eq(req->nlmsg_type, FAMILY);
	ck_assert_int_eq(genl->version, 1);
	/* Only a receive that failed leaves answers behind. */
	ck_assert(!queued || fake.stale);
	if (fake.fail_cmd && genl->cmd == fake.fail_cmd) {
		push_ack(req, -fake.fail_errno, fake.fail_text, 0);
	} else if (genl->cmd == NFVS_CMD_BATCH) {
		do_batch(req);
	} else {
		ck_assert_int_ge(genlmsg_parse(req, 0, tb, NFVS_A_MAX, NULL), 0);
		ret = request_op(tb, genl->cmd, &op);
		if (!ret && (req->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP) {
			dump(req, &op);
			return (int)req->nlmsg_len;
		}
		if (!ret)
			ret = execute(req, &op);
		push_ack(req, ret, text_of(ret), 0);
	}
	return (int)req->nlmsg_len;
}

void fake_announce(uint8_t cmd, const struct nfvs_service *svc)
{
	struct nl_msg *msg = nfvs_encode_of_service(FAMILY, 0, cmd, svc);

	ck_assert_ptr_nonnull(msg);
	nla_put_u32(msg, NFVS_A_GENERATION, fake.generation);
	nlmsg_hdr(msg)->nlmsg_seq = 0;
	push_msg(msg);
}

static int on_recv(struct nl_sock *nl, struct sockaddr_nl *from,
		   unsigned char **buf, struct ucred **creds)
{
	int len = (int)queued;

	(void)nl;
	(void)creds;
	*from = (struct sockaddr_nl){ .nl_family = AF_NETLINK };
	if (fake.recv_nle) {
		len = -fake.recv_nle;
		fake.recv_nle = 0;
		return len;
	}
	if (!len)
		return 0;
	*buf = malloc(queued);
	memcpy(*buf, queue, queued);
	queued = 0;
	return len;
}

void fake_reset(void)
{
	table_free(&fake.table);
	memset(&fake, 0, sizeof(fake));
	fake.config = (struct nfvs_config){ 900, 120, 300 };
	queued = 0;
}

int fake_modprobe(void)
{
	fake.modprobes++;
	fake.missing = false;
	return 0;
}

int fake_open(struct nfvs_sock **sockp, struct nfvs_error *err)
{
	struct nl_sock *nl;
	struct nl_cb *cb;

	*sockp = NULL;
	if (fake.missing)
		return nfvs_fail(err, ENOPROTOOPT, "no such family");
	nl = nl_socket_alloc();
	ck_assert_ptr_nonnull(nl);
	cb = nl_socket_get_cb(nl);
	nl_cb_overwrite_send(cb, on_send);
	nl_cb_overwrite_recv(cb, on_recv);
	nl_cb_put(cb);
	*sockp = nfvs_sock_wrap(nl, FAMILY);
	return *sockp ? 0 : nfvs_fail(err, ENOMEM, "%s", "");
}
