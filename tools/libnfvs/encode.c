// SPDX-License-Identifier: GPL-2.0-only
/* libnfvs: request structures to netlink messages. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/genl.h>

/* An upper bound of what one operation takes, and of the message headers. */
enum {
	OP_SIZE_MAX = 192,
	HEADERS_SIZE = 64,
};

/*
 * Attributes are written by hand: messages have room for the largest operation
 * from the start, and a batch may have a hundred thousand of them.
 */
static inline void *put(struct nlmsghdr *nlh, int type, size_t len)
{
	struct nlattr *attr = (void *)((char *)nlh + nlh->nlmsg_len);

	attr->nla_type = (uint16_t)type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + len);
	nlh->nlmsg_len += (uint32_t)(NLA_HDRLEN + NLA_ALIGN(len));
	return attr + 1;
}

static inline void put_u8(struct nlmsghdr *nlh, int type, uint8_t value)
{
	memcpy(put(nlh, type, sizeof(value)), &value, sizeof(value));
}

static inline void put_u16(struct nlmsghdr *nlh, int type, uint16_t value)
{
	memcpy(put(nlh, type, sizeof(value)), &value, sizeof(value));
}

static inline void put_u32(struct nlmsghdr *nlh, int type, uint32_t value)
{
	memcpy(put(nlh, type, sizeof(value)), &value, sizeof(value));
}

static inline void put_ip(struct nlmsghdr *nlh, int type, uint8_t af,
			  const union nfvs_ip *ip)
{
	if (af == AF_INET6)
		memcpy(put(nlh, type, 16), ip->bytes, 16);
	else
		memcpy(put(nlh, type, 4), ip->bytes, 4);
}

/* Returns what nest_end() wants. */
static inline uint32_t nest_start(struct nlmsghdr *nlh, int type)
{
	uint32_t at = nlh->nlmsg_len;

	put(nlh, type | NLA_F_NESTED, 0);
	return at;
}

static inline void nest_end(struct nlmsghdr *nlh, uint32_t at)
{
	struct nlattr *attr = (void *)((char *)nlh + at);

	attr->nla_len = (uint16_t)(nlh->nlmsg_len - at);
}

static void put_string(struct nlmsghdr *nlh, int type, const char *text)
{
	size_t len = strlen(text) + 1;

	memcpy(put(nlh, type, len), text, len);
}

/* What is the kernel's default is left out. */
static void put_service_conf(struct nlmsghdr *nlh,
			     const struct nfvs_service *svc)
{
	if (svc->sched[0])
		put_string(nlh, NFVS_SVC_A_SCHED, svc->sched);
	if (svc->no_fastpath)
		put(nlh, NFVS_SVC_A_NO_FASTPATH, 0);
	if (svc->flags)
		put_u32(nlh, NFVS_SVC_A_FLAGS, svc->flags);
	if (svc->timeout)
		put_u32(nlh, NFVS_SVC_A_TIMEOUT, svc->timeout);
	if (svc->af == AF_INET && svc->netmask.s_addr != INADDR_BROADCAST)
		put_u32(nlh, NFVS_SVC_A_NETMASK, svc->netmask.s_addr);
	if (svc->af == AF_INET6 && svc->plen != NFVS_PLEN_MAX)
		put_u8(nlh, NFVS_SVC_A_PLEN, svc->plen);
	if (svc->pe[0])
		put_string(nlh, NFVS_SVC_A_PE, svc->pe);
}

static void put_service(struct nlmsghdr *nlh, int attr,
			const struct nfvs_service *svc, bool whole)
{
	uint32_t nest = nest_start(nlh, attr);

	put_u8(nlh, NFVS_SVC_A_AF, svc->af);
	if (svc->fwmark) {
		put_u32(nlh, NFVS_SVC_A_FWMARK, svc->fwmark);
	} else {
		put_u16(nlh, NFVS_SVC_A_PROTO, svc->proto);
		put_ip(nlh, NFVS_SVC_A_ADDR, svc->af, &svc->addr);
		put_u16(nlh, NFVS_SVC_A_PORT, htons(svc->port));
	}
	if (whole)
		put_service_conf(nlh, svc);
	nest_end(nlh, nest);
}

/* What is the kernel's default is left out. */
static void put_dest_conf(struct nlmsghdr *nlh, const struct nfvs_dest *dest)
{
	if (dest->method != NFVS_METHOD_DR)
		put_u8(nlh, NFVS_DEST_A_METHOD, dest->method);
	if (dest->weight != 1)
		put_u32(nlh, NFVS_DEST_A_WEIGHT, dest->weight);
	if (dest->upper)
		put_u32(nlh, NFVS_DEST_A_UPPER_THRESHOLD, dest->upper);
	if (dest->lower)
		put_u32(nlh, NFVS_DEST_A_LOWER_THRESHOLD, dest->lower);
	/* The kernel takes an encapsulation with method TUN only. */
	if (dest->method == NFVS_METHOD_TUN)
		put_u8(nlh, NFVS_DEST_A_TUN_TYPE, dest->tun_type);
}

static void put_dest(struct nlmsghdr *nlh, int attr,
		     const struct nfvs_dest *dest, uint8_t svc_af, bool whole)
{
	uint32_t nest = nest_start(nlh, attr);

	if (dest->af != svc_af)
		put_u8(nlh, NFVS_DEST_A_AF, dest->af);
	put_ip(nlh, NFVS_DEST_A_ADDR, dest->af, &dest->addr);
	put_u16(nlh, NFVS_DEST_A_PORT, htons(dest->port));
	if (whole)
		put_dest_conf(nlh, dest);
	nest_end(nlh, nest);
}

/* Zero means "unchanged" to the kernel as well: it is sent as it is. */
static void put_config(struct nlmsghdr *nlh, int attr,
		       const struct nfvs_config *config)
{
	uint32_t nest = nest_start(nlh, attr);

	put_u32(nlh, NFVS_CONFIG_A_TIMEOUT_TCP, config->tcp);
	put_u32(nlh, NFVS_CONFIG_A_TIMEOUT_TCP_FIN, config->tcp_fin);
	put_u32(nlh, NFVS_CONFIG_A_TIMEOUT_UDP, config->udp);
	nest_end(nlh, nest);
}

struct op_attrs {
	int service;
	int dest;
	int config;
};

static bool is_same_service(const struct nfvs_service *a,
			    const struct nfvs_service *b)
{
	return a->af == b->af && a->proto == b->proto && a->port == b->port &&
	       a->fwmark == b->fwmark &&
	       !memcmp(&a->addr, &b->addr, a->af == AF_INET6 ? 16 : 4);
}

static bool is_of_service(uint8_t cmd)
{
	return cmd >= NFVS_CMD_NEW_SERVICE && cmd <= NFVS_CMD_DEL_DEST;
}

/*
 * The attributes of an operation, at top level or inside an OP. After prev, which
 * may be NULL, a destination of the same service goes without naming it.
 */
static void put_op(struct nlmsghdr *nlh, const struct op_attrs *attrs,
		   const struct nfvs_op *op, const struct nfvs_op *prev)
{
	switch (op->cmd) {
	case NFVS_CMD_NEW_SERVICE:
	case NFVS_CMD_SET_SERVICE:
		put_service(nlh, attrs->service, &op->svc, true);
		break;
	case NFVS_CMD_DEL_SERVICE:
		put_service(nlh, attrs->service, &op->svc, false);
		break;
	case NFVS_CMD_NEW_DEST:
	case NFVS_CMD_SET_DEST:
	case NFVS_CMD_DEL_DEST:
		if (!prev || !is_of_service(prev->cmd) ||
		    !is_same_service(&prev->svc, &op->svc))
			put_service(nlh, attrs->service, &op->svc, false);
		put_dest(nlh, attrs->dest, &op->dest, op->svc.af,
			 op->cmd != NFVS_CMD_DEL_DEST);
		break;
	case NFVS_CMD_ZERO:
		if (op->has_service)
			put_service(nlh, attrs->service, &op->svc, false);
		break;
	case NFVS_CMD_SET_CONFIG:
		put_config(nlh, attrs->config, &op->config);
		break;
	}
}

static struct nl_msg *start(int family, int flags, uint8_t cmd, size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size);

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, flags, cmd,
			 NFVS_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

struct nl_msg *nfvs_encode_simple(int family, int flags, uint8_t cmd)
{
	return start(family, flags, cmd, HEADERS_SIZE);
}

struct nl_msg *nfvs_encode_of_service(int family, int flags, uint8_t cmd,
				      const struct nfvs_service *svc)
{
	struct nl_msg *msg = start(family, flags, cmd,
				   HEADERS_SIZE + OP_SIZE_MAX);

	if (msg)
		put_service(nlmsg_hdr(msg), NFVS_A_SERVICE, svc, false);
	return msg;
}

struct nl_msg *nfvs_encode_op(int family, const struct nfvs_op *op)
{
	static const struct op_attrs attrs = {
		.service = NFVS_A_SERVICE,
		.dest = NFVS_A_DEST,
		.config = NFVS_A_CONFIG,
	};
	struct nl_msg *msg = start(family, 0, op->cmd,
				   HEADERS_SIZE + OP_SIZE_MAX);

	if (msg)
		put_op(nlmsg_hdr(msg), &attrs, op, NULL);
	return msg;
}

static void put_batch_op(struct nlmsghdr *nlh, const struct nfvs_op *op,
			 const struct nfvs_op *prev)
{
	static const struct op_attrs attrs = {
		.service = NFVS_OP_A_SERVICE,
		.dest = NFVS_OP_A_DEST,
		.config = NFVS_OP_A_CONFIG,
	};
	uint32_t nest = nest_start(nlh, NFVS_A_OP);

	put_u8(nlh, NFVS_OP_A_CMD, op->cmd);
	put_op(nlh, &attrs, op, prev);
	nest_end(nlh, nest);
}

struct nl_msg *nfvs_encode_batch(int family, const struct nfvs_op *ops,
				 size_t n, uint32_t *offs)
{
	struct nl_msg *msg;
	size_t i;

	/* nlmsg_len has 32 bits and the socket buffer's size 31. */
	if (n > (INT32_MAX - HEADERS_SIZE) / OP_SIZE_MAX)
		return NULL;
	msg = start(family, 0, NFVS_CMD_BATCH,
		    HEADERS_SIZE + n * OP_SIZE_MAX);
	if (!msg)
		return NULL;
	for (i = 0; i < n; i++) {
		offs[i] = nlmsg_hdr(msg)->nlmsg_len;
		put_batch_op(nlmsg_hdr(msg), &ops[i], i ? &ops[i - 1] : NULL);
	}
	return msg;
}

int nfvs_batch_index(const uint32_t *offs, size_t n, uint32_t off)
{
	size_t low = 0, high = n;

	/* The last operation that starts at or before the offset. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (offs[mid] <= off)
			low = mid + 1;
		else
			high = mid;
	}
	return (int)low - 1;
}
