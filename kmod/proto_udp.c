// SPDX-License-Identifier: GPL-2.0-only
/* UDP: every packet may open a connection, there is one state. */
#include "proto.h"

#include <linux/in.h>

static bool udp_can_create(const struct nfvs_pkt *pkt)
{
	return true;
}

static u8 udp_next_state(u32 word, const struct nfvs_pkt *pkt, enum nfvs_dir dir)
{
	return NFVS_UDP_NORMAL;
}

static u32 udp_timeout(const struct nfvs_timeouts *t, u8 state)
{
	return READ_ONCE(t->udp[NFVS_UDP_NORMAL]);
}

static bool udp_is_active(u8 state)
{
	return false;
}

/* The server has answered. */
static bool udp_is_assuring(u8 state, enum nfvs_dir dir)
{
	return dir == NFVS_DIR_OUT;
}

static const char *udp_state_name(u8 state)
{
	return state == NFVS_UDP_NORMAL ? "UDP" : "ERR!";
}

const struct nfvs_proto_ops nfvs_proto_udp = {
	.proto		= IPPROTO_UDP,
	.name		= "UDP",
	.can_create	= udp_can_create,
	.next_state	= udp_next_state,
	.timeout	= udp_timeout,
	.is_active	= udp_is_active,
	.is_assuring	= udp_is_assuring,
	.state_name	= udp_state_name,
};
