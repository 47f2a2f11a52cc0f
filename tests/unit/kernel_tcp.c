// SPDX-License-Identifier: GPL-2.0-only
/* The TCP state table of the module against compat.md 6.2, in that text's own form. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "proto.h"

static const char * const names[NFVS_TCP_MAX] = {
	"N", "E", "SS", "SR", "FW", "TW", "CL", "CW", "LA", "LI", "SA",
};

static const struct {
	enum nfvs_dir dir;
	bool no_out;
	unsigned char flags;
	const char *next;	/* in order of enum nfvs_tcp_state */
	const char *secure;	/* with secure_tcp; NULL: the same */
} rows[] = {
	{ NFVS_DIR_IN, false, NFVS_TCP_SYN, "SR E E SR SR SR SR SR SR SR SR",
	  "SR E E SR SR SR SR SR SR SR SA" },
	{ NFVS_DIR_IN, false, NFVS_TCP_FIN, "CL CW SS TW TW TW CL CW LA LI TW",
	  "CL CW SS TW TW TW CL CW LA LI SA" },
	{ NFVS_DIR_IN, false, NFVS_TCP_ACK, "E E SS E FW TW CL CW CL LI E",
	  "E E SS SR FW TW CL CW CL LI SA" },
	{ NFVS_DIR_IN, false, NFVS_TCP_RST, "CL CL CL SR CL CL CL CL LA LI SR",
	  "CL CL CL SR CL CL CL CL LA LI CL" },
	{ NFVS_DIR_OUT, false, NFVS_TCP_SYN, "SS E SS SR SS SS SS SS SS LI SR",
	  "SS E SS SA SS SS SS SS SS LI SA" },
	{ NFVS_DIR_OUT, false, NFVS_TCP_FIN, "TW FW SS TW FW TW CL TW LA LI TW", NULL },
	{ NFVS_DIR_OUT, false, NFVS_TCP_ACK, "E E SS E FW TW CL CW LA E E", NULL },
	{ NFVS_DIR_OUT, false, NFVS_TCP_RST, "CL CL SS CL CL TW CL CL CL CL CL", NULL },
	{ NFVS_DIR_IN, true, NFVS_TCP_SYN, "SR E E SR SR SR SR SR SR SR SR",
	  "SA E E SR SA SA SA SA SA SA SA" },
	{ NFVS_DIR_IN, true, NFVS_TCP_FIN, "CL FW SS TW FW TW CL CW LA LI TW", NULL },
	{ NFVS_DIR_IN, true, NFVS_TCP_ACK, "E E SS E FW TW CL CW CL LI E", NULL },
	{ NFVS_DIR_IN, true, NFVS_TCP_RST, "CL CL CL SR CL CL CL CL LA LI CL", NULL },
	/* The view of a reply packet does not depend on earlier ones. */
	{ NFVS_DIR_OUT, true, NFVS_TCP_SYN, "SS E SS SR SS SS SS SS SS LI SR",
	  "SS E SS SA SS SS SS SS SS LI SA" },
	/* RST before SYN before FIN before ACK. */
	{ NFVS_DIR_IN, false, NFVS_TCP_RST | NFVS_TCP_SYN | NFVS_TCP_FIN | NFVS_TCP_ACK,
	  "CL CL CL SR CL CL CL CL LA LI SR",
	  "CL CL CL SR CL CL CL CL LA LI CL" },
	{ NFVS_DIR_OUT, false, NFVS_TCP_SYN | NFVS_TCP_FIN | NFVS_TCP_ACK,
	  "SS E SS SR SS SS SS SS SS LI SR",
	  "SS E SS SA SS SS SS SS SS LI SA" },
	{ NFVS_DIR_IN, false, NFVS_TCP_FIN | NFVS_TCP_ACK, "CL CW SS TW TW TW CL CW LA LI TW",
	  "CL CW SS TW TW TW CL CW LA LI SA" },
	/* None of the four: closed, whatever else is set. */
	{ NFVS_DIR_IN, false, 0, "CL CL CL CL CL CL CL CL CL CL CL", NULL },
	{ NFVS_DIR_IN, true, 0xe8, "CL CL CL CL CL CL CL CL CL CL CL", NULL },
};

static void check_row(int i, bool is_secure, const char *want)
{
	char text[64] = "";
	int state;

	for (state = 0; state < NFVS_TCP_MAX; state++) {
		if (state)
			strcat(text, " ");
		strcat(text, names[nfvs_tcp_next_state(state, rows[i].flags, rows[i].dir,
						       rows[i].no_out, is_secure)]);
	}
	ck_assert_msg(!strcmp(text, want), "row %d, secure %d: got %s, want %s", i, is_secure,
		      text, want);
}

START_TEST(table)
{
	check_row(_i, false, rows[_i].next);
	check_row(_i, true, rows[_i].secure ? rows[_i].secure : rows[_i].next);
}
END_TEST

START_TEST(state_out_of_range)
{
	ck_assert_int_eq(nfvs_tcp_next_state(NFVS_TCP_MAX, NFVS_TCP_ACK, NFVS_DIR_IN, false, false),
			 NFVS_TCP_CLOSE);
	ck_assert_int_eq(nfvs_tcp_next_state(255, NFVS_TCP_SYN, NFVS_DIR_OUT, true, true),
			 NFVS_TCP_CLOSE);
}
END_TEST

Suite *kernel_tcp_suite(void);

Suite *kernel_tcp_suite(void)
{
	Suite *s = suite_create("kernel: TCP states");
	TCase *tc = tcase_create("table");

	tcase_add_loop_test(tc, table, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, state_out_of_range);
	suite_add_tcase(s, tc);
	return s;
}
