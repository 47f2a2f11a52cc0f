// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of nfvsadm: numbers, endpoints, words. */
#include "tools_unit.h"

#include <string.h>

#include <sys/socket.h>

struct number {
	const char *text;
	int64_t min;
	int64_t max;
	bool ok;
	int64_t value;
};

static const struct number numbers[] = {
	{ "0", 0, 10, true, 0 },
	{ "10", 0, 10, true, 10 },
	{ "11", 0, 10, false, 0 },
	{ "-1", 0, 10, false, 0 },
	{ "-1", -5, 10, true, -1 },
	{ "+7", 0, 10, true, 7 },
	{ " 7", 0, 10, true, 7 },
	{ "7 ", 0, 10, false, 0 },
	{ "", 0, 10, false, 0 },
	{ " ", 0, 10, false, 0 },
	{ "-", 0, 10, false, 0 },
	{ "010", 0, 10, true, 10 },
	{ "0x5", 0, 10, false, 0 },
	{ "5x", 0, 10, false, 0 },
	{ "1e1", 0, 10, false, 0 },
	{ "4294967295", 1, UINT32_MAX, true, UINT32_MAX },
	{ "4294967296", 1, UINT32_MAX, false, 0 },
	{ "9223372036854775808", 0, INT64_MAX, false, 0 },
	{ "99999999999999999999999", 0, INT64_MAX, false, 0 },
};

START_TEST(test_numbers)
{
	const struct number *n = &numbers[_i];
	int64_t value = -99;
	bool ok = parse_number(n->text, n->min, n->max, &value);

	ck_assert_msg(ok == n->ok, "%d: \"%s\": %d", _i, n->text, ok);
	ck_assert_msg(value == (ok ? n->value : -99), "%d: \"%s\": value %lld",
		      _i, n->text, (long long)value);
}
END_TEST

struct host_port {
	const char *text;
	uint8_t proto;
	const char *wanted;	/* NULL: refused; without port: no port given */
};

static const struct host_port endpoints[] = {
	{ "10.0.0.1:80", IPPROTO_TCP, "10.0.0.1:80" },
	{ "10.0.0.1", IPPROTO_TCP, "10.0.0.1" },
	{ "10.0.0.1:0", IPPROTO_TCP, "10.0.0.1:0" },
	{ "10.0.0.1:65535", IPPROTO_TCP, "10.0.0.1:65535" },
	{ "10.0.0.1:65536", IPPROTO_TCP, NULL },
	{ "10.0.0.1:-1", IPPROTO_TCP, NULL },
	{ "10.0.0.1:+80", IPPROTO_TCP, "10.0.0.1:80" },
	{ "10.0.0.1:00080", IPPROTO_TCP, "10.0.0.1:80" },
	{ "10.0.0.1:0x50", IPPROTO_TCP, NULL },
	{ "10.0.0.1:", IPPROTO_TCP, NULL },
	{ "10.0.0.1:http", IPPROTO_TCP, "10.0.0.1:80" },
	{ "10.0.0.1:http", IPPROTO_UDP, NULL },
	{ "10.0.0.1:domain", IPPROTO_UDP, "10.0.0.1:53" },
	{ "10.0.0.1:nosuch", IPPROTO_TCP, NULL },
	{ "10.0.0.1:80:90", IPPROTO_TCP, NULL },
	{ "1.2:80", IPPROTO_TCP, "1.0.0.2:80" },
	{ "0:80", IPPROTO_TCP, "0.0.0.0:80" },
	{ "010.1.1.1:80", IPPROTO_TCP, "8.1.1.1:80" },
	{ "1.2.3.4.5:80", IPPROTO_TCP, NULL },
	{ " 1.1.1.1:80", IPPROTO_TCP, NULL },
	{ "256.1.1.1:80", IPPROTO_TCP, NULL },
	{ "80", IPPROTO_TCP, NULL },
	{ "", IPPROTO_TCP, NULL },
	{ ":80", IPPROTO_TCP, NULL },
	{ ":", IPPROTO_TCP, NULL },
	{ "db1:http", IPPROTO_TCP, "10.0.0.7:80" },
	{ "db1", IPPROTO_TCP, "10.0.0.7" },
	{ "db2:80", IPPROTO_TCP, NULL },
	{ "[2001:db8::1]:80", IPPROTO_TCP, "[2001:db8::1]:80" },
	{ "[::]:0", IPPROTO_TCP, "[::]:0" },
	{ "[::ffff:1.2.3.4]:80", IPPROTO_TCP, "[::ffff:1.2.3.4]:80" },
	{ "[2001:db8::1]", IPPROTO_TCP, NULL },
	{ "[2001:db8::1]80", IPPROTO_TCP, NULL },
	{ "[2001:db8::1]:", IPPROTO_TCP, NULL },
	{ "[2001:db8::1:80", IPPROTO_TCP, NULL },
	{ "[10.0.0.1]:80", IPPROTO_TCP, NULL },
	{ "[db1]:80", IPPROTO_TCP, NULL },
	{ "[]:80", IPPROTO_TCP, NULL },
	{ "[", IPPROTO_TCP, NULL },
	{ "]:80", IPPROTO_TCP, NULL },
	{ "2001:db8::1", IPPROTO_TCP, "[2001:db8::1]" },
	{ "2001:db8::1:80", IPPROTO_TCP, "[2001:db8::1:80]" },
	{ "fe80::1%lo", IPPROTO_TCP, NULL },
	{ "[fe80::1%lo]:80", IPPROTO_TCP, NULL },
	/* inet_aton() and strtoll() alone would take these. */
	{ "10.0.0.1 junk:80", IPPROTO_TCP, NULL },
	{ "10.0.0.1 junk", IPPROTO_TCP, NULL },
	{ "10.0.0.1\t", IPPROTO_TCP, NULL },
	{ "10.0.0.1: 80", IPPROTO_TCP, NULL },
};

START_TEST(test_endpoints)
{
	const struct host_port *h = &endpoints[_i];
	struct endpoint ep = { .af = 99 };
	char got[NAMES_MAX];
	bool ok = parse_endpoint(h->text, h->proto, &model_resolver, &ep);

	ck_assert_msg(ok == !!h->wanted, "%d: \"%s\": %d", _i, h->text, ok);
	if (!ok) {
		ck_assert_msg(ep.af == 99, "%d: \"%s\": written", _i, h->text);
		return;
	}
	names_endpoint(&names_numeric, ep.af, &ep.ip, ep.port, 0, got,
		       sizeof(got));
	if (!ep.has_port)
		*strrchr(got, ':') = '\0';
	ck_assert_msg(!strcmp(got, h->wanted), "%d: \"%s\": got %s", _i,
		      h->text, got);
}
END_TEST

START_TEST(test_long_host)
{
	struct endpoint ep;
	char text[4096];

	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - 4, ":80", 4);
	ck_assert(!parse_endpoint(text, IPPROTO_TCP, &model_resolver, &ep));
}
END_TEST

struct group {
	const char *text;
	int wanted;
};

static const struct group groups[] = {
	{ "224.0.0.81", 0 },
	{ "239.255.255.255", 0 },
	{ "223.255.255.255", AF_INET },
	{ "240.0.0.0", AF_INET },
	{ "foo", AF_INET },
	{ "ff02::5", 0 },
	{ "::5", AF_INET6 },
	{ "ff02::zz", AF_INET6 },
};

START_TEST(test_groups)
{
	int got = parse_mcast_group(groups[_i].text);

	ck_assert_msg(got == groups[_i].wanted, "%d: %s: %d", _i,
		      groups[_i].text, got);
}
END_TEST

struct words {
	const char *line;
	int max;
	int n;
	const char *joined;
};

static const struct words word_lines[] = {
	{ "", 4, 0, "" },
	{ " \t\r\n", 4, 0, "" },
	{ "a b", 4, 2, "a|b|" },
	{ "  a\t\tb  \r\n", 4, 2, "a|b|" },
	{ "# a b", 4, 0, "" },
	{ "a #b c", 4, 1, "a|" },
	{ "a#b c", 4, 2, "a#b|c|" },
	{ "\"a b\"", 4, 2, "\"a|b\"|" },
	{ "a b c d e", 4, 4, "a|b|c|d|" },
};

START_TEST(test_words)
{
	const struct words *w = &word_lines[_i];
	char line[64], joined[64] = "", *words[8];
	int i, n;

	strcpy(line, w->line);
	n = parse_words(line, words, w->max);
	ck_assert_msg(n == w->n, "%d: %d words", _i, n);
	/* The last word ends where its caller's limit was hit. */
	for (i = 0; i < n; i++) {
		strncat(joined, words[i], strcspn(words[i], " "));
		strcat(joined, "|");
	}
	ck_assert_msg(!strcmp(joined, w->joined), "%d: got %s", _i, joined);
}
END_TEST

Suite *tools_parse_suite(void)
{
	Suite *suite = suite_create("parse");
	TCase *tcase = tcase_create("parse");

	tcase_add_loop_test(tcase, test_numbers, 0, ARRAY_SIZE(numbers));
	tcase_add_loop_test(tcase, test_endpoints, 0, ARRAY_SIZE(endpoints));
	tcase_add_test(tcase, test_long_host);
	tcase_add_loop_test(tcase, test_groups, 0, ARRAY_SIZE(groups));
	tcase_add_loop_test(tcase, test_words, 0, ARRAY_SIZE(word_lines));
	suite_add_tcase(suite, tcase);
	return suite;
}
