// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of nfvsadm: addresses and ports to text. */
#include "tools_unit.h"

#include <string.h>

#include <sys/socket.h>

struct row {
	const char *addr;
	uint16_t port;
	uint8_t proto;
	const char *numeric;
	const char *resolved;
};

static const struct row rows[] = {
	{ "10.0.0.7", 80, IPPROTO_TCP, "10.0.0.7:80", "db1:http" },
	{ "10.0.0.7", 80, IPPROTO_UDP, "10.0.0.7:80", "db1:80" },
	{ "10.0.0.7", 80, 0, "10.0.0.7:80", "db1:80" },
	{ "10.0.0.8", 80, IPPROTO_TCP, "10.0.0.8:80", "10.0.0.8:http" },
	{ "10.0.0.8", 0, IPPROTO_TCP, "10.0.0.8:0", "10.0.0.8:0" },
	{ "0.0.0.0", 65535, IPPROTO_TCP, "0.0.0.0:65535", "0.0.0.0:65535" },
	{ "::1", 80, IPPROTO_TCP, "[::1]:80", "[six]:http" },
	{ "2001:db8::5", 443, IPPROTO_TCP, "[2001:db8::5]:443", "[2001:db8::5]:443" },
	{ "2001:0db8:0:0:1:0:0:5", 1, IPPROTO_UDP, "[2001:db8::1:0:0:5]:1",
	  "[2001:db8::1:0:0:5]:1" },
};

START_TEST(test_endpoints)
{
	const struct row *r = &rows[_i];
	uint8_t af = strchr(r->addr, ':') ? AF_INET6 : AF_INET;
	union nfvs_ip ip = model_ip(af, r->addr);
	char buf[NAMES_MAX];

	names_endpoint(&names_numeric, af, &ip, r->port, r->proto, buf,
		       sizeof(buf));
	ck_assert_msg(!strcmp(buf, r->numeric), "%d: numeric %s", _i, buf);
	names_endpoint(&model_names, af, &ip, r->port, r->proto, buf,
		       sizeof(buf));
	ck_assert_msg(!strcmp(buf, r->resolved), "%d: resolved %s", _i, buf);
}
END_TEST

/* The machine's own data bases: only what every machine has. */
START_TEST(test_system)
{
	union nfvs_ip ip = model_ip(AF_INET, "192.0.2.1");
	struct in_addr addr;
	char buf[NAMES_MAX];

	ck_assert(names_resolver.host("127.0.0.1", &addr));
	ck_assert_uint_eq(ntohl(addr.s_addr), 0x7f000001);
	ck_assert_int_eq(names_resolver.port("nosuchservice", IPPROTO_TCP), -1);
	ck_assert_int_eq(names_resolver.port("http", IPPROTO_SCTP), -1);
	ck_assert(!names_resolved.port(80, IPPROTO_SCTP, buf, sizeof(buf)));
	names_endpoint(&names_numeric, AF_INET, &ip, 80, IPPROTO_TCP, buf, 8);
	ck_assert_str_eq(buf, "192.0.2");
}
END_TEST

struct proto {
	uint8_t proto;
	const char *name;
};

static const struct proto protos[] = {
	{ IPPROTO_TCP, "TCP" }, { IPPROTO_UDP, "UDP" },
	{ IPPROTO_SCTP, "SCTP" }, { IPPROTO_AH, "AH" },
	{ IPPROTO_ESP, "ESP" }, { IPPROTO_IP, "IP" }, { 255, "IP" },
};

START_TEST(test_protos)
{
	ck_assert_msg(!strcmp(names_proto(protos[_i].proto), protos[_i].name),
		      "%d: %s", _i, names_proto(protos[_i].proto));
}
END_TEST

Suite *tools_names_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *tcase = tcase_create("names");

	tcase_add_loop_test(tcase, test_endpoints, 0, ARRAY_SIZE(rows));
	tcase_add_test(tcase, test_system);
	tcase_add_loop_test(tcase, test_protos, 0, ARRAY_SIZE(protos));
	suite_add_tcase(suite, tcase);
	return suite;
}
