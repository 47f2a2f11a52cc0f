// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of the netlink family nf_vs as text, in both directions.
 *
 * A request is a command's name or number, flags joined with '+', attributes:
 *	NEW_DEST+ECHO S{ af=2 mark=7 } D{ addr=10.0.0.1 port=80 }
 * An attribute is NAME=VALUE, or NAME{ ... } for a nest. Whatever is wrong can be
 * said:
 *	#60:u32=1	attribute 60 of type u32; also port:u8=1, addr:hex=0102
 *	S-{ ... }	a nest without NLA_F_NESTED
 *	!weight=1	remember its place: it is the one to be blamed
 *	raw=00ff	these bytes, without a header
 *	300*O{ ... }	as often as that; inside, 10.0.0.1+ or 80+ grow by one each
 */
#include "nltest.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <linux/nf_vs.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

enum type { U8, U16, BE16, U32, U64, STRING, IP, HEX, NEST };

static const char * const type_names[] = {
	[U8] = "u8", [U16] = "u16", [BE16] = "be16", [U32] = "u32", [U64] = "u64",
	[STRING] = "string", [IP] = "ip", [HEX] = "hex",
};

/* The kinds of nests; TOP is the message. */
enum nest { TOP, SVC, DEST, CONFIG, OP, CONN, INFO, COUNTER, STATS };

struct attr {
	enum nest level;
	int number;
	const char *name;
	enum type type;
	enum nest inside;	/* of a nest */
};

static const struct attr attrs[] = {
	{ TOP, NFVS_A_SERVICE, "S", NEST, SVC },
	{ TOP, NFVS_A_DEST, "D", NEST, DEST },
	{ TOP, NFVS_A_CONFIG, "C", NEST, CONFIG },
	{ TOP, NFVS_A_OP, "O", NEST, OP },
	{ TOP, NFVS_A_CONN, "CONN", NEST, CONN },
	{ TOP, NFVS_A_INFO, "INFO", NEST, INFO },
	{ TOP, NFVS_A_COUNTER, "COUNTER", NEST, COUNTER },
	{ TOP, NFVS_A_GENERATION, "gen", U32, 0 },
	{ OP, NFVS_OP_A_CMD, "cmd", U8, 0 },
	{ OP, NFVS_OP_A_SERVICE, "S", NEST, SVC },
	{ OP, NFVS_OP_A_DEST, "D", NEST, DEST },
	{ OP, NFVS_OP_A_CONFIG, "C", NEST, CONFIG },
	{ SVC, NFVS_SVC_A_AF, "af", U8, 0 },
	{ SVC, NFVS_SVC_A_PROTO, "proto", U16, 0 },
	{ SVC, NFVS_SVC_A_ADDR, "addr", IP, 0 },
	{ SVC, NFVS_SVC_A_PORT, "port", BE16, 0 },
	{ SVC, NFVS_SVC_A_FWMARK, "mark", U32, 0 },
	{ SVC, NFVS_SVC_A_SCHED, "sched", STRING, 0 },
	{ SVC, NFVS_SVC_A_DEST_COUNT, "dests", U32, 0 },
	{ SVC, NFVS_SVC_A_STATS, "stats", NEST, STATS },
	/* A flag: "nofast=". */
	{ SVC, NFVS_SVC_A_NO_FASTPATH, "nofast", HEX, 0 },
	{ SVC, NFVS_SVC_A_FLAGS, "flags", U32, 0 },
	{ SVC, NFVS_SVC_A_TIMEOUT, "timeout", U32, 0 },
	{ SVC, NFVS_SVC_A_NETMASK, "mask", IP, 0 },
	{ SVC, NFVS_SVC_A_PLEN, "plen", U8, 0 },
	{ SVC, NFVS_SVC_A_PE, "pe", STRING, 0 },
	{ DEST, NFVS_DEST_A_AF, "af", U8, 0 },
	{ DEST, NFVS_DEST_A_ADDR, "addr", IP, 0 },
	{ DEST, NFVS_DEST_A_PORT, "port", BE16, 0 },
	{ DEST, NFVS_DEST_A_METHOD, "method", U8, 0 },
	{ DEST, NFVS_DEST_A_WEIGHT, "weight", U32, 0 },
	{ DEST, NFVS_DEST_A_UPPER_THRESHOLD, "upper", U32, 0 },
	{ DEST, NFVS_DEST_A_LOWER_THRESHOLD, "lower", U32, 0 },
	{ DEST, NFVS_DEST_A_TUN_TYPE, "tun", U8, 0 },
	{ DEST, NFVS_DEST_A_ACTIVE_CONNS, "active", U32, 0 },
	{ DEST, NFVS_DEST_A_PERSIST_CONNS, "persist", U32, 0 },
	{ DEST, NFVS_DEST_A_INACTIVE_CONNS, "inactive", U32, 0 },
	{ DEST, NFVS_DEST_A_STATS, "stats", NEST, STATS },
	{ CONFIG, NFVS_CONFIG_A_TIMEOUT_TCP, "tcp", U32, 0 },
	{ CONFIG, NFVS_CONFIG_A_TIMEOUT_TCP_FIN, "fin", U32, 0 },
	{ CONFIG, NFVS_CONFIG_A_TIMEOUT_UDP, "udp", U32, 0 },
	{ INFO, NFVS_INFO_A_VERSION, "version", U32, 0 },
	{ INFO, NFVS_INFO_A_CONN_TAB_SIZE, "size", U32, 0 },
	{ INFO, NFVS_INFO_A_SERVICES, "services", U32, 0 },
	{ INFO, NFVS_INFO_A_CONNS, "conns", U32, 0 },
	{ COUNTER, NFVS_COUNTER_A_NAME, "name", STRING, 0 },
	{ COUNTER, NFVS_COUNTER_A_VALUE, "value", U64, 0 },
	{ STATS, NFVS_STATS_A_CONNS, "conns", U64, 0 },
	{ STATS, NFVS_STATS_A_IN_PKTS, "inpkts", U64, 0 },
	{ STATS, NFVS_STATS_A_OUT_PKTS, "outpkts", U64, 0 },
	{ STATS, NFVS_STATS_A_IN_BYTES, "inbytes", U64, 0 },
	{ STATS, NFVS_STATS_A_OUT_BYTES, "outbytes", U64, 0 },
	{ STATS, NFVS_STATS_A_CPS, "cps", U64, 0 },
	{ STATS, NFVS_STATS_A_IN_PPS, "inpps", U64, 0 },
	{ STATS, NFVS_STATS_A_OUT_PPS, "outpps", U64, 0 },
	{ STATS, NFVS_STATS_A_IN_BPS, "inbps", U64, 0 },
	{ STATS, NFVS_STATS_A_OUT_BPS, "outbps", U64, 0 },
	{ STATS, NFVS_STATS_A_FAST_PKTS, "fast", U64, 0 },
	/* Where u64 must be aligned; not shown. */
	{ STATS, NFVS_STATS_A_PAD, NULL, HEX, 0 },
	{ COUNTER, NFVS_COUNTER_A_PAD, NULL, HEX, 0 },
};

static const char * const commands[] = {
	[NFVS_CMD_GET_INFO] = "GET_INFO",
	[NFVS_CMD_NEW_SERVICE] = "NEW_SERVICE",
	[NFVS_CMD_SET_SERVICE] = "SET_SERVICE",
	[NFVS_CMD_DEL_SERVICE] = "DEL_SERVICE",
	[NFVS_CMD_GET_SERVICE] = "GET_SERVICE",
	[NFVS_CMD_NEW_DEST] = "NEW_DEST",
	[NFVS_CMD_SET_DEST] = "SET_DEST",
	[NFVS_CMD_DEL_DEST] = "DEL_DEST",
	[NFVS_CMD_GET_DEST] = "GET_DEST",
	[NFVS_CMD_FLUSH] = "FLUSH",
	[NFVS_CMD_ZERO] = "ZERO",
	[NFVS_CMD_SET_CONFIG] = "SET_CONFIG",
	[NFVS_CMD_GET_CONFIG] = "GET_CONFIG",
	[NFVS_CMD_BATCH] = "BATCH",
	[NFVS_CMD_GET_CONN] = "GET_CONN",
	[NFVS_CMD_GET_COUNTERS] = "GET_COUNTERS",
	[NFVS_NTF_SERVICE_NEW] = "SERVICE_NEW",
	[NFVS_NTF_SERVICE_SET] = "SERVICE_SET",
	[NFVS_NTF_SERVICE_DEL] = "SERVICE_DEL",
	[NFVS_NTF_DEST_NEW] = "DEST_NEW",
	[NFVS_NTF_DEST_SET] = "DEST_SET",
	[NFVS_NTF_DEST_DEL] = "DEST_DEL",
	[NFVS_NTF_FLUSHED] = "FLUSHED",
	[NFVS_NTF_ZEROED] = "ZEROED",
	[NFVS_NTF_CONFIG_SET] = "CONFIG_SET",
};

/* ---- text to message ---- */

/* Where a text is being read. */
struct reader {
	struct request *req;
	char *words[WORDS_MAX];
	int n, next;
	uint32_t turn;		/* of a repetition */
};

static bool bad(const char *what, const char *word)
{
	fprintf(stderr, "nltest: %s: '%s'\n", what, word);
	return false;
}

static bool append(struct request *req, const void *data, size_t len)
{
	if (req->len + len > sizeof(req->buf))
		return bad("too long", "");
	memcpy(req->buf + req->len, data, len);
	req->len += len;
	return true;
}

static bool append_attr(struct request *req, int number, const void *data, size_t len)
{
	static const char pad[NLA_ALIGNTO];
	struct nlattr nla = { .nla_len = (uint16_t)(sizeof(nla) + len),
			      .nla_type = (uint16_t)number };

	return append(req, &nla, sizeof(nla)) && append(req, data, len) &&
	       append(req, pad, NLA_ALIGN(len) - len);
}

static bool parse_hex(const char *text, uint8_t *bytes, size_t *len, size_t max)
{
	char pair[3] = "";

	for (*len = 0; *text; text += 2) {
		if (!isxdigit((unsigned char)text[0]) ||
		    !isxdigit((unsigned char)text[1]) || *len == max)
			return false;
		memcpy(pair, text, 2);
		bytes[(*len)++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return true;
}

static int find_command(const char *name)
{
	char *end;
	long number = strtol(name, &end, 0);
	size_t i;

	if (end != name && !*end && number >= 0 && number <= UINT8_MAX)
		return (int)number;
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i] && !strcmp(commands[i], name))
			return (int)i;
	return -1;
}

/* Cuts a '+' off the end; the number to add then. */
static uint32_t cut_growth(const struct reader *rd, char *text)
{
	size_t len = strlen(text);

	if (!len || text[len - 1] != '+')
		return 0;
	text[len - 1] = '\0';
	return rd->turn;
}

static bool parse_ip(char *text, uint32_t plus, uint8_t *bytes, size_t *len)
{
	uint32_t last;

	if (inet_pton(AF_INET, text, bytes) == 1)
		*len = 4;
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*len = 16;
	else
		return false;
	memcpy(&last, bytes + *len - 4, sizeof(last));
	last = htonl(ntohl(last) + plus);
	memcpy(bytes + *len - 4, &last, sizeof(last));
	return true;
}

static bool parse_value(struct reader *rd, int number, enum type type, char *text)
{
	uint8_t bytes[1024] = "";
	uint32_t plus = type == STRING || type == HEX ? 0 : cut_growth(rd, text);
	uint64_t u = 0;
	char *end;
	size_t len = type == U8 ? 1 : type == U32 ? 4 : type == U64 ? 8 : 2;

	switch (type) {
	case STRING:
		return append_attr(rd->req, number, text, strlen(text) + 1);
	case HEX:
		if (!parse_hex(text, bytes, &len, sizeof(bytes)))
			return bad("not hexadecimal", text);
		return append_attr(rd->req, number, bytes, len);
	case IP:
		if (!parse_ip(text, plus, bytes, &len))
			return bad("no address", text);
		return append_attr(rd->req, number, bytes, len);
	default:
		break;
	}
	u = strtoull(text, &end, 0) + plus;
	if (end == text && find_command(text) >= 0)
		u = (uint64_t)find_command(text);
	else if (*end)
		return bad("no number", text);
	if (type == BE16)
		u = htons((uint16_t)u);
	memcpy(bytes, &u, sizeof(u));	/* little endian, as the test kernels are */
	return append_attr(rd->req, number, bytes, len);
}

static const struct attr *find_attr(enum nest level, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attrs); i++)
		if (attrs[i].level == level && attrs[i].name && !strcmp(attrs[i].name, name))
			return &attrs[i];
	return NULL;
}

/* The name before '=' or '{', with its type if that is given: "#9:u32". */
static bool parse_name(enum nest level, char *name, struct attr *attr)
{
	char *colon = strchr(name, ':');
	const struct attr *known;
	size_t i;

	if (colon)
		*colon++ = '\0';
	*attr = (struct attr){ .name = name, .type = HEX };
	known = find_attr(level, name);
	if (known)
		*attr = *known;
	else if (*name == '#')
		attr->number = atoi(name + 1);
	else
		return bad("unknown attribute", name);
	if (!colon)
		return true;
	for (i = 0; i < ARRAY_SIZE(type_names); i++) {
		if (!strcmp(type_names[i], colon)) {
			attr->type = (enum type)i;
			return true;
		}
	}
	return bad("unknown type", colon);
}

static bool parse_items(struct reader *rd, enum nest level, bool nested);

static bool parse_nest(struct reader *rd, enum nest level, char *name)
{
	struct nlattr nla = { 0 };
	size_t start = rd->req->len, len = strlen(name);
	bool flagged = !len || name[len - 1] != '-';
	struct attr attr;

	if (!flagged)
		name[len - 1] = '\0';
	if (!parse_name(level, name, &attr) ||
	    !append(rd->req, &nla, sizeof(nla)) ||
	    !parse_items(rd, attr.inside, true))
		return false;
	nla.nla_len = (uint16_t)(rd->req->len - start);
	nla.nla_type = (uint16_t)(attr.number | (flagged ? NLA_F_NESTED : 0));
	memcpy(rd->req->buf + start, &nla, sizeof(nla));
	return true;
}

static bool parse_raw(struct reader *rd, const char *text)
{
	uint8_t bytes[256];
	size_t len;

	if (!parse_hex(text, bytes, &len, sizeof(bytes)))
		return bad("not hexadecimal", text);
	return append(rd->req, bytes, len);
}

/* One attribute; its word is not kept as it is. */
static bool parse_item(struct reader *rd, enum nest level, char *word)
{
	char *equals = strchr(word, '=');
	size_t len = strlen(word);
	struct attr attr;

	if (*word == '!') {
		rd->req->mark = (unsigned int)rd->req->len;
		word++;
		len--;
	}
	if (len && word[len - 1] == '{') {
		word[len - 1] = '\0';
		return parse_nest(rd, level, word);
	}
	if (!equals)
		return bad("neither NAME=VALUE nor NAME{", word);
	*equals++ = '\0';
	if (!strcmp(word, "raw"))
		return parse_raw(rd, equals);
	return parse_name(level, word, &attr) &&
	       parse_value(rd, attr.number, attr.type, equals);
}

static bool parse_item_of(struct reader *rd, enum nest level, const char *text)
{
	char *copy = strdup(text);
	bool ok = copy && parse_item(rd, level, copy);

	free(copy);
	return ok;
}

static bool parse_items(struct reader *rd, enum nest level, bool nested)
{
	uint32_t times, turn = rd->turn, i;
	char *word, *star;
	int first;

	while (rd->next < rd->n) {
		word = rd->words[rd->next++];
		if (!strcmp(word, "}"))
			return nested || bad("surplus", word);
		times = (uint32_t)strtoul(word, &star, 10);
		if (star == word || *star != '*') {
			if (!parse_item_of(rd, level, word))
				return false;
			continue;
		}
		first = rd->next;
		for (i = 0; i < times; i++) {
			rd->next = first;
			rd->turn = i;
			if (!parse_item_of(rd, level, star + 1))
				return false;
		}
		rd->turn = turn;
	}
	return !nested || bad("missing", "}");
}

static bool parse_flags(struct request *req, struct genlmsghdr *genl, char *flags)
{
	char *flag;

	while ((flag = strsep(&flags, "+"))) {
		if (!strcmp(flag, "DUMP"))
			req->nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		else if (!strcmp(flag, "ECHO"))
			req->nlh.nlmsg_flags |= NLM_F_ECHO;
		else if (!strcmp(flag, "CREATE"))
			req->nlh.nlmsg_flags |= NLM_F_CREATE;
		else if (!strcmp(flag, "RESERVED"))
			genl->reserved = 1;
		else if (!strcmp(flag, "COUNT"))
			req->count_only = true;
		else
			return bad("unknown flag", flag);
	}
	return true;
}

bool build(struct request *req, int family, const char *text)
{
	struct genlmsghdr genl = { .version = NFVS_GENL_VERSION };
	struct reader rd = { .req = req };
	char *copy = strdup(text), *rest = copy, *word;
	bool ok = false;
	int cmd;

	req->mark = 0;
	req->count_only = false;
	req->nlh = (struct nlmsghdr){
		.nlmsg_type = (uint16_t)family,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
	};
	while ((word = strsep(&rest, " \t")))
		if (*word && rd.n < WORDS_MAX)
			rd.words[rd.n++] = word;
	if (!rd.n)
		goto out;
	rest = rd.words[rd.next++];
	cmd = find_command(strsep(&rest, "+"));
	if (cmd < 0) {
		bad("unknown command", rd.words[0]);
		goto out;
	}
	genl.cmd = (uint8_t)cmd;
	if (rest && !parse_flags(req, &genl, rest))
		goto out;
	req->len = NLMSG_HDRLEN;
	ok = append(req, &genl, sizeof(genl)) && parse_items(&rd, TOP, false);
	req->nlh.nlmsg_len = (uint32_t)req->len;
out:
	free(copy);
	return ok;
}

/* ---- message to text ---- */

static void show_value(FILE *out, enum type type, const uint8_t *data, int len)
{
	char ip[INET6_ADDRSTRLEN];
	uint64_t u = 0;

	switch (type) {
	case STRING:
		fprintf(out, "%.*s", len, (const char *)data);
		return;
	case IP:
		fputs(inet_ntop(len == 4 ? AF_INET : AF_INET6, data, ip, sizeof(ip)), out);
		return;
	case HEX:
	case NEST:
		while (len-- > 0)
			fprintf(out, "%02x", *data++);
		return;
	default:
		memcpy(&u, data, len > 8 ? 8 : (size_t)len);
		fprintf(out, "%llu", (unsigned long long)(type == BE16 ? ntohs((uint16_t)u) : u));
	}
}

static void show_attrs(FILE *out, enum nest level, const uint8_t *data, int left)
{
	const struct nlattr *nla;
	const struct attr *attr;
	int len, number;
	size_t i;

	for (; left >= NLA_HDRLEN; data += NLA_ALIGN(len), left -= NLA_ALIGN(len)) {
		nla = (const void *)data;
		len = nla->nla_len;
		if (len < NLA_HDRLEN || len > left)
			break;
		number = nla->nla_type & NLA_TYPE_MASK;
		attr = NULL;
		for (i = 0; i < ARRAY_SIZE(attrs); i++)
			if (attrs[i].level == level && attrs[i].number == number)
				attr = &attrs[i];
		if (attr && !attr->name)
			continue;
		if (attr && attr->type == NEST) {
			fprintf(out, " %s{", attr->name);
			show_attrs(out, attr->inside, data + NLA_HDRLEN, len - NLA_HDRLEN);
			fputs(" }", out);
			continue;
		}
		if (attr)
			fprintf(out, " %s=", attr->name);
		else
			fprintf(out, " #%d=", number);
		show_value(out, attr ? attr->type : HEX, data + NLA_HDRLEN, len - NLA_HDRLEN);
	}
	if (left > 0)
		fprintf(out, " (%d bytes)", left);
}

void show(FILE *out, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = NLMSG_DATA(nlh);

	if (genl->cmd < ARRAY_SIZE(commands) && commands[genl->cmd])
		fputs(commands[genl->cmd], out);
	else
		fprintf(out, "%u", genl->cmd);
	show_attrs(out, TOP, (const uint8_t *)(genl + 1),
		   (int)nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN);
}
