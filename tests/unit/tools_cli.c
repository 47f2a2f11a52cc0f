// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of nfvsadm: whole runs against the fake kernel. */
#define _GNU_SOURCE	/* fopencookie() */
#include "tools_unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/wait.h>

struct outcome {
	int exit_code;
	char *out;
	char *err;
};

static void run(struct outcome *o, const char *line, const char *input)
{
	char *copy = strdup(line), *argv[34] = { "nfvsadm" };
	int n = parse_words(copy, argv + 1, 32);
	size_t out_len, err_len;
	struct app app;

	app_init(&app, argv[0]);
	app.open = fake_open;
	app.load_module = fake_modprobe;
	app.in = fmemopen((void *)input, strlen(input), "r");
	app.out = open_memstream(&o->out, &out_len);
	app.err = open_memstream(&o->err, &err_len);
	o->exit_code = nfvsadm_run(&app, n + 1, argv);
	app_free(&app);
	fclose(app.in);
	fclose(app.out);
	fclose(app.err);
	free(copy);
}

static void check(int i, const char *line, const char *input, int exit_code,
		  const char *out, const char *err)
{
	struct outcome o;

	run(&o, line, input);
	ck_assert_msg(o.exit_code == exit_code, "%d: %s: exit %d, %s", i, line,
		      o.exit_code, o.err);
	ck_assert_msg(!strcmp(o.out, out), "%d: %s: out:\n%s", i, line, o.out);
	ck_assert_msg(!strcmp(o.err, err), "%d: %s: err:\n%s", i, line, o.err);
	free(o.out);
	free(o.err);
}

#define HEAD	"IP Virtual Server version 1.2.1 (size=4096)\n"
#define COLUMNS	"Prot LocalAddress:Port Scheduler Flags\n" \
		"  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"

#define FAST_COLUMNS \
		"Prot LocalAddress:Port               Conns FastPkts SlowPkts\n" \
		"  -> RemoteAddress:Port\n"

struct step {
	const char *line;
	const char *input;
	int exit_code;
	const char *out;
	const char *err;
};

/* One after the other on one configuration. */
static const struct step session[] = {
	{ "", " ", 0, HEAD COLUMNS, "" },
	{ "-A -t 10.0.0.1:80 -s rr", " ", 0, "", "" },
	{ "-A -t 10.0.0.1:80 -s rr", " ", 255, "",
	  "Service already exists\nit is there already\n" },
	{ "-A -t 10.0.0.2:80 -s nosuch", " ", 255, "",
	  "Scheduler or persistence engine not found\n" },
	{ "-A -t 10.0.0.2:80 -s sixteen-letters-", " ", 255, "",
	  "Scheduler or persistence engine not found\n" },
	{ "-E -t 10.0.0.2:80", " ", 255, "",
	  "No such service\nthere is no such service\n" },
	{ "-D -t 10.0.0.2:80", " ", 255, "",
	  "No such service\nthere is no such service\n" },
	{ "-Z -t 10.0.0.2:80", " ", 255, "",
	  "No such service\nthere is no such service\n" },
	{ "-Ln -t 10.0.0.2:80", " ", 1, "",
	  "No such service\nthere is no such service\n" },
	{ "-a -t 10.0.0.2:80 -r 10.1.0.1", " ", 255, "",
	  "Service not defined\nthere is no such service\n" },
	{ "-e -t 10.0.0.1:80 -r 10.1.0.1", " ", 255, "",
	  "No such destination\n" },
	{ "-d -t 10.0.0.1:80 -r 10.1.0.1", " ", 255, "",
	  "No such destination\n" },
	{ "-a -t 10.0.0.1:80 -r 10.1.0.2:8080 -m -w 3", " ", 0, "", "" },
	{ "-a -t 10.0.0.1:80 -r 10.1.0.2:8080 -m", " ", 255, "",
	  "Destination already exists\nit is there already\n" },
	{ "-a -t 10.0.0.1:80 -r 10.1.0.1 -x 7", " ", 0, "", "" },
	{ "-A -f 9", " ", 0, "", "" },
	{ "-L -n", " ", 0, HEAD COLUMNS
	  "TCP  10.0.0.1:80 rr\n"
	  "  -> 10.1.0.1:80                  Route   1      0          0         \n"
	  "  -> 10.1.0.2:8080                Masq    3      0          0         \n"
	  "FWM  9 wlc\n", "" },
	{ "-L -n --nosort -t 10.0.0.1:80", " ", 0, COLUMNS
	  "TCP  10.0.0.1:80 rr\n"
	  "  -> 10.1.0.2:8080                Masq    3      0          0         \n"
	  "  -> 10.1.0.1:80                  Route   1      0          0         \n",
	  "" },
	{ "-S -n", " ", 0,
	  "-A -t 10.0.0.1:80 -s rr\n"
	  "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1 -x 7\n"
	  "-a -t 10.0.0.1:80 -r 10.1.0.2:8080 -m -w 3\n"
	  "-A -f 9 -s wlc\n", "" },
	{ "-e -t 10.0.0.1:80 -r 10.1.0.1 -w 0", " ", 0, "", "" },
	{ "-d -t 10.0.0.1:80 -r 10.1.0.2:8080", " ", 0, "", "" },
	{ "-E -t 10.0.0.1:80 -s lc", " ", 0, "", "" },
	{ "-D -f 9", " ", 0, "", "" },
	{ "-Z", " ", 0, "", "" },
	{ "-S -n", " ", 0,
	  "-A -t 10.0.0.1:80 -s lc\n"
	  "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0\n", "" },
	{ "--set 0 7 0", " ", 0, "", "" },
	{ "-L --timeout", " ", 0,
	  "Timeout (tcp tcpfin udp): 900 7 300\n", "" },
	{ "-L --counters", " ", 0,
	  "drop_no_dest 5000000000\nfast_readmitted 5000000001\n"
	  "refused_lease 5000000002\ndrop_ttl 5000000003\n", "" },
	{ "-E -t 10.0.0.1:80 -s lc --no-fastpath", " ", 0, "", "" },
	{ "-L -n -t 10.0.0.1:80", " ", 0, COLUMNS
	  "TCP  10.0.0.1:80 lc no-fastpath\n"
	  "  -> 10.1.0.1:80                  Route   0      0          0         \n",
	  "" },
	{ "-S -n", " ", 0,
	  "-A -t 10.0.0.1:80 -s lc --no-fastpath\n"
	  "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0\n", "" },
	{ "-L -n --stats --fastpath", " ", 0, HEAD FAST_COLUMNS
	  "TCP  10.0.0.1:80                         0        0        0\n"
	  "  -> 10.1.0.1:80                         0        0        0\n"
	  "fast_readmitted                      5000M\n"
	  "refused_lease                        5000M\n", "" },
	/* Those are not one service's. */
	{ "-L -n --stats --fastpath -t 10.0.0.1:80", " ", 0, FAST_COLUMNS
	  "TCP  10.0.0.1:80                         0        0        0\n"
	  "  -> 10.1.0.1:80                         0        0        0\n", "" },
	{ "-E -t 10.0.0.1:80 -s lc", " ", 0, "", "" },
	{ "-Lnc", " ", 0,
	  "IPVS connection entries\n"
	  "pro expire state       source             virtual            destination\n",
	  "" },
	/* All or nothing. */
	{ "-R", "-C\n-A -t 10.0.0.5:80\n\n -D -t 10.0.0.6:80 # gone\n", 255, "",
	  "No such service\n"
	  "line 4: -D -t 10.0.0.6:80 # gone: there is no such service\n" },
	{ "-R", "-C\n-A -t 10.0.0.5:80\n-e -t 10.0.0.5:80 -r 10.1.0.1\n", 255,
	  "",
	  "No such destination\nline 3: -e -t 10.0.0.5:80 -r 10.1.0.1\n" },
	{ "-R", "-C\n-A -t 10.0.0.5:80\n-A\n", 2, "",
	  "You need to supply the 'service-address' option for the 'add-service' command\n"
	  "line 3: -A\n" },
	{ "-S -n", " ", 0,
	  "-A -t 10.0.0.1:80 -s lc\n"
	  "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0\n", "" },
	{ "-R", "# new\nipvsadm -C\n-A -u [2001:db8::1]:53 -s wrr\n"
	  "-a -u [2001:db8::1]:53 -r 10.1.0.1:53 -i -w 4 -x 9 -y 2\n"
	  "--set 5 0 0\n", 0, "", "" },
	{ "-S -n", " ", 0,
	  "-A -u [2001:db8::1]:53 -s wrr\n"
	  "-a -u [2001:db8::1]:53 -r 10.1.0.1:53 -i -w 4 -x 9 -y 2 --tun-type ipip\n",
	  "" },
	{ "-L --timeout", " ", 0, "Timeout (tcp tcpfin udp): 5 7 300\n", "" },
	{ "-R", "\n", 0, "", "" },
	{ "-C", " ", 0, "", "" },
	{ "-S", " ", 0, "", "" },
	{ "-v", " ", 0, NULL, "" },
};

START_TEST(test_session)
{
	size_t i;

	fake_reset();
	for (i = 0; i < ARRAY_SIZE(session) && session[i].out; i++)
		check((int)i, session[i].line, session[i].input,
		      session[i].exit_code, session[i].out, session[i].err);
	/* Two restores were refused by the kernel, one was taken. */
	ck_assert_uint_eq(fake.batches, 3);
	fake_reset();
}
END_TEST

#define INIT(text)	"Can't initialize ipvs: " text "\n" \
			"Are you sure that IP Virtual Server is built in the kernel or as module?\n"

static int no_module(void)
{
	fake.modprobes++;
	return -1;
}

START_TEST(test_no_module)
{
	char *argv[] = { "nfvsadm", "-C" };
	size_t out_len, err_len;
	char *out, *err;
	struct app app;
	int ret;

	fake_reset();
	fake.missing = true;
	app_init(&app, argv[0]);
	app.open = fake_open;
	app.load_module = no_module;
	app.out = open_memstream(&out, &out_len);
	app.err = open_memstream(&err, &err_len);
	ret = nfvsadm_run(&app, 2, argv);
	app_free(&app);
	fclose(app.out);
	fclose(app.err);
	ck_assert_int_eq(ret, 2);
	ck_assert_str_eq(err, INIT("Protocol not available"));
	ck_assert_uint_eq(fake.modprobes, 1);
	free(out);
	free(err);
}
END_TEST

START_TEST(test_module_is_loaded)
{
	fake_reset();
	fake.missing = true;
	check(0, "-C", " ", 0, "", "");
	ck_assert_uint_eq(fake.modprobes, 1);
	check(1, "-C", " ", 0, "", "");
	ck_assert_uint_eq(fake.modprobes, 1);
}
END_TEST

/* Neither a usage error nor -h and -v need a kernel. */
START_TEST(test_no_kernel_needed)
{
	struct outcome o;

	fake_reset();
	fake.missing = true;
	check(0, "-A", " ", 2, "",
	      "You need to supply the 'service-address' option for the 'add-service' command\n");
	run(&o, "-h", " ");
	ck_assert_int_eq(o.exit_code, 0);
	ck_assert_ptr_nonnull(strstr(o.out, "Usage:\n  nfvsadm -A|E "));
	free(o.out);
	free(o.err);
	run(&o, "-v", " ");
	ck_assert_int_eq(o.exit_code, 0);
	ck_assert_int_eq(strncmp(o.out, "nfvsadm v0.1 (compiled with ", 28), 0);
	free(o.out);
	free(o.err);
	ck_assert_uint_eq(fake.modprobes, 0);
	ck_assert_uint_eq(fake.requests, 0);
}
END_TEST

START_TEST(test_not_root)
{
	fake_reset();
	fake.fail_cmd = NFVS_CMD_GET_INFO;
	fake.fail_errno = EPERM;
	check(0, "-L", " ", 2, "", INIT("Permission denied (you must be root)"));
	fake.fail_text = "because";
	check(1, "-L", " ", 2, "",
	      INIT("Permission denied (you must be root)") "because\n");
}
END_TEST

struct words {
	uint8_t cmd;
	int errnum;
	const char *text;
};

static const struct words error_words[] = {
	{ NFVS_CMD_NEW_SERVICE, EEXIST, "Service already exists" },
	{ NFVS_CMD_SET_SERVICE, EEXIST, "File exists" },
	{ NFVS_CMD_NEW_SERVICE, ESRCH, "No such process" },
	{ NFVS_CMD_DEL_SERVICE, ENOENT, "No such file or directory" },
	{ NFVS_CMD_NEW_DEST, ENOENT, "No such file or directory" },
	{ NFVS_CMD_SET_CONFIG, ESRCH, "No such process" },
	{ NFVS_CMD_NEW_DEST, ERANGE, "Numerical result out of range" },
	{ NFVS_CMD_NEW_DEST, ENODEV, "No such device" },
	{ NFVS_CMD_FLUSH, EPERM, "Permission denied (you must be root)" },
	{ 0, EINVAL, "Invalid operation.  Possibly wrong module version, address not unicast, ..." },
	{ 0, ENOPROTOOPT, "Protocol not available" },
	{ 0, ENOMEM, "Memory allocation problem" },
	{ 0, EOPNOTSUPP, "Operation not supported with IPv6" },
	{ 0, EAFNOSUPPORT, "Operation not supported with specified address family" },
	{ 0, EMSGSIZE, "Module is wrong version" },
};

START_TEST(test_error_words)
{
	const struct words *w = &error_words[_i];

	ck_assert_msg(!strcmp(app_error_text(w->cmd, w->errnum), w->text),
		      "%d: %s", _i, app_error_text(w->cmd, w->errnum));
}
END_TEST

/* A listing during which the configuration changes is read again. */
START_TEST(test_interrupted)
{
	struct outcome o;

	fake_reset();
	model_ipvsadm_table(&fake.table);
	run(&o, "-Ln", " ");
	/* GET_INFO, services, three times dests. */
	ck_assert_uint_eq(fake.requests, 5);
	fake.requests = 0;
	fake.interrupts = 3;
	check(0, "-Ln", " ", 0, o.out, "");
	ck_assert_uint_eq(fake.requests, 1 + 3 + 4);
	free(o.out);
	free(o.err);
	fake_reset();
}
END_TEST

/* So is one with a service that was removed before its turn. */
START_TEST(test_vanished)
{
	struct outcome o;

	fake_reset();
	model_ipvsadm_table(&fake.table);
	fake.vanish = true;
	run(&o, "-Sn", " ");
	ck_assert_int_eq(o.exit_code, 0);
	ck_assert_str_eq(o.err, "");
	ck_assert_ptr_null(strstr(o.out, "-f 7"));
	ck_assert_ptr_nonnull(strstr(o.out, "-A -t 10.0.0.1:81 -s wlc\n"));
	free(o.out);
	free(o.err);
	fake_reset();
}
END_TEST

/*
 * A listing of two empty services hid a server that was moved from the second
 * to the first in between: a dump of no objects tells no generation.
 */
START_TEST(test_moved)
{
	fake_reset();
	check(0, "-R", "-A -f 1\n-A -f 2\n-a -f 2 -r 10.1.0.1\n", 0, "", "");
	fake.move = true;
	check(1, "-Sn", " ", 0,
	      "-A -f 1 -s wlc\n-a -f 1 -r 10.1.0.1:0 -g -w 1\n-A -f 2 -s wlc\n",
	      "");
	ck_assert(!fake.move);
	fake_reset();
}
END_TEST

START_TEST(test_torn)
{
	struct outcome o;

	fake_reset();
	model_ipvsadm_table(&fake.table);
	fake.always_torn = true;
	run(&o, "-Ln", " ");
	ck_assert_int_eq(o.exit_code, 0);
	ck_assert_str_eq(o.err,
			 "The configuration kept changing: the list may mix two states of it\n");
	ck_assert_ptr_nonnull(strstr(o.out, "TCP  10.0.0.1:80 rr\n"));
	free(o.out);
	free(o.err);
	check(0, "-S", " ", 1, "",
	      "Resource temporarily unavailable\nthe configuration kept changing\n");
	fake_reset();
}
END_TEST

START_TEST(test_conns)
{
	struct nfvs_conn conn = {
		.af = AF_INET6,
		.dest_af = AF_INET,
		.proto = IPPROTO_TCP,
		.client_port = 40000,
		.virtual_port = 80,
		.dest_port = 80,
		.expires = 61,
		.state = "SYN_RECV",
	};

	fake_reset();
	conn.client = model_ip(AF_INET6, "2001:db8::2");
	conn.virtual = model_ip(AF_INET6, "2001:db8::1");
	conn.dest = model_ip(AF_INET, "10.1.0.1");
	fake.conns[0] = conn;
	fake.n_conns = 1;
	check(0, "-Lcn", " ", 0,
	      "IPVS connection entries\n"
	      "pro expire state       source             virtual            destination\n"
	      "TCP 01:01  SYN_RECV    [2001:db8::2]:40000 [2001:db8::1]:80   10.1.0.1:80\n",
	      "");
}
END_TEST

/* Output that cannot be written is no success. */
static void check_unwritable(FILE *out)
{
	char *argv[] = { "nfvsadm", "-S" };
	size_t err_len;
	struct app app;
	char *err;
	int ret;

	ck_assert_ptr_nonnull(out);
	fake_reset();
	model_ipvsadm_table(&fake.table);
	app_init(&app, argv[0]);
	app.open = fake_open;
	app.out = out;
	app.err = open_memstream(&err, &err_len);
	ret = nfvsadm_run(&app, 2, argv);
	app_free(&app);
	fclose(app.out);
	fclose(app.err);
	ck_assert_int_eq(ret, 1);
	ck_assert_str_eq(err, "cannot write to standard output\n");
	free(err);
	fake_reset();
}

START_TEST(test_full_disk)
{
	check_unwritable(fopen("/dev/full", "w"));
}
END_TEST

/* The first write fails, those after it do not. */
static ssize_t write_once_full(void *cookie, const char *buf, size_t size)
{
	int *writes = cookie;

	(void)buf;
	if ((*writes)++)
		return (ssize_t)size;
	errno = EAGAIN;
	return -1;
}

/* A hole in the middle was a success when the last write worked. */
START_TEST(test_hole)
{
	static const cookie_io_functions_t io = { .write = write_once_full };
	int writes = 0;
	FILE *out = fopencookie(&writes, "w", io);

	ck_assert_ptr_nonnull(out);
	setvbuf(out, NULL, _IONBF, 0);
	check_unwritable(out);
	ck_assert_int_gt(writes, 1);
}
END_TEST

/* The netlink socket became standard output where that was closed. */
START_TEST(test_closed_streams)
{
	struct app app;
	int status;
	pid_t pid = fork();
	char c;

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		close(0);
		close(1);
		app_init(&app, "nfvsadm");
		_exit(fcntl(0, F_GETFD) < 0 || fcntl(1, F_GETFD) < 0 ||
		      read(0, &c, 1) != -1 || write(1, "", 1) != -1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

Suite *tools_cli_suite(void)
{
	Suite *suite = suite_create("cli");
	TCase *tcase = tcase_create("cli");

	tcase_add_test(tcase, test_session);
	tcase_add_test(tcase, test_no_module);
	tcase_add_test(tcase, test_module_is_loaded);
	tcase_add_test(tcase, test_no_kernel_needed);
	tcase_add_test(tcase, test_not_root);
	tcase_add_loop_test(tcase, test_error_words, 0, ARRAY_SIZE(error_words));
	tcase_add_test(tcase, test_interrupted);
	tcase_add_test(tcase, test_vanished);
	tcase_add_test(tcase, test_moved);
	tcase_add_test(tcase, test_torn);
	tcase_add_test(tcase, test_conns);
	tcase_add_test(tcase, test_full_disk);
	tcase_add_test(tcase, test_hole);
	tcase_add_test(tcase, test_closed_streams);
	suite_add_tcase(suite, tcase);
	return suite;
}
