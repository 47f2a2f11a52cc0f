/* SPDX-License-Identifier: GPL-2.0-only */
/* Transport protocols: admission, states, timeouts. */
#ifndef _NFVS_PROTO_H
#define _NFVS_PROTO_H

#include "packet.h"

enum nfvs_tcp_state {
	NFVS_TCP_NONE,
	NFVS_TCP_ESTABLISHED,
	NFVS_TCP_SYN_SENT,
	NFVS_TCP_SYN_RECV,
	NFVS_TCP_FIN_WAIT,
	NFVS_TCP_TIME_WAIT,
	NFVS_TCP_CLOSE,
	NFVS_TCP_CLOSE_WAIT,
	NFVS_TCP_LAST_ACK,
	NFVS_TCP_LISTEN,
	NFVS_TCP_SYNACK,
	NFVS_TCP_MAX
};

enum nfvs_udp_state {
	NFVS_UDP_NORMAL,
	NFVS_UDP_MAX
};

/* Per-namespace timeouts, jiffies; READ_ONCE/WRITE_ONCE, configuration mutex to write. */
struct nfvs_timeouts {
	u32 tcp[NFVS_TCP_MAX];
	u32 udp[NFVS_UDP_MAX];
};

/**
 * struct nfvs_proto_ops - one transport protocol
 * @proto: IPPROTO_*
 * @name: as listings show it, e.g. "TCP"
 * @can_create: may this packet create a connection?
 * @next_state: state after a packet; pure. word is nfvs_conn.word before it.
 * @timeout: of a state, jiffies
 * @is_active: does the state count as active?
 * @is_assuring: does a packet in direction dir that led to state show that the
 *		 client's template is worth keeping? (compat.md 6.5)
 * @state_name: as ipvsadm -Lc shows it
 */
struct nfvs_proto_ops {
	u8		proto;
	const char	*name;
	bool		(*can_create)(const struct nfvs_pkt *pkt);
	u8		(*next_state)(u32 word, const struct nfvs_pkt *pkt, enum nfvs_dir dir);
	u32		(*timeout)(const struct nfvs_timeouts *t, u8 state);
	bool		(*is_active)(u8 state);
	bool		(*is_assuring)(u8 state, enum nfvs_dir dir);
	const char	*(*state_name)(u8 state);
};

extern const struct nfvs_proto_ops nfvs_proto_tcp;
extern const struct nfvs_proto_ops nfvs_proto_udp;

/* NULL for protocols that are not balanced. */
const struct nfvs_proto_ops *nfvs_proto_find(u8 proto);
void nfvs_timeouts_init(struct nfvs_timeouts *t);

/* The pure TCP tables (compat.md 6.2); flags is byte 13 of the header. */
u8 nfvs_tcp_next_state(u8 state, u8 flags, enum nfvs_dir dir, bool no_out, bool is_secure);

#endif /* _NFVS_PROTO_H */
