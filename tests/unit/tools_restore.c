// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of nfvsadm: reading files of commands, save -> restore. */
#include "tools_unit.h"

#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

static int read_text(struct restore *restore, const char *text, size_t len,
		     struct diag *diag)
{
	char none[1] = "";
	FILE *in = fmemopen(len ? (void *)text : none, len ? len : 1, "r");
	int ret;

	*restore = (struct restore){ 0 };
	if (!len)
		fgetc(in);
	ret = restore_read(restore, in, false, "nfvsadm", &model_resolver, diag);
	fclose(in);
	return ret;
}

struct good {
	const char *text;
	size_t n;
	size_t last_line;	/* where the last change came from */
	const char *last_text;
};

static const struct good goods[] = {
	{ "", 0, 0, NULL },
	{ "\n\n  \n\t\r\n", 0, 0, NULL },
	{ "# comment\n  # another\n#", 0, 0, NULL },
	{ "ipvsadm\nnfvsadm\n", 0, 0, NULL },
	{ "-C", 1, 1, "-C" },
	{ "-C\n", 1, 1, "-C" },
	{ "ipvsadm -C\r\n", 1, 1, "ipvsadm -C" },
	{ "  nfvsadm\t-A -t\t1.1.1.1:80   -s rr \r\n\n", 1, 1,
	  "nfvsadm\t-A -t\t1.1.1.1:80   -s rr" },
	{ "-C\n\n-A -t 1.1.1.1:80 # why\n", 2, 3, "-A -t 1.1.1.1:80 # why" },
	{ "-A -f 1\n-E -f 1 -s rr\n-a -f 1 -r 1.1.1.2\n-e -f 1 -r 1.1.1.2 -w 3\n"
	  "-d -f 1 -r 1.1.1.2\n-Z\n-Z -f 1\n-D -f 1\n--set 1 2 3\n--clear",
	  10, 10, "--clear" },
};

START_TEST(test_goods)
{
	const struct good *g = &goods[_i];
	struct restore restore;
	struct diag diag;

	ck_assert_msg(!read_text(&restore, g->text, strlen(g->text), &diag),
		      "%d: %s", _i, diag.text);
	ck_assert_msg(restore.n == g->n, "%d: %zu changes", _i, restore.n);
	if (g->n) {
		const struct restore_line *last = &restore.lines[g->n - 1];

		ck_assert_msg(last->number == g->last_line, "%d: line %zu", _i,
			      last->number);
		ck_assert_msg(!strcmp(last->text, g->last_text), "%d: %s", _i,
			      last->text);
	}
	restore_free(&restore);
}
END_TEST

struct mistake {
	const char *text;
	const char *message;
};

/* All exit with 2: nothing has been sent. */
static const struct mistake mistakes[] = {
	{ "-Q\n",
	  "Try `nfvsadm -h' or 'nfvsadm --help' for more information.\n"
	  "line 1: -Q" },
	{ "-C\n\n -A\n-C\n",
	  "You need to supply the 'service-address' option for the 'add-service' command\n"
	  "line 3: -A" },
	{ "-A -t 1.1.1.1:80 -s\n",
	  "-s: missing argument\nline 1: -A -t 1.1.1.1:80 -s" },
	{ "--start-daemon master\r\n",
	  "nfvsadm: option `--start-daemon' is not supported yet\n"
	  "line 1: --start-daemon master" },
	{ "# x\n/sbin/ipvsadm -C\n",
	  "unexpected argument /sbin/ipvsadm\nline 2: /sbin/ipvsadm -C" },
	{ "ipvsadm ipvsadm -C\n",
	  "unexpected argument ipvsadm\nline 1: ipvsadm ipvsadm -C" },
	{ "-L\n",
	  "Only commands that change something can be restored\nline 1: -L" },
	{ "-R\n",
	  "Only commands that change something can be restored\nline 1: -R" },
	{ "-S\n",
	  "Only commands that change something can be restored\nline 1: -S" },
	{ "-h\n",
	  "Only commands that change something can be restored\nline 1: -h" },
	{ "-v\n",
	  "Only commands that change something can be restored\nline 1: -v" },
	{ "-A -t \"1.1.1.1:80\"\n",
	  "illegal virtual server address[:port] specified\n"
	  "line 1: -A -t \"1.1.1.1:80\"" },
	{ "-C -C", "invalid option `-C'\nline 1: -C -C" },
	{ "--set 1 2\n",
	  "--set option requires 3 timeout values\nline 1: --set 1 2" },
	{ "-C 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 "
	  "2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4\n",
	  "too many words\n"
	  "line 1: -C 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 "
	  "2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4" },
};

START_TEST(test_mistakes)
{
	const struct mistake *m = &mistakes[_i];
	struct restore restore;
	struct diag diag;

	ck_assert_msg(read_text(&restore, m->text, strlen(m->text), &diag) == -1,
		      "%d: accepted", _i);
	ck_assert_msg(!strcmp(diag.text, m->message), "%d: got: %s", _i,
		      diag.text);
	ck_assert_msg(diag.exit_code == 2, "%d: exit %d", _i, diag.exit_code);
	restore_free(&restore);
}
END_TEST

START_TEST(test_nul)
{
	static const char text[] = "-C\n-A -f\0 5\n";
	struct restore restore;
	struct diag diag;

	ck_assert_int_eq(read_text(&restore, text, sizeof(text) - 1, &diag),
			 -1);
	ck_assert_str_eq(diag.text,
			 "unexpected NUL character\nline 2: -A -f");
	restore_free(&restore);
}
END_TEST

/* However long the word that is wrong, the number of its line is told. */
START_TEST(test_long_word)
{
	char text[2048] = "-C\n-C ";
	struct restore restore;
	struct diag diag;

	memset(text + strlen(text), 'x', sizeof(text) - 1 - strlen(text));
	ck_assert_int_eq(read_text(&restore, text, sizeof(text) - 1, &diag),
			 -1);
	ck_assert_ptr_nonnull(strstr(diag.text, "unexpected argument xxx"));
	ck_assert_ptr_nonnull(strstr(diag.text, "\nline 2: -C xxx"));
	restore_free(&restore);
}
END_TEST

/* Longer than one read, so that the buffer moves under the lines. */
START_TEST(test_long_file)
{
	enum { LINES = 20000 };
	struct restore restore;
	struct diag diag;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int i;

	for (i = 1; i <= LINES; i++)
		fprintf(out, "-A -f %d\n", i);
	fclose(out);
	ck_assert_msg(!read_text(&restore, text, len, &diag), "%s", diag.text);
	ck_assert_uint_eq(restore.n, LINES);
	for (i = 0; i < LINES; i++)
		ck_assert_msg(restore.ops[i].svc.fwmark == (uint32_t)i + 1,
			      "%d: %u", i, restore.ops[i].svc.fwmark);
	ck_assert_str_eq(restore.lines[LINES - 1].text, "-A -f 20000");
	restore_free(&restore);
	free(text);
}
END_TEST

/* Saved lines make the same table again: all but the statistics. */
static void check_round_trip(const struct table *table)
{
	struct restore restore;
	size_t i, j, n = 0;
	struct diag diag;
	char *text;
	size_t len;
	struct emit e = { .file = open_memstream(&text, &len) };

	print_save(&e, table, &names_numeric);
	fclose(e.file);
	ck_assert_msg(!read_text(&restore, text, len, &diag), "%s", diag.text);
	for (i = 0; i < table->n_services; i++) {
		const struct table_service *entry = &table->services[i];
		struct nfvs_service svc = entry->svc;

		svc.stats = (struct nfvs_stats){ 0 };
		ck_assert_uint_lt(n, restore.n);
		ck_assert_int_eq(restore.ops[n].cmd, NFVS_CMD_NEW_SERVICE);
		ck_assert_msg(!memcmp(&restore.ops[n++].svc, &svc, sizeof(svc)),
			      "service %zu", i);
		for (j = 0; j < entry->n_dests; j++) {
			struct nfvs_dest dest = entry->dests[j];

			dest.stats = (struct nfvs_stats){ 0 };
			dest.active = 0;
			dest.inactive = 0;
			ck_assert_uint_lt(n, restore.n);
			ck_assert_int_eq(restore.ops[n].cmd, NFVS_CMD_NEW_DEST);
			ck_assert_msg(!memcmp(&restore.ops[n++].dest, &dest,
					      sizeof(dest)),
				      "service %zu, destination %zu", i, j);
		}
	}
	ck_assert_uint_eq(n, restore.n);
	restore_free(&restore);
	free(text);
}

START_TEST(test_round_trip)
{
	struct table table;
	size_t i, j;

	model_mixed_table(&table);
	check_round_trip(&table);
	table_free(&table);
	model_ipvsadm_table(&table);
	/* Only NAT and marks keep a port of their own. */
	for (i = 0; i < table.n_services; i++)
		for (j = 0; j < table.services[i].n_dests; j++)
			if (table.services[i].dests[j].method != NFVS_METHOD_NAT)
				table.services[i].dests[j].port =
					table.services[i].svc.port;
	check_round_trip(&table);
	table_free(&table);
	model_settings_table(&table);
	check_round_trip(&table);
	table_free(&table);
}
END_TEST

/* What is there goes first, and the lines keep their numbers. */
START_TEST(test_replace)
{
	char text[] = "-A -f 1\n";
	struct restore restore = { 0 };
	struct diag diag;
	FILE *in = fmemopen(text, strlen(text), "r");

	ck_assert_int_eq(restore_read(&restore, in, true, "nfvsadm",
				      &model_resolver, &diag), 0);
	fclose(in);
	ck_assert_uint_eq(restore.n, 2);
	ck_assert_int_eq(restore.ops[0].cmd, NFVS_CMD_FLUSH);
	ck_assert_int_eq(restore.ops[1].cmd, NFVS_CMD_NEW_SERVICE);
	ck_assert_uint_eq(restore.lines[1].number, 1);
	restore_free(&restore);
}
END_TEST

Suite *tools_restore_suite(void)
{
	Suite *suite = suite_create("restore");
	TCase *tcase = tcase_create("restore");

	tcase_add_loop_test(tcase, test_goods, 0, ARRAY_SIZE(goods));
	tcase_add_loop_test(tcase, test_mistakes, 0, ARRAY_SIZE(mistakes));
	tcase_add_test(tcase, test_nul);
	tcase_add_test(tcase, test_long_word);
	tcase_add_test(tcase, test_long_file);
	tcase_add_test(tcase, test_round_trip);
	tcase_add_test(tcase, test_replace);
	suite_add_tcase(suite, tcase);
	return suite;
}
