// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of nfvsadm: printers against golden files. */
#include "tools_unit.h"

#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

/* Files named ipvsadm-* were written by ipvsadm 1.31 from the same numbers. */
struct picture {
	const char *file;
	void (*model)(struct table *table);
	const struct names *names;
	enum print_mode mode;
	bool exact;
	bool info;
	bool save;
	bool no_thresholds;
};

static const struct picture pictures[] = {
	{ .file = "ipvsadm-list.txt", .model = model_ipvsadm_table,
	  .names = &names_numeric, .info = true },
	{ .file = "ipvsadm-stats.txt", .model = model_ipvsadm_table,
	  .names = &names_numeric, .mode = PRINT_STATS, .info = true },
	{ .file = "ipvsadm-stats-exact.txt", .model = model_ipvsadm_table,
	  .names = &names_numeric, .mode = PRINT_STATS, .exact = true,
	  .info = true },
	{ .file = "ipvsadm-rate.txt", .model = model_ipvsadm_table,
	  .names = &names_numeric, .mode = PRINT_RATE, .info = true },
	{ .file = "ipvsadm-thresholds.txt", .model = model_ipvsadm_table,
	  .names = &names_numeric, .mode = PRINT_THRESHOLDS, .info = true },
	{ .file = "ipvsadm-persistent-conn.txt", .model = model_ipvsadm_table,
	  .names = &names_numeric, .mode = PRINT_PERSISTENT_CONN,
	  .info = true },
	{ .file = "ipvsadm-save.txt", .model = model_ipvsadm_table,
	  .names = &names_numeric, .save = true, .no_thresholds = true },
	{ .file = "list-resolved.txt", .model = model_ipvsadm_table,
	  .names = &model_names },
	{ .file = "save-resolved.txt", .model = model_ipvsadm_table,
	  .names = &model_names, .save = true },
	{ .file = "mixed-list.txt", .model = model_mixed_table,
	  .names = &names_numeric },
	{ .file = "mixed-stats.txt", .model = model_mixed_table,
	  .names = &names_numeric, .mode = PRINT_STATS },
	{ .file = "mixed-stats-exact.txt", .model = model_mixed_table,
	  .names = &names_numeric, .mode = PRINT_STATS, .exact = true },
	{ .file = "mixed-thresholds.txt", .model = model_mixed_table,
	  .names = &names_numeric, .mode = PRINT_THRESHOLDS },
	{ .file = "mixed-save.txt", .model = model_mixed_table,
	  .names = &names_numeric, .save = true },
	{ .file = "mixed-fastpath.txt", .model = model_mixed_table,
	  .names = &names_numeric, .mode = PRINT_FASTPATH },
	{ .file = "fastpath.txt", .model = model_ipvsadm_table,
	  .names = &names_numeric, .mode = PRINT_FASTPATH, .info = true },
	{ .file = "fastpath-exact.txt", .model = model_ipvsadm_table,
	  .names = &model_names, .mode = PRINT_FASTPATH, .exact = true },
	{ .file = "settings-list.txt", .model = model_settings_table,
	  .names = &names_numeric },
	{ .file = "settings-save.txt", .model = model_settings_table,
	  .names = &names_numeric, .save = true },
	{ .file = "settings-stats.txt", .model = model_settings_table,
	  .names = &names_numeric, .mode = PRINT_STATS },
	{ .file = "settings-tun-info.txt", .model = model_settings_table,
	  .names = &names_numeric, .mode = PRINT_TUN_INFO },
	{ .file = "mixed-list-resolved.txt", .model = model_mixed_table,
	  .names = &model_names },
	/* IPv6 is saved as numbers, there is no name of a port here. */
	{ .file = "mixed-save.txt", .model = model_mixed_table,
	  .names = &model_names, .save = true },
};

static void forget_thresholds(struct table *table)
{
	size_t i, j;

	for (i = 0; i < table->n_services; i++)
		for (j = 0; j < table->services[i].n_dests; j++) {
			table->services[i].dests[j].upper = 0;
			table->services[i].dests[j].lower = 0;
		}
}

START_TEST(test_pictures)
{
	const struct nfvs_info info = {
		.version = 0x010201,
		.conn_tab_size = 4096,
	};
	const struct picture *p = &pictures[_i];
	const struct print_view view = { p->mode, p->exact, p->names };
	struct table table;
	char *text;
	size_t len;
	struct emit e = { .file = open_memstream(&text, &len) };

	p->model(&table);
	if (p->no_thresholds)
		forget_thresholds(&table);
	if (p->info)
		print_info(&e, &info);
	if (p->save)
		print_save(&e, &table, p->names);
	else
		print_table(&e, &table, &view);
	fclose(e.file);
	golden_check(p->file, text);
	free(text);
	table_free(&table);
}
END_TEST

struct scaled {
	uint64_t number;
	const char *text;
};

/* The steps of ipvsadm, by trying it. */
static const struct scaled scaled[] = {
	{ 0, "        0" },
	{ 99999999, " 99999999" },
	{ 100000000, "  100000K" },
	{ 999999999, "  999999K" },
	{ 1000000000, "    1000M" },
	{ 99999999999, "   99999M" },
	{ 100000000000, "     100G" },
	{ 99999999999999, "   99999G" },
	{ 100000000000000, "     100T" },
	{ UINT64_MAX, "18446744T" },
};

START_TEST(test_scaled)
{
	const struct print_view view = {
		.mode = PRINT_STATS,
		.names = &names_numeric,
	};
	struct nfvs_service svc = model_fwmark(AF_INET, 1, "rr");
	struct table table = { 0 };
	char *text, wanted[128];
	size_t len;
	struct emit e = { .json = false };

	svc.stats.conns = scaled[_i].number;
	ck_assert_int_eq(table_add_service(&table, &svc), 0);
	e.file = open_memstream(&text, &len);
	print_table(&e, &table, &view);
	fclose(e.file);
	snprintf(wanted, sizeof(wanted), "%-33s%s        0        0        0        0\n",
		 "FWM  1", scaled[_i].text);
	ck_assert_msg(!strcmp(strstr(text, "FWM"), wanted), "%d: %s", _i, text);
	free(text);
	table_free(&table);
}
END_TEST

static struct nfvs_conn make_conn(uint8_t proto, const char *client,
				  uint16_t cport, const char *virtual,
				  uint16_t vport, const char *dest,
				  uint16_t dport, const char *state,
				  uint32_t expires)
{
	uint8_t af = strchr(client, ':') ? AF_INET6 : AF_INET;
	struct nfvs_conn conn = {
		.af = af,
		.dest_af = strchr(dest, ':') ? AF_INET6 : AF_INET,
		.proto = proto,
		.client_port = cport,
		.virtual_port = vport,
		.dest_port = dport,
		.expires = expires,
	};

	conn.client = model_ip(af, client);
	conn.virtual = model_ip(af, virtual);
	conn.dest = model_ip(conn.dest_af, dest);
	strcpy(conn.state, state);
	return conn;
}

static void check_conns(const char *file, bool pe)
{
	const struct nfvs_conn conns[] = {
		make_conn(IPPROTO_TCP, "10.0.0.2", 40000, "10.0.0.1", 1080,
			  "10.1.2.10", 8080, "ESTABLISHED", 898),
		make_conn(IPPROTO_UDP, "10.0.0.2", 55540, "10.0.0.1", 53,
			  "10.1.1.10", 53, "UDP", 281),
		make_conn(IPPROTO_TCP, "2001:db8::2", 36478, "2001:db8::1",
			  1080, "2001:db8:1::10", 8080, "ESTABLISHED", 899),
		make_conn(IPPROTO_TCP, "10.0.0.0", 0, "10.0.0.1", 1443,
			  "10.1.2.10", 443, "CLOSE_WAIT", 7500),
	};
	char *text;
	size_t i, len;
	struct emit e = { .file = open_memstream(&text, &len) };

	print_conn_begin(&e, pe);
	for (i = 0; i < ARRAY_SIZE(conns); i++)
		print_conn(&e, &conns[i], &names_numeric);
	fclose(e.file);
	golden_check(file, text);
	free(text);
}

START_TEST(test_conns)
{
	check_conns("ipvsadm-conns.txt", false);
	check_conns("ipvsadm-conns-pe.txt", true);
}
END_TEST

START_TEST(test_lines)
{
	const struct nfvs_config config = { 900, 120, 300 };
	const struct nfvs_counter counter = { "drop_ttl", UINT64_MAX };
	const struct print_view exact = { .exact = true }, view = { 0 };
	char *text;
	size_t len;
	struct emit e = { .file = open_memstream(&text, &len) };

	print_config(&e, &config);
	print_counter(&e, &counter);
	print_count(&e, &counter, &view);
	print_count(&e, &counter, &exact);
	fclose(e.file);
	ck_assert_str_eq(text,
			 "Timeout (tcp tcpfin udp): 900 120 300\n"
			 "drop_ttl 18446744073709551615\n"
			 "drop_ttl                         18446744T\n"
			 "drop_ttl                          18446744073709551615\n");
	free(text);
}
END_TEST

Suite *tools_print_suite(void)
{
	Suite *suite = suite_create("printers");
	TCase *tcase = tcase_create("printers");

	tcase_add_loop_test(tcase, test_pictures, 0, ARRAY_SIZE(pictures));
	tcase_add_loop_test(tcase, test_scaled, 0, ARRAY_SIZE(scaled));
	tcase_add_test(tcase, test_conns);
	tcase_add_test(tcase, test_lines);
	suite_add_tcase(suite, tcase);
	return suite;
}
