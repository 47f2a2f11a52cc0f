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
	return PRINT_DEFAULT;
}

struct counter_list {
	FILE *out;
	const struct print_view *view;
};

static int on_fast_counter(const struct nfvs_counter *counter, void *arg)
{
	const struct counter_list *list = arg;

	if (!strncmp(counter->name, "fast_", 5) ||
	    !strncmp(counter->name, "refused_", 8))
		print_count(list->out, counter, list->view);
	return 0;
}

/* They are the namespace's: below one service they would tell nothing of it. */
static int list_fast_counters(struct app *app, const struct print_view *view)
{
	struct counter_list list = { app->out, view };

	if (nfvs_get_counters(app->sock, on_fast_counter, &list, &app->error))
		return app_refused(app, NFVS_CMD_GET_COUNTERS, EXIT_LIST);
	return 0;
}

static int list_table(struct app *app)
{
	const struct print_view view = {
		.mode = mode(&app->req),
		.exact = request_has(&app->req, OPT_EXACT),
		.names = app_names(app),
	};
	bool one = request_has(&app->req, OPT_SERVICE);

	if (table_load(&app->table, app->sock, one ? &app->req.op.svc : NULL,
		       !request_has(&app->req, OPT_NOSORT), &app->error))
		return app_refused(app, NFVS_CMD_GET_SERVICE, EXIT_LIST);
	if (app->table.torn)
		fprintf(app->err,
			"The configuration kept changing: the list may mix two states of it\n");
	if (!one)
		print_info(app->out, &app->info);
	print_table(app->out, &app->table, &view);
	if (view.mode == PRINT_FASTPATH && !one)
		return list_fast_counters(app, &view);
	return 0;
}

int cmd_list(struct app *app)
{
	if (request_has(&app->req, OPT_CONNECTION))
		return cmd_list_conns(app);
	if (request_has(&app->req, OPT_TIMEOUT))
		return cmd_list_config(app);
	if (request_has(&app->req, OPT_COUNTERS))
		return cmd_list_counters(app);
	return list_table(app);
}

static int on_conn(const struct nfvs_conn *conn, void *arg)
{
	struct app *app = arg;

	print_conn(app->out, conn, app_names(app));
	return 0;
}

/*
 * Rows are printed as they come: there may be millions. Connections come and
 * go while they are listed, so an interrupted dump is no news here.
 */
int cmd_list_conns(struct app *app)
{
	struct nfvs_dump dump;

	print_conn_header(app->out,
			  request_has(&app->req, OPT_PERSISTENT_CONN));
	if (nfvs_dump_conns(app->sock, on_conn, app, &dump, &app->error))
		return app_refused(app, NFVS_CMD_GET_CONN, EXIT_LIST);
	return 0;
}

int cmd_list_config(struct app *app)
{
	struct nfvs_config config;

	if (nfvs_get_config(app->sock, &config, &app->error))
		return app_refused(app, NFVS_CMD_GET_CONFIG, EXIT_LIST);
	print_config(app->out, &config);
	return 0;
}

static int on_counter(const struct nfvs_counter *counter, void *arg)
{
	struct app *app = arg;

	print_counter(app->out, counter);
	return 0;
}

int cmd_list_counters(struct app *app)
{
	if (nfvs_get_counters(app->sock, on_counter, app, &app->error))
		return app_refused(app, NFVS_CMD_GET_COUNTERS, EXIT_LIST);
	return 0;
}
