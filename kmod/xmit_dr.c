// SPDX-License-Identifier: GPL-2.0-only
/* Direct routing: nothing is rewritten, the route's next hop is the real server. */
#include "xmit.h"

enum nfvs_verdict nfvs_xmit_dr(struct nfvs_pkt *pkt)
{
	return nfvs_xmit_send(pkt);
}
