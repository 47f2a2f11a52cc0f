// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: -R: all of the file or nothing of it. */
#include "app.h"

static int refused(struct app *app)
{
	const struct nfvs_error *error = &app->error;
	const struct restore *restore = &app->restore;
	const struct restore_line *line;

	if (error->op < 0 || (size_t)error->op >= restore->n)
		return app_refused(app, 0, EXIT_KERNEL);
	line = &restore->lines[error->op];
	fprintf(app->err, "%s\nline %zu: %s%s%s\n",
		app_error_text(restore->ops[error->op].cmd, error->errnum),
		line->number, line->text, error->text[0] ? ": " : "",
		error->text);
	return EXIT_KERNEL;
}

int cmd_restore(struct app *app)
{
	struct restore *restore = &app->restore;
	struct diag diag;
	int ret;

	if (restore_read(restore, app->in,
			 request_has(&app->req, OPT_REPLACE), app->prog,
			 &names_resolver, &diag)) {
		fprintf(app->err, "%s\n", diag.text);
		return diag.exit_code;
	}
	ret = app_connect(app);
	if (ret)
		return ret;
	if (nfvs_batch(app->sock, restore->ops, restore->n, &app->error))
		return refused(app);
	return 0;
}
