// SPDX-License-Identifier: GPL-2.0-only
/* TCP: a SYN opens a connection, the state follows the flags. */
#include "proto.h"

#include <linux/in.h>

#include "conn.h"
#include "net.h"

static bool tcp_can_create(const struct nfvs_pkt *pkt)
{
	if (pkt->tcp_flags & NFVS_TCP_RST)
		return false;
	return pkt->tcp_flags & NFVS_TCP_SYN || READ_ONCE(pkt->nn->ctl.sloppy_tcp);
}

static u8 tcp_next_state(u32 word, const struct nfvs_pkt *pkt, enum nfvs_dir dir)
{
	return nfvs_tcp_next_state(word & NFVS_CW_STATE, pkt->tcp_flags, dir,
				   word & NFVS_CW_NOOUT, READ_ONCE(pkt->nn->ctl.is_tcp_secure));
}

static u32 tcp_timeout(const struct nfvs_timeouts *t, u8 state)
{
	return READ_ONCE(t->tcp[state < NFVS_TCP_MAX ? state : NFVS_TCP_NONE]);
}

static bool tcp_is_active(u8 state)
{
	return state == NFVS_TCP_ESTABLISHED || state == NFVS_TCP_SYN_SENT ||
	       state == NFVS_TCP_SYN_RECV || state == NFVS_TCP_SYNACK;
}

static bool tcp_is_assuring(u8 state, enum nfvs_dir dir)
{
	return state == NFVS_TCP_ESTABLISHED;
}

static const char *tcp_state_name(u8 state)
{
	static const char * const names[NFVS_TCP_MAX] = {
		[NFVS_TCP_NONE]		= "NONE",
		[NFVS_TCP_ESTABLISHED]	= "ESTABLISHED",
		[NFVS_TCP_SYN_SENT]	= "SYN_SENT",
		[NFVS_TCP_SYN_RECV]	= "SYN_RECV",
		[NFVS_TCP_FIN_WAIT]	= "FIN_WAIT",
		[NFVS_TCP_TIME_WAIT]	= "TIME_WAIT",
		[NFVS_TCP_CLOSE]	= "CLOSE",
		[NFVS_TCP_CLOSE_WAIT]	= "CLOSE_WAIT",
		[NFVS_TCP_LAST_ACK]	= "LAST_ACK",
		[NFVS_TCP_LISTEN]	= "LISTEN",
		[NFVS_TCP_SYNACK]	= "SYNACK",
	};

	return state < NFVS_TCP_MAX ? names[state] : "ERR!";
}

const struct nfvs_proto_ops nfvs_proto_tcp = {
	.proto		= IPPROTO_TCP,
	.name		= "TCP",
	.can_create	= tcp_can_create,
	.next_state	= tcp_next_state,
	.timeout	= tcp_timeout,
	.is_active	= tcp_is_active,
	.is_assuring	= tcp_is_assuring,
	.state_name	= tcp_state_name,
};
