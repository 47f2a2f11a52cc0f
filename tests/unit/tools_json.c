// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of nfvsadm: JSON, and events as text and JSON. */
#include "tools_unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

/* The pure back end. */

START_TEST(test_emit)
{
	char *text;
	size_t len;
	struct emit e = { .file = open_memstream(&text, &len), .json = true };

	emit_open(&e, NULL, '{');
	emit_text(&e, "no %s", "text");
	emit_open(&e, "empty", '[');
	emit_close(&e, ']');
	emit_uint(&e, "big", UINT64_MAX, "%d", 5);
	emit_uint(&e, NULL, 7, "%d", 7);
	emit_open(&e, "list", '[');
	emit_open(&e, NULL, '{');
	emit_bool(&e, "no", false, NULL);
	emit_close(&e, '}');
	emit_open(&e, NULL, '{');
	emit_bool(&e, "yes", true, NULL);
	emit_str(&e, "odd", "a\"b\\c\n\x01\xe9", NULL);
	emit_close(&e, '}');
	emit_close(&e, ']');
	emit_open(&e, "object", '{');
	emit_close(&e, '}');
	emit_close(&e, '}');
	/* The next line begins anew. */
	emit_open(&e, NULL, '{');
	emit_close(&e, '}');
	fclose(e.file);
	ck_assert_str_eq(text,
			 "{\"empty\":[],\"big\":18446744073709551615,\"list\":[\n"
			 "{\"no\":false},\n"
			 "{\"yes\":true,\"odd\":\"a\\\"b\\\\c\\u000a\\u0001\\u00e9\"}\n"
			 "],\"object\":{}}\n{}\n");
	free(text);
}
END_TEST

struct picture {
	const char *file;
	const char *line;
	void (*model)(struct table *table);
};

/* Whole runs; all that was written is JSON. */
static const struct picture pictures[] = {
	{ "json-list.txt", "-L --json", model_settings_table },
	{ "json-mixed.txt", "-L -n --json --nosort", model_mixed_table },
	/* The modes are of the text only. */
	{ "json-list.txt", "-L --json --stats", model_settings_table },
	{ "json-list.txt", "-L --json --thresholds -X", model_settings_table },
	{ "json-one.txt", "-L --json -t [2001:db8::1]:443",
	  model_settings_table },
	{ "json-fastpath.txt", "-L --json --stats --fastpath",
	  model_settings_table },
	{ "json-empty.txt", "-L --json", NULL },
	{ "json-conns.txt", "-L -c --json", NULL },
	{ "json-conns.txt", "-Lcn --json --persistent-conn", NULL },
	{ "json-timeout.txt", "-L --timeout --json", NULL },
	{ "json-daemon.txt", "-L --daemon --json", NULL },
	{ "json-counters.txt", "-L --json --counters", NULL },
};

static int run(const char *line, char **out, char **err)
{
	char *copy = strdup(line), *argv[34] = { "nfvsadm" };
	int n = parse_words(copy, argv + 1, 32);
	size_t out_len, err_len;
	struct app app;
	int ret;

	app_init(&app, argv[0]);
	app.open = fake_open;
	app.load_module = fake_modprobe;
	app.out = open_memstream(out, &out_len);
	app.err = open_memstream(err, &err_len);
	ret = nfvsadm_run(&app, n + 1, argv);
	app_free(&app);
	fclose(app.out);
	fclose(app.err);
	free(copy);
	return ret;
}

static void add_conns(void)
{
	fake.conns[0] = (struct nfvs_conn){
		.af = AF_INET6,
		.dest_af = AF_INET,
		.proto = IPPROTO_TCP,
		.method = NFVS_METHOD_TUN,
		.client_port = 40000,
		.virtual_port = 80,
		.dest_port = 8080,
		.expires = 61,
		.state = "SYN_RECV",
		.client = model_ip(AF_INET6, "2001:db8::2"),
		.virtual = model_ip(AF_INET6, "2001:db8::1"),
		.dest = model_ip(AF_INET, "10.1.0.1"),
	};
	fake.conns[1] = fake.conns[0];
	fake.n_conns = 2;
}

START_TEST(test_pictures)
{
	const struct picture *p = &pictures[_i];
	char *out, *err;

	fake_reset();
	add_conns();
	if (p->model)
		p->model(&fake.table);
	ck_assert_msg(!run(p->line, &out, &err), "%d: %s", _i, err);
	ck_assert_str_eq(err, "");
	golden_check(p->file, out);
	free(out);
	free(err);
	fake_reset();
}
END_TEST

/* A list that breaks off is an error, but what was written is still JSON. */
START_TEST(test_broken_off)
{
	char *out, *err;

	fake_reset();
	fake.done_errno = EIO;
	ck_assert_int_eq(run("-L -c --json", &out, &err), 1);
	ck_assert_str_eq(out, "{\"conn\":[]}\n");
	ck_assert_str_eq(err, "Input/output error\nhalfway\n");
	free(out);
	free(err);
	fake_reset();
}
END_TEST

/* Events. */

static const struct nfvs_event *events(size_t *n)
{
	static struct nfvs_event all[10];
	struct nfvs_service svc = model_service(IPPROTO_TCP, "10.0.0.1", 80, "wlc");
	struct nfvs_dest dest = model_dest("10.1.0.1", 8080, NFVS_METHOD_NAT, 3);
	struct nfvs_event event = {
		.has_service = true, .has_generation = true,
		.generation = 7, .svc = svc,
	};

	svc.flags = NFVS_SVC_PERSISTENT;
	svc.timeout = 50;
	dest.upper = 5;
	*n = 0;
	event.cmd = NFVS_NTF_SERVICE_NEW;
	all[(*n)++] = event;
	event.cmd = NFVS_NTF_SERVICE_SET;
	event.svc = svc;
	all[(*n)++] = event;
	event.cmd = NFVS_NTF_SERVICE_DEL;
	event.svc = model_fwmark(AF_INET6, 4294967295, "");
	all[(*n)++] = event;
	event.cmd = NFVS_NTF_DEST_NEW;
	event.svc = svc;
	event.has_dest = true;
	event.dest = dest;
	all[(*n)++] = event;
	event.cmd = NFVS_NTF_DEST_SET;
	all[(*n)++] = event;
	event.cmd = NFVS_NTF_DEST_DEL;
	all[(*n)++] = event;
	event.has_dest = false;
	event.cmd = NFVS_NTF_ZEROED;
	all[(*n)++] = event;
	all[(*n)++] = (struct nfvs_event){ .cmd = NFVS_NTF_FLUSHED };
	all[(*n)++] = (struct nfvs_event){
		.cmd = NFVS_NTF_CONFIG_SET, .has_config = true,
		.config = { 900, 120, 300 },
	};
	/* A later kernel's. */
	all[(*n)++] = (struct nfvs_event){ .cmd = 255 };
	return all;
}

static void check_events(const char *file, bool json)
{
	size_t i, n, len;
	const struct nfvs_event *all = events(&n);
	char *text;
	struct emit e = { .file = open_memstream(&text, &len), .json = json };

	for (i = 0; i < n; i++)
		print_event(&e, &all[i], &names_numeric);
	print_lost(&e);
	fclose(e.file);
	golden_check(file, text);
	free(text);
}

START_TEST(test_events)
{
	check_events("events.txt", false);
	check_events("json-events.txt", true);
}
END_TEST

/* An event, a loss with one that came before, one more, and the end. */
static int waits;

static int subscribe(struct nfvs_sock *sock, struct nfvs_error *err)
{
	(void)err;
	nl_socket_disable_seq_check(sock->nl);
	return 0;
}

static int wait_for(int fd, bool block)
{
	struct nfvs_service svc = model_fwmark(AF_INET, 5, "");

	(void)fd;
	svc.fwmark += (uint32_t)waits++;
	ck_assert_int_eq(block, waits < 3 || waits > 4);
	if (waits == 4)
		return -EAGAIN;
	if (waits == 2)
		fake.recv_nle = NLE_NOMEM;
	else
		fake_announce(NFVS_NTF_SERVICE_DEL, &svc);
	return waits < 6;
}

START_TEST(test_monitor)
{
	char *argv[] = { "nfvsadm", "--monitor" };
	char *out, *err;
	size_t out_len, err_len;
	struct app app;

	fake_reset();
	waits = 0;
	app_init(&app, argv[0]);
	app.open = fake_open;
	app.subscribe = subscribe;
	app.wait = wait_for;
	app.out = open_memstream(&out, &out_len);
	app.err = open_memstream(&err, &err_len);
	ck_assert_int_eq(nfvsadm_run(&app, 2, argv), 0);
	app_free(&app);
	fclose(app.out);
	fclose(app.err);
	ck_assert_str_eq(out,
			 "-D -f 5\n-D -f 7\n# events were lost: list again\n-D -f 9\n");
	ck_assert_str_eq(err, "");
	free(out);
	free(err);
	fake_reset();
}
END_TEST

Suite *tools_json_suite(void)
{
	Suite *suite = suite_create("json");
	TCase *tcase = tcase_create("json");

	tcase_add_test(tcase, test_emit);
	tcase_add_loop_test(tcase, test_pictures, 0, ARRAY_SIZE(pictures));
	tcase_add_test(tcase, test_broken_off);
	tcase_add_test(tcase, test_events);
	tcase_add_test(tcase, test_monitor);
	suite_add_tcase(suite, tcase);
	return suite;
}
