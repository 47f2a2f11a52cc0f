// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: -S. */
#include <errno.h>

#include "app.h"
#include "print.h"

int cmd_save(struct app *app)
{
	if (table_load(&app->table, app->sock, NULL, true, &app->error))
		return app_refused(app, NFVS_CMD_GET_SERVICE, EXIT_LIST);
	/* A file that mixes two configurations is worse than none. */
	if (app->table.torn) {
		app->error = (struct nfvs_error){
			.errnum = EAGAIN,
			.text = "the configuration kept changing",
		};
		return app_refused(app, NFVS_CMD_GET_SERVICE, EXIT_LIST);
	}
	print_save(&app->emit, &app->table, app_names(app));
	return 0;
}
