// SPDX-License-Identifier: GPL-2.0-only
/* Look-ups of the slow path's packets; what it remembers of the ingress hook's. */
#include "conn_find.h"

#include <linux/percpu.h>

/**
 * struct nfvs_hash_memo - the last tuple a CPU left to the stack
 * @src: source address
 * @dst: destination address
 * @ports: as they lie in the packet
 * @hash: of the tuple
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @af: 0: none yet
 *
 * There it is looked up once more, and a new connection is inserted. The keyed
 * hash is the dearest part of that.
 */
struct nfvs_hash_memo {
	union nf_inet_addr	src;
	union nf_inet_addr	dst;
	__be32			ports;
	u32			hash;
	u8			proto;
	u8			af;
};

void nfvs_conn_note4(struct nfvs_net *nn, const struct iphdr *iph, __be32 ports, u32 hash)
{
	struct nfvs_hash_memo *memo = this_cpu_ptr(nn->memo);

	memo->src.ip = iph->saddr;
	memo->dst.ip = iph->daddr;
	memo->ports = ports;
	memo->hash = hash;
	memo->proto = iph->protocol;
	memo->af = AF_INET;
}

void nfvs_conn_note6(struct nfvs_net *nn, const struct ipv6hdr *iph, __be32 ports, u32 hash)
{
	struct nfvs_hash_memo *memo = this_cpu_ptr(nn->memo);

	memo->src.in6 = iph->saddr;
	memo->dst.in6 = iph->daddr;
	memo->ports = ports;
	memo->hash = hash;
	memo->proto = iph->nexthdr;
	memo->af = AF_INET6;
}

static bool is_noted(const struct nfvs_hash_memo *memo, const struct nfvs_pkt *pkt)
{
	if (memo->af != pkt->af || memo->proto != pkt->proto ||
	    !nfvs_has_ports(memo->ports, pkt->sport, pkt->dport))
		return false;
	if (pkt->af == AF_INET)
		return memo->src.ip == pkt->saddr.ip && memo->dst.ip == pkt->daddr.ip;
	return ipv6_addr_equal(&memo->src.in6, &pkt->saddr.in6) &&
	       ipv6_addr_equal(&memo->dst.in6, &pkt->daddr.in6);
}

static u32 hash_of(const struct nfvs_pkt *pkt)
{
	const struct nfvs_hash_memo *memo = this_cpu_ptr(pkt->nn->memo);
	u32 ports = nfvs_hash_ports(pkt->sport, pkt->dport);

	if (is_noted(memo, pkt))
		return memo->hash;
	if (pkt->af == AF_INET)
		return nfvs_hash4(&pkt->nn->conn_key, pkt->saddr.ip, pkt->daddr.ip, ports,
				  pkt->proto);
	return nfvs_hash6(&pkt->nn->conn_key, &pkt->saddr.in6, &pkt->daddr.in6, ports, pkt->proto);
}

static __always_inline struct nfvs_conn *find(const struct nfvs_pkt *pkt, u32 hash,
					      enum nfvs_dir dir)
{
	__be32 ports = nfvs_join_ports(pkt->sport, pkt->dport);
	struct nfvs_key4 k4 = { pkt->saddr.ip, pkt->daddr.ip, ports, pkt->proto };
	struct nfvs_key6 k6 = { &pkt->saddr.in6, &pkt->daddr.in6, ports, pkt->proto };
	struct nfvs_conn *cp;

	cp = pkt->af == AF_INET ? nfvs_find4(pkt->nn, &k4, hash, dir) :
				  nfvs_find6(pkt->nn, &k6, hash, dir);
	return cp && !nfvs_conn_is_over(pkt->nn, cp) ? cp : NULL;
}

struct nfvs_conn *nfvs_conn_find(struct nfvs_pkt *pkt)
{
	pkt->hash = hash_of(pkt);
	return find(pkt, pkt->hash, NFVS_DIR_IN);
}

struct nfvs_conn *nfvs_conn_find_reply(const struct nfvs_pkt *pkt)
{
	return find(pkt, hash_of(pkt), NFVS_DIR_OUT);
}

struct nfvs_pkt nfvs_pkt_invert(const struct nfvs_pkt *pkt)
{
	struct nfvs_pkt inverse = *pkt;

	inverse.saddr = pkt->daddr;
	inverse.daddr = pkt->saddr;
	inverse.sport = pkt->dport;
	inverse.dport = pkt->sport;
	return inverse;
}

struct nfvs_conn *nfvs_conn_find_inverse(const struct nfvs_pkt *pkt)
{
	struct nfvs_pkt inverse = nfvs_pkt_invert(pkt);

	return nfvs_conn_find(&inverse);
}

struct nfvs_conn *nfvs_conn_find_reply_inverse(const struct nfvs_pkt *pkt)
{
	struct nfvs_pkt inverse = nfvs_pkt_invert(pkt);

	return nfvs_conn_find_reply(&inverse);
}

int nfvs_hash_memo_init(struct nfvs_net *nn)
{
	nn->memo = alloc_percpu(struct nfvs_hash_memo);
	return nn->memo ? 0 : -ENOMEM;
}

void nfvs_hash_memo_uninit(struct nfvs_net *nn)
{
	free_percpu(nn->memo);
}
