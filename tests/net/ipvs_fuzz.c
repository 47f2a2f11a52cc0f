// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random messages of the netlink family IPVS: often enough right that objects come
 * and go, and wrong in every place.
 */
#include "ipvs_raw.h"

#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>

static unsigned int below(unsigned int n)
{
	return random() % n;
}

static bool one_in(unsigned int n)
{
	return !below(n);
}

static uint32_t odd_number(void)
{
	static const uint32_t numbers[] = {
		0, 1, 2, 3, 7, 8, 80, 128, 129, 255, 256, 300, 0x7fffffff, 0x80000000, 0xffffffff,
	};

	return one_in(4) ? (uint32_t)random() << 1 : numbers[below(15)];
}

/* Of the wrong length now and then. */
static size_t length(size_t right)
{
	return one_in(40) ? below(24) : right;
}

static void put(struct request *req, int type, const void *data, size_t len)
{
	uint8_t bytes[64] = {};

	memcpy(bytes, data, len);
	/* Left out, twice, unknown. */
	if (one_in(60))
		return;
	if (one_in(60))
		request_put(req, type, bytes, length(len));
	if (one_in(100))
		type = below(40);
	request_put(req, type, bytes, length(len));
}

static void put_u32(struct request *req, int type, uint32_t v)
{
	if (one_in(10))
		v = odd_number();
	put(req, type, &v, sizeof(v));
}

static void put_u16(struct request *req, int type, uint16_t v)
{
	if (one_in(20))
		v = odd_number();
	put(req, type, &v, sizeof(v));
}

static void put_u8(struct request *req, int type, uint8_t v)
{
	if (one_in(10))
		v = odd_number();
	put(req, type, &v, sizeof(v));
}

/* One of few, so that they are met again. */
static void put_addr(struct request *req, int type, int af)
{
	uint8_t addr[16] = { 10, 0, 0, 1 + below(6) };

	if (af == AF_INET6) {
		memcpy(addr, "\x20\x01\x0d\xb8", 4);
		addr[15] = 1 + below(6);
	}
	if (one_in(30))
		addr[below(16)] = random();
	put(req, type, addr, sizeof(addr));
}

static size_t start_nest(struct request *req, int type)
{
	return request_put(req, type | (one_in(2) ? NLA_F_NESTED : 0), NULL, 0);
}

static void put_svc_conf(struct request *req, int af)
{
	static const char *const scheds[] = { "rr", "wrr", "lc", "wlc", "none", "nosuch", "" };
	const char *sched = scheds[below(7)];
	uint32_t flags[2] = { odd_number(), odd_number() };

	put(req, IPVS_SVC_ATTR_SCHED_NAME, sched, strlen(sched) + 1);
	put(req, IPVS_SVC_ATTR_FLAGS, flags, sizeof(flags));
	put_u32(req, IPVS_SVC_ATTR_TIMEOUT, below(1000));
	put_u32(req, IPVS_SVC_ATTR_NETMASK, af == AF_INET6 ? 128 : 0xffffffff);
	if (one_in(20))
		put(req, IPVS_SVC_ATTR_PE_NAME, "sip", 4);
}

static int put_svc(struct request *req)
{
	static const uint16_t protos[] = { 6, 6, 17, 132, 0, 300 };
	int af = one_in(3) ? AF_INET6 : AF_INET;
	size_t at = start_nest(req, IPVS_CMD_ATTR_SERVICE);

	put_u16(req, IPVS_SVC_ATTR_AF, af);
	if (one_in(4)) {
		put_u32(req, IPVS_SVC_ATTR_FWMARK, below(3));
	} else {
		put_u16(req, IPVS_SVC_ATTR_PROTOCOL, protos[below(6)]);
		put_addr(req, IPVS_SVC_ATTR_ADDR, af);
		put_u16(req, IPVS_SVC_ATTR_PORT, htons(one_in(6) ? 0 : 80));
	}
	put_svc_conf(req, af);
	request_end_nest(req, at);
	return af;
}

static void put_dest(struct request *req, int af)
{
	size_t at = start_nest(req, IPVS_CMD_ATTR_DEST);
	int dest_af = one_in(6) ? (one_in(2) ? AF_INET : AF_INET6) : af;

	put_addr(req, IPVS_DEST_ATTR_ADDR, dest_af);
	put_u16(req, IPVS_DEST_ATTR_PORT, htons(80 + below(3)));
	put_u32(req, IPVS_DEST_ATTR_FWD_METHOD, below(4));
	put_u32(req, IPVS_DEST_ATTR_WEIGHT, below(5));
	put_u32(req, IPVS_DEST_ATTR_U_THRESH, below(2) * 100);
	put_u32(req, IPVS_DEST_ATTR_L_THRESH, 0);
	if (dest_af != af || one_in(3))
		put_u16(req, IPVS_DEST_ATTR_ADDR_FAMILY, dest_af);
	if (one_in(4)) {
		put_u8(req, IPVS_DEST_ATTR_TUN_TYPE, below(4));
		put_u16(req, IPVS_DEST_ATTR_TUN_PORT, random());
		put_u16(req, IPVS_DEST_ATTR_TUN_FLAGS, random());
	}
	request_end_nest(req, at);
}

static void put_daemon(struct request *req)
{
	size_t at = start_nest(req, IPVS_CMD_ATTR_DAEMON);

	/* None is to be started. */
	put_u32(req, IPVS_DAEMON_ATTR_STATE, below(4));
	put(req, IPVS_DAEMON_ATTR_MCAST_IFN, "nosuch", 7);
	put_u32(req, IPVS_DAEMON_ATTR_SYNC_ID, below(300));
	request_end_nest(req, at);
}

/* Flips bits or cuts the end off: also lengths of attributes. */
static void damage(struct request *req)
{
	unsigned int head = NLMSG_LENGTH(GENL_HDRLEN), n = 1 + below(4);

	if (req->nlh.nlmsg_len <= head)
		return;
	if (one_in(3))
		req->nlh.nlmsg_len = head + below(req->nlh.nlmsg_len - head);
	while (n-- && req->nlh.nlmsg_len > head)
		req->buf[head + below(req->nlh.nlmsg_len - head)] ^= 1 << below(8);
}

void fuzz_request(struct request *req, int family)
{
	static const uint8_t often[] = {
		IPVS_CMD_NEW_SERVICE, IPVS_CMD_NEW_SERVICE, IPVS_CMD_NEW_DEST, IPVS_CMD_NEW_DEST,
		IPVS_CMD_NEW_DEST, IPVS_CMD_SET_DEST, IPVS_CMD_DEL_DEST, IPVS_CMD_DEL_SERVICE,
		IPVS_CMD_SET_SERVICE, IPVS_CMD_GET_SERVICE, IPVS_CMD_GET_DEST,
	};
	int cmd = one_in(4) ? (int)below(20) : often[below(sizeof(often))];
	int flags = one_in(2) ? NLM_F_ACK : 0;
	int af;

	if (cmd == IPVS_CMD_FLUSH && !one_in(8))
		cmd = IPVS_CMD_GET_DEST;
	if (cmd == IPVS_CMD_GET_DEST || cmd == IPVS_CMD_GET_DAEMON || one_in(10))
		flags |= NLM_F_DUMP;
	request_start(req, family, flags, cmd, IPVS_GENL_VERSION);
	af = put_svc(req);
	if (!one_in(10))
		put_dest(req, af);
	if (one_in(5))
		put_daemon(req);
	if (one_in(5))
		put_u32(req, IPVS_CMD_ATTR_TIMEOUT_TCP + below(3), odd_number());
	if (one_in(10))
		damage(req);
}
