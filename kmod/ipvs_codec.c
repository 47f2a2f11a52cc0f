// SPDX-License-Identifier: GPL-2.0-only
/* Messages of the netlink family "IPVS": to changes, and from objects (compat.md 1). */
#include "ipvs_codec.h"

#include <linux/in.h>
#include <linux/ipv6.h>
#include <net/addrconf.h>

#include "conn.h"
#include "dump.h"
#include "net.h"

enum {
	VERSION	= 0x010201,	/* of the module that we stand in for */
	ADDR_LEN = sizeof(union nf_inet_addr),	/* of every address, whatever its family */
};

/*
 * Types and lengths only, and parsed by the rules of old: attributes that are not
 * named here are ignored, numbers may be too long but not too short.
 */
const struct nla_policy nfvs_ipvs_policy[IPVS_CMD_ATTR_MAX + 1] = {
	[IPVS_CMD_ATTR_SERVICE]		= { .type = NLA_NESTED },
	[IPVS_CMD_ATTR_DEST]		= { .type = NLA_NESTED },
	[IPVS_CMD_ATTR_DAEMON]		= { .type = NLA_NESTED },
	[IPVS_CMD_ATTR_TIMEOUT_TCP]	= { .type = NLA_U32 },
	[IPVS_CMD_ATTR_TIMEOUT_TCP_FIN]	= { .type = NLA_U32 },
	[IPVS_CMD_ATTR_TIMEOUT_UDP]	= { .type = NLA_U32 },
};

static const struct nla_policy svc_policy[IPVS_SVC_ATTR_MAX + 1] = {
	[IPVS_SVC_ATTR_AF]		= { .type = NLA_U16 },
	[IPVS_SVC_ATTR_PROTOCOL]	= { .type = NLA_U16 },
	[IPVS_SVC_ATTR_ADDR]		= { .type = NLA_BINARY, .len = ADDR_LEN },
	[IPVS_SVC_ATTR_PORT]		= { .type = NLA_U16 },
	[IPVS_SVC_ATTR_FWMARK]		= { .type = NLA_U32 },
	[IPVS_SVC_ATTR_SCHED_NAME]	= { .type = NLA_NUL_STRING,
					    .len = IP_VS_SCHEDNAME_MAXLEN - 1 },
	[IPVS_SVC_ATTR_FLAGS]		= { .type = NLA_BINARY, .len = sizeof(struct ip_vs_flags) },
	[IPVS_SVC_ATTR_TIMEOUT]		= { .type = NLA_U32 },
	[IPVS_SVC_ATTR_NETMASK]		= { .type = NLA_U32 },
	[IPVS_SVC_ATTR_STATS]		= { .type = NLA_NESTED },
	[IPVS_SVC_ATTR_PE_NAME]		= { .type = NLA_NUL_STRING, .len = IP_VS_PENAME_MAXLEN },
};

static const struct nla_policy dest_policy[IPVS_DEST_ATTR_MAX + 1] = {
	[IPVS_DEST_ATTR_ADDR]		= { .type = NLA_BINARY, .len = ADDR_LEN },
	[IPVS_DEST_ATTR_PORT]		= { .type = NLA_U16 },
	[IPVS_DEST_ATTR_FWD_METHOD]	= { .type = NLA_U32 },
	[IPVS_DEST_ATTR_WEIGHT]		= { .type = NLA_U32 },
	[IPVS_DEST_ATTR_U_THRESH]	= { .type = NLA_U32 },
	[IPVS_DEST_ATTR_L_THRESH]	= { .type = NLA_U32 },
	[IPVS_DEST_ATTR_ACTIVE_CONNS]	= { .type = NLA_U32 },
	[IPVS_DEST_ATTR_INACT_CONNS]	= { .type = NLA_U32 },
	[IPVS_DEST_ATTR_PERSIST_CONNS]	= { .type = NLA_U32 },
	[IPVS_DEST_ATTR_STATS]		= { .type = NLA_NESTED },
	[IPVS_DEST_ATTR_ADDR_FAMILY]	= { .type = NLA_U16 },
	[IPVS_DEST_ATTR_TUN_TYPE]	= { .type = NLA_U8 },
	[IPVS_DEST_ATTR_TUN_PORT]	= { .type = NLA_U16 },
	[IPVS_DEST_ATTR_TUN_FLAGS]	= { .type = NLA_U16 },
};

static const struct nla_policy daemon_policy[IPVS_DAEMON_ATTR_MAX + 1] = {
	[IPVS_DAEMON_ATTR_STATE]	= { .type = NLA_U32 },
	[IPVS_DAEMON_ATTR_MCAST_IFN]	= { .type = NLA_NUL_STRING,
					    .len = IP_VS_IFNAME_MAXLEN - 1 },
	[IPVS_DAEMON_ATTR_SYNC_ID]	= { .type = NLA_U32 },
	[IPVS_DAEMON_ATTR_SYNC_MAXLEN]	= { .type = NLA_U16 },
	[IPVS_DAEMON_ATTR_MCAST_GROUP]	= { .type = NLA_U32 },
	[IPVS_DAEMON_ATTR_MCAST_GROUP6]	= { .len = sizeof(struct in6_addr) },
	[IPVS_DAEMON_ATTR_MCAST_PORT]	= { .type = NLA_U16 },
	[IPVS_DAEMON_ATTR_MCAST_TTL]	= { .type = NLA_U8 },
};

/* ---- decoding ---- */

static bool is_family(u16 af)
{
	return af == AF_INET || (af == AF_INET6 && ipv6_mod_enabled());
}

/* Of any length up to 16; what is missing is 0, what is too much for IPv4 is ignored. */
static void get_addr(const struct nlattr *attr, u16 af, union nf_inet_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	nla_memcpy(addr, attr, af == AF_INET6 ? sizeof(addr->in6) : sizeof(addr->ip));
}

/*
 * By the presence of a mark, but the mark 0 is none: what remains is the TCP
 * service of no address.
 */
static void parse_identity(struct nlattr **tb, struct nfvs_svc_key *key)
{
	if (tb[IPVS_SVC_ATTR_FWMARK]) {
		key->fwmark = nla_get_u32(tb[IPVS_SVC_ATTR_FWMARK]);
		if (!key->fwmark)
			key->proto = IPPROTO_TCP;
		return;
	}
	key->proto = nla_get_u16(tb[IPVS_SVC_ATTR_PROTOCOL]);
	key->port = nla_get_be16(tb[IPVS_SVC_ATTR_PORT]);
	get_addr(tb[IPVS_SVC_ATTR_ADDR], key->af, &key->addr);
}

/*
 * A service that wants a persistence engine must not be had without: as there is
 * none, it is refused like one with an unknown scheduler.
 */
static const struct nfvs_sched_ops *parse_sched(struct nlattr **tb)
{
	const struct nlattr *pe = tb[IPVS_SVC_ATTR_PE_NAME];

	if (pe && *(const char *)nla_data(pe))
		return NULL;
	return nfvs_sched_find(nla_data(tb[IPVS_SVC_ATTR_SCHED_NAME]));
}

static int parse_svc_conf(struct nlattr **tb, struct nfvs_change *chg)
{
	struct nfvs_svc_conf *conf = &chg->svc_conf;
	struct ip_vs_flags flags = {};
	u32 mask;

	if (!tb[IPVS_SVC_ATTR_SCHED_NAME] || !tb[IPVS_SVC_ATTR_FLAGS] ||
	    !tb[IPVS_SVC_ATTR_TIMEOUT] || !tb[IPVS_SVC_ATTR_NETMASK])
		return -EINVAL;
	conf->sched = parse_sched(tb);
	nla_memcpy(&flags, tb[IPVS_SVC_ATTR_FLAGS], sizeof(flags));
	/* Set in every reply, and so in what is built from one, but no setting. */
	chg->flags_mask = flags.mask & ~IP_VS_SVC_F_HASHED;
	conf->flags = flags.flags & chg->flags_mask;
	conf->timeout = nla_get_u32(tb[IPVS_SVC_ATTR_TIMEOUT]);
	chg->keep_fastpath = true;
	if (chg->svc.af == AF_INET) {
		conf->netmask = nla_get_in_addr(tb[IPVS_SVC_ATTR_NETMASK]);
		return 0;
	}
	/* The core refuses what is no length of a prefix; it must not be cut to one. */
	mask = nla_get_u32(tb[IPVS_SVC_ATTR_NETMASK]);
	conf->plen = min_t(u32, mask, U8_MAX);
	return 0;
}

int nfvs_ipvs_parse_svc(const struct nlattr *nest, struct nfvs_change *chg, bool want_conf)
{
	struct nlattr *tb[IPVS_SVC_ATTR_MAX + 1];

	if (!nest || nla_parse_nested_deprecated(tb, IPVS_SVC_ATTR_MAX, nest, svc_policy, NULL))
		return -EINVAL;
	if (!tb[IPVS_SVC_ATTR_AF])
		return -EINVAL;
	if (!tb[IPVS_SVC_ATTR_FWMARK] &&
	    (!tb[IPVS_SVC_ATTR_PROTOCOL] || !tb[IPVS_SVC_ATTR_ADDR] || !tb[IPVS_SVC_ATTR_PORT]))
		return -EINVAL;
	memset(&chg->svc, 0, sizeof(chg->svc));
	chg->svc.af = nla_get_u16(tb[IPVS_SVC_ATTR_AF]);
	if (!is_family(chg->svc.af))
		return -EAFNOSUPPORT;
	parse_identity(tb, &chg->svc);
	chg->has_svc = true;
	return want_conf ? parse_svc_conf(tb, chg) : 0;
}

static int parse_dest_conf(struct nlattr **tb, struct nfvs_dest_conf *conf)
{
	if (!tb[IPVS_DEST_ATTR_FWD_METHOD] || !tb[IPVS_DEST_ATTR_WEIGHT] ||
	    !tb[IPVS_DEST_ATTR_U_THRESH] || !tb[IPVS_DEST_ATTR_L_THRESH])
		return -EINVAL;
	conf->method = nla_get_u32(tb[IPVS_DEST_ATTR_FWD_METHOD]) & NFVS_METHOD_MASK;
	conf->weight = nla_get_u32(tb[IPVS_DEST_ATTR_WEIGHT]);
	conf->upper = nla_get_u32(tb[IPVS_DEST_ATTR_U_THRESH]);
	conf->lower = nla_get_u32(tb[IPVS_DEST_ATTR_L_THRESH]);
	if (tb[IPVS_DEST_ATTR_TUN_TYPE])
		conf->tun_type = nla_get_u8(tb[IPVS_DEST_ATTR_TUN_TYPE]);
	if (tb[IPVS_DEST_ATTR_TUN_PORT])
		conf->tun_port = nla_get_be16(tb[IPVS_DEST_ATTR_TUN_PORT]);
	if (tb[IPVS_DEST_ATTR_TUN_FLAGS])
		conf->tun_flags = nla_get_u16(tb[IPVS_DEST_ATTR_TUN_FLAGS]);
	return 0;
}

int nfvs_ipvs_parse_dest(const struct nlattr *nest, struct nfvs_change *chg, bool want_conf)
{
	struct nlattr *tb[IPVS_DEST_ATTR_MAX + 1];
	int err;

	if (!nest || nla_parse_nested_deprecated(tb, IPVS_DEST_ATTR_MAX, nest, dest_policy, NULL))
		return -EINVAL;
	if (!tb[IPVS_DEST_ATTR_ADDR] || !tb[IPVS_DEST_ATTR_PORT])
		return -EINVAL;
	if (want_conf) {
		err = parse_dest_conf(tb, &chg->conf);
		if (err)
			return err;
	}
	if (tb[IPVS_DEST_ATTR_ADDR_FAMILY])
		chg->af = nla_get_u16(tb[IPVS_DEST_ATTR_ADDR_FAMILY]);
	if (!chg->af)
		chg->af = chg->svc.af;
	if (!is_family(chg->af))
		return -EAFNOSUPPORT;
	get_addr(tb[IPVS_DEST_ATTR_ADDR], chg->af, &chg->addr);
	chg->port = nla_get_be16(tb[IPVS_DEST_ATTR_PORT]);
	return 0;
}

void nfvs_ipvs_parse_config(struct nlattr **tb, struct nfvs_change *chg)
{
	static const u8 types[] = {
		IPVS_CMD_ATTR_TIMEOUT_TCP,
		IPVS_CMD_ATTR_TIMEOUT_TCP_FIN,
		IPVS_CMD_ATTR_TIMEOUT_UDP,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (tb[types[i]])
			chg->timeouts[i] = nla_get_u32(tb[types[i]]);
}

static bool is_group(struct nlattr **tb)
{
	const struct nlattr *group = tb[IPVS_DAEMON_ATTR_MCAST_GROUP];
	struct in6_addr group6;

	if (group)
		return ipv4_is_multicast(nla_get_in_addr(group));
	group = tb[IPVS_DAEMON_ATTR_MCAST_GROUP6];
	if (!group)
		return true;
	group6 = nla_get_in6_addr(group);
	return ipv6_addr_is_multicast(&group6);
}

int nfvs_ipvs_parse_daemon(const struct nlattr *nest, struct nfvs_ipvs_daemon *daemon,
			   bool want_conf, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[IPVS_DAEMON_ATTR_MAX + 1];

	if (!nest ||
	    nla_parse_nested_deprecated(tb, IPVS_DAEMON_ATTR_MAX, nest, daemon_policy, extack))
		return -EINVAL;
	if (!tb[IPVS_DAEMON_ATTR_STATE])
		return -EINVAL;
	daemon->state = nla_get_u32(tb[IPVS_DAEMON_ATTR_STATE]);
	if (!want_conf)
		return 0;
	if (!tb[IPVS_DAEMON_ATTR_MCAST_IFN] || !tb[IPVS_DAEMON_ATTR_SYNC_ID] || !is_group(tb))
		return -EINVAL;
	daemon->ifname = nla_data(tb[IPVS_DAEMON_ATTR_MCAST_IFN]);
	return 0;
}

/* ---- encoding: nests are without the flag of nests ---- */

static int put_stats(struct sk_buff *skb, int type, const struct nfvs_shown *shown)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, type);
	const struct nfvs_stats_sum *sum = &shown->sum;
	struct nfvs_rates r;

	nfvs_rates_show(&shown->rates, &r);
	if (!nest ||
	    nla_put_u32(skb, IPVS_STATS_ATTR_CONNS, sum->conns) ||
	    nla_put_u32(skb, IPVS_STATS_ATTR_INPKTS, sum->in_pkts) ||
	    nla_put_u32(skb, IPVS_STATS_ATTR_OUTPKTS, sum->out_pkts) ||
	    nla_put_u64_64bit(skb, IPVS_STATS_ATTR_INBYTES, sum->in_bytes, IPVS_STATS_ATTR_PAD) ||
	    nla_put_u64_64bit(skb, IPVS_STATS_ATTR_OUTBYTES, sum->out_bytes, IPVS_STATS_ATTR_PAD) ||
	    nla_put_u32(skb, IPVS_STATS_ATTR_CPS, r.cps) ||
	    nla_put_u32(skb, IPVS_STATS_ATTR_INPPS, r.in_pps) ||
	    nla_put_u32(skb, IPVS_STATS_ATTR_OUTPPS, r.out_pps) ||
	    nla_put_u32(skb, IPVS_STATS_ATTR_INBPS, r.in_bps) ||
	    nla_put_u32(skb, IPVS_STATS_ATTR_OUTBPS, r.out_bps))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_stats64(struct sk_buff *skb, int type, const struct nfvs_shown *shown)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, type);
	const struct nfvs_stats_sum *sum = &shown->sum;
	enum { PAD = IPVS_STATS_ATTR_PAD };
	struct nfvs_rates r;

	nfvs_rates_show(&shown->rates, &r);
	if (!nest ||
	    nla_put_u64_64bit(skb, IPVS_STATS_ATTR_CONNS, sum->conns, PAD) ||
	    nla_put_u64_64bit(skb, IPVS_STATS_ATTR_INPKTS, sum->in_pkts, PAD) ||
	    nla_put_u64_64bit(skb, IPVS_STATS_ATTR_OUTPKTS, sum->out_pkts, PAD) ||
	    nla_put_u64_64bit(skb, IPVS_STATS_ATTR_INBYTES, sum->in_bytes, PAD) ||
	    nla_put_u64_64bit(skb, IPVS_STATS_ATTR_OUTBYTES, sum->out_bytes, PAD) ||
	    nla_put_u64_64bit(skb, IPVS_STATS_ATTR_CPS, r.cps, PAD) ||
	    nla_put_u64_64bit(skb, IPVS_STATS_ATTR_INPPS, r.in_pps, PAD) ||
	    nla_put_u64_64bit(skb, IPVS_STATS_ATTR_OUTPPS, r.out_pps, PAD) ||
	    nla_put_u64_64bit(skb, IPVS_STATS_ATTR_INBPS, r.in_bps, PAD) ||
	    nla_put_u64_64bit(skb, IPVS_STATS_ATTR_OUTBPS, r.out_bps, PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_identity(struct sk_buff *skb, const struct nfvs_svc_key *key)
{
	if (nla_put_u16(skb, IPVS_SVC_ATTR_AF, key->af))
		return -EMSGSIZE;
	if (key->fwmark)
		return nla_put_u32(skb, IPVS_SVC_ATTR_FWMARK, key->fwmark);
	if (nla_put_u16(skb, IPVS_SVC_ATTR_PROTOCOL, key->proto) ||
	    nla_put(skb, IPVS_SVC_ATTR_ADDR, ADDR_LEN, &key->addr) ||
	    nla_put_be16(skb, IPVS_SVC_ATTR_PORT, key->port))
		return -EMSGSIZE;
	return 0;
}

static int put_netmask(struct sk_buff *skb, u16 af, const struct nfvs_svc_conf *conf)
{
	return af == AF_INET6 ? nla_put_u32(skb, IPVS_SVC_ATTR_NETMASK, conf->plen) :
				nla_put_in_addr(skb, IPVS_SVC_ATTR_NETMASK, conf->netmask);
}

int nfvs_ipvs_put_svc(struct sk_buff *skb, const struct nfvs_svc *svc,
		      const struct nfvs_shown *shown)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, IPVS_CMD_ATTR_SERVICE);
	const struct ip_vs_flags flags = {
		.flags	= svc->conf.flags | IP_VS_SVC_F_HASHED,
		.mask	= ~0,
	};

	if (!nest || put_identity(skb, &svc->key) ||
	    nla_put_string(skb, IPVS_SVC_ATTR_SCHED_NAME, svc->conf.sched->name) ||
	    nla_put(skb, IPVS_SVC_ATTR_FLAGS, sizeof(flags), &flags) ||
	    nla_put_u32(skb, IPVS_SVC_ATTR_TIMEOUT, svc->conf.timeout) ||
	    put_netmask(skb, svc->key.af, &svc->conf) ||
	    put_stats(skb, IPVS_SVC_ATTR_STATS, shown) ||
	    put_stats64(skb, IPVS_SVC_ATTR_STATS64, shown))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_dest_conf(struct sk_buff *skb, const struct nfvs_dest_conf *conf)
{
	if (nla_put_u32(skb, IPVS_DEST_ATTR_FWD_METHOD, conf->method) ||
	    nla_put_u32(skb, IPVS_DEST_ATTR_WEIGHT, conf->weight) ||
	    nla_put_u8(skb, IPVS_DEST_ATTR_TUN_TYPE, conf->tun_type) ||
	    nla_put_be16(skb, IPVS_DEST_ATTR_TUN_PORT, conf->tun_port) ||
	    nla_put_u16(skb, IPVS_DEST_ATTR_TUN_FLAGS, conf->tun_flags) ||
	    nla_put_u32(skb, IPVS_DEST_ATTR_U_THRESH, conf->upper) ||
	    nla_put_u32(skb, IPVS_DEST_ATTR_L_THRESH, conf->lower))
		return -EMSGSIZE;
	return 0;
}

int nfvs_ipvs_put_dest(struct sk_buff *skb, const struct nfvs_dest *dest)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, IPVS_CMD_ATTR_DEST);
	struct nfvs_shown shown;

	nfvs_shown_dest(dest, &shown);
	if (!nest ||
	    nla_put(skb, IPVS_DEST_ATTR_ADDR, ADDR_LEN, &dest->key.addr) ||
	    nla_put_be16(skb, IPVS_DEST_ATTR_PORT, dest->key.port) ||
	    put_dest_conf(skb, &dest->conf) ||
	    nla_put_u32(skb, IPVS_DEST_ATTR_ACTIVE_CONNS, nfvs_dest_active(dest)) ||
	    nla_put_u32(skb, IPVS_DEST_ATTR_INACT_CONNS, nfvs_dest_inactive(dest)) ||
	    nla_put_u32(skb, IPVS_DEST_ATTR_PERSIST_CONNS, atomic_read(&dest->n_tpls)) ||
	    nla_put_u16(skb, IPVS_DEST_ATTR_ADDR_FAMILY, dest->key.af) ||
	    put_stats(skb, IPVS_DEST_ATTR_STATS, &shown) ||
	    put_stats64(skb, IPVS_DEST_ATTR_STATS64, &shown))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int nfvs_ipvs_put_config(struct sk_buff *skb, const struct nfvs_net *nn)
{
	const struct nfvs_timeouts *t = &nn->timeouts;

	if (nla_put_u32(skb, IPVS_CMD_ATTR_TIMEOUT_TCP,
			READ_ONCE(t->tcp[NFVS_TCP_ESTABLISHED]) / HZ) ||
	    nla_put_u32(skb, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN,
			READ_ONCE(t->tcp[NFVS_TCP_FIN_WAIT]) / HZ) ||
	    nla_put_u32(skb, IPVS_CMD_ATTR_TIMEOUT_UDP,
			READ_ONCE(t->udp[NFVS_UDP_NORMAL]) / HZ))
		return -EMSGSIZE;
	return 0;
}

int nfvs_ipvs_put_info(struct sk_buff *skb, struct nfvs_net *nn)
{
	if (nla_put_u32(skb, IPVS_INFO_ATTR_VERSION, VERSION) ||
	    nla_put_u32(skb, IPVS_INFO_ATTR_CONN_TAB_SIZE, nfvs_conn_table_size(nn)))
		return -EMSGSIZE;
	return 0;
}
