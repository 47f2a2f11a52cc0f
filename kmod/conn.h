/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections: a 5-tuple bound to a destination. */
#ifndef _NFVS_CONN_H
#define _NFVS_CONN_H

#include <linux/jiffies.h>
#include <linux/netfilter.h>
#include <linux/rhashtable-types.h>

#include "dest.h"
#include "packet.h"

/*
 * nfvs_conn.word: everything that changes together, so that one cmpxchg moves
 * a connection from state to state and its winner alone does the accounting.
 */
enum {
	NFVS_CW_STATE	= 0x000000ff,	/* enum nfvs_tcp_state or nfvs_udp_state */
	NFVS_CW_ACTIVE	= 0x00000100,	/* counted in dest->active, else in inactive */
	NFVS_CW_NOOUT	= 0x00000200,	/* DR, TUN: no reply packet seen (compat.md 6.2 INO) */
	NFVS_CW_DEAD	= 0x00000400,	/* over: look-ups skip it */
};

/**
 * struct nfvs_conn - a connection; 64 bytes for IPv4, 128 for IPv6
 *
 * Found by its client tuple in nfvs_net.conns and, with method NAT, by its
 * reply tuple in nfvs_net.replies. Packets hold no reference: an entry stays
 * in memory until a grace period after it was unlinked. Nothing is
 * written per packet but @last_seen at most once a second.
 *
 * @fwd: in nfvs_net.conns
 * @rev: in nfvs_net.replies (NAT only)
 * @dest: owns one reference; constant
 * @word: NFVS_CW_*; cmpxchg
 * @last_seen: jiffies (low 32 bits) of the last packet, up to one second old;
 *	       WRITE_ONCE by any CPU
 * @cport: client port; constant, as all of the following
 * @vport: virtual port
 * @dport: port on the real server
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @method: enum nfvs_method at creation
 * @is_v6: addr6 is valid; else addr4, and the object ends there
 * @lease_until, @lease_dev: by enum nfvs_dir, see lease.h; any context
 * @way: how replies leave, see way.h; any context
 */
struct nfvs_conn {
	struct rhash_head	fwd;
	struct rhash_head	rev;
	struct nfvs_dest	*dest;
	u32			word;
	u32			last_seen;
	__be16			cport;
	__be16			vport;
	__be16			dport;
	u8			proto;
	u8			method : 4;
	u8			is_v6 : 1;
	u32			lease_until[2];
	u16			lease_dev[2];
	u32			way;
	union {
		struct {
			__be32	caddr;
			__be32	vaddr;
		} addr4;
		struct {
			struct in6_addr caddr;
			struct in6_addr vaddr;
		} addr6;
	};
};

#define NFVS_CONN4_SIZE offsetofend(struct nfvs_conn, addr4)

/* The real server's address: its destination's. */
static inline const union nf_inet_addr *nfvs_conn_daddr(const struct nfvs_conn *cp)
{
	return &cp->dest->key.addr;
}

static inline u16 nfvs_conn_af(const struct nfvs_conn *cp)
{
	return cp->is_v6 ? AF_INET6 : AF_INET;
}

static inline u8 nfvs_conn_state(const struct nfvs_conn *cp)
{
	return READ_ONCE(cp->word) & NFVS_CW_STATE;
}

/*
 * Look-ups by a packet; RCU read side; NULL if there is no live entry (an
 * expired one counts as absent). nfvs_conn_find: pkt is client -> virtual
 * service. nfvs_conn_find_reply: pkt is real server -> client, NAT only.
 * The _inverse forms take the header quoted in an ICMP error, which travelled
 * the other way: source and destination are swapped for the look-up.
 */
struct nfvs_conn *nfvs_conn_find(const struct nfvs_pkt *pkt);
struct nfvs_conn *nfvs_conn_find_reply(const struct nfvs_pkt *pkt);
struct nfvs_conn *nfvs_conn_find_inverse(const struct nfvs_pkt *pkt);
struct nfvs_conn *nfvs_conn_find_reply_inverse(const struct nfvs_pkt *pkt);

/*
 * For the ingress hook: the newest entry of the tuple, which may be over; for
 * packets client -> virtual service and (_reply) real server -> client. ports: the
 * two as they lie in the packet. RCU read side.
 */
struct nfvs_conn *nfvs_conn_peek4(struct nfvs_net *nn, __be32 src, __be32 dst, __be32 ports,
				  u8 proto);
struct nfvs_conn *nfvs_conn_peek4_reply(struct nfvs_net *nn, __be32 src, __be32 dst,
					__be32 ports, u8 proto);
struct nfvs_conn *nfvs_conn_peek6(struct nfvs_net *nn, const struct in6_addr *src,
				  const struct in6_addr *dst, __be32 ports, u8 proto);
struct nfvs_conn *nfvs_conn_peek6_reply(struct nfvs_net *nn, const struct in6_addr *src,
					const struct in6_addr *dst, __be32 ports, u8 proto);

/*
 * Creates the connection of pkt through slot, in the protocol's first state;
 * softirq or process with BH off, RCU read side. If another CPU created the
 * same one first, that one is returned. ERR_PTR(-ENOMEM) or other on failure.
 */
struct nfvs_conn *nfvs_conn_new(const struct nfvs_pkt *pkt, const struct nfvs_dslot *slot);

/*
 * After a packet in direction dir was accepted: state machine, accounting,
 * last_seen. RCU read side.
 */
void nfvs_conn_update(struct nfvs_conn *cp, const struct nfvs_pkt *pkt, enum nfvs_dir dir);

/*
 * last_seen is shared by the CPUs of both directions: it is written only when
 * it is a second old, or when a state begins whose timeout counts from here.
 */
void nfvs_conn_touch_now(struct nfvs_conn *cp);

/* Ends the connection now; the scanner unlinks it. True if this call did it. */
bool nfvs_conn_kill(struct nfvs_conn *cp);

/*
 * The same, and takes it out of the tables at once: a client that opens and ends
 * one tuple over and over must not leave a chain of dead entries of the same
 * hash. cp stays valid for the caller's RCU read side.
 */
bool nfvs_conn_retire(struct nfvs_net *nn, struct nfvs_conn *cp);

/*
 * Idle jiffies; last_seen has the low 32 bits. It is read first: a packet on
 * another CPU may bring it up to date meanwhile, and a last_seen newer than the
 * jiffies it is compared with would look as if it were ages old.
 */
static inline u32 nfvs_conn_idle(const struct nfvs_conn *cp)
{
	u32 seen = READ_ONCE(cp->last_seen);

	/* Partner: whoever wrote it had read jiffies before. */
	smp_rmb();
	return (u32)jiffies - seen;
}

/* A packet was seen, and the state stays. */
static inline void nfvs_conn_touch(struct nfvs_conn *cp)
{
	if (unlikely(nfvs_conn_idle(cp) >= HZ))
		nfvs_conn_touch_now(cp);
}

/* Jiffies until the state's timeout, as listings show it; may be negative. */
long nfvs_conn_left(const struct nfvs_net *nn, const struct nfvs_conn *cp);

/*
 * Over: killed, or idle for longer than its timeout. last_seen may be a second
 * old, so a second is granted: never early, at most one second late.
 */
bool nfvs_conn_is_over(const struct nfvs_net *nn, const struct nfvs_conn *cp);

/* conn_table.c */
int nfvs_conn_cache_init(void);
void nfvs_conn_cache_uninit(void);
int nfvs_conn_table_init(struct nfvs_net *nn);
/* After the hooks are gone and a grace period has passed. */
void nfvs_conn_table_uninit(struct nfvs_net *nn);
u32 nfvs_conn_table_size(const struct nfvs_net *nn);	/* buckets */
u32 nfvs_conn_table_count(const struct nfvs_net *nn);

/* Atomic; NULL on failure. Only is_v6 is set. */
struct nfvs_conn *nfvs_conn_alloc(bool is_v6);
void nfvs_conn_free(struct nfvs_conn *cp);		/* one that no look-up can reach */
/* Publishes cp; returns it, or a live twin or ERR_PTR and cp stays unpublished. */
struct nfvs_conn *nfvs_conn_insert(struct nfvs_net *nn, struct nfvs_conn *cp);
/* Adds the reply tuple of a published NAT connection; 0 or -errno. */
int nfvs_conn_insert_reply(struct nfvs_net *nn, struct nfvs_conn *cp);

#endif /* _NFVS_CONN_H */
