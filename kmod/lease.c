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

/* A service may refuse the fast path; of a service that is gone nothing is known. */
static bool may_be_fast(const struct nfvs_conn *cp)
{
	const struct nfvs_dslot *slot = rcu_dereference(cp->dest->slot);

	return slot && !slot->no_fastpath;
}

u16 nfvs_lease_dev(const struct nfvs_pkt *pkt, const struct nfvs_conn *cp)
{
	if (!READ_ONCE(pkt->nn->lease) || !is_admitting_hook(pkt))
		return 0;
	if (pkt->mark || pkt->tcp_flags & NFVS_TCP_NOT_FAST || skb_sec_path(pkt->skb) ||
	    !may_be_fast(cp))
		return 0;
	return nfvs_ingress_id(pkt->nn, pkt->skb->dev);
}

static void renew(struct nfvs_net *nn, struct nfvs_conn *cp, enum nfvs_dir dir, u16 dev)
{
	u32 lease = nfvs_lease_make(dev, (u32)jiffies + READ_ONCE(nn->lease));

	/* Packets that never go fast do not write to the connection each time. */
	if (READ_ONCE(cp->lease[dir]) == lease)
		return;
	WRITE_ONCE(cp->lease[dir], lease);
	nfvs_count(nn, NFVS_C_LEASES);
}

/* Should another CPU renew it just now: one packet more comes this way. */
void nfvs_lease_tidy(struct nfvs_conn *cp)
{
	bool was_silent = nfvs_conn_idle(cp) > msecs_to_jiffies(NFVS_LEASE_MAX_MS) + HZ;
	u32 length = READ_ONCE(cp->dest->nn->lease);
	enum nfvs_dir dir;
	u32 lease;

	for (dir = NFVS_DIR_IN; dir <= NFVS_DIR_OUT; dir++) {
		lease = READ_ONCE(cp->lease[dir]);
		if (lease && (was_silent || !nfvs_lease_runs(lease, length)))
			WRITE_ONCE(cp->lease[dir], 0);
	}
	/* Partner: nfvs_conn_idle() in the ingress hook, before it looks at the lease. */
	smp_wmb();
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
