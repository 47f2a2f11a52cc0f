/* SPDX-License-Identifier: GPL-2.0-only */
/* The precomputed way to a destination. */
#ifndef _NFVS_ROUTE_H
#define _NFVS_ROUTE_H

#include <linux/netfilter.h>
#include <linux/netdevice.h>
#include <net/dst.h>

struct nfvs_dest;
struct nfvs_pkt;

/**
 * struct nfvs_egress - a destination's route; constant once published in
 * nfvs_dest.egress, freed a grace period after being replaced
 * @rcu: for freeing
 * @dst: owns a reference. Packets use it without one, under RCU.
 * @cookie: for dst->ops->check
 * @saddr: source address the kernel selects towards the destination (TUN outer)
 * @overhead: bytes the method puts in front of a packet (TUN: outer header)
 * @method: method it was built for: its index in nfvs_dest.egress
 * @is_local: destination is an address of this host
 * @is_plain: neighbour and device are all there is on the way: see nfvs_dst_is_plain()
 */
struct nfvs_egress {
	struct rcu_head		rcu;
	struct dst_entry	*dst;
	u32			cookie;
	union nf_inet_addr	saddr;
	u8			overhead;
	u8			method;
	bool			is_local;
	bool			is_plain;
};

/* A packet can be handed to the next hop without the IP layer: no IPsec, no
 * light-weight tunnel, no VRF, another host.
 */
static inline bool nfvs_dst_is_plain(const struct dst_entry *dst)
{
	return !dst_xfrm(dst) && !dst->lwtstate && !(dst->dev->flags & IFF_LOOPBACK) &&
	       !netif_is_l3_slave(dst->dev) && !netif_is_l3_master(dst->dev);
}

/* Largest packet that fits; read per packet because path MTUs change. */
static inline unsigned int nfvs_egress_mtu(const struct nfvs_egress *eg)
{
	unsigned int mtu = dst_mtu(eg->dst);

	return mtu > eg->overhead ? mtu - eg->overhead : 0;
}

/*
 * The valid egress of dest for method, built anew if the route has changed;
 * softirq or BH off, RCU read side; NULL if there is no route.
 */
const struct nfvs_egress *nfvs_egress_get(struct nfvs_dest *dest, u8 method);
/*
 * Fills in eg with the way to the address that an ICMP error or other packet is sent
 * to; the caller releases eg->dst. False if there is none. Softirq or BH off.
 */
bool nfvs_egress_past(struct nfvs_egress *eg, const struct nfvs_pkt *pkt);
/* Drops the cached one; any context. */
void nfvs_egress_flush(struct nfvs_dest *dest);
/*
 * The same at the end of dest, a grace period after the last packet could find
 * it: frees at once, so that namespace exit waits for one callback less.
 */
void nfvs_egress_release(struct nfvs_dest *dest);

int nfvs_egress_cache_init(void);
void nfvs_egress_cache_uninit(void);

#endif /* _NFVS_ROUTE_H */
