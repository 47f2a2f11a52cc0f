// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of nfvsadm: options of services, in requests. */
#include "tools_unit.h"

#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <sys/socket.h>

enum {
	WORDS_MAX = 32,
};

static int parse(const char *line, struct request *req, struct diag *diag)
{
	char *copy = strdup(line), *argv[WORDS_MAX + 1] = { "nfvsadm" };
	int n = parse_words(copy, argv + 1, WORDS_MAX);
	int ret;

	memset(diag, 0, sizeof(*diag));
	ret = request_parse(req, n + 1, argv, &model_resolver, diag);
	free(copy);
	return ret;
}

struct fastpath {
	const char *line;
	bool off;
	const char *mistake;
};

static const struct fastpath fastpaths[] = {
	{ "-A -t 1.1.1.1:80 --no-fastpath", true, NULL },
	{ "-E --no-fastpath -f 3 -6 -s rr", true, NULL },
	{ "-E -f 3 -6 -s rr", false, NULL },
	{ "-L -n --stats --fastpath -X --nosort -t 1.1.1.1:80", false, NULL },
	{ "-L --fastpath --stats --rate", false, NULL },
	{ "-A -t 1.1.1.1:80 --no-fastpath --no-fastpath", false,
	  "multiple 'no-fastpath' options specified" },
	{ "-a -t 1.1.1.1:80 -r 1.1.1.2 --no-fastpath", false,
	  "Illegal 'no-fastpath' option with the 'add-server' command" },
	{ "-D -t 1.1.1.1:80 --no-fastpath", false,
	  "Illegal 'no-fastpath' option with the 'delete-service' command" },
	{ "-L --stats --no-fastpath", false,
	  "Illegal 'no-fastpath' option with the 'list' command" },
	{ "-A -t 1.1.1.1:80 --fastpath", false,
	  "Illegal 'fastpath' option with the 'add-service' command" },
	{ "-L --fastpath", false,
	  "You need to supply the 'stats' option for the 'fastpath' option" },
	{ "-L --fastpath --rate", false,
	  "You need to supply the 'stats' option for the 'fastpath' option" },
	{ "-Lc --fastpath", false, "options conflicts in the list command" },
	{ "-L --counters --fastpath", false,
	  "options conflicts in the list command" },
};

START_TEST(test_fastpath)
{
	const struct fastpath *f = &fastpaths[_i];
	struct request req;
	struct diag diag;
	int ret = parse(f->line, &req, &diag);

	ck_assert_msg(!ret == !f->mistake, "%d: %s: %s", _i, f->line,
		      diag.text);
	ck_assert_msg(!f->mistake || !strcmp(diag.text, f->mistake),
		      "%d: %s: got: %s", _i, f->line, diag.text);
	ck_assert_msg(ret || req.op.svc.no_fastpath == f->off, "%d: %s", _i,
		      f->line);
}
END_TEST

struct setting {
	const char *line;
	const char *wanted;
};

/* flags timeout mask prefix engine */
static const struct setting settings[] = {
	{ "-A -t 1.1.1.1:80", "00 0 255.255.255.255 128 -" },
	{ "-A -t 1.1.1.1:80 -p", "01 360 255.255.255.255 128 -" },
	{ "-A -t 1.1.1.1:0 -p 300", "01 300 255.255.255.255 128 -" },
	{ "-A -t 1.1.1.1 -p -s rr", "01 360 255.255.255.255 128 -" },
	{ "-E -t 1.1.1.1:80 --persistent=60 -M 255.255.255.0",
	  "01 60 255.255.255.0 128 -" },
	{ "-A -t 1.1.1.1:80 -M 33", "00 0 0.0.0.33 128 -" },
	{ "-A -t [::1]:80 -M 64 -p2678400", "01 2678400 255.255.255.255 64 -" },
	/* A family that comes later resets the prefix. */
	{ "-A -M 64 -t [::1]:80", "00 0 0.0.0.64 128 -" },
	{ "-A -f 5 -6 -M 64 -6 -p", "01 360 255.255.255.255 128 -" },
	{ "-A -t 1.1.1.1:80 -s sh -b sh-port,sh-fallback",
	  "18 0 255.255.255.255 128 -" },
	{ "-A -b mh-port,flag-3 -f 1 -s mh", "30 0 255.255.255.255 128 -" },
	{ "-A -f 1 -b flag-1,flag-1,", "08 0 255.255.255.255 128 -" },
	{ "-A -f 1 -b ,flag-1,,flag-2", "18 0 255.255.255.255 128 -" },
	{ "-A -f 1 -b ,", "00 0 255.255.255.255 128 -" },
	{ "-E -u 1.1.1.1:80 -o", "04 0 255.255.255.255 128 -" },
	{ "-A -f 3 --ops -p 7", "05 7 255.255.255.255 128 -" },
	{ "-A -u 1.1.1.1:5060 --pe sip", "00 0 255.255.255.255 128 sip" },
	{ "-L --daemon", "00 0 255.255.255.255 128 -" },
	{ "-L --daemon --syncid 3", "00 0 255.255.255.255 128 -" },
	{ "-L --tun-info --json", "00 0 255.255.255.255 128 -" },
	{ "--monitor --json -n", "00 0 255.255.255.255 128 -" },
	{ "-R --replace", "00 0 255.255.255.255 128 -" },
};

START_TEST(test_settings)
{
	const struct setting *s = &settings[_i];
	char mask[INET_ADDRSTRLEN], got[128];
	const struct nfvs_service *svc;
	struct request req;
	struct diag diag;

	ck_assert_msg(!parse(s->line, &req, &diag), "%d: %s: %s", _i, s->line,
		      diag.text);
	svc = &req.op.svc;
	inet_ntop(AF_INET, &svc->netmask, mask, sizeof(mask));
	snprintf(got, sizeof(got), "%02x %u %s %u %s", svc->flags,
		 svc->timeout, mask, svc->plen, svc->pe[0] ? svc->pe : "-");
	ck_assert_msg(!strcmp(got, s->wanted), "%d: %s: %s", _i, s->line, got);
}
END_TEST

Suite *tools_settings_suite(void)
{
	Suite *suite = suite_create("settings");
	TCase *tcase = tcase_create("settings");

	tcase_add_loop_test(tcase, test_fastpath, 0, ARRAY_SIZE(fastpaths));
	tcase_add_loop_test(tcase, test_settings, 0, ARRAY_SIZE(settings));
	suite_add_tcase(suite, tcase);
	return suite;
}
