// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: --complete: what the shell asks to complete a command line. */
#include <netinet/in.h>
#include <string.h>

#include "app.h"
#include "opts.h"
#include "schedflags.h"

/* The words before the last, as far as they could be understood. */
struct context {
	struct app *app;
	const char *prefix;		/* the last word */
	enum command cmd;
	uint64_t given;
	const struct opt_spec *waiting;	/* its argument is the last word */
	bool has_service;
	struct nfvs_service svc;
};

static void candidate(const struct context *ctx, const char *word)
{
	if (!strncmp(word, ctx->prefix, strlen(ctx->prefix)))
		fprintf(ctx->app->out, "%s\n", word);
}

static void spelling(const struct context *ctx, const struct opt_spec *spec)
{
	char word[64];

	if (spec->letter) {
		snprintf(word, sizeof(word), "-%c", spec->letter);
		candidate(ctx, word);
	}
	if (spec->name) {
		snprintf(word, sizeof(word), "--%s", spec->name);
		candidate(ctx, word);
	}
}

/* A completion must not wait for name servers. */
static bool no_host(const char *name, struct in_addr *addr)
{
	(void)name;
	(void)addr;
	return false;
}

static int no_port(const char *name, uint16_t proto)
{
	return names_resolver.port(name, proto);
}

static void note_service(struct context *ctx, int proto, const char *arg)
{
	static const struct resolver resolver = { no_host, no_port };
	struct endpoint endpoint;
	int64_t mark;

	if (!proto) {
		ctx->has_service = parse_number(arg, 1, UINT32_MAX, &mark);
		if (ctx->has_service)
			ctx->svc.fwmark = (uint32_t)mark;
		ctx->svc.af = AF_INET;
		return;
	}
	ctx->has_service = parse_endpoint(arg, (uint16_t)proto, &resolver,
					  &endpoint);
	if (!ctx->has_service)
		return;
	ctx->svc.af = endpoint.af;
	ctx->svc.proto = (uint16_t)proto;
	ctx->svc.addr = endpoint.ip;
	ctx->svc.port = endpoint.port;
}

static bool understand(struct context *ctx, int argc, char **argv)
{
	const struct opt_spec *spec;
	enum scan_result result;
	struct opt_scan scan;

	opts_scan_init(&scan, argc, argv);
	while ((result = opts_scan(&scan, &spec)) != SCAN_END) {
		if (result == SCAN_NO_ARG) {
			ctx->waiting = spec;
			return true;
		}
		if (result != SCAN_OPTION)
			return false;
		if (spec->kind == SP_COMMAND)
			ctx->cmd = spec->code;
		else if (spec->kind == SP_IPV6)
			ctx->svc.af = AF_INET6;
		else if (spec->kind == SP_OPTION)
			ctx->given |= OPT_BIT(spec->code);
		if (spec->kind == SP_OPTION && spec->code == OPT_SERVICE)
			note_service(ctx, spec->value, scan.arg);
	}
	return ctx->cmd != CMD_NONE || argc <= 1;
}

static void complete_command(const struct context *ctx)
{
	const struct opt_spec *spec;
	size_t i;

	for (i = 0; (spec = opts_spec(i)); i++)
		if (spec->kind == SP_COMMAND &&
		    spec->code != CMD_START_DAEMON &&
		    spec->code != CMD_STOP_DAEMON)
			spelling(ctx, spec);
}

static void complete_option(const struct context *ctx)
{
	const struct opt_spec *spec;
	size_t i;

	for (i = 0; (spec = opts_spec(i)); i++) {
		if (spec->kind == SP_IPV6 && ctx->svc.fwmark &&
		    ctx->svc.af != AF_INET6)
			spelling(ctx, spec);
		if (spec->kind == SP_OPTION &&
		    !(ctx->given & OPT_BIT(spec->code)) &&
		    opts_usable(ctx->cmd, spec->code) &&
		    (spec->code != OPT_SERVICE || spec->value != IPPROTO_SCTP))
			spelling(ctx, spec);
	}
}

static void complete_list(const struct context *ctx,
			  const char *(*name)(size_t i))
{
	size_t i;

	for (i = 0; name(i); i++)
		candidate(ctx, name(i));
}

/* Behind the last comma. */
static void complete_flags(const struct context *ctx)
{
	const char *comma = strrchr(ctx->prefix, ',');
	int done = comma ? (int)(comma + 1 - ctx->prefix) : 0;
	char word[512];
	size_t i;

	for (i = 0; schedflags_name(i); i++) {
		snprintf(word, sizeof(word), "%.*s%s", done, ctx->prefix,
			 schedflags_name(i));
		candidate(ctx, word);
	}
}

static void complete_service(const struct context *ctx, int proto)
{
	const struct table *table = &ctx->app->table;
	char word[NAMES_MAX];
	size_t i;

	for (i = 0; i < table->n_services; i++) {
		const struct nfvs_service *svc = &table->services[i].svc;

		if (svc->proto != proto)
			continue;
		if (svc->fwmark)
			snprintf(word, sizeof(word), "%u", svc->fwmark);
		else
			names_endpoint(&names_numeric, svc->af, &svc->addr,
				       svc->port, svc->proto, word,
				       sizeof(word));
		candidate(ctx, word);
	}
}

static void complete_server(const struct context *ctx)
{
	const struct table *table = &ctx->app->table;
	char word[NAMES_MAX];
	size_t i, j;

	for (i = 0; i < table->n_services; i++)
		for (j = 0; j < table->services[i].n_dests; j++) {
			const struct nfvs_dest *dest =
				&table->services[i].dests[j];

			names_endpoint(&names_numeric, dest->af, &dest->addr,
				       dest->port, table->services[i].svc.proto,
				       word, sizeof(word));
			candidate(ctx, word);
		}
}

/* A completion does not load the module. */
static bool load_table(const struct context *ctx,
		       const struct nfvs_service *only)
{
	struct app *app = ctx->app;

	return !app->open(&app->sock, &app->error) &&
	       !table_load(&app->table, app->sock, only, true, &app->error);
}

static void complete_argument(const struct context *ctx)
{
	switch (ctx->waiting->kind == SP_OPTION ? ctx->waiting->code : -1) {
	case OPT_SERVICE:
		if (ctx->cmd != CMD_ADD && load_table(ctx, NULL))
			complete_service(ctx, ctx->waiting->value);
		break;
	case OPT_SERVER:
		if (ctx->cmd != CMD_ADD_DEST && ctx->has_service &&
		    load_table(ctx, &ctx->svc))
			complete_server(ctx);
		break;
	case OPT_SCHEDULER:
		complete_list(ctx, opts_scheduler);
		break;
	case OPT_TUN_TYPE:
		candidate(ctx, opts_tun_type(NFVS_TUN_IPIP));
		break;
	case OPT_SCHED_FLAGS:
		complete_flags(ctx);
		break;
	}
}

int cmd_complete(struct app *app, int argc, char **argv)
{
	struct context ctx = { .app = app, .svc = { .af = AF_INET } };

	if (argc < 1)
		return 0;
	ctx.prefix = argv[argc - 1];
	/* The scanner takes word 0 for the program's name, which stands before. */
	if (!understand(&ctx, argc, argv - 1))
		return 0;
	if (ctx.waiting)
		complete_argument(&ctx);
	else if (argc == 1)
		complete_command(&ctx);
	else
		complete_option(&ctx);
	return 0;
}
