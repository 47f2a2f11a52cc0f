// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors about balanced connections (compat.md 5.7). An error quotes the
 * packet it is about, so it travels against the quoted packet's direction:
 *
 *   in:      quotes virtual service -> client    on to the real server
 *   out:     quotes client -> real server (NAT)  rewritten, on to the client
 *   tunnel:  quotes director -> real server      our own packet; the client is told
 */
#include "icmp.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "conn.h"
#include "dest.h"
#include "input.h"
#include "nat.h"
#include "net.h"
#include "output.h"
#include "stats.h"
#include "tunnel_error.h"
#include "xmit.h"

/* The director's own packets have no device; icmpv6_send() wants one. */
static void tell6(const struct nfvs_pkt *pkt, u8 type, u8 code, u32 info)
{
	if (!pkt->skb->dev)
		pkt->skb->dev = pkt->net->loopback_dev;
	icmpv6_send(pkt->skb, type, code, info);
}

void nfvs_tell_port_unreach(const struct nfvs_pkt *pkt)
{
	if (pkt->af == AF_INET6)
		tell6(pkt, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0);
	else
		icmp_send(pkt->skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
}

void nfvs_tell_host_unreach(const struct nfvs_pkt *pkt)
{
	if (pkt->af == AF_INET6)
		tell6(pkt, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
	else
		icmp_send(pkt->skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
}

void nfvs_tell_expired(const struct nfvs_pkt *pkt)
{
	if (pkt->af == AF_INET6)
		tell6(pkt, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT, 0);
	else
		icmp_send(pkt->skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
}

void nfvs_tell_too_big(const struct nfvs_pkt *pkt, unsigned int mtu)
{
	if (pkt->af == AF_INET6)
		tell6(pkt, ICMPV6_PKT_TOOBIG, 0, mtu);
	else
		icmp_send(pkt->skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
}

/* outer is parsed; its type is one of those that concern connections. */
static bool is_error4(const struct nfvs_pkt *outer)
{
	const struct icmphdr *ic;
	struct icmphdr buf;

	ic = skb_header_pointer(outer->skb, outer->l4off, sizeof(buf), &buf);
	if (!ic)
		return false;
	return ic->type == ICMP_DEST_UNREACH || ic->type == ICMP_SOURCE_QUENCH ||
	       ic->type == ICMP_TIME_EXCEEDED;
}

static bool is_error6(const struct nfvs_pkt *outer)
{
	const struct icmp6hdr *ic;
	struct icmp6hdr buf;

	ic = skb_header_pointer(outer->skb, outer->l4off, sizeof(buf), &buf);
	return ic && !(ic->icmp6_type & ICMPV6_INFOMSG_MASK);
}

/* Errors are never sent in fragments; a fragment header is somebody's trick. */
static bool has_fragment_header(const struct nfvs_pkt *outer)
{
	unsigned int off = 0;
	int flags = 0;

	ipv6_find_hdr(outer->skb, &off, -1, NULL, &flags);
	return flags & IP6_FH_F_FRAG;
}

/*
 * Reads an error and the header it quotes. NFVS_ACCEPT: both are there;
 * NFVS_CONTINUE: none of ours; others: final.
 */
static enum nfvs_verdict read_error4(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook,
				     struct nfvs_pkt *outer, struct nfvs_pkt *inner)
{
	if (ip_hdr(skb)->protocol != IPPROTO_ICMP)
		return NFVS_CONTINUE;
	if (nfvs_pkt_defrag4(nn, skb, hook) == NFVS_STOLEN)
		return NFVS_STOLEN;
	if (!nfvs_pkt_parse4(outer, nn, skb, 0, hook) || !is_error4(outer))
		return NFVS_CONTINUE;
	if (!nfvs_pkt_parse4(inner, nn, skb, outer->l4off + sizeof(struct icmphdr), hook))
		return NFVS_CONTINUE;
	return NFVS_ACCEPT;
}

static enum nfvs_verdict read_error6(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook,
				     struct nfvs_pkt *outer, struct nfvs_pkt *inner)
{
	if (!nfvs_pkt_parse6(outer, nn, skb, 0, hook) || outer->proto != IPPROTO_ICMPV6 ||
	    outer->is_later_frag || !is_error6(outer))
		return NFVS_CONTINUE;
	if (has_fragment_header(outer))
		return nfvs_drop(nn, skb, NFVS_C_DROP_ICMP);
	if (!nfvs_pkt_parse6(inner, nn, skb, outer->l4off + sizeof(struct icmp6hdr), hook) ||
	    inner->is_later_frag)
		return NFVS_CONTINUE;
	return NFVS_ACCEPT;
}

/* What is rewritten gets a new checksum, which must not make a bad one good. */
static bool is_intact(const struct nfvs_pkt *outer)
{
	return !nf_checksum(outer->skb, outer->hook, outer->l4off, outer->proto, outer->af);
}

static bool is_tunnel(const struct nfvs_pkt *quoted)
{
	return quoted->proto == IPPROTO_IPIP || quoted->proto == IPPROTO_IPV6;
}

/*
 * An error about a flow that nothing is known of, of a service of ours: with schedulers
 * that choose by address it reaches the right server. cp is NULL unless NFVS_CONTINUE.
 */
static enum nfvs_verdict open_quoted(const struct nfvs_pkt *inner, struct nfvs_conn **cp)
{
	struct nfvs_pkt request = nfvs_pkt_invert(inner);
	enum nfvs_verdict verdict = nfvs_open_related(&request, cp);

	if (verdict != NFVS_CONTINUE)
		*cp = NULL;
	return verdict;
}

static enum nfvs_verdict icmp_in(struct nfvs_pkt *outer, const struct nfvs_pkt *inner)
{
	enum nfvs_verdict verdict = NFVS_CONTINUE;
	struct nfvs_conn *cp;

	if (is_tunnel(inner))
		return nfvs_tunnel_error(outer, inner);
	if (!nfvs_proto_find(inner->proto))
		return NFVS_CONTINUE;
	cp = nfvs_conn_find_inverse(inner);
	if (!cp && unlikely(READ_ONCE(outer->nn->ctl.schedule_icmp)))
		verdict = open_quoted(inner, &cp);
	if (!cp)
		return verdict;
	if (cp->method == NFVS_METHOD_NAT && !is_intact(outer))
		return nfvs_drop(outer->nn, outer->skb, NFVS_C_DROP_ICMP);
	if (nfvs_dest_is_available(cp->dest))
		nfvs_stats_in(cp->dest->stats, outer->skb->len);
	return nfvs_xmit_icmp(outer, inner, cp);
}

static enum nfvs_verdict icmp_out(struct nfvs_pkt *outer, const struct nfvs_pkt *inner)
{
	struct nfvs_conn *cp;

	if (!nfvs_proto_find(inner->proto))
		return NFVS_CONTINUE;
	cp = nfvs_conn_find_reply_inverse(inner);
	if (!cp)
		return NFVS_CONTINUE;
	if (!is_intact(outer))
		return nfvs_drop(outer->nn, outer->skb, NFVS_C_DROP_ICMP);
	if (!nfvs_nat_icmp(outer, inner, cp, false))
		return nfvs_drop(outer->nn, outer->skb, NFVS_C_DROP_NO_MEMORY);
	return nfvs_output_finish(outer, cp);
}

enum nfvs_verdict nfvs_icmp_in4(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook)
{
	struct nfvs_pkt outer, inner;
	enum nfvs_verdict verdict;

	if (nfvs_skb_is_exempt(skb, hook))
		return NFVS_CONTINUE;
	verdict = read_error4(nn, skb, hook, &outer, &inner);
	return verdict == NFVS_ACCEPT ? icmp_in(&outer, &inner) : verdict;
}

enum nfvs_verdict nfvs_icmp_in6(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook)
{
	struct nfvs_pkt outer, inner;
	enum nfvs_verdict verdict;

	if (nfvs_skb_is_exempt(skb, hook))
		return NFVS_CONTINUE;
	verdict = read_error6(nn, skb, hook, &outer, &inner);
	return verdict == NFVS_ACCEPT ? icmp_in(&outer, &inner) : verdict;
}

enum nfvs_verdict nfvs_icmp_out4(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook)
{
	struct nfvs_pkt outer, inner;
	enum nfvs_verdict verdict;

	verdict = read_error4(nn, skb, hook, &outer, &inner);
	return verdict == NFVS_ACCEPT ? icmp_out(&outer, &inner) : verdict;
}

enum nfvs_verdict nfvs_icmp_out6(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook)
{
	struct nfvs_pkt outer, inner;
	enum nfvs_verdict verdict;

	verdict = read_error6(nn, skb, hook, &outer, &inner);
	return verdict == NFVS_ACCEPT ? icmp_out(&outer, &inner) : verdict;
}
