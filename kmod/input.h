/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps that hooks call: requests, replies, ICMP errors. */
#ifndef _NFVS_INPUT_H
#define _NFVS_INPUT_H

#include <linux/netfilter.h>

#include "packet.h"

struct nfvs_conn;
struct nfvs_net;

/* Client to real server: LOCAL_IN and, for the director's own clients, LOCAL_OUT. */
enum nfvs_verdict nfvs_input4(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook);
enum nfvs_verdict nfvs_input6(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook);

/*
 * The connection of a packet that an ICMP error is about, seen as if a client had sent
 * it; one is opened if there is none. NFVS_CONTINUE: *cp or, if NULL, it is none of ours.
 * Other verdicts are for the error and final.
 */
enum nfvs_verdict nfvs_open_related(struct nfvs_pkt *quoted, struct nfvs_conn **cp);

/* Real server to client (NAT): FORWARD, LOCAL_IN, LOCAL_OUT. */
enum nfvs_verdict nfvs_output4(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook);
enum nfvs_verdict nfvs_output6(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook);

/* ICMP errors on their way to a real server; NFVS_CONTINUE if none of ours. */
enum nfvs_verdict nfvs_icmp_in4(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook);
enum nfvs_verdict nfvs_icmp_in6(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook);
/* ICMP errors from a real server on their way to a client. */
enum nfvs_verdict nfvs_icmp_out4(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook);
enum nfvs_verdict nfvs_icmp_out6(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook);

#endif /* _NFVS_INPUT_H */
