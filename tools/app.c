// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: all that one run of the program owns. */
#include "app.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int modprobe(void)
{
	char *argv[] = { "/sbin/modprobe", "--", "nf_vs", NULL };
	int status;
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ))
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

/*
 * The netlink socket must not become the standard output that the caller has
 * closed: lists would be sent to the kernel, with success. The files put in
 * place of what is closed can be neither read nor written, as it should be.
 */
static void keep_streams(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null",
			     fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void app_init(struct app *app, const char *prog)
{
	keep_streams();
	*app = (struct app){
		.prog = prog,
		.in = stdin,
		.out = stdout,
		.err = stderr,
		.open = nfvs_open,
		.load_module = modprobe,
		.subscribe = nfvs_subscribe,
		.wait = cmd_monitor_wait,
	};
}

void app_free(struct app *app)
{
	restore_free(&app->restore);
	table_free(&app->table);
	nfvs_close(app->sock);
	app->sock = NULL;
}

int app_connect(struct app *app)
{
	int ret = app->open(&app->sock, &app->error);

	if (ret == -ENOPROTOOPT && !app->load_module())
		ret = app->open(&app->sock, &app->error);
	if (!ret)
		ret = nfvs_get_info(app->sock, &app->info, &app->error);
	if (!ret)
		return 0;
	fprintf(app->err,
		"Can't initialize ipvs: %s\nAre you sure that IP Virtual Server is built in the kernel or as module?\n",
		app_error_text(0, -ret));
	/* Of a module that is not there those lines have said enough. */
	if (ret != -ENOPROTOOPT && app->error.text[0])
		fprintf(app->err, "%s\n", app->error.text);
	return EXIT_USAGE;
}

const struct names *app_names(const struct app *app)
{
	return request_has(&app->req, OPT_NUMERIC) ? &names_numeric :
						     &names_resolved;
}
