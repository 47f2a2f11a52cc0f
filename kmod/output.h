/* SPDX-License-Identifier: GPL-2.0-only */
/* Last steps of replies, shared with ICMP errors about them. */
#ifndef _NFVS_OUTPUT_H
#define _NFVS_OUTPUT_H

#include "conn.h"
#include "packet.h"

/* After the rewriting: route, counters, marks. May move the headers. */
enum nfvs_verdict nfvs_output_finish(struct nfvs_pkt *pkt, struct nfvs_conn *cp);

#endif /* _NFVS_OUTPUT_H */
