// SPDX-License-Identifier: GPL-2.0-only
/* Client to real server: connection, or admission and scheduling, then xmit. */
#include "input.h"

#include <linux/err.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "compat.h"
#include "conn.h"
#include "dest.h"
#include "icmp.h"
#include "lease.h"
#include "net.h"
#include "packet.h"
#include "persist.h"
#include "proto.h"
#include "sched.h"
#include "service.h"
#include "stats.h"
#include "xmit.h"

#include <linux/nf_vs.h>

enum {
	FTP_PORT = 21,
	FTP_DATA_PORT = 20,
	REUSE_UNANSWERED = 2,	/* conn_reuse_mode: FIN_WAIT without any reply, too */
	TRIES = 4,	/* to find or make a template that does not end at this moment */
};

/* Forwarded clients' packets must be for us; the director's own always are. */
static bool is_candidate(const struct sk_buff *skb, unsigned int hook)
{
	if (nfvs_skb_is_exempt(skb, hook))
		return false;
	return hook == NF_INET_LOCAL_OUT || skb->pkt_type == PACKET_HOST;
}

/* Its administrator wants no new connections there. */
static bool is_quiescent(const struct nfvs_dest *dest)
{
	const struct nfvs_dslot *slot = rcu_dereference(dest->slot);

	return slot && !READ_ONCE(slot->weight);
}

/*
 * A client that reuses its port at once gets a new server (conn_reuse_mode), if
 * persistence does not keep it where it is.
 */
static bool is_reopened(const struct nfvs_conn *cp, const struct nfvs_pkt *pkt)
{
	const struct nfvs_ipvs_ctl *ctl = &pkt->nn->ctl;
	u8 state = nfvs_conn_state(cp);
	int mode;

	if (pkt->proto != IPPROTO_TCP || !(pkt->tcp_flags & NFVS_TCP_SYN))
		return false;
	if (unlikely(READ_ONCE(ctl->expire_nodest_conn)) && is_quiescent(cp->dest))
		return true;
	if (cp->is_child)
		return false;
	mode = READ_ONCE(ctl->conn_reuse_mode);
	if (mode & REUSE_UNANSWERED && state == NFVS_TCP_FIN_WAIT &&
	    READ_ONCE(cp->word) & NFVS_CW_NOOUT)
		return true;
	return mode && (state == NFVS_TCP_TIME_WAIT || state == NFVS_TCP_CLOSE);
}

/* Nobody would answer it any more: expire_nodest_conn. */
static bool is_deserted(const struct nfvs_conn *cp, const struct nfvs_pkt *pkt)
{
	return unlikely(!nfvs_dest_is_available(cp->dest)) &&
	       READ_ONCE(pkt->nn->ctl.expire_nodest_conn);
}

/*
 * What a server on the director answers goes back over loopback or starts
 * here. It is a reply, even if the client's address happens to be a service.
 */
static bool is_local_reply(const struct nfvs_pkt *pkt)
{
	const struct net_device *dev = pkt->skb->dev;

	if (dev && !(dev->flags & IFF_LOOPBACK))
		return false;
	return nfvs_conn_find_inverse(pkt);
}

static enum nfvs_verdict drop_unopened(const struct nfvs_pkt *pkt, int err)
{
	return nfvs_drop(pkt->nn, pkt->skb, err == -ENOMEM ? NFVS_C_DROP_NO_MEMORY :
							     NFVS_C_DROP_CONN_RACE);
}

static bool is_unicast(const struct nfvs_pkt *pkt)
{
	if (pkt->af == AF_INET6)
		return ipv6_addr_type(&pkt->daddr.in6) & IPV6_ADDR_UNICAST;
	return inet_addr_type(pkt->net, pkt->daddr.ip) == RTN_UNICAST;
}

/* cache_bypass: what was only marked goes on where its address leads. */
static struct nfvs_dest *find_bypass(const struct nfvs_pkt *pkt, const struct nfvs_svc *svc)
{
	struct nfvs_ipvs_ctl *ctl = &pkt->nn->ctl;

	if (!svc->key.fwmark || !READ_ONCE(ctl->cache_bypass) || pkt->is_inner ||
	    !is_unicast(pkt))
		return NULL;
	return READ_ONCE(ctl->bypass[pkt->af == AF_INET6]);
}

static enum nfvs_verdict open_bypass(const struct nfvs_pkt *pkt, struct nfvs_dest *dest,
				     struct nfvs_conn **cp)
{
	struct nfvs_dslot slot = { .dest = dest, .method = NFVS_METHOD_BYPASS };
	struct nfvs_choice to = { .slot = &slot };

	*cp = nfvs_conn_new(pkt, &to);
	return IS_ERR(*cp) ? drop_unopened(pkt, PTR_ERR(*cp)) : NFVS_CONTINUE;
}

/* Nobody can take the connection (compat.md 5.3). As open_conn(). */
static noinline enum nfvs_verdict refuse(const struct nfvs_pkt *pkt, const struct nfvs_svc *svc,
					 struct nfvs_conn **cp)
{
	struct nfvs_dest *bypass = find_bypass(pkt, svc);

	if (bypass)
		return open_bypass(pkt, bypass, cp);
	/* Found as FTP's helper for another port: not for us to judge. */
	if (svc->key.port == htons(FTP_PORT) && pkt->dport != htons(FTP_PORT))
		return NFVS_CONTINUE;
	if (!pkt->is_inner)
		nfvs_tell_port_unreach(pkt);
	return nfvs_drop(pkt->nn, pkt->skb, NFVS_C_DROP_NO_DEST);
}

/* Services for all ports need persistence: others are refused as IPVS refuses them. */
static bool is_port_served(const struct nfvs_pkt *pkt, const struct nfvs_svc *svc)
{
	if (svc->key.fwmark || svc->key.port == pkt->dport)
		return true;
	if (!svc->key.port)
		net_dbg_ratelimited("port zero is only supported in persistent services\n");
	return false;
}

/* UDP services may want each packet scheduled for itself. */
static bool is_one_packet(const struct nfvs_pkt *pkt, const struct nfvs_dset *set)
{
	return unlikely(set->conf.flags & NFVS_SVC_ONEPACKET) && pkt->proto == IPPROTO_UDP;
}

/* A connection that begins and ends here: nobody else ever sees it. */
static noinline enum nfvs_verdict send_once(struct nfvs_pkt *pkt, const struct nfvs_choice *to)
{
	struct nfvs_dest *dest = to->slot->dest;
	struct nfvs_conn once;

	/* An ICMP error cannot go where such a packet went: nobody knows. */
	if (pkt->is_inner)
		return NFVS_CONTINUE;
	nfvs_conn_init_once(&once, pkt, to);
	nfvs_stats_conn(dest->stats);
	nfvs_stats_in(dest->stats, pkt->skb->len);
	nfvs_est_touch(dest);
	return nfvs_xmit(pkt, &once);
}

/* As open_conn(), through a template. */
static noinline enum nfvs_verdict open_child(struct nfvs_pkt *pkt, struct nfvs_dset *set,
					     struct nfvs_conn **cp)
{
	struct nfvs_choice to;
	int err, i;

	for (i = 0; i < TRIES; i++) {
		err = nfvs_persist_choose(pkt, set, &to);
		if (err == -ESRCH)
			return refuse(pkt, set->svc, cp);
		if (err == -EBUSY)
			continue;
		if (err)
			break;
		if (is_one_packet(pkt, set)) {
			if (nfvs_persist_use(to.tpl))
				return send_once(pkt, &to);
			continue;
		}
		*cp = nfvs_conn_new(pkt, &to);
		if (!IS_ERR(*cp))
			return NFVS_CONTINUE;
		err = PTR_ERR(*cp);
		if (err != -EAGAIN)
			break;
	}
	return drop_unopened(pkt, err);
}

/*
 * NFVS_CONTINUE: *cp is the new connection or, if NULL, the packet is none of ours.
 * Other verdicts are final. Inline for the sake of input(), where it counts.
 */
static __always_inline enum nfvs_verdict open_conn(struct nfvs_pkt *pkt, struct nfvs_conn **cp)
{
	struct nfvs_choice to = {};
	struct nfvs_dset *set;
	struct nfvs_svc *svc;

	svc = nfvs_svc_find(pkt->nn, pkt);
	if (!svc)
		return NFVS_CONTINUE;
	if (nfvs_ctl_drops(&pkt->nn->ctl))
		return nfvs_drop(pkt->nn, pkt->skb, NFVS_C_DROP_DEFENSE);
	set = rcu_dereference(svc->dset);
	if (!set || pkt->sport == htons(FTP_DATA_PORT) || is_local_reply(pkt))
		return NFVS_CONTINUE;
	if (set->conf.flags & NFVS_SVC_PERSISTENT)
		return open_child(pkt, set, cp);
	if (is_port_served(pkt, svc))
		to.slot = set->ops->pick(set, pkt);
	if (!to.slot)
		return refuse(pkt, svc, cp);
	if (is_one_packet(pkt, set))
		return send_once(pkt, &to);

	*cp = nfvs_conn_new(pkt, &to);
	return IS_ERR(*cp) ? drop_unopened(pkt, PTR_ERR(*cp)) : NFVS_CONTINUE;
}

enum nfvs_verdict nfvs_open_related(struct nfvs_pkt *quoted, struct nfvs_conn **cp)
{
	*cp = nfvs_conn_find(quoted);
	return *cp ? NFVS_CONTINUE : open_conn(quoted, cp);
}

static enum nfvs_verdict input(struct nfvs_pkt *pkt)
{
	const struct nfvs_proto_ops *ops = nfvs_proto_find(pkt->proto);
	enum nfvs_verdict verdict;
	bool is_known = false;
	struct nfvs_conn *cp;
	u16 lease_dev;

	if (unlikely(!ops)) {
		/* What is inside a tunnel will come by again: ignore_tunneled. */
		if (READ_ONCE(pkt->nn->ctl.ignore_tunneled))
			nfvs_skb_set_done(pkt->skb);
		return NFVS_CONTINUE;
	}
	if (pkt->is_later_frag)
		return NFVS_CONTINUE;

	cp = nfvs_conn_find(pkt);
	if (cp && (is_deserted(cp, pkt) || is_reopened(cp, pkt))) {
		if (nfvs_conn_retire(pkt->nn, cp))
			nfvs_count(pkt->nn, NFVS_C_CONN_REUSED);
		cp = NULL;
	}
	if (cp) {
		is_known = true;
	} else {
		if (!ops->can_create(pkt))
			return NFVS_CONTINUE;
		verdict = open_conn(pkt, &cp);
		if (verdict != NFVS_CONTINUE || !cp)
			return verdict;
	}
	/* Adding the server again resumes its connections (compat.md 6.7). */
	if (!nfvs_dest_is_available(cp->dest))
		return nfvs_drop(pkt->nn, pkt->skb, NFVS_C_DROP_DEST_GONE);

	nfvs_stats_in(cp->dest->stats, pkt->skb->len);
	/* A new one is in the state that this packet leads to. */
	if (is_known)
		nfvs_conn_update(cp, pkt, NFVS_DIR_IN);
	lease_dev = nfvs_lease_dev(pkt, cp);
	verdict = nfvs_xmit(pkt, cp);
	if (pkt->is_sent)
		nfvs_lease_renew(pkt->nn, cp, NFVS_DIR_IN, lease_dev);
	return verdict;
}

enum nfvs_verdict nfvs_input4(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook)
{
	struct nfvs_pkt pkt;

	if (!is_candidate(skb, hook))
		return NFVS_CONTINUE;
	if (ip_hdr(skb)->protocol == IPPROTO_ICMP)
		return nfvs_icmp_in4(nn, skb, hook);
	if (!nfvs_pkt_parse4(&pkt, nn, skb, 0, hook))
		return NFVS_CONTINUE;
	return input(&pkt);
}

enum nfvs_verdict nfvs_input6(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook)
{
	struct nfvs_pkt pkt;

	if (!is_candidate(skb, hook) || !nfvs_pkt_parse6(&pkt, nn, skb, 0, hook))
		return NFVS_CONTINUE;
	if (pkt.proto == IPPROTO_ICMPV6)
		return nfvs_icmp_in6(nn, skb, hook);
	return input(&pkt);
}
