/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections: a 5-tuple bound to a destination. */
#ifndef _NFVS_CONN_H
#define _NFVS_CONN_H

#include <linux/jiffies.h>
#include <linux/netfilter.h>

#include "dest.h"
#include "packet.h"
#include "table.h"

struct iphdr;
struct ipv6hdr;
struct nfvs_tpl;

/*
 * nfvs_conn.word: everything that changes together, so that one cmpxchg moves
 * a connection from state to state and its winner alone does the accounting.
 */
enum {
	NFVS_CW_STATE	= 0x00ff,	/* enum nfvs_tcp_state or nfvs_udp_state */
	NFVS_CW_ACTIVE	= 0x0100,	/* counted in dest->active, else in inactive */
	NFVS_CW_NOOUT	= 0x0200,	/* DR, TUN: no reply packet seen (compat.md 6.2 INO) */
	NFVS_CW_DEAD	= 0x0400,	/* over: look-ups skip it */
	NFVS_CW_LASTING	= 0x0800,	/* packets came more than a second after others */
};

/**
 * struct nfvs_child - what a connection of a persistent service has in addition
 * @tpl: the template it was opened through, which lives at least as long; constant
 * @sibling: in nfvs_tpl.children
 */
struct nfvs_child {
	struct nfvs_tpl		*tpl;
	struct list_head	sibling;
};

/**
 * struct nfvs_conn - a connection; 64 bytes for IPv4, 128 for IPv6 and for all
 *		      connections of persistent services
 *
 * Found by its client tuple in nfvs_net.conns and, with method NAT, by its
 * reply tuple in nfvs_net.replies. Packets hold no reference: an entry stays
 * in memory until a grace period after it was unlinked. Nothing is
 * written per packet but @last_seen at most once a second.
 *
 * @fwd: in nfvs_net.conns
 * @rev: in nfvs_net.replies (NAT only)
 * @dest: owns one reference; constant
 * @fwd_hash: of the client tuple; constant
 * @rev_hash: of the reply tuple; NAT only; constant
 * @last_seen: jiffies (low 32 bits) of the last packet, up to one second old;
 *	       WRITE_ONCE by any CPU
 * @lease: by enum nfvs_dir, see lease.h; any context
 * @way: how replies leave, see way.h; any context
 * @word: NFVS_CW_*; cmpxchg
 * @cport: client port; constant, as all of the following
 * @vport: virtual port
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @method: enum nfvs_method at creation
 * @is_v6: addr6 is valid; else addr4
 * @is_child: .child is there; else the object ends before it
 * @keeps_port: the server is asked at @vport, whatever port it has itself
 */
struct nfvs_conn {
	struct nfvs_link	fwd;
	struct nfvs_link	rev;
	struct nfvs_dest	*dest;
	u32			fwd_hash;
	u32			rev_hash;
	u32			last_seen;
	u32			lease[2];
	u32			way;
	__be16			cport;
	__be16			vport;
	u16			word;
	u8			proto;
	u8			method : 4;
	u8			is_v6 : 1;
	u8			is_child : 1;
	u8			keeps_port : 1;
	union {
		struct {
			__be32	caddr;
			__be32	vaddr;
			struct nfvs_child child;
		} addr4;
		struct {
			struct in6_addr caddr;
			struct in6_addr vaddr;
			struct nfvs_child child;
		} addr6;
	};
};

#define NFVS_CONN4_SIZE offsetofend(struct nfvs_conn, addr4.vaddr)
#define NFVS_CHILD4_SIZE offsetofend(struct nfvs_conn, addr4.child)
#define NFVS_CONN6_SIZE offsetofend(struct nfvs_conn, addr6.child)

/* The real server's address: its destination's. */
static inline const union nf_inet_addr *nfvs_conn_daddr(const struct nfvs_conn *cp)
{
	return &cp->dest->key.addr;
}

/* And its port: the destination's, or if that has none, or not for this, the one asked for. */
static inline __be16 nfvs_conn_dport(const struct nfvs_conn *cp)
{
	__be16 port = cp->dest->key.port;

	return port && likely(!cp->keeps_port) ? port : cp->vport;
}

static inline u16 nfvs_conn_af(const struct nfvs_conn *cp)
{
	return cp->is_v6 ? AF_INET6 : AF_INET;
}

static inline struct nfvs_child *nfvs_conn_child(struct nfvs_conn *cp)
{
	return cp->is_v6 ? &cp->addr6.child : &cp->addr4.child;
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
struct nfvs_conn *nfvs_conn_find(struct nfvs_pkt *pkt);
struct nfvs_conn *nfvs_conn_find_reply(const struct nfvs_pkt *pkt);
struct nfvs_conn *nfvs_conn_find_inverse(const struct nfvs_pkt *pkt);
struct nfvs_conn *nfvs_conn_find_reply_inverse(const struct nfvs_pkt *pkt);
/* The same packet, seen from its other end. */
struct nfvs_pkt nfvs_pkt_invert(const struct nfvs_pkt *pkt);

/*
 * The ingress hook leaves a packet that it has looked up to the stack: the look-up
 * there need not hash it again.
 */
void nfvs_conn_note4(struct nfvs_net *nn, const struct iphdr *iph, __be32 ports, u32 hash);
void nfvs_conn_note6(struct nfvs_net *nn, const struct ipv6hdr *iph, __be32 ports, u32 hash);

/**
 * struct nfvs_choice - where a new connection goes
 * @slot: which destination
 * @tpl: the template that said so; NULL without persistence
 * @keeps_port: nfvs_conn.keeps_port
 */
struct nfvs_choice {
	const struct nfvs_dslot	*slot;
	struct nfvs_tpl		*tpl;
	bool			keeps_port;
};

/*
 * Creates the connection of pkt, in the protocol's first state; after
 * nfvs_conn_find(); softirq or process with BH off, RCU read side. If another
 * CPU created the same one first, that one is returned.
 * ERR_PTR: -ENOMEM; -EAGAIN: the template has just ended; other.
 */
struct nfvs_conn *nfvs_conn_new(const struct nfvs_pkt *pkt, const struct nfvs_choice *to);

/* A connection for pkt alone, that nobody else will see; for nfvs_xmit(). */
void nfvs_conn_init_once(struct nfvs_conn *cp, const struct nfvs_pkt *pkt,
			 const struct nfvs_choice *to);

/*
 * After a packet in direction dir was accepted: state machine, accounting,
 * last_seen, leases that have ended. RCU read side.
 */
void nfvs_conn_update(struct nfvs_conn *cp, const struct nfvs_pkt *pkt, enum nfvs_dir dir);

/*
 * last_seen is shared by the CPUs of both directions: it is written only when
 * it is a second old, or when a state begins whose timeout counts from here.
 */
void nfvs_conn_touch_now(struct nfvs_conn *cp);
/* The same after a second without packets. */
void nfvs_conn_touch_late(struct nfvs_conn *cp);

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
		nfvs_conn_touch_late(cp);
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
void nfvs_conn_table_init(struct nfvs_net *nn);
/* Memory for connections: before the first service. 0 or -ENOMEM. Idempotent. */
int nfvs_conn_table_prepare(struct nfvs_net *nn);
/* After the hooks are gone and a grace period has passed. */
void nfvs_conn_table_uninit(struct nfvs_net *nn);
/*
 * Entries to look after, or tables that want tending: services and destinations, too.
 * Any context.
 */
void nfvs_conn_scan_wake(struct nfvs_net *nn);
u32 nfvs_conn_table_size(const struct nfvs_net *nn);	/* buckets */
u32 nfvs_conn_table_count(const struct nfvs_net *nn);

/* Atomic; NULL on failure. Only is_v6 and is_child are set. */
struct nfvs_conn *nfvs_conn_alloc(bool is_v6, bool is_child);
void nfvs_conn_free(struct nfvs_conn *cp);		/* one that no look-up can reach */
/* Publishes cp; returns it, or a live twin and cp stays unpublished. */
struct nfvs_conn *nfvs_conn_insert(struct nfvs_net *nn, struct nfvs_conn *cp);
/* Adds the reply tuple of a published NAT connection. */
void nfvs_conn_insert_reply(struct nfvs_net *nn, struct nfvs_conn *cp);

/**
 * struct nfvs_conn_cursor - place of a walk over all connections, zeroed to begin
 * @hash: of the last entry that was left
 * @n: how many of that hash were left
 *
 * The walk may be interrupted for any time. An entry that is there all the while is
 * seen once; of several with the very same hash (32 bits), while some of them come
 * and go, one may be missed or seen twice.
 */
struct nfvs_conn_cursor {
	u32	hash;
	u32	n;
};

/* The entry at the cursor, and the one behind cp; NULL at the end. RCU read side. */
struct nfvs_conn *nfvs_conn_walk(struct nfvs_net *nn, struct nfvs_conn_cursor *cur);
struct nfvs_conn *nfvs_conn_walk_next(struct nfvs_net *nn, struct nfvs_conn_cursor *cur,
				      const struct nfvs_conn *cp);

/**
 * struct nfvs_conn_row - what listings show of a connection or a template
 * @dest: where it leads; RCU read side
 * @caddr, @vaddr: addresses of the client and of the service; IPv4: the rest is 0
 * @cport, @vport, @dport: ports of the client, the service, the server
 * @af: of @caddr and @vaddr
 * @proto: IPPROTO_*; 0 in templates of firewall marks
 * @method: enum nfvs_method
 * @state: name
 * @expires: seconds left
 */
struct nfvs_conn_row {
	const struct nfvs_dest	*dest;
	union nf_inet_addr	caddr;
	union nf_inet_addr	vaddr;
	__be16			cport;
	__be16			vport;
	__be16			dport;
	u8			af;
	u8			proto;
	u8			method;
	const char		*state;
	u32			expires;
};

/* False: it is over. */
bool nfvs_conn_show(const struct nfvs_net *nn, const struct nfvs_conn *cp,
		    struct nfvs_conn_row *row);

/* conn_find.c */
int nfvs_hash_memo_init(struct nfvs_net *nn);
void nfvs_hash_memo_uninit(struct nfvs_net *nn);

#endif /* _NFVS_CONN_H */
