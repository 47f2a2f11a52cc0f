// SPDX-License-Identifier: GPL-2.0-only
/* libnfvs: netlink attributes to reply structures. */
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/genl.h>

/*
 * Attributes that this library does not know are skipped, so that it works
 * with later kernels; known ones must have their size.
 */
static int parse(struct nlattr **tb, int max, struct nlattr *nest,
		 struct nla_policy *policy)
{
	return nla_parse_nested(tb, max, nest, policy) < 0 ? -EBADMSG : 0;
}

static int get_ip(struct nlattr *attr, uint8_t af, union nfvs_ip *ip)
{
	int len = af == AF_INET6 ? 16 : 4;

	if (!attr || (af != AF_INET && af != AF_INET6) || nla_len(attr) != len)
		return -EBADMSG;
	memset(ip, 0, sizeof(*ip));
	memcpy(ip->bytes, nla_data(attr), len);
	return 0;
}

static void get_string(struct nlattr *attr, char *to, size_t size)
{
	nla_strlcpy(to, attr, size);
}

static uint32_t get_u32(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static uint64_t get_u64(struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

static uint16_t get_port(struct nlattr *attr)
{
	return attr ? ntohs(nla_get_u16(attr)) : 0;
}

static int decode_stats(struct nlattr *nest, struct nfvs_stats *stats)
{
	static struct nla_policy policy[NFVS_STATS_A_MAX + 1] = {
		[NFVS_STATS_A_CONNS ... NFVS_STATS_A_OUT_BPS] = { .type = NLA_U64 },
		[NFVS_STATS_A_FAST_PKTS] = { .type = NLA_U64 },
	};
	struct nlattr *tb[NFVS_STATS_A_MAX + 1];

	if (parse(tb, NFVS_STATS_A_MAX, nest, policy))
		return -EBADMSG;
	stats->conns = get_u64(tb[NFVS_STATS_A_CONNS]);
	stats->in_pkts = get_u64(tb[NFVS_STATS_A_IN_PKTS]);
	stats->out_pkts = get_u64(tb[NFVS_STATS_A_OUT_PKTS]);
	stats->in_bytes = get_u64(tb[NFVS_STATS_A_IN_BYTES]);
	stats->out_bytes = get_u64(tb[NFVS_STATS_A_OUT_BYTES]);
	stats->cps = get_u64(tb[NFVS_STATS_A_CPS]);
	stats->in_pps = get_u64(tb[NFVS_STATS_A_IN_PPS]);
	stats->out_pps = get_u64(tb[NFVS_STATS_A_OUT_PPS]);
	stats->in_bps = get_u64(tb[NFVS_STATS_A_IN_BPS]);
	stats->out_bps = get_u64(tb[NFVS_STATS_A_OUT_BPS]);
	stats->fast_pkts = get_u64(tb[NFVS_STATS_A_FAST_PKTS]);
	return 0;
}

/* What is left out has its default. */
static void decode_service_conf(struct nlattr **tb, struct nfvs_service *svc)
{
	if (tb[NFVS_SVC_A_SCHED])
		get_string(tb[NFVS_SVC_A_SCHED], svc->sched, sizeof(svc->sched));
	svc->no_fastpath = tb[NFVS_SVC_A_NO_FASTPATH];
	svc->flags = get_u32(tb[NFVS_SVC_A_FLAGS]);
	svc->timeout = get_u32(tb[NFVS_SVC_A_TIMEOUT]);
	svc->netmask.s_addr = INADDR_BROADCAST;
	if (tb[NFVS_SVC_A_NETMASK])
		svc->netmask.s_addr = nla_get_u32(tb[NFVS_SVC_A_NETMASK]);
	svc->plen = NFVS_PLEN_MAX;
	if (tb[NFVS_SVC_A_PLEN])
		svc->plen = nla_get_u8(tb[NFVS_SVC_A_PLEN]);
	if (tb[NFVS_SVC_A_PE])
		get_string(tb[NFVS_SVC_A_PE], svc->pe, sizeof(svc->pe));
}

int nfvs_decode_service(struct nlattr *nest, struct nfvs_service *svc)
{
	static struct nla_policy policy[NFVS_SVC_A_MAX + 1] = {
		[NFVS_SVC_A_AF] = { .type = NLA_U8 },
		[NFVS_SVC_A_PROTO] = { .type = NLA_U16 },
		[NFVS_SVC_A_PORT] = { .type = NLA_U16 },
		[NFVS_SVC_A_FWMARK] = { .type = NLA_U32 },
		[NFVS_SVC_A_SCHED] = { .type = NLA_STRING },
		[NFVS_SVC_A_DEST_COUNT] = { .type = NLA_U32 },
		[NFVS_SVC_A_STATS] = { .type = NLA_NESTED },
		[NFVS_SVC_A_NO_FASTPATH] = { .type = NLA_FLAG },
		[NFVS_SVC_A_FLAGS] = { .type = NLA_U32 },
		[NFVS_SVC_A_TIMEOUT] = { .type = NLA_U32 },
		[NFVS_SVC_A_NETMASK] = { .type = NLA_U32 },
		[NFVS_SVC_A_PLEN] = { .type = NLA_U8 },
		[NFVS_SVC_A_PE] = { .type = NLA_STRING },
	};
	struct nlattr *tb[NFVS_SVC_A_MAX + 1];

	memset(svc, 0, sizeof(*svc));
	if (parse(tb, NFVS_SVC_A_MAX, nest, policy) || !tb[NFVS_SVC_A_AF])
		return -EBADMSG;
	svc->af = nla_get_u8(tb[NFVS_SVC_A_AF]);
	svc->fwmark = get_u32(tb[NFVS_SVC_A_FWMARK]);
	if (!svc->fwmark) {
		if (!tb[NFVS_SVC_A_PROTO] || !tb[NFVS_SVC_A_PORT])
			return -EBADMSG;
		svc->proto = nla_get_u16(tb[NFVS_SVC_A_PROTO]);
		svc->port = get_port(tb[NFVS_SVC_A_PORT]);
		if (get_ip(tb[NFVS_SVC_A_ADDR], svc->af, &svc->addr))
			return -EBADMSG;
	}
	decode_service_conf(tb, svc);
	svc->dest_count = get_u32(tb[NFVS_SVC_A_DEST_COUNT]);
	if (tb[NFVS_SVC_A_STATS])
		return decode_stats(tb[NFVS_SVC_A_STATS], &svc->stats);
	return 0;
}

int nfvs_decode_dest(struct nlattr *nest, uint8_t svc_af,
		     struct nfvs_dest *dest)
{
	static struct nla_policy policy[NFVS_DEST_A_MAX + 1] = {
		[NFVS_DEST_A_AF] = { .type = NLA_U8 },
		[NFVS_DEST_A_PORT] = { .type = NLA_U16 },
		[NFVS_DEST_A_METHOD] = { .type = NLA_U8 },
		[NFVS_DEST_A_WEIGHT] = { .type = NLA_U32 },
		[NFVS_DEST_A_UPPER_THRESHOLD] = { .type = NLA_U32 },
		[NFVS_DEST_A_LOWER_THRESHOLD] = { .type = NLA_U32 },
		[NFVS_DEST_A_TUN_TYPE] = { .type = NLA_U8 },
		[NFVS_DEST_A_ACTIVE_CONNS] = { .type = NLA_U32 },
		[NFVS_DEST_A_INACTIVE_CONNS] = { .type = NLA_U32 },
		[NFVS_DEST_A_PERSIST_CONNS] = { .type = NLA_U32 },
		[NFVS_DEST_A_STATS] = { .type = NLA_NESTED },
	};
	struct nlattr *tb[NFVS_DEST_A_MAX + 1];

	memset(dest, 0, sizeof(*dest));
	if (parse(tb, NFVS_DEST_A_MAX, nest, policy) ||
	    (!tb[NFVS_DEST_A_AF] && !svc_af))
		return -EBADMSG;
	dest->af = tb[NFVS_DEST_A_AF] ? nla_get_u8(tb[NFVS_DEST_A_AF]) : svc_af;
	if (get_ip(tb[NFVS_DEST_A_ADDR], dest->af, &dest->addr))
		return -EBADMSG;
	dest->port = get_port(tb[NFVS_DEST_A_PORT]);
	dest->method = NFVS_METHOD_DR;
	if (tb[NFVS_DEST_A_METHOD])
		dest->method = nla_get_u8(tb[NFVS_DEST_A_METHOD]);
	dest->weight = 1;
	if (tb[NFVS_DEST_A_WEIGHT])
		dest->weight = nla_get_u32(tb[NFVS_DEST_A_WEIGHT]);
	dest->upper = get_u32(tb[NFVS_DEST_A_UPPER_THRESHOLD]);
	dest->lower = get_u32(tb[NFVS_DEST_A_LOWER_THRESHOLD]);
	if (tb[NFVS_DEST_A_TUN_TYPE])
		dest->tun_type = nla_get_u8(tb[NFVS_DEST_A_TUN_TYPE]);
	dest->active = get_u32(tb[NFVS_DEST_A_ACTIVE_CONNS]);
	dest->inactive = get_u32(tb[NFVS_DEST_A_INACTIVE_CONNS]);
	dest->persistent = get_u32(tb[NFVS_DEST_A_PERSIST_CONNS]);
	if (tb[NFVS_DEST_A_STATS])
		return decode_stats(tb[NFVS_DEST_A_STATS], &dest->stats);
	return 0;
}

int nfvs_decode_config(struct nlattr *nest, struct nfvs_config *config)
{
	static struct nla_policy policy[NFVS_CONFIG_A_MAX + 1] = {
		[NFVS_CONFIG_A_TIMEOUT_TCP] = { .type = NLA_U32 },
		[NFVS_CONFIG_A_TIMEOUT_TCP_FIN] = { .type = NLA_U32 },
		[NFVS_CONFIG_A_TIMEOUT_UDP] = { .type = NLA_U32 },
	};
	struct nlattr *tb[NFVS_CONFIG_A_MAX + 1];

	memset(config, 0, sizeof(*config));
	if (parse(tb, NFVS_CONFIG_A_MAX, nest, policy))
		return -EBADMSG;
	config->tcp = get_u32(tb[NFVS_CONFIG_A_TIMEOUT_TCP]);
	config->tcp_fin = get_u32(tb[NFVS_CONFIG_A_TIMEOUT_TCP_FIN]);
	config->udp = get_u32(tb[NFVS_CONFIG_A_TIMEOUT_UDP]);
	return 0;
}

int nfvs_decode_conn(struct nlattr *nest, struct nfvs_conn *conn)
{
	static struct nla_policy policy[NFVS_CONN_A_MAX + 1] = {
		[NFVS_CONN_A_AF] = { .type = NLA_U8 },
		[NFVS_CONN_A_PROTO] = { .type = NLA_U8 },
		[NFVS_CONN_A_CLIENT_PORT] = { .type = NLA_U16 },
		[NFVS_CONN_A_VIRTUAL_PORT] = { .type = NLA_U16 },
		[NFVS_CONN_A_DEST_AF] = { .type = NLA_U8 },
		[NFVS_CONN_A_DEST_PORT] = { .type = NLA_U16 },
		[NFVS_CONN_A_METHOD] = { .type = NLA_U8 },
		[NFVS_CONN_A_STATE] = { .type = NLA_STRING },
		[NFVS_CONN_A_EXPIRES] = { .type = NLA_U32 },
	};
	struct nlattr *tb[NFVS_CONN_A_MAX + 1];

	memset(conn, 0, sizeof(*conn));
	if (parse(tb, NFVS_CONN_A_MAX, nest, policy) || !tb[NFVS_CONN_A_AF] ||
	    !tb[NFVS_CONN_A_PROTO])
		return -EBADMSG;
	conn->af = nla_get_u8(tb[NFVS_CONN_A_AF]);
	conn->proto = nla_get_u8(tb[NFVS_CONN_A_PROTO]);
	conn->dest_af = conn->af;
	if (tb[NFVS_CONN_A_DEST_AF])
		conn->dest_af = nla_get_u8(tb[NFVS_CONN_A_DEST_AF]);
	if (get_ip(tb[NFVS_CONN_A_CLIENT_ADDR], conn->af, &conn->client) ||
	    get_ip(tb[NFVS_CONN_A_VIRTUAL_ADDR], conn->af, &conn->virtual) ||
	    get_ip(tb[NFVS_CONN_A_DEST_ADDR], conn->dest_af, &conn->dest))
		return -EBADMSG;
	conn->client_port = get_port(tb[NFVS_CONN_A_CLIENT_PORT]);
	conn->virtual_port = get_port(tb[NFVS_CONN_A_VIRTUAL_PORT]);
	conn->dest_port = get_port(tb[NFVS_CONN_A_DEST_PORT]);
	if (tb[NFVS_CONN_A_METHOD])
		conn->method = nla_get_u8(tb[NFVS_CONN_A_METHOD]);
	if (tb[NFVS_CONN_A_STATE])
		get_string(tb[NFVS_CONN_A_STATE], conn->state,
			   sizeof(conn->state));
	conn->expires = get_u32(tb[NFVS_CONN_A_EXPIRES]);
	return 0;
}

int nfvs_decode_info(struct nlattr *nest, struct nfvs_info *info)
{
	static struct nla_policy policy[NFVS_INFO_A_MAX + 1] = {
		[NFVS_INFO_A_VERSION ... NFVS_INFO_A_MAX] = { .type = NLA_U32 },
	};
	struct nlattr *tb[NFVS_INFO_A_MAX + 1];

	memset(info, 0, sizeof(*info));
	if (parse(tb, NFVS_INFO_A_MAX, nest, policy) ||
	    !tb[NFVS_INFO_A_VERSION])
		return -EBADMSG;
	info->version = get_u32(tb[NFVS_INFO_A_VERSION]);
	info->conn_tab_size = get_u32(tb[NFVS_INFO_A_CONN_TAB_SIZE]);
	info->services = get_u32(tb[NFVS_INFO_A_SERVICES]);
	info->conns = get_u32(tb[NFVS_INFO_A_CONNS]);
	return 0;
}

int nfvs_decode_counter(struct nlattr *nest, struct nfvs_counter *counter)
{
	static struct nla_policy policy[NFVS_COUNTER_A_MAX + 1] = {
		[NFVS_COUNTER_A_NAME] = { .type = NLA_STRING },
		[NFVS_COUNTER_A_VALUE] = { .type = NLA_U64 },
	};
	struct nlattr *tb[NFVS_COUNTER_A_MAX + 1];

	memset(counter, 0, sizeof(*counter));
	if (parse(tb, NFVS_COUNTER_A_MAX, nest, policy) ||
	    !tb[NFVS_COUNTER_A_NAME] || !tb[NFVS_COUNTER_A_VALUE])
		return -EBADMSG;
	get_string(tb[NFVS_COUNTER_A_NAME], counter->name,
		   sizeof(counter->name));
	counter->value = nla_get_u64(tb[NFVS_COUNTER_A_VALUE]);
	return 0;
}

int nfvs_decode_op(struct nlattr *nest, struct nfvs_op *op)
{
	static struct nla_policy policy[NFVS_OP_A_MAX + 1] = {
		[NFVS_OP_A_CMD] = { .type = NLA_U8 },
		[NFVS_OP_A_SERVICE] = { .type = NLA_NESTED },
		[NFVS_OP_A_DEST] = { .type = NLA_NESTED },
		[NFVS_OP_A_CONFIG] = { .type = NLA_NESTED },
	};
	struct nlattr *tb[NFVS_OP_A_MAX + 1];
	const struct nfvs_service before = op->svc;
	int ret = 0;

	memset(op, 0, sizeof(*op));
	if (parse(tb, NFVS_OP_A_MAX, nest, policy) || !tb[NFVS_OP_A_CMD])
		return -EBADMSG;
	op->cmd = nla_get_u8(tb[NFVS_OP_A_CMD]);
	op->has_service = tb[NFVS_OP_A_SERVICE];
	if (op->has_service) {
		ret = nfvs_decode_service(tb[NFVS_OP_A_SERVICE], &op->svc);
	} else if (tb[NFVS_OP_A_DEST] && before.af) {
		op->has_service = true;
		op->svc.af = before.af;
		op->svc.proto = before.proto;
		op->svc.port = before.port;
		op->svc.fwmark = before.fwmark;
		op->svc.addr = before.addr;
		op->svc.netmask.s_addr = INADDR_BROADCAST;
		op->svc.plen = NFVS_PLEN_MAX;
	}
	if (!ret && tb[NFVS_OP_A_DEST])
		ret = nfvs_decode_dest(tb[NFVS_OP_A_DEST], op->svc.af, &op->dest);
	if (!ret && tb[NFVS_OP_A_CONFIG])
		ret = nfvs_decode_config(tb[NFVS_OP_A_CONFIG], &op->config);
	return ret;
}

int nfvs_decode_event(struct nlmsghdr *nlh, struct nfvs_event *event)
{
	static struct nla_policy policy[NFVS_A_MAX + 1] = {
		[NFVS_A_SERVICE] = { .type = NLA_NESTED },
		[NFVS_A_DEST] = { .type = NLA_NESTED },
		[NFVS_A_CONFIG] = { .type = NLA_NESTED },
		[NFVS_A_GENERATION] = { .type = NLA_U32 },
	};
	struct nlattr *tb[NFVS_A_MAX + 1];
	int ret = 0;

	memset(event, 0, sizeof(*event));
	if (!genlmsg_valid_hdr(nlh, 0) ||
	    genlmsg_parse(nlh, 0, tb, NFVS_A_MAX, policy) < 0)
		return -EBADMSG;
	event->cmd = genlmsg_hdr(nlh)->cmd;
	event->has_service = tb[NFVS_A_SERVICE];
	event->has_dest = tb[NFVS_A_DEST];
	event->has_config = tb[NFVS_A_CONFIG];
	event->has_generation = tb[NFVS_A_GENERATION];
	event->generation = get_u32(tb[NFVS_A_GENERATION]);
	if (event->has_service)
		ret = nfvs_decode_service(tb[NFVS_A_SERVICE], &event->svc);
	if (!ret && event->has_dest)
		ret = nfvs_decode_dest(tb[NFVS_A_DEST], 0, &event->dest);
	if (!ret && event->has_config)
		ret = nfvs_decode_config(tb[NFVS_A_CONFIG], &event->config);
	return ret;
}
