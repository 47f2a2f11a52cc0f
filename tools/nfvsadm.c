// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: administration of nf_vs; which command does what. */
#include <string.h>

#include "app.h"

struct command_entry {
	int (*run)(struct app *app);
	bool needs_kernel;
};

static const struct command_entry commands[CMD_COUNT] = {
	[CMD_ADD] = { cmd_change, true },
	[CMD_EDIT] = { cmd_change, true },
	[CMD_DEL] = { cmd_change, true },
	[CMD_FLUSH] = { cmd_change, true },
	[CMD_RESTORE] = { cmd_restore, false },	/* reads its input first */
	[CMD_SAVE] = { cmd_save, true },
	[CMD_ADD_DEST] = { cmd_change, true },
	[CMD_EDIT_DEST] = { cmd_change, true },
	[CMD_DEL_DEST] = { cmd_change, true },
	[CMD_LIST] = { cmd_list, true },
	[CMD_ZERO] = { cmd_change, true },
	[CMD_SET] = { cmd_change, true },
	[CMD_MONITOR] = { cmd_monitor, true },
	[CMD_HELP] = { cmd_help, false },
	[CMD_VERSION] = { cmd_version, false },
};

int nfvsadm_run(struct app *app, int argc, char **argv)
{
	const struct command_entry *entry;
	struct diag diag;
	int ret;

	if (argc > 1 && !strcmp(argv[1], "--complete"))
		return cmd_complete(app, argc - 2, argv + 2);
	if (request_parse(&app->req, argc, argv, &names_resolver, &diag)) {
		fprintf(app->err, "%s\n", diag.text);
		return diag.exit_code;
	}
	app->emit = (struct emit){
		.file = app->out,
		.json = request_has(&app->req, OPT_JSON),
	};
	entry = &commands[app->req.cmd];
	if (entry->needs_kernel) {
		ret = app_connect(app);
		if (ret)
			return ret;
	}
	ret = entry->run(app);
	/* The last write may work where an earlier one did not. */
	if ((fflush(app->out) || ferror(app->out)) && !ret) {
		fprintf(app->err, "cannot write to standard output\n");
		ret = EXIT_LIST;
	}
	return ret;
}
