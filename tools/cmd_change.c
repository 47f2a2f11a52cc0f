// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: -A -E -D -a -e -d -C -Z --set: one change, sent by its own command. */
#include "app.h"

int cmd_change(struct app *app)
{
	if (nfvs_execute(app->sock, &app->req.op, &app->error))
		return app_refused(app, app->req.op.cmd, EXIT_KERNEL);
	return 0;
}
