// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: -L, without and with what it can show besides the table. */
#include <string.h>

#include "app.h"
#include "print.h"

static enum print_mode mode(const struct request *req)
{
	if (request_has(req, OPT_FASTPATH))
		return PRINT_FASTPATH;
	if (request_has(req, OPT_STATS))
		return PRINT_STATS;
	if (request_has(req, OPT_RATE))
		return PRINT_RATE;
	if (request_has(req, OPT_THRESHOLDS))
		return PRINT_THRESHOLDS;
	if (request_has(req, OPT_PERSISTENT_CONN))
		return PRINT_PERSISTENT_CONN;
	if (request_has(req, OPT_TUN_INFO))
		return PRINT_TUN_INFO;
	return PRINT_DEFAULT;
}

struct counter_list {
	struct emit *e;
	const struct print_view *view;
};

static int on_fast_counter(const struct nfvs_counter *counter, void *arg)
{
	const struct counter_list *list = arg;

	if (!strncmp(counter->name, "fast_", 5) ||
	    !strncmp(counter->name, "refused_", 8))
		print_count(list->e, counter, list->view);
	return 0;
}

/* They are the namespace's: below one service they would tell nothing of it. */
static int list_fast_counters(struct app *app, const struct print_view *view)
{
	struct counter_list list = { &app->emit, view };
	int ret = 0;

	emit_open(list.e, "counter", '[');
	if (nfvs_get_counters(app->sock, on_fast_counter, &list, &app->error))
		ret = app_refused(app, NFVS_CMD_GET_COUNTERS, EXIT_LIST);
	emit_close(list.e, ']');
	return ret;
}

static int list_table(struct app *app)
{
	const struct print_view view = {
		.mode = mode(&app->req),
		.exact = request_has(&app->req, OPT_EXACT),
		.names = app_names(app),
	};
	bool one = request_has(&app->req, OPT_SERVICE);
	struct emit *e = &app->emit;
	int ret = 0;

	if (table_load(&app->table, app->sock, one ? &app->req.op.svc : NULL,
		       !request_has(&app->req, OPT_NOSORT), &app->error))
		return app_refused(app, NFVS_CMD_GET_SERVICE, EXIT_LIST);
	if (app->table.torn)
		fprintf(app->err,
			"The configuration kept changing: the list may mix two states of it\n");
	emit_open(e, NULL, '{');
	if (!one)
		print_info(e, &app->info);
	print_table(e, &app->table, &view);
	if (view.mode == PRINT_FASTPATH && !one)
		ret = list_fast_counters(app, &view);
	emit_close(e, '}');
	return ret;
}

/* There are none to be listed until connections are synchronised. */
static int list_daemons(struct app *app)
{
	emit_open(&app->emit, NULL, '{');
	print_daemons(&app->emit);
	emit_close(&app->emit, '}');
	return 0;
}

int cmd_list(struct app *app)
{
	if (request_has(&app->req, OPT_CONNECTION))
		return cmd_list_conns(app);
	if (request_has(&app->req, OPT_TIMEOUT))
		return cmd_list_config(app);
	if (request_has(&app->req, OPT_DAEMON))
		return list_daemons(app);
	if (request_has(&app->req, OPT_COUNTERS))
		return cmd_list_counters(app);
	return list_table(app);
}

static int on_conn(const struct nfvs_conn *conn, void *arg)
{
	struct app *app = arg;

	print_conn(&app->emit, conn, app_names(app));
	return 0;
}

/*
 * Rows are printed as they come: there may be millions. Connections come and
 * go while they are listed, so an interrupted dump is no news here.
 */
int cmd_list_conns(struct app *app)
{
	struct emit *e = &app->emit;
	struct nfvs_dump dump;
	int ret = 0;

	emit_open(e, NULL, '{');
	print_conn_begin(e, request_has(&app->req, OPT_PERSISTENT_CONN));
	if (nfvs_dump_conns(app->sock, on_conn, app, &dump, &app->error))
		ret = app_refused(app, NFVS_CMD_GET_CONN, EXIT_LIST);
	print_conn_end(e);
	emit_close(e, '}');
	return ret;
}

int cmd_list_config(struct app *app)
{
	struct emit *e = &app->emit;
	struct nfvs_config config;

	if (nfvs_get_config(app->sock, &config, &app->error))
		return app_refused(app, NFVS_CMD_GET_CONFIG, EXIT_LIST);
	emit_open(e, NULL, '{');
	print_config(e, &config);
	emit_close(e, '}');
	return 0;
}

static int on_counter(const struct nfvs_counter *counter, void *arg)
{
	struct app *app = arg;

	print_counter(&app->emit, counter);
	return 0;
}

int cmd_list_counters(struct app *app)
{
	struct emit *e = &app->emit;
	int ret = 0;

	emit_open(e, NULL, '{');
	emit_open(e, "counter", '[');
	if (nfvs_get_counters(app->sock, on_counter, app, &app->error))
		ret = app_refused(app, NFVS_CMD_GET_COUNTERS, EXIT_LIST);
	emit_close(e, ']');
	emit_close(e, '}');
	return ret;
}
