// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TCP state table of compat.md 6.2, as pure logic: it is compiled into the
 * module and, unchanged, into the unit tests.
 */
#include "proto.h"

enum tcp_event {
	EV_SYN,
	EV_FIN,
	EV_ACK,
	EV_RST,
	EV_MAX
};

/* Rows of the table: which direction, and whether the other one was ever seen. */
enum tcp_view {
	VIEW_IN,
	VIEW_OUT,
	VIEW_IN_ONLY,
	VIEW_SECURE,	/* with secure_tcp: the same three once more from here on */
	VIEW_MAX = 2 * VIEW_SECURE
};

#define N  NFVS_TCP_NONE
#define E  NFVS_TCP_ESTABLISHED
#define SS NFVS_TCP_SYN_SENT
#define SR NFVS_TCP_SYN_RECV
#define FW NFVS_TCP_FIN_WAIT
#define TW NFVS_TCP_TIME_WAIT
#define CL NFVS_TCP_CLOSE
#define CW NFVS_TCP_CLOSE_WAIT
#define LA NFVS_TCP_LAST_ACK
#define LI NFVS_TCP_LISTEN
#define SA NFVS_TCP_SYNACK

/* Columns are the present states in order of enum nfvs_tcp_state. */
static const u8 tcp_table[VIEW_MAX][EV_MAX][NFVS_TCP_MAX] = {
	[VIEW_IN] = {
		/*             N   E   SS  SR  FW  TW  CL  CW  LA  LI  SA */
		[EV_SYN] = { SR, E,  E,  SR, SR, SR, SR, SR, SR, SR, SR },
		[EV_FIN] = { CL, CW, SS, TW, TW, TW, CL, CW, LA, LI, TW },
		[EV_ACK] = { E,  E,  SS, E,  FW, TW, CL, CW, CL, LI, E  },
		[EV_RST] = { CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, SR },
	},
	[VIEW_OUT] = {
		[EV_SYN] = { SS, E,  SS, SR, SS, SS, SS, SS, SS, LI, SR },
		[EV_FIN] = { TW, FW, SS, TW, FW, TW, CL, TW, LA, LI, TW },
		[EV_ACK] = { E,  E,  SS, E,  FW, TW, CL, CW, LA, E,  E  },
		[EV_RST] = { CL, CL, SS, CL, CL, TW, CL, CL, CL, CL, CL },
	},
	[VIEW_IN_ONLY] = {
		[EV_SYN] = { SR, E,  E,  SR, SR, SR, SR, SR, SR, SR, SR },
		[EV_FIN] = { CL, FW, SS, TW, FW, TW, CL, CW, LA, LI, TW },
		[EV_ACK] = { E,  E,  SS, E,  FW, TW, CL, CW, CL, LI, E  },
		[EV_RST] = { CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL },
	},
	/* A handshake is believed only when the server has answered. */
	[VIEW_SECURE + VIEW_IN] = {
		/*             N   E   SS  SR  FW  TW  CL  CW  LA  LI  SA */
		[EV_SYN] = { SR, E,  E,  SR, SR, SR, SR, SR, SR, SR, SA },
		[EV_FIN] = { CL, CW, SS, TW, TW, TW, CL, CW, LA, LI, SA },
		[EV_ACK] = { E,  E,  SS, SR, FW, TW, CL, CW, CL, LI, SA },
		[EV_RST] = { CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL },
	},
	[VIEW_SECURE + VIEW_OUT] = {
		[EV_SYN] = { SS, E,  SS, SA, SS, SS, SS, SS, SS, LI, SA },
		[EV_FIN] = { TW, FW, SS, TW, FW, TW, CL, TW, LA, LI, TW },
		[EV_ACK] = { E,  E,  SS, E,  FW, TW, CL, CW, LA, E,  E  },
		[EV_RST] = { CL, CL, SS, CL, CL, TW, CL, CL, CL, CL, CL },
	},
	[VIEW_SECURE + VIEW_IN_ONLY] = {
		[EV_SYN] = { SA, E,  E,  SR, SA, SA, SA, SA, SA, SA, SA },
		[EV_FIN] = { CL, FW, SS, TW, FW, TW, CL, CW, LA, LI, TW },
		[EV_ACK] = { E,  E,  SS, E,  FW, TW, CL, CW, CL, LI, E  },
		[EV_RST] = { CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL },
	},
};

#undef N
#undef E
#undef SS
#undef SR
#undef FW
#undef TW
#undef CL
#undef CW
#undef LA
#undef LI
#undef SA

/* The first flag that is set decides; none of the four: EV_MAX. */
static enum tcp_event tcp_event_of(u8 flags)
{
	if (flags & NFVS_TCP_RST)
		return EV_RST;
	if (flags & NFVS_TCP_SYN)
		return EV_SYN;
	if (flags & NFVS_TCP_FIN)
		return EV_FIN;
	if (flags & NFVS_TCP_ACK)
		return EV_ACK;
	return EV_MAX;
}

u8 nfvs_tcp_next_state(u8 state, u8 flags, enum nfvs_dir dir, bool no_out, bool is_secure)
{
	enum tcp_event ev = tcp_event_of(flags);
	unsigned int view = VIEW_IN;

	if (ev == EV_MAX || state >= NFVS_TCP_MAX)
		return NFVS_TCP_CLOSE;
	if (dir == NFVS_DIR_OUT)
		view = VIEW_OUT;
	else if (no_out)
		view = VIEW_IN_ONLY;
	if (is_secure)
		view += VIEW_SECURE;
	return tcp_table[view][ev][state];
}
