/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* Generic netlink interface of nf_vs, the layer-4 load balancer. */
#ifndef _UAPI_LINUX_NF_VS_H
#define _UAPI_LINUX_NF_VS_H

/*
 * Family "nf_vs", version 1, per network namespace, CAP_NET_ADMIN in the
 * namespace's user namespace for every request. Strict validation: unknown
 * attributes are refused. Every error carries extack text; errors of one
 * attribute also its offset. Integers are host order unless marked be.
 *
 * Attribute tree (o = optional in requests, r = replies and events only):
 *
 *   SERVICE {			identity: AF and (FWMARK or PROTO ADDR PORT)
 *     AF, PROTO, ADDR, PORT | FWMARK
 *     SCHED			o, default "wlc"
 *     NO_FASTPATH		o, default off
 *     FLAGS, TIMEOUT		o, default 0; replies leave defaults out, too
 *     NETMASK			o, AF_INET only, default 255.255.255.255
 *     PLEN			o, AF_INET6 only, default 128
 *     PE			o, default none
 *     DEST_COUNT, STATS	r
 *   }
 *   DEST {			identity: ADDR PORT (AF: o, default service's)
 *     AF, ADDR, PORT
 *     METHOD			o, default DR
 *     WEIGHT			o, default 1
 *     UPPER_THRESHOLD		o, default 0 (none)
 *     LOWER_THRESHOLD		o, default 0
 *     TUN_TYPE			o, default IPIP; only with METHOD TUN
 *     ACTIVE_CONNS, INACTIVE_CONNS, PERSIST_CONNS, STATS	r
 *   }
 *   CONFIG { TIMEOUT_TCP, TIMEOUT_TCP_FIN, TIMEOUT_UDP }	each o
 *   OP { CMD, SERVICE, DEST, CONFIG }		BATCH only, repeated
 *   CONN { ... }		r
 *   INFO { ... }		r
 *   COUNTER { NAME, VALUE }	r, repeated
 *   GENERATION			r
 *
 * NEW_x and SET_x take the whole object: what is left out gets its default.
 *
 * BATCH: any number of OP attributes, executed in order, all or nothing. An OP of
 * a destination without SERVICE goes on with the service of the OP before it. A
 * refused batch changes nothing; NLMSGERR_ATTR_OFFS of the error points at or
 * into the OP that failed, which gives its index. A message may be larger than
 * the default socket buffer: use SO_SNDBUFFORCE.
 *
 * Dumps carry GENERATION and set NLM_F_DUMP_INTR when the configuration
 * changed while they ran.
 */

#define NFVS_GENL_NAME		"nf_vs"
#define NFVS_GENL_VERSION	1
#define NFVS_GENL_MCGRP_EVENTS	"events"

#define NFVS_SCHED_NAME_MAX	15	/* characters, without the final NUL */
#define NFVS_PE_NAME_MAX	15
#define NFVS_COUNTER_NAME_MAX	31

/* Requests (replies carry the id of their request), then events. */
enum nfvs_cmd {
	NFVS_CMD_UNSPEC,
	NFVS_CMD_GET_INFO,	/* do: INFO */
	NFVS_CMD_NEW_SERVICE,	/* do: SERVICE; replies when NLM_F_ECHO */
	NFVS_CMD_SET_SERVICE,	/* do: SERVICE */
	NFVS_CMD_DEL_SERVICE,	/* do: SERVICE (identity) */
	NFVS_CMD_GET_SERVICE,	/* do: SERVICE (identity); dump: all */
	NFVS_CMD_NEW_DEST,	/* do: SERVICE (identity), DEST; as NEW_SERVICE */
	NFVS_CMD_SET_DEST,	/* do: SERVICE (identity), DEST */
	NFVS_CMD_DEL_DEST,	/* do: SERVICE (identity), DEST (identity) */
	NFVS_CMD_GET_DEST,	/* dump: of SERVICE (identity) */
	NFVS_CMD_FLUSH,		/* do: removes every service */
	NFVS_CMD_ZERO,		/* do: statistics of SERVICE, or of all */
	NFVS_CMD_SET_CONFIG,	/* do: CONFIG; absent or 0 = unchanged */
	NFVS_CMD_GET_CONFIG,	/* do: CONFIG */
	NFVS_CMD_BATCH,		/* do: OP... */
	NFVS_CMD_GET_CONN,	/* dump: CONN per connection */
	NFVS_CMD_GET_COUNTERS,	/* do: COUNTER... drop reasons and others */

	NFVS_NTF_SERVICE_NEW = 64,	/* SERVICE, GENERATION */
	NFVS_NTF_SERVICE_SET,
	NFVS_NTF_SERVICE_DEL,
	NFVS_NTF_DEST_NEW,		/* SERVICE (identity), DEST, GENERATION */
	NFVS_NTF_DEST_SET,
	NFVS_NTF_DEST_DEL,
	NFVS_NTF_FLUSHED,			/* GENERATION */
	NFVS_NTF_ZEROED,			/* SERVICE (identity) if not all */
	NFVS_NTF_CONFIG_SET,		/* CONFIG, GENERATION */
};

/* Top level. */
enum nfvs_attr {
	NFVS_A_SERVICE = 1,	/* nest, enum nfvs_svc_attr */
	NFVS_A_DEST,		/* nest, enum nfvs_dest_attr */
	NFVS_A_CONFIG,		/* nest, enum nfvs_config_attr */
	NFVS_A_OP,		/* nest, enum nfvs_op_attr; repeated */
	NFVS_A_CONN,		/* nest, enum nfvs_conn_attr */
	NFVS_A_INFO,		/* nest, enum nfvs_info_attr */
	NFVS_A_COUNTER,		/* nest, enum nfvs_counter_attr; repeated */
	NFVS_A_GENERATION,	/* u32 */
	__NFVS_A_MAX
};
#define NFVS_A_MAX (__NFVS_A_MAX - 1)

/* One operation of a batch. */
enum nfvs_op_attr {
	NFVS_OP_A_CMD = 1,	/* u8: NEW/SET/DEL_SERVICE, NEW/SET/DEL_DEST, FLUSH, ZERO, SET_CONFIG */
	NFVS_OP_A_SERVICE,	/* nest, enum nfvs_svc_attr */
	NFVS_OP_A_DEST,		/* nest, enum nfvs_dest_attr */
	NFVS_OP_A_CONFIG,	/* nest, enum nfvs_config_attr */
	__NFVS_OP_A_MAX
};
#define NFVS_OP_A_MAX (__NFVS_OP_A_MAX - 1)

enum nfvs_svc_attr {
	NFVS_SVC_A_AF = 1,	/* u8: AF_INET or AF_INET6 */
	NFVS_SVC_A_PROTO,	/* u16: IPPROTO_TCP or IPPROTO_UDP; others only through IPVS */
	NFVS_SVC_A_ADDR,	/* be, 4 or 16 bytes as AF says */
	NFVS_SVC_A_PORT,	/* be16 */
	NFVS_SVC_A_FWMARK,	/* u32, not 0; instead of PROTO, ADDR, PORT */
	NFVS_SVC_A_SCHED,	/* string */
	NFVS_SVC_A_DEST_COUNT,	/* u32 */
	NFVS_SVC_A_STATS,	/* nest, enum nfvs_stats_attr */
	NFVS_SVC_A_NO_FASTPATH,	/* flag: its packets all go through the stack */
	NFVS_SVC_A_FLAGS,	/* u32, enum nfvs_svc_flag */
	NFVS_SVC_A_TIMEOUT,	/* u32 seconds that persistence lasts */
	NFVS_SVC_A_NETMASK,	/* be32, AF_INET: which clients are one to persistence */
	NFVS_SVC_A_PLEN,	/* u8, AF_INET6: the same as prefix length, 1..128 */
	NFVS_SVC_A_PE,		/* string: persistence engine; there is none yet */
	__NFVS_SVC_A_MAX
};
#define NFVS_SVC_A_MAX (__NFVS_SVC_A_MAX - 1)

/* Bits of NFVS_SVC_A_FLAGS; the numbers of IPVS. */
enum nfvs_svc_flag {
	NFVS_SVC_PERSISTENT = 0x01,	/* a client stays with its destination */
	NFVS_SVC_ONEPACKET = 0x04,	/* UDP: every packet is scheduled */
	NFVS_SVC_SCHED1 = 0x08,		/* what these mean is up to the scheduler */
	NFVS_SVC_SCHED2 = 0x10,
	NFVS_SVC_SCHED3 = 0x20,
};
#define NFVS_SVC_FLAGS (NFVS_SVC_PERSISTENT | NFVS_SVC_ONEPACKET | NFVS_SVC_SCHED1 | \
			NFVS_SVC_SCHED2 | NFVS_SVC_SCHED3)

/* Forwarding methods; the numbers of IPVS. */
enum nfvs_method {
	NFVS_METHOD_NAT = 0,	/* masquerade */
	NFVS_METHOD_LOCAL = 1,	/* stays here; as the family IPVS has it */
	NFVS_METHOD_TUN = 2,	/* encapsulate */
	NFVS_METHOD_DR = 3,	/* direct routing */
};

/* Encapsulations of NFVS_METHOD_TUN; the numbers of IPVS. */
enum nfvs_tun_type {
	NFVS_TUN_IPIP = 0,
};

enum nfvs_dest_attr {
	NFVS_DEST_A_AF = 1,		/* u8 */
	NFVS_DEST_A_ADDR,		/* be, 4 or 16 bytes as AF says */
	NFVS_DEST_A_PORT,		/* be16; 0 = keep the packet's port */
	NFVS_DEST_A_METHOD,		/* u8, enum nfvs_method */
	NFVS_DEST_A_WEIGHT,		/* u32, 0..INT_MAX; 0 = no new connections */
	NFVS_DEST_A_UPPER_THRESHOLD,	/* u32 connections, 0..INT_MAX; 0 = none */
	NFVS_DEST_A_LOWER_THRESHOLD,	/* u32 connections, <= upper */
	NFVS_DEST_A_TUN_TYPE,		/* u8, enum nfvs_tun_type */
	NFVS_DEST_A_ACTIVE_CONNS,	/* u32 */
	NFVS_DEST_A_INACTIVE_CONNS,	/* u32 */
	NFVS_DEST_A_STATS,		/* nest, enum nfvs_stats_attr */
	NFVS_DEST_A_PERSIST_CONNS,	/* u32: clients that persistence sends here */
	__NFVS_DEST_A_MAX
};
#define NFVS_DEST_A_MAX (__NFVS_DEST_A_MAX - 1)

/* Counters since creation or ZERO; rates are averages per second. */
enum nfvs_stats_attr {
	NFVS_STATS_A_CONNS = 1,		/* u64 connections scheduled */
	NFVS_STATS_A_IN_PKTS,		/* u64 client to server */
	NFVS_STATS_A_OUT_PKTS,		/* u64 server to client (NAT only) */
	NFVS_STATS_A_IN_BYTES,		/* u64, from the IP header on */
	NFVS_STATS_A_OUT_BYTES,		/* u64 */
	NFVS_STATS_A_CPS,		/* u64 connections per second */
	NFVS_STATS_A_IN_PPS,		/* u64 packets per second */
	NFVS_STATS_A_OUT_PPS,		/* u64 */
	NFVS_STATS_A_IN_BPS,		/* u64 bytes per second */
	NFVS_STATS_A_OUT_BPS,		/* u64 */
	NFVS_STATS_A_PAD,
	NFVS_STATS_A_FAST_PKTS,		/* u64 of IN_PKTS and OUT_PKTS: not through the stack */
	__NFVS_STATS_A_MAX
};
#define NFVS_STATS_A_MAX (__NFVS_STATS_A_MAX - 1)

/* Seconds; 0 or absent in SET_CONFIG = unchanged. */
enum nfvs_config_attr {
	NFVS_CONFIG_A_TIMEOUT_TCP = 1,	/* u32, state ESTABLISHED */
	NFVS_CONFIG_A_TIMEOUT_TCP_FIN,	/* u32, state FIN_WAIT */
	NFVS_CONFIG_A_TIMEOUT_UDP,	/* u32 */
	__NFVS_CONFIG_A_MAX
};
#define NFVS_CONFIG_A_MAX (__NFVS_CONFIG_A_MAX - 1)

enum nfvs_conn_attr {
	NFVS_CONN_A_AF = 1,		/* u8 family of client and virtual address */
	NFVS_CONN_A_PROTO,		/* u8 */
	NFVS_CONN_A_CLIENT_ADDR,	/* be, 4 or 16 bytes */
	NFVS_CONN_A_CLIENT_PORT,	/* be16 */
	NFVS_CONN_A_VIRTUAL_ADDR,	/* be, 4 or 16 bytes */
	NFVS_CONN_A_VIRTUAL_PORT,	/* be16 */
	NFVS_CONN_A_DEST_AF,		/* u8 */
	NFVS_CONN_A_DEST_ADDR,		/* be, 4 or 16 bytes */
	NFVS_CONN_A_DEST_PORT,		/* be16 */
	NFVS_CONN_A_METHOD,		/* u8, enum nfvs_method */
	NFVS_CONN_A_STATE,		/* string, e.g. "ESTABLISHED" */
	NFVS_CONN_A_EXPIRES,		/* u32 seconds left */
	__NFVS_CONN_A_MAX
};
#define NFVS_CONN_A_MAX (__NFVS_CONN_A_MAX - 1)

enum nfvs_info_attr {
	NFVS_INFO_A_VERSION = 1,	/* u32 0x010201: the IPVS version stood in for */
	NFVS_INFO_A_CONN_TAB_SIZE,	/* u32 hash buckets now */
	NFVS_INFO_A_SERVICES,		/* u32 */
	NFVS_INFO_A_CONNS,		/* u32 */
	__NFVS_INFO_A_MAX
};
#define NFVS_INFO_A_MAX (__NFVS_INFO_A_MAX - 1)

enum nfvs_counter_attr {
	NFVS_COUNTER_A_NAME = 1,	/* string, e.g. "drop_no_dest" */
	NFVS_COUNTER_A_VALUE,		/* u64 */
	NFVS_COUNTER_A_PAD,
	__NFVS_COUNTER_A_MAX
};
#define NFVS_COUNTER_A_MAX (__NFVS_COUNTER_A_MAX - 1)

#endif /* _UAPI_LINUX_NF_VS_H */
