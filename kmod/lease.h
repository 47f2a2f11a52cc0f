/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lease: permission for the ingress hook to forward a connection's packets
 * without showing them to the firewall.
 *
 * Each direction of a connection has its own. It is granted by a packet that
 * came all the way through the stack and its rules and was sent, for packets
 * of the same kind only: same input device, no mark, no IPsec, no SYN, FIN or RST. It
 * ends by itself; nobody takes it back. So a rule that is added stops a
 * running flow at the end of the lease, because packets that meet it renew
 * nothing.
 *
 * A lease is one word: the device's id, and the lower 16 bits of the jiffies when
 * it ends. These come round after a minute, when a lease that ended would look like
 * a new one. So one that has ended must be gone by then: every packet that comes
 * through the stack takes it away, in both directions; as long as packets come at
 * all, there is such a one at least once per lease; when none has been seen for
 * longer than a lease, the hook refuses (fastpath.c); and the first one through the
 * stack after a long silence takes away both leases, whatever they look like,
 * before it ends the silence.
 */
#ifndef _NFVS_LEASE_H
#define _NFVS_LEASE_H

#include <linux/jiffies.h>

#include "conn.h"
#include "net.h"

enum {
	NFVS_LEASE_MAX_MS = 10000,	/* what 16 bits of jiffies allow, at 1000 Hz, and more */
};

/*
 * Before pkt is sent: the device id its lease would be for, 0 if it can grant
 * none. RCU read side.
 */
u16 nfvs_lease_dev(const struct nfvs_pkt *pkt, const struct nfvs_conn *cp);
/* After it was sent. */
void nfvs_lease_renew(struct nfvs_net *nn, struct nfvs_conn *cp, enum nfvs_dir dir, u16 dev);
/* For a reply on its way through FORWARD, with its final route: the two in one. */
void nfvs_lease_renew_reply(const struct nfvs_pkt *pkt, struct nfvs_conn *cp);

/*
 * Takes away what has ended or would last longer than leases do now; for each packet
 * from the stack, before it is seen as one.
 */
void nfvs_lease_tidy(struct nfvs_conn *cp);

static inline u16 nfvs_lease_id(u32 lease)
{
	return lease >> 16;
}

static inline u32 nfvs_lease_make(u16 id, u32 until)
{
	return (u32)id << 16 | (u16)until;
}

/* Of @length jiffies, at most. Does not ask whom it is for. */
static inline bool nfvs_lease_runs(u32 lease, u32 length)
{
	return (u16)(lease - (u32)jiffies - 1) < length;
}

#endif /* _NFVS_LEASE_H */
