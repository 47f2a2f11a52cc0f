// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: the process around nfvsadm_run(), which the unit tests call too. */
#include "app.h"

int main(int argc, char **argv)
{
	struct app app;
	int ret;

	app_init(&app, argc > 0 ? argv[0] : "nfvsadm");
	ret = nfvsadm_run(&app, argc, argv);
	app_free(&app);
	return ret;
}
