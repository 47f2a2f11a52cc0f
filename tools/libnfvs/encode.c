// SPDX-License-Identifier: GPL-2.0-only
/* libnfvs: request structures to netlink messages. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <netlink/genl/genl.h>

/* An upper bound of what one operation takes, and of the message headers. */
enum {
	OP_SIZE_MAX = 192,
	HEADERS_SIZE = 64,
};

static int put_ip(struct nl_msg *msg, int attr, uint8_t af,
		  const union nfvs_ip *ip)
{
	return nla_put(msg, attr, af == AF_INET6 ? 16 : 4, ip->bytes);
}

static int put_service(struct nl_msg *msg, int attr,
		       const struct nfvs_service *svc, bool whole)
{
	struct nlattr *nest = nla_nest_start(msg, attr);
	int ret = 0;

	if (!nest)
		return -NLE_NOMEM;
	ret |= nla_put_u8(msg, NFVS_SVC_A_AF, svc->af);
	if (svc->fwmark) {
		ret |= nla_put_u32(msg, NFVS_SVC_A_FWMARK, svc->fwmark);
	} else {
		ret |= nla_put_u8(msg, NFVS_SVC_A_PROTO, svc->proto);
		ret |= put_ip(msg, NFVS_SVC_A_ADDR, svc->af, &svc->addr);
		ret |= nla_put_u16(msg, NFVS_SVC_A_PORT, htons(svc->port));
	}
	if (whole && svc->sched[0])
		ret |= nla_put_string(msg, NFVS_SVC_A_SCHED, svc->sched);
	if (whole && svc->no_fastpath)
		ret |= nla_put_flag(msg, NFVS_SVC_A_NO_FASTPATH);
	ret |= nla_nest_end(msg, nest);
	return ret;
}

static int put_dest(struct nl_msg *msg, int attr, const struct nfvs_dest *dest,
		    bool whole)
{
	struct nlattr *nest = nla_nest_start(msg, attr);
	int ret = 0;

	if (!nest)
		return -NLE_NOMEM;
	ret |= nla_put_u8(msg, NFVS_DEST_A_AF, dest->af);
	ret |= put_ip(msg, NFVS_DEST_A_ADDR, dest->af, &dest->addr);
	ret |= nla_put_u16(msg, NFVS_DEST_A_PORT, htons(dest->port));
	if (whole) {
		ret |= nla_put_u8(msg, NFVS_DEST_A_METHOD, dest->method);
		ret |= nla_put_u32(msg, NFVS_DEST_A_WEIGHT, dest->weight);
		ret |= nla_put_u32(msg, NFVS_DEST_A_UPPER_THRESHOLD,
				   dest->upper);
		ret |= nla_put_u32(msg, NFVS_DEST_A_LOWER_THRESHOLD,
				   dest->lower);
	}
	/* The kernel takes an encapsulation with method TUN only. */
	if (whole && dest->method == NFVS_METHOD_TUN)
		ret |= nla_put_u8(msg, NFVS_DEST_A_TUN_TYPE, dest->tun_type);
	ret |= nla_nest_end(msg, nest);
	return ret;
}

/* Zero means "unchanged" to the kernel as well: it is sent as it is. */
static int put_config(struct nl_msg *msg, int attr,
		      const struct nfvs_config *config)
{
	struct nlattr *nest = nla_nest_start(msg, attr);
	int ret = 0;

	if (!nest)
		return -NLE_NOMEM;
	ret |= nla_put_u32(msg, NFVS_CONFIG_A_TIMEOUT_TCP, config->tcp);
	ret |= nla_put_u32(msg, NFVS_CONFIG_A_TIMEOUT_TCP_FIN, config->tcp_fin);
	ret |= nla_put_u32(msg, NFVS_CONFIG_A_TIMEOUT_UDP, config->udp);
	ret |= nla_nest_end(msg, nest);
	return ret;
}

struct op_attrs {
	int service;
	int dest;
	int config;
};

/* The attributes of an operation, at top level or inside an OP. */
static int put_op(struct nl_msg *msg, const struct op_attrs *attrs,
		  const struct nfvs_op *op)
{
	int ret;

	switch (op->cmd) {
	case NFVS_CMD_NEW_SERVICE:
	case NFVS_CMD_SET_SERVICE:
		return put_service(msg, attrs->service, &op->svc, true);
	case NFVS_CMD_DEL_SERVICE:
		return put_service(msg, attrs->service, &op->svc, false);
	case NFVS_CMD_NEW_DEST:
	case NFVS_CMD_SET_DEST:
	case NFVS_CMD_DEL_DEST:
		ret = put_service(msg, attrs->service, &op->svc, false);
		if (ret)
			return ret;
		return put_dest(msg, attrs->dest, &op->dest,
				op->cmd != NFVS_CMD_DEL_DEST);
	case NFVS_CMD_ZERO:
		if (!op->has_service)
			return 0;
		return put_service(msg, attrs->service, &op->svc, false);
	case NFVS_CMD_SET_CONFIG:
		return put_config(msg, attrs->config, &op->config);
	default:
		return 0;
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

	if (msg && put_service(msg, NFVS_A_SERVICE, svc, false)) {
		nlmsg_free(msg);
		return NULL;
	}
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

	if (msg && put_op(msg, &attrs, op)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static int put_batch_op(struct nl_msg *msg, const struct nfvs_op *op)
{
	static const struct op_attrs attrs = {
		.service = NFVS_OP_A_SERVICE,
		.dest = NFVS_OP_A_DEST,
		.config = NFVS_OP_A_CONFIG,
	};
	struct nlattr *nest = nla_nest_start(msg, NFVS_A_OP);
	int ret;

	if (!nest)
		return -NLE_NOMEM;
	ret = nla_put_u8(msg, NFVS_OP_A_CMD, op->cmd);
	if (!ret)
		ret = put_op(msg, &attrs, op);
	if (!ret)
		ret = nla_nest_end(msg, nest);
	return ret;
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
		if (put_batch_op(msg, &ops[i])) {
			nlmsg_free(msg);
			return NULL;
		}
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
