// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: the kernel's refusals in ipvsadm's words. */
#include <errno.h>
#include <string.h>

#include "app.h"

/* What an errno means to one command; others have one meaning for all. */
struct meaning {
	uint8_t cmd;
	int errnum;
	const char *text;
};

static const struct meaning meanings[] = {
	{ NFVS_CMD_NEW_SERVICE, EEXIST, "Service already exists" },
	{ NFVS_CMD_NEW_SERVICE, ENOENT, "Scheduler or persistence engine not found" },
	{ NFVS_CMD_SET_SERVICE, ENOENT, "Scheduler or persistence engine not found" },
	{ NFVS_CMD_SET_SERVICE, ESRCH, "No such service" },
	{ NFVS_CMD_DEL_SERVICE, ESRCH, "No such service" },
	{ NFVS_CMD_GET_SERVICE, ESRCH, "No such service" },
	{ NFVS_CMD_GET_DEST, ESRCH, "No such service" },
	{ NFVS_CMD_ZERO, ESRCH, "No such service" },
	{ NFVS_CMD_NEW_DEST, ESRCH, "Service not defined" },
	{ NFVS_CMD_SET_DEST, ESRCH, "Service not defined" },
	{ NFVS_CMD_DEL_DEST, ESRCH, "Service not defined" },
	{ NFVS_CMD_NEW_DEST, EEXIST, "Destination already exists" },
	{ NFVS_CMD_SET_DEST, ENOENT, "No such destination" },
	{ NFVS_CMD_DEL_DEST, ENOENT, "No such destination" },
	{ 0, EPERM, "Permission denied (you must be root)" },
	{ 0, EINVAL, "Invalid operation.  Possibly wrong module version, address not unicast, ..." },
	{ 0, ENOPROTOOPT, "Protocol not available" },
	{ 0, ENOMEM, "Memory allocation problem" },
	{ 0, EOPNOTSUPP, "Operation not supported with IPv6" },
	{ 0, EAFNOSUPPORT, "Operation not supported with specified address family" },
	{ 0, EMSGSIZE, "Module is wrong version" },
};

const char *app_error_text(uint8_t cmd, int errnum)
{
	size_t i;

	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].errnum == errnum &&
		    (!meanings[i].cmd || meanings[i].cmd == cmd))
			return meanings[i].text;
	return strerror(errnum);
}

int app_refused(struct app *app, uint8_t cmd, int exit_code)
{
	fprintf(app->err, "%s\n", app_error_text(cmd, app->error.errnum));
	if (app->error.text[0])
		fprintf(app->err, "%s\n", app->error.text);
	return exit_code;
}
