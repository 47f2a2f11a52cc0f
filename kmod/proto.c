// SPDX-License-Identifier: GPL-2.0-only
/* The table of balanced transport protocols. */
#include "proto.h"

#include <linux/in.h>
#include <linux/jiffies.h>

const struct nfvs_proto_ops *nfvs_proto_find(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return &nfvs_proto_tcp;
	case IPPROTO_UDP:
		return &nfvs_proto_udp;
	default:
		return NULL;
	}
}

/* Defaults of compat.md 6.1. */
void nfvs_timeouts_init(struct nfvs_timeouts *t)
{
	static const u16 tcp_seconds[NFVS_TCP_MAX] = {
		[NFVS_TCP_NONE]		= 2,
		[NFVS_TCP_ESTABLISHED]	= 900,
		[NFVS_TCP_SYN_SENT]	= 120,
		[NFVS_TCP_SYN_RECV]	= 60,
		[NFVS_TCP_FIN_WAIT]	= 120,
		[NFVS_TCP_TIME_WAIT]	= 120,
		[NFVS_TCP_CLOSE]	= 10,
		[NFVS_TCP_CLOSE_WAIT]	= 60,
		[NFVS_TCP_LAST_ACK]	= 30,
		[NFVS_TCP_LISTEN]	= 120,
		[NFVS_TCP_SYNACK]	= 120,
	};
	int i;

	for (i = 0; i < NFVS_TCP_MAX; i++)
		t->tcp[i] = tcp_seconds[i] * HZ;
	t->udp[NFVS_UDP_NORMAL] = 300 * HZ;
}
