// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of the netlink family IPVS as text.
 *
 * COMMAND [WORD...]; COMMAND is a name or a number; words are
 *
 *	dump noack root		flags of the request; without any of these: ACK
 *	version=N reserved=N	of the generic header
 *	NAME={ ... }		a nest, NAME=N{ with the flag of nests
 *	NAME=u8:N u16: u32: be:	numbers; be: 16 bits in network order
 *	NAME=w:N,N		two numbers of 32 bits
 *	NAME=s:TEXT NAME=r:TEXT	with a NUL and without
 *	NAME=x0a000001		bytes
 *	NAME=0			nothing
 *
 * NAME is an attribute's name, in a nest without what all have in common, or a
 * number; NAME@N= gives it the length N, whatever it has.
 */
#include "ipvs_raw.h"

#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>

enum {
	WORDS = 256,
	DEPTH = 8,
};

enum kind {
	KIND_HEX,
	KIND_NUMBER,	/* as many bytes as there are */
	KIND_BE,
	KIND_TEXT,
	KIND_NEST,
};

struct attr {
	const char *name;
	enum kind kind;
	const struct attr *nest;
};

static const struct attr stats_attrs[] = {
	[IPVS_STATS_ATTR_CONNS] = { "CONNS", KIND_NUMBER, NULL },
	[IPVS_STATS_ATTR_INPKTS] = { "INPKTS", KIND_NUMBER, NULL },
	[IPVS_STATS_ATTR_OUTPKTS] = { "OUTPKTS", KIND_NUMBER, NULL },
	[IPVS_STATS_ATTR_INBYTES] = { "INBYTES", KIND_NUMBER, NULL },
	[IPVS_STATS_ATTR_OUTBYTES] = { "OUTBYTES", KIND_NUMBER, NULL },
	[IPVS_STATS_ATTR_CPS] = { "CPS", KIND_NUMBER, NULL },
	[IPVS_STATS_ATTR_INPPS] = { "INPPS", KIND_NUMBER, NULL },
	[IPVS_STATS_ATTR_OUTPPS] = { "OUTPPS", KIND_NUMBER, NULL },
	[IPVS_STATS_ATTR_INBPS] = { "INBPS", KIND_NUMBER, NULL },
	[IPVS_STATS_ATTR_OUTBPS] = { "OUTBPS", KIND_NUMBER, NULL },
	{ NULL, 0, NULL },
};

static const struct attr svc_attrs[] = {
	[IPVS_SVC_ATTR_AF] = { "AF", KIND_NUMBER, NULL },
	[IPVS_SVC_ATTR_PROTOCOL] = { "PROTOCOL", KIND_NUMBER, NULL },
	[IPVS_SVC_ATTR_ADDR] = { "ADDR", KIND_HEX, NULL },
	[IPVS_SVC_ATTR_PORT] = { "PORT", KIND_BE, NULL },
	[IPVS_SVC_ATTR_FWMARK] = { "FWMARK", KIND_NUMBER, NULL },
	[IPVS_SVC_ATTR_SCHED_NAME] = { "SCHED_NAME", KIND_TEXT, NULL },
	[IPVS_SVC_ATTR_FLAGS] = { "FLAGS", KIND_HEX, NULL },
	[IPVS_SVC_ATTR_TIMEOUT] = { "TIMEOUT", KIND_NUMBER, NULL },
	[IPVS_SVC_ATTR_NETMASK] = { "NETMASK", KIND_HEX, NULL },
	[IPVS_SVC_ATTR_STATS] = { "STATS", KIND_NEST, stats_attrs },
	[IPVS_SVC_ATTR_PE_NAME] = { "PE_NAME", KIND_TEXT, NULL },
	[IPVS_SVC_ATTR_STATS64] = { "STATS64", KIND_NEST, stats_attrs },
	{ NULL, 0, NULL },
};

static const struct attr dest_attrs[] = {
	[IPVS_DEST_ATTR_ADDR] = { "ADDR", KIND_HEX, NULL },
	[IPVS_DEST_ATTR_PORT] = { "PORT", KIND_BE, NULL },
	[IPVS_DEST_ATTR_FWD_METHOD] = { "FWD_METHOD", KIND_NUMBER, NULL },
	[IPVS_DEST_ATTR_WEIGHT] = { "WEIGHT", KIND_NUMBER, NULL },
	[IPVS_DEST_ATTR_U_THRESH] = { "U_THRESH", KIND_NUMBER, NULL },
	[IPVS_DEST_ATTR_L_THRESH] = { "L_THRESH", KIND_NUMBER, NULL },
	[IPVS_DEST_ATTR_ACTIVE_CONNS] = { "ACTIVE_CONNS", KIND_NUMBER, NULL },
	[IPVS_DEST_ATTR_INACT_CONNS] = { "INACT_CONNS", KIND_NUMBER, NULL },
	[IPVS_DEST_ATTR_PERSIST_CONNS] = { "PERSIST_CONNS", KIND_NUMBER, NULL },
	[IPVS_DEST_ATTR_STATS] = { "STATS", KIND_NEST, stats_attrs },
	[IPVS_DEST_ATTR_ADDR_FAMILY] = { "ADDR_FAMILY", KIND_NUMBER, NULL },
	[IPVS_DEST_ATTR_STATS64] = { "STATS64", KIND_NEST, stats_attrs },
	[IPVS_DEST_ATTR_TUN_TYPE] = { "TUN_TYPE", KIND_NUMBER, NULL },
	[IPVS_DEST_ATTR_TUN_PORT] = { "TUN_PORT", KIND_BE, NULL },
	[IPVS_DEST_ATTR_TUN_FLAGS] = { "TUN_FLAGS", KIND_NUMBER, NULL },
	{ NULL, 0, NULL },
};

static const struct attr daemon_attrs[] = {
	[IPVS_DAEMON_ATTR_STATE] = { "STATE", KIND_NUMBER, NULL },
	[IPVS_DAEMON_ATTR_MCAST_IFN] = { "MCAST_IFN", KIND_TEXT, NULL },
	[IPVS_DAEMON_ATTR_SYNC_ID] = { "SYNC_ID", KIND_NUMBER, NULL },
	[IPVS_DAEMON_ATTR_SYNC_MAXLEN] = { "SYNC_MAXLEN", KIND_NUMBER, NULL },
	[IPVS_DAEMON_ATTR_MCAST_GROUP] = { "MCAST_GROUP", KIND_HEX, NULL },
	[IPVS_DAEMON_ATTR_MCAST_GROUP6] = { "MCAST_GROUP6", KIND_HEX, NULL },
	[IPVS_DAEMON_ATTR_MCAST_PORT] = { "MCAST_PORT", KIND_NUMBER, NULL },
	[IPVS_DAEMON_ATTR_MCAST_TTL] = { "MCAST_TTL", KIND_NUMBER, NULL },
	{ NULL, 0, NULL },
};

static const struct attr top_attrs[] = {
	[IPVS_CMD_ATTR_SERVICE] = { "SERVICE", KIND_NEST, svc_attrs },
	[IPVS_CMD_ATTR_DEST] = { "DEST", KIND_NEST, dest_attrs },
	[IPVS_CMD_ATTR_DAEMON] = { "DAEMON", KIND_NEST, daemon_attrs },
	[IPVS_CMD_ATTR_TIMEOUT_TCP] = { "TIMEOUT_TCP", KIND_NUMBER, NULL },
	[IPVS_CMD_ATTR_TIMEOUT_TCP_FIN] = { "TIMEOUT_TCP_FIN", KIND_NUMBER, NULL },
	[IPVS_CMD_ATTR_TIMEOUT_UDP] = { "TIMEOUT_UDP", KIND_NUMBER, NULL },
	{ NULL, 0, NULL },
};

/* SET_INFO has numbers of its own. */
static const struct attr info_attrs[] = {
	[IPVS_INFO_ATTR_VERSION] = { "VERSION", KIND_HEX, NULL },
	[IPVS_INFO_ATTR_CONN_TAB_SIZE] = { "CONN_TAB_SIZE", KIND_NUMBER, NULL },
	{ NULL, 0, NULL },
};

static const char *const commands[] = {
	[IPVS_CMD_NEW_SERVICE] = "NEW_SERVICE",
	[IPVS_CMD_SET_SERVICE] = "SET_SERVICE",
	[IPVS_CMD_DEL_SERVICE] = "DEL_SERVICE",
	[IPVS_CMD_GET_SERVICE] = "GET_SERVICE",
	[IPVS_CMD_NEW_DEST] = "NEW_DEST",
	[IPVS_CMD_SET_DEST] = "SET_DEST",
	[IPVS_CMD_DEL_DEST] = "DEL_DEST",
	[IPVS_CMD_GET_DEST] = "GET_DEST",
	[IPVS_CMD_NEW_DAEMON] = "NEW_DAEMON",
	[IPVS_CMD_DEL_DAEMON] = "DEL_DAEMON",
	[IPVS_CMD_GET_DAEMON] = "GET_DAEMON",
	[IPVS_CMD_SET_CONFIG] = "SET_CONFIG",
	[IPVS_CMD_GET_CONFIG] = "GET_CONFIG",
	[IPVS_CMD_SET_INFO] = "SET_INFO",
	[IPVS_CMD_GET_INFO] = "GET_INFO",
	[IPVS_CMD_ZERO] = "ZERO",
	[IPVS_CMD_FLUSH] = "FLUSH",
};

/* ---- building ---- */

void request_start(struct request *req, int family, int flags, int cmd, int version)
{
	struct genlmsghdr *genl = NLMSG_DATA(&req->nlh);

	memset(req, 0, sizeof(*req));
	req->nlh.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	req->nlh.nlmsg_type = family;
	req->nlh.nlmsg_flags = NLM_F_REQUEST | flags;
	genl->cmd = cmd;
	genl->version = version;
}

size_t request_put(struct request *req, int type, const void *data, size_t len)
{
	size_t at = req->nlh.nlmsg_len;
	struct nlattr *nla = (void *)(req->buf + at);

	if (at + NLA_HDRLEN + NLA_ALIGN(len) > sizeof(req->buf))
		return at;
	nla->nla_type = type;
	nla->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)nla + NLA_HDRLEN, data, len);
	req->nlh.nlmsg_len += NLA_HDRLEN + NLA_ALIGN(len);
	return at;
}

void request_end_nest(struct request *req, size_t at)
{
	struct nlattr *nla = (void *)(req->buf + at);

	if (at + NLA_HDRLEN <= req->nlh.nlmsg_len)
		nla->nla_len = req->nlh.nlmsg_len - at;
}

static const struct attr *attr_named(const struct attr *attrs, const char *name, int *type)
{
	char *end;
	int i;

	*type = strtol(name, &end, 0);
	if (*name && !*end)
		return NULL;
	for (i = 1; attrs && attrs[i].name; i++) {
		if (!strcmp(attrs[i].name, name)) {
			*type = i;
			return &attrs[i];
		}
	}
	*type = -1;
	return NULL;
}

static size_t bytes_of(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (; hex[0] && hex[1]; hex += 2) {
		char digits[3] = { hex[0], hex[1], 0 };

		out[n++] = strtoul(digits, NULL, 16);
	}
	return n;
}

/* A value in out, which has room for whatever a word can hold; its length. */
static size_t value_of(char *text, uint8_t *out)
{
	unsigned long long v[2];
	uint16_t u16;
	uint32_t u32[2];
	char *end;

	if (*text == 'x')
		return bytes_of(text + 1, out);
	if (!strncmp(text, "s:", 2) || !strncmp(text, "r:", 2)) {
		strcpy((char *)out, text + 2);
		return strlen(text + 2) + (*text == 's');
	}
	end = strchr(text, ':');
	if (!end)
		return 0;
	v[0] = strtoull(end + 1, &end, 0);
	v[1] = *end == ',' ? strtoull(end + 1, NULL, 0) : 0;
	u16 = !strncmp(text, "be:", 3) ? htons(v[0]) : v[0];
	u32[0] = v[0];
	u32[1] = v[1];
	out[0] = v[0];
	if (!strncmp(text, "u8:", 3))
		return 1;
	if (!strncmp(text, "u16:", 4) || !strncmp(text, "be:", 3)) {
		memcpy(out, &u16, sizeof(u16));
		return sizeof(u16);
	}
	memcpy(out, u32, sizeof(u32));
	return *text == 'w' ? sizeof(u32) : sizeof(*u32);
}

/* The nests that are open. */
struct nests {
	const struct attr *attrs[DEPTH];
	size_t at[DEPTH];
	int n;
};

static bool put_word(struct request *req, struct nests *nests, char *word)
{
	char *value = strchr(word, '='), *len = strchr(word, '@');
	const struct attr *attr;
	struct nlattr *nla;
	uint8_t data[1024];
	int type;
	size_t at;

	if (!value)
		return false;
	*value++ = 0;
	if (len)
		*len++ = 0;
	attr = attr_named(nests->attrs[nests->n], word, &type);
	if (type < 0)
		return false;
	if (*value == '{' || !strcmp(value, "N{")) {
		if (nests->n + 1 == DEPTH)
			return false;
		at = request_put(req, type | (*value == 'N' ? NLA_F_NESTED : 0), NULL, 0);
		nests->n++;
		nests->at[nests->n] = at;
		nests->attrs[nests->n] = attr ? attr->nest : NULL;
		return true;
	}
	at = request_put(req, type, data, value_of(value, data));
	nla = (void *)(req->buf + at);
	if (len)
		nla->nla_len = strtoul(len, NULL, 0);
	return true;
}

/* What is said of the headers. */
static bool take_option(struct request *req, const char *word)
{
	struct genlmsghdr *genl = NLMSG_DATA(&req->nlh);

	if (!strcmp(word, "dump"))
		req->nlh.nlmsg_flags |= NLM_F_DUMP;
	else if (!strcmp(word, "root"))
		req->nlh.nlmsg_flags |= NLM_F_ROOT;
	else if (!strcmp(word, "noack"))
		req->nlh.nlmsg_flags &= ~NLM_F_ACK;
	else if (!strncmp(word, "version=", 8))
		genl->version = strtoul(word + 8, NULL, 0);
	else if (!strncmp(word, "reserved=", 9))
		genl->reserved = strtoul(word + 9, NULL, 0);
	else
		return false;
	return true;
}

static int command_named(const char *name)
{
	size_t i;

	for (i = 1; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(commands[i], name))
			return i;
	return strtol(name, NULL, 0);
}

bool build(struct request *req, int family, char *text)
{
	struct nests nests = { .attrs = { top_attrs } };
	char *save = NULL, *word = strtok_r(text, " \t", &save);

	if (!word)
		return false;
	request_start(req, family, NLM_F_ACK, command_named(word), IPVS_GENL_VERSION);
	while ((word = strtok_r(NULL, " \t", &save))) {
		if (!strcmp(word, "}") && nests.n) {
			request_end_nest(req, nests.at[nests.n--]);
			continue;
		}
		if (take_option(req, word) || put_word(req, &nests, word))
			continue;
		fprintf(stderr, "ipvs_raw: '%s'?\n", word);
		return false;
	}
	/* A nest that is left open has the length of an empty one. */
	return true;
}

/* ---- showing ---- */

static void show_hex(FILE *out, const uint8_t *data, size_t len)
{
	fputc('x', out);
	while (len--)
		fprintf(out, "%02x", *data++);
}

static void show_number(FILE *out, const uint8_t *data, size_t len)
{
	uint64_t v = 0;

	memcpy(&v, data, len < sizeof(v) ? len : sizeof(v));
	fprintf(out, "u%zu:%llu", len * 8, (unsigned long long)v);
}

static void show_attrs(FILE *out, const char *at, size_t len, const struct attr *attrs);

static void show_value(FILE *out, const struct attr *attr, const char *data, size_t len)
{
	if (attr && attr->kind == KIND_NEST) {
		fputs("{", out);
		show_attrs(out, data, len, attr->nest);
		fputs(" }", out);
	} else if (attr && attr->kind == KIND_NUMBER) {
		show_number(out, (const uint8_t *)data, len);
	} else if (attr && attr->kind == KIND_BE && len == 2) {
		fprintf(out, "be:%u", (uint8_t)data[0] << 8 | (uint8_t)data[1]);
	} else if (attr && attr->kind == KIND_TEXT && len && !data[len - 1]) {
		fprintf(out, "s:%s", data);
	} else {
		show_hex(out, (const uint8_t *)data, len);
	}
}

static void show_attrs(FILE *out, const char *at, size_t len, const struct attr *attrs)
{
	const struct attr *attr;
	const struct nlattr *nla;
	size_t step;
	int type, i;

	for (; len >= NLA_HDRLEN; at += step, len -= step) {
		nla = (const void *)at;
		if (nla->nla_len < NLA_HDRLEN || nla->nla_len > len)
			break;
		type = nla->nla_type & NLA_TYPE_MASK;
		attr = NULL;
		for (i = 1; attrs && attrs[i].name; i++)
			if (i == type)
				attr = &attrs[i];
		if (attr)
			fprintf(out, " %s=", attr->name);
		else
			fprintf(out, " %d=", type);
		if (nla->nla_type & NLA_F_NESTED)
			fputc('N', out);
		show_value(out, attr, at + NLA_HDRLEN, nla->nla_len - NLA_HDRLEN);
		step = NLA_ALIGN(nla->nla_len);
		if (step > len)
			break;
	}
}

void show(FILE *out, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = NLMSG_DATA(nlh);
	size_t len = nlh->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);
	const char *data = (const char *)genl + GENL_HDRLEN;

	if (genl->cmd < sizeof(commands) / sizeof(*commands) && commands[genl->cmd])
		fputs(commands[genl->cmd], out);
	else
		fprintf(out, "%u", genl->cmd);
	fprintf(out, " version=%u flags=%#x", genl->version, nlh->nlmsg_flags);
	show_attrs(out, data, len, genl->cmd == IPVS_CMD_SET_INFO ? info_attrs : top_attrs);
	fputs(" | ", out);
	show_hex(out, (const uint8_t *)genl, len + GENL_HDRLEN);
	fputc('\n', out);
}
