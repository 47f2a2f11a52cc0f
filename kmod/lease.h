/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lease: permission for the ingress hook to forward a connection's packets
 * without showing them to the firewall.
 *
 * Each direction of a connection has its own. It is granted by a packet that
 * came all the way through the stack and its rules and was sent, for packets
 * of the same kind only: same input device, no mark, no SYN, FIN or RST. It
 * ends by itself; nobody takes it back. So a rule that is added stops a
 * running flow at the end of the lease, because packets that meet it renew
 * nothing.
 *
 * A lease is two words, nfvs_conn.lease_until and lease_dev, written without a
 * lock by any CPU. The device is written first and read last: who sees the end
 * of a new lease sees its device too. Two CPUs may mix theirs; both leases were
 * granted just now. A lease that ended 2^32 jiffies ago would look like a new one
 * for its length.
 */
#ifndef _NFVS_LEASE_H
#define _NFVS_LEASE_H

#include <linux/jiffies.h>

#include "conn.h"
#include "net.h"

/*
 * Before pkt is sent: the device id its lease would be for, 0 if it can grant
 * none. RCU read side.
 */
u16 nfvs_lease_dev(const struct nfvs_pkt *pkt, const struct nfvs_conn *cp);
/* After it was sent. */
void nfvs_lease_renew(struct nfvs_net *nn, struct nfvs_conn *cp, enum nfvs_dir dir, u16 dev);
/* For a reply on its way through FORWARD, with its final route: the two in one. */
void nfvs_lease_renew_reply(const struct nfvs_pkt *pkt, struct nfvs_conn *cp);

/* Of @length jiffies, at most. Does not ask whom it is for. */
static inline bool nfvs_lease_runs(const struct nfvs_conn *cp, enum nfvs_dir dir, u32 length)
{
	u32 left = READ_ONCE(cp->lease_until[dir]) - (u32)jiffies;

	return left - 1 < length;
}

#endif /* _NFVS_LEASE_H */
