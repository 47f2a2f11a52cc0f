// SPDX-License-Identifier: GPL-2.0-only
/* Granting leases: the slow path's part of the fast path. */
#include "lease.h"

#include <linux/netdevice.h>

#include "dest.h"
#include "fastpath.h"
#include "ingress.h"
#include "packet.h"
#include "stats.h"

/* Each direction's packets are admitted where the rules for them have been passed. */
static bool is_admitting_hook(const struct nfvs_pkt *pkt)
{
	return pkt->hook == NF_INET_LOCAL_IN || pkt->hook == NF_INET_FORWARD;
}

u16 nfvs_lease_dev(const struct nfvs_pkt *pkt, const struct nfvs_conn *cp)
{
	if (!READ_ONCE(pkt->nn->lease) || !is_admitting_hook(pkt))
		return 0;
	if (pkt->mark || pkt->is_later_frag || pkt->tcp_flags & NFVS_TCP_NOT_FAST)
		return 0;
	return nfvs_ingress_id(pkt->nn, pkt->skb->dev);
}

static bool is_renewed(const struct nfvs_conn *cp, enum nfvs_dir dir, u16 dev, u32 until)
{
	return READ_ONCE(cp->lease_until[dir]) == until && READ_ONCE(cp->lease_dev[dir]) == dev;
}

static void renew(struct nfvs_net *nn, struct nfvs_conn *cp, enum nfvs_dir dir, u16 dev)
{
	u32 until = (u32)jiffies + READ_ONCE(nn->lease);

	/* Packets that never go fast do not write to the connection each time. */
	if (is_renewed(cp, dir, dev, until))
		return;
	WRITE_ONCE(cp->lease_dev[dir], dev);
	/* Partner: nfvs_fastpath.c, which reads the other way round. */
	smp_wmb();
	WRITE_ONCE(cp->lease_until[dir], until);
	nfvs_count(nn, NFVS_C_LEASES);
}

void nfvs_lease_renew(struct nfvs_net *nn, struct nfvs_conn *cp, enum nfvs_dir dir, u16 dev)
{
	if (dev)
		renew(nn, cp, dir, dev);
}

void nfvs_lease_renew_reply(const struct nfvs_pkt *pkt, struct nfvs_conn *cp)
{
	u16 dev = nfvs_lease_dev(pkt, cp);
	u32 way;

	if (!dev)
		return;
	way = nfvs_way_of(&pkt->nn->fast->ways, pkt->skb, pkt->af);
	if (!way)
		return;
	if (READ_ONCE(cp->way) != way)
		WRITE_ONCE(cp->way, way);
	renew(pkt->nn, cp, NFVS_DIR_OUT, dev);
}
