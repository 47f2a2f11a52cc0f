// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of nfvsadm: what the shell's completion is told. */
#include "tools_unit.h"

#include <stdlib.h>
#include <string.h>

struct question {
	const char *words;	/* "." stands for an empty word */
	const char *answer;	/* lines joined by blanks; NULL: see @has */
	const char *has;
	const char *has_not;
};

static const struct question questions[] = {
	{ ".", NULL, "-A --add-service ", "--complete" },
	{ "--mon", "--monitor", NULL, NULL },
	{ "--st", "", NULL, NULL },
	{ "-A --sch", "--scheduler --sched-flags", NULL, NULL },
	{ "-A .", NULL, "-p --persistent ", "--weight" },
	{ "-A -p 5 .", NULL, "-M --netmask ", "--persistent" },
	{ "-A -s w", "wrr wlc", NULL, NULL },
	{ "-A --scheduler n", "none", NULL, NULL },
	{ "-A -b sh-", "sh-fallback sh-port", NULL, NULL },
	{ "-A -b flag-1,flag-", "flag-1,flag-1 flag-1,flag-2 flag-1,flag-3",
	  NULL, NULL },
	{ "-a -t 1.2.3.4:80 -i --tun-type .", "ipip", NULL, NULL },
	{ "-A -t .", "", NULL, NULL },
	{ "-A -M .", "", NULL, NULL },
	{ "-D -t .", "10.0.0.1:0 [2001:db8::1]:443", NULL, NULL },
	{ "-D -t [", "[2001:db8::1]:443", NULL, NULL },
	{ "-L -u .", "10.0.0.1:53", NULL, NULL },
	{ "-E -f .", "3", NULL, NULL },
	{ "-d -t 10.0.0.1:0 -r .", "10.0.0.2:0", NULL, NULL },
	{ "-e -t [2001:db8::1]:443 -r .", "[2001:db8::2]:443", NULL, NULL },
	{ "-e -t 10.9.9.9:80 -r .", "", NULL, NULL },
	{ "-a -t 10.0.0.1:0 -r .", "", NULL, NULL },
	{ "-d -r .", "", NULL, NULL },
	{ "-E -f 3 -", NULL, "-6 --ipv6 ", "--tcp-service" },
	{ "-E -f 3 -6 --ip", "", NULL, NULL },
	{ "-L --j", "--json", NULL, NULL },
	{ "-C .", "", NULL, NULL },
	{ "-R .", "--replace", NULL, NULL },
	{ "--bogus .", "", NULL, NULL },
	{ "foo .", "", NULL, NULL },
};

static char *ask(const char *words)
{
	char *copy = strdup(words), *argv[34] = { "nfvsadm", "--complete" };
	int i, n = parse_words(copy, argv + 2, 32);
	size_t len;
	struct app app;
	char *out, *line;

	for (i = 2; i < n + 2; i++)
		if (!strcmp(argv[i], "."))
			argv[i] = "";
	app_init(&app, argv[0]);
	app.open = fake_open;
	app.load_module = fake_modprobe;
	app.out = open_memstream(&out, &len);
	ck_assert_int_eq(nfvsadm_run(&app, n + 2, argv), 0);
	app_free(&app);
	fclose(app.out);
	free(copy);
	for (line = out; *line; line++)
		if (*line == '\n')
			*line = line[1] ? ' ' : '\0';
	return out;
}

START_TEST(test_questions)
{
	const struct question *q = &questions[_i];
	char *out;

	fake_reset();
	model_settings_table(&fake.table);
	out = ask(q->words);
	if (q->answer)
		ck_assert_msg(!strcmp(out, q->answer), "%d: %s: %s", _i,
			      q->words, out);
	else
		ck_assert_msg(strstr(out, q->has) && !strstr(out, q->has_not),
			      "%d: %s: %s", _i, q->words, out);
	free(out);
	fake_reset();
}
END_TEST

/* Pressing a key loads no module and complains of nothing. */
START_TEST(test_no_module)
{
	char *out;

	fake_reset();
	fake.missing = true;
	out = ask("-D -t .");
	ck_assert_str_eq(out, "");
	ck_assert_uint_eq(fake.modprobes, 0);
	free(out);
	fake_reset();
}
END_TEST

Suite *tools_complete_suite(void)
{
	Suite *suite = suite_create("completion");
	TCase *tcase = tcase_create("completion");

	tcase_add_loop_test(tcase, test_questions, 0, ARRAY_SIZE(questions));
	tcase_add_test(tcase, test_no_module);
	suite_add_tcase(suite, tcase);
	return suite;
}
